"""What a product's page may say of promotions: `Product.promotions`."""

from __future__ import annotations

from collections.abc import Sequence

import strawberry

from modules.kernel.graph import DateTime, GraphContext, Info, Moment, Product, Wanted, instant, product_field
from modules.kernel.names import Sku
from modules.pricing.engine import teasers as engine
from modules.pricing.service.promotion_reader import PromotionReader


@strawberry.federation.type(
    shareable=True, description="A public promotion that names a product, told without looking at any cart."
)
class PromotionTeaser:
    id: strawberry.ID = strawberry.field(description="Of the promotion.")
    label: str = strawberry.field(description="What it is called, in the viewer's language.")
    kind: str = strawberry.field(description="What sort it is: the kind of its first action, such as buyGet.")
    until: DateTime | None = strawberry.field(description="The first moment it applies no more; null: none is set.")

    @classmethod
    def of(cls, teaser: engine.Teaser) -> PromotionTeaser:
        """From the engine's value."""
        until = instant(teaser.until_us)
        return cls(id=strawberry.ID(teaser.promotion), label=teaser.label, kind=teaser.kind, until=until)


def _product_promotions(
    parent: strawberry.Parent[Product], info: Info, at: Moment = None
) -> list[PromotionTeaser] | None:
    return parent.slot(info, "promotions", at)  # type: ignore[no-any-return]


async def prefetch(products: Sequence[Product], selection: Sequence[Wanted], context: GraphContext) -> None:
    """Fills `promotions` of all products from memory."""
    service, skus = context.use(PromotionReader), [Sku(product.sku) for product in products]
    for want in selection:
        (at,) = want.arguments
        found = await service.teasers(skus, context.viewer.moved_to(at))  # type: ignore[arg-type]
        for product, teasers in zip(products, found, strict=True):
            product.filled[want] = [PromotionTeaser.of(teaser) for teaser in teasers]


FIELDS = {
    "promotions": product_field(
        _product_promotions,
        description="Public promotions that name this product, here and now; the most important first.",
    )
}
