"""Types of the catalogue's graph: what a product shows, the tree of categories, a page."""

from __future__ import annotations

from typing import Self

import strawberry

from modules.catalog.model import CategoryRecord, GroupRecord, Outline, in_language
from modules.kernel import quantity
from modules.kernel.graph import Decimal, PageInfo, Product
from modules.kernel.names import Locale


@strawberry.type(description="A property of a product, such as its colour.")
class Attribute:
    name: str = strawberry.field(description="For people.")
    value: str = strawberry.field(description="For people.")


@strawberry.type(description="How much of a product is sold at once.")
class QuantityRules:
    minimum: Decimal | None = strawberry.field(description="The least; null: any.")
    maximum: Decimal | None = strawberry.field(description="The most; null: any.")
    step: Decimal | None = strawberry.field(description="Quantities are multiples of it; null: any.")
    unit: str | None = strawberry.field(description='What is measured: "m", "kg", "pair"; null: pieces.')

    @classmethod
    def of(cls, rules: quantity.QuantityRules) -> Self:
        """From the kernel's value."""
        return cls(
            minimum=_decimal(rules.minimum),
            maximum=_decimal(rules.maximum),
            step=_decimal(rules.step),
            unit=rules.unit or None,
        )


def _decimal(figure: quantity.Quantity | None) -> Decimal | None:
    return None if figure is None else Decimal(quantity.format_quantity(figure))


@strawberry.type(description="Products that differ in a few attributes only.")
class ProductGroup:
    id: strawberry.ID = strawberry.field(description="As it was handed in.")
    title: str = strawberry.field(description="In the viewer's language, or the nearest there is.")
    axes: list[str] = strawberry.field(description="Names of the attributes in which its products differ.")

    @classmethod
    def of(cls, group: GroupRecord, locale: Locale) -> Self:
        """In this language, or the nearest there is."""
        return cls(id=strawberry.ID(group.id), title=in_language(group.titles, locale), axes=list(group.axes))


def _path(root: strawberry.Parent[Category]) -> list[str]:
    return [in_language(record.names, root.locale) for record in root.outline.path(root.id)]


def _parent(root: strawberry.Parent[Category]) -> Category | None:
    above = root.outline.path(root.id)[:-1]
    return Category.of(above[-1], root.outline, root.locale) if above else None


def _children(root: strawberry.Parent[Category]) -> list[Category]:
    below = root.outline.below.get(root.id, ())
    return [Category.of(record, root.outline, root.locale) for record in below]


@strawberry.type(description="A category; products of those below it belong to it too.")
class Category:
    id: strawberry.ID = strawberry.field(description="As it was handed in.")
    name: str = strawberry.field(description="In the viewer's language, or the nearest there is.")
    outline: strawberry.Private[Outline]
    locale: strawberry.Private[Locale]
    path: list[str] = strawberry.field(resolver=_path, description="Names from the root down to this one.")
    parent: Category | None = strawberry.field(resolver=_parent, description="Null for a root.")
    children: list[Category] = strawberry.field(resolver=_children, description="Directly below, in their order.")

    @classmethod
    def of(cls, record: CategoryRecord, outline: Outline, locale: Locale) -> Category:
        """In this language, or the nearest there is."""
        name = in_language(record.names, locale)
        return cls(id=strawberry.ID(record.id), name=name, outline=outline, locale=locale)


@strawberry.type(description="A product in a list.")
class ProductEdge:
    cursor: str = strawberry.field(description="Give it as `after` to go on behind this product.")
    node: Product = strawberry.field(description="The product.")


@strawberry.type(description="A page of products.")
class ProductConnection:
    edges: list[ProductEdge] = strawberry.field(description="In the order asked for.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")
