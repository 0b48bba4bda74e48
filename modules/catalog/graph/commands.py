"""How master data is handed in."""

from __future__ import annotations

from collections.abc import Sequence

import strawberry

from modules.catalog import model
from modules.catalog.service import CatalogService
from modules.kernel.graph import KEY, REASON, DateTime, Decimal, Info, Outcome


@strawberry.input(description="A text in a language.")
class TextInput:
    locale: str = strawberry.field(description="Such as de or de-AT.")
    text: str = strawberry.field(description="In this language, 1 to 500 characters.")


@strawberry.input(description="A property of a product.")
class AttributeInput:
    name: str = strawberry.field(description="1 to 100 characters.")
    value: str = strawberry.field(description="1 to 2,000 characters.")


@strawberry.input(description="A product, whole: what is absent here is absent afterwards.")
class ProductInput:
    sku: strawberry.ID = strawberry.field(description="1 to 64 characters.")
    titles: list[TextInput] = strawberry.field(description="One at least, each language once.")
    group: strawberry.ID | None = strawberry.field(default=None, description="Of a group that exists.")
    categories: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Of categories that exist; at most 100."
    )
    attributes: list[AttributeInput] = strawberry.field(
        default_factory=list, description="In the order in which they are shown; each name once."
    )
    image_url: str | None = strawberry.field(default=None, description="http, https, or a path.")
    tax_class: str = strawberry.field(default="standard", description="Which tax rules hold for it.")
    quantity_scale: int = strawberry.field(default=0, description="Decimals its quantities may have, 0 to 6.")
    minimum_quantity: Decimal | None = strawberry.field(default=None, description="The least that is sold at once.")
    maximum_quantity: Decimal | None = strawberry.field(default=None, description="The most that is sold at once.")
    quantity_step: Decimal | None = strawberry.field(
        default=None, description="Quantities are multiples of this, minimum and maximum too."
    )
    unit: str | None = strawberry.field(
        default=None, description='What is measured, 1 to 20 characters: "m", "kg", "pair". Without it, pieces.'
    )
    weight_grams: int | None = strawberry.field(default=None, description="Of one unit, packed for sending.")
    active_from: DateTime | None = strawberry.field(default=None, description="Listed from then on.")
    active_until: DateTime | None = strawberry.field(default=None, description="No longer listed from then on.")

    def given(self) -> model.ProductInput:
        """As the service takes it."""
        return model.ProductInput(
            sku=self.sku,
            titles=_texts(self.titles),
            group=self.group,
            categories=self.categories,
            attributes=[(attribute.name, attribute.value) for attribute in self.attributes],
            image_url=self.image_url,
            tax_class=self.tax_class,
            quantity_scale=self.quantity_scale,
            minimum_quantity=self.minimum_quantity,
            maximum_quantity=self.maximum_quantity,
            quantity_step=self.quantity_step,
            unit=self.unit,
            weight_grams=self.weight_grams,
            active_from=self.active_from,
            active_until=self.active_until,
        )


@strawberry.input(description="A category, whole.")
class CategoryInput:
    id: strawberry.ID = strawberry.field(description="1 to 64 of letters, digits, `.`, `_` and `-`.")
    names: list[TextInput] = strawberry.field(description="One at least, each language once.")
    parent: strawberry.ID | None = strawberry.field(default=None, description="May stand in the same call.")
    position: int = strawberry.field(default=0, description="Its place among those of the same parent.")

    def given(self) -> model.CategoryInput:
        """As the service takes it."""
        names = _texts(self.names)
        return model.CategoryInput(id=self.id, names=names, parent=self.parent, position=self.position)


@strawberry.input(description="A group of variants, whole.")
class ProductGroupInput:
    id: strawberry.ID = strawberry.field(description="1 to 64 of letters, digits, `.`, `_` and `-`.")
    titles: list[TextInput] = strawberry.field(description="One at least, each language once.")
    axes: list[str] = strawberry.field(
        default_factory=list, description="Names of the attributes in which its products differ."
    )

    def given(self) -> model.GroupInput:
        """As the service takes it."""
        return model.GroupInput(id=self.id, titles=_texts(self.titles), axes=self.axes)


@strawberry.input(description="At most 1,000 products.")
class UpsertProductsInput:
    idempotency_key: str | None = strawberry.field(
        default=None,
        description=KEY,
    )
    reason: str = strawberry.field(description=REASON)
    products: list[ProductInput] = strawberry.field(description="Each once.")


@strawberry.input(description="At most 1,000 categories.")
class UpsertCategoriesInput:
    reason: str = strawberry.field(description=REASON)
    categories: list[CategoryInput] = strawberry.field(description="Each once.")


@strawberry.input(description="At most 1,000 groups.")
class UpsertProductGroupsInput:
    reason: str = strawberry.field(description=REASON)
    groups: list[ProductGroupInput] = strawberry.field(description="Each once.")


@strawberry.type(description="What became of products, categories or groups.")
class UpsertCatalogPayload(Outcome):
    pass


async def _upsert_products(info: Info, input: UpsertProductsInput) -> UpsertCatalogPayload:
    service, viewer = info.context.use(CatalogService), info.context.viewer
    items = [product.given() for product in input.products]
    return UpsertCatalogPayload.of(
        info, await service.upsert_products(viewer, items, input.reason, input.idempotency_key)
    )


async def _upsert_categories(info: Info, input: UpsertCategoriesInput) -> UpsertCatalogPayload:
    service, viewer = info.context.use(CatalogService), info.context.viewer
    items = [category.given() for category in input.categories]
    return UpsertCatalogPayload.of(info, await service.upsert_categories(viewer, items, input.reason))


async def _upsert_groups(info: Info, input: UpsertProductGroupsInput) -> UpsertCatalogPayload:
    service, viewer = info.context.use(CatalogService), info.context.viewer
    items = [group.given() for group in input.groups]
    return UpsertCatalogPayload.of(info, await service.upsert_groups(viewer, items, input.reason))


@strawberry.type
class Mutation:
    upsert_products: UpsertCatalogPayload = strawberry.field(
        resolver=_upsert_products,
        description="Adds products or replaces them wholly. Needs the scope products:write.",
    )
    upsert_categories: UpsertCatalogPayload = strawberry.field(
        resolver=_upsert_categories,
        description="Adds categories or replaces them wholly. Needs the scope products:write.",
    )
    upsert_product_groups: UpsertCatalogPayload = strawberry.field(
        resolver=_upsert_groups,
        description="Adds groups of variants or replaces them wholly. Needs the scope products:write.",
    )


def _texts(given: Sequence[TextInput]) -> list[tuple[str, str]]:
    return [(text.locale, text.text) for text in given]
