"""What one unit costs: `Product.price` and `priceChanged`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Hashable, Sequence
from dataclasses import replace
from typing import Annotated, cast

import strawberry

from modules.kernel.errors import BadUserInput
from modules.kernel.feed import ChangeKind
from modules.kernel.graph import (
    After,
    DateTime,
    Decimal,
    GraphContext,
    Info,
    Moment,
    Product,
    UnitPrice,
    Wanted,
    product_field,
    subscription,
)
from modules.kernel.names import Sku
from modules.kernel.quantity import format_quantity, parse_quantity
from modules.kernel.viewer import Permission, Viewer
from modules.pricing.graph.verdicts import Verdict
from modules.pricing.model.prices import PriceAnswer, TierAnswer
from modules.pricing.service.pricing import PriceNews, PricingService


@strawberry.federation.type(shareable=True, description="From so many units on, every unit costs this much.")
class PriceTier:
    min_quantity: Decimal = strawberry.field(description="In the product's unit.")
    net: UnitPrice = strawberry.field(description="Without tax.")
    gross: UnitPrice = strawberry.field(description="With tax.")


@strawberry.federation.type(shareable=True, description="What one unit costs here.")
class ProductPrice:
    net: UnitPrice = strawberry.field(description="Without tax.")
    gross: UnitPrice = strawberry.field(description="With tax.")
    original: UnitPrice | None = strawberry.field(
        description="The list price with tax, when this is a reduced one that may be announced: with the verdict"
        " ANNOUNCEABLE only, and never for a personal price."
    )
    prior_price: UnitPrice | None = strawberry.field(
        description="Lowest price with tax of the 30 days before the reduction began (Directive 98/6/EC Art. 6a), as"
        " the market's law says; only with a public reduction."
    )
    allowed_percent: int | None = strawberry.field(
        description="The largest whole percentage that may be announced against priorPrice; null where none may."
    )
    verdict: Verdict = strawberry.field(description="What may be said of the price.")
    tiers: list[PriceTier] = strawberry.field(description="Prices for larger quantities, the smallest first.")
    valid_until: DateTime | None = strawberry.field(
        description="The next moment at which it may change by itself; null: none is known."
    )


@strawberry.type(description="Prices as they are now.")
class PriceEvent:
    kind: ChangeKind = strawberry.field(description="Whether it is the state of now or news.")
    cursor: str = strawberry.field(description="Where to resume: `after`.")
    items: list[Product] = strawberry.field(
        description="All products asked for, or with CHANGE those whose prices were written."
    )


Skus = Annotated[list[strawberry.ID], strawberry.argument(description="1 to 1,000, all of products that exist.")]
Bought = Annotated[
    Decimal, strawberry.argument(description="How much is bought, in the product's unit; more than 0. Tiers go by it.")
]


async def _price_changed(info: Info, skus: Skus, after: After = None) -> AsyncGenerator[PriceEvent, None]:
    service, context = info.context.use(PricingService), info.context
    async for news in service.follow(context.viewer, context.feed, [Sku(sku) for sku in skus], after):
        # Fields that no slot answers must not be asked for the moment at which the subscription began.
        context.viewer = replace(context.viewer, now=news.at)
        yield _event(news)


def _reads(viewer: Viewer) -> Hashable:
    """The customer, whose prices may be personal, and whether those of another moment may be asked for."""
    return viewer.customer, viewer.may(Permission.TIME_TRAVEL)


@strawberry.type
class PriceSubscription:
    price_changed: PriceEvent = subscription(
        _price_changed, reads=_reads, description="Prices of at most 1,000 products: those of now, then each change."
    )


_ONE = Decimal("1")
_PRICE_NOW = Wanted("price", (_ONE, None))
"""`price` without arguments."""


def _event(news: PriceNews) -> PriceEvent:
    """New objects each time: slots of an earlier delivery hold its prices."""
    items = [Product(sku=strawberry.ID(sku), filled={_PRICE_NOW: _price(price)}) for sku, price in news.prices]
    return PriceEvent(kind=news.kind, cursor=news.cursor, items=items)


def _product_price(
    parent: strawberry.Parent[Product], info: Info, quantity: Bought = _ONE, at: Moment = None
) -> ProductPrice | None:
    return parent.slot(info, "price", quantity, at)  # type: ignore[no-any-return]


async def prefetch(products: Sequence[Product], selection: Sequence[Wanted], context: GraphContext) -> None:
    """Fills `price` of all products; a few statements at most for each pair of arguments that was selected."""
    service = context.use(PricingService)
    skus = [Sku(product.sku) for product in products]
    for want in selection:
        quantity, at = want.arguments
        answers = await service.prices(skus, context.viewer, _quantity(str(quantity)), at)  # type: ignore[arg-type]
        for product, answer in zip(products, answers, strict=True):
            product.filled[want] = _price(answer)


async def exists(skus: Sequence[Sku], context: GraphContext) -> Sequence[bool]:
    """Which of these have a price."""
    return await context.use(PricingService).priced(skus)


def _quantity(text: str) -> int:
    try:
        return parse_quantity(text)
    except ValueError as error:
        raise BadUserInput(f"{error}.", "quantity", "above 0 with at most 6 decimals") from None


def _price(answer: PriceAnswer | None) -> ProductPrice | None:
    if answer is None or not answer.tiers:
        return cast("ProductPrice | None", answer)  # it has the same attributes, and a page has many
    return ProductPrice(
        net=UnitPrice.of(answer.net),
        gross=UnitPrice.of(answer.gross),
        original=UnitPrice.of(answer.original) if answer.original else None,
        tiers=[_tier(tier) for tier in answer.tiers],
        valid_until=DateTime(answer.valid_until) if answer.valid_until else None,
        prior_price=UnitPrice.of(answer.prior_price) if answer.prior_price else None,
        allowed_percent=answer.allowed_percent,
        verdict=answer.verdict,
    )


def _tier(tier: TierAnswer) -> PriceTier:
    least = Decimal(format_quantity(tier.min_quantity))
    return PriceTier(min_quantity=least, net=UnitPrice.of(tier.net), gross=UnitPrice.of(tier.gross))


FIELDS = {
    "price": product_field(_product_price, reads=_reads, description="What one unit costs here when so much is bought.")
}
