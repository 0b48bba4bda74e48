"""Products and categories in the graph: lists, single ones, and the catalogue's fields of Product."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

import strawberry

from modules.catalog.graph.lists import ProductFilter, ProductSort, connection, position
from modules.catalog.graph.values import Attribute, Category, ProductConnection, ProductGroup, QuantityRules
from modules.catalog.model import Listed, Outline
from modules.catalog.service import CatalogService
from modules.kernel.graph import Behind, First, GraphContext, Info, Product, Wanted, page_size, product_field, products
from modules.kernel.moments import to_us
from modules.kernel.names import Sku
from modules.kernel.viewer import Viewer

Fill = Callable[[Listed, Outline, Viewer], Any]


def _group(product: Listed, outline: Outline, viewer: Viewer) -> ProductGroup | None:
    return ProductGroup.of(product.group, viewer.locale) if product.group else None


def _categories(product: Listed, outline: Outline, viewer: Viewer) -> list[Category]:
    records = (outline.categories.get(id) for id in product.categories)
    return [Category.of(record, outline, viewer.locale) for record in records if record]


def _attributes(product: Listed, outline: Outline, viewer: Viewer) -> list[Attribute]:
    return [Attribute(name=name, value=value) for name, value in product.attributes]


_FILLS: Mapping[str, Fill] = {
    "title": lambda product, outline, viewer: product.title,
    "group": _group,
    "categories": _categories,
    "attributes": _attributes,
    "imageUrl": lambda product, outline, viewer: product.image_url,
    "taxClass": lambda product, outline, viewer: product.tax_class,
    "quantityScale": lambda product, outline, viewer: product.quantity_scale,
    "quantityRules": lambda product, outline, viewer: QuantityRules.of(product.quantities),
    "weightGrams": lambda product, outline, viewer: product.weight_grams,
    "active": lambda product, outline, viewer: product.is_active(to_us(viewer.now)),
}


def _field(name: str, kind: Any, description: str) -> tuple[str, Any]:
    def resolve(parent: strawberry.Parent[Product], info: Info) -> Any:
        return parent.slot(info, name)

    resolve.__annotations__["return"] = kind
    return name, product_field(resolve, description=description)


FIELDS: Mapping[str, Any] = dict(
    (
        _field("title", str | None, "In the viewer's language, or the nearest there is."),
        _field("group", ProductGroup | None, "The variants it belongs to."),
        _field("categories", list[Category] | None, "Where it stands; those above are in their paths."),
        _field("attributes", list[Attribute] | None, "In the order in which they are shown."),
        _field("imageUrl", str | None, "An address, or a path below the shop's own images."),
        _field("taxClass", str | None, "Which tax rules hold for it."),
        _field("quantityScale", int | None, "Decimals its quantities may have; 0: pieces."),
        _field("quantityRules", QuantityRules | None, "How much of it is sold at once; a cart's quote judges by them."),
        _field("weightGrams", int | None, "Of one unit, packed for sending; null where it is not known."),
        _field("active", bool | None, "Whether it is listed now."),
    )
)


def _prime(product: Product, listed: Listed, outline: Outline, viewer: Viewer) -> None:
    product.filled.update((Wanted(name), fill(listed, outline, viewer)) for name, fill in _FILLS.items())


async def prefetch(products: Sequence[Product], selection: Sequence[Wanted], context: GraphContext) -> None:
    """Fills the selected fields with one statement; null for what the catalogue does not know."""
    service, viewer = context.use(CatalogService), context.viewer
    found = await service.products([product.sku for product in products], viewer)
    outline = await service.outline()
    for product, listed in zip(products, found, strict=True):
        for want in selection:
            product.filled[want] = _FILLS[want.field](listed, outline, viewer) if listed else None


async def exists(skus: Sequence[Sku], context: GraphContext) -> list[bool]:
    """Which of them the catalogue knows, active or not."""
    return [article is not None for article in await context.use(CatalogService).articles(skus)]


async def _products(
    info: Info,
    filter: Annotated[ProductFilter | None, strawberry.argument(description="Which; without it, all.")] = None,
    sort: Annotated[ProductSort | None, strawberry.argument(description="Without it, by title.")] = None,
    first: First = 24,
    after: Behind = None,
) -> ProductConnection:
    service, viewer = info.context.use(CatalogService), info.context.viewer
    wanted, order = (filter or ProductFilter()).wanted(), (sort or ProductSort()).order()
    page = await service.page(viewer, wanted, order, page_size(first), position(after, order))
    outline = await service.outline()
    nodes = products(listed.sku for listed in page.items)

    async def fill(page_of: Sequence[Product], selection: Sequence[Wanted], context: GraphContext) -> None:
        for product, listed in zip(page_of, page.items, strict=True):
            for want in selection:
                product.filled[want] = _FILLS[want.field](listed, outline, viewer)

    await info.context.prefetch(info, nodes, "edges", "node", catalog=fill)
    return connection(page, nodes, order, after)


async def _product(
    info: Info, sku: Annotated[strawberry.ID, strawberry.argument(description="Of the product.")]
) -> Product | None:
    context = info.context

    async def load(skus: list[str]) -> list[Product | None]:
        service = context.use(CatalogService)
        found, outline = await service.products(skus, context.viewer), await service.outline()
        known = [Product(sku=strawberry.ID(sku)) if listed else None for sku, listed in zip(skus, found, strict=True)]
        for product, listed in zip(known, found, strict=True):
            if product and listed:
                _prime(product, listed, outline, context.viewer)
        return known

    return await context.load("catalog.product", load, sku)


async def _roots(info: Info) -> list[Category]:
    outline = await info.context.use(CatalogService).outline()
    return [Category.of(record, outline, info.context.viewer.locale) for record in outline.below.get(None, ())]


async def _category(
    info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="As it was handed in.")]
) -> Category | None:
    outline = await info.context.use(CatalogService).outline()
    record = outline.categories.get(id)
    return Category.of(record, outline, info.context.viewer.locale) if record else None


@strawberry.type
class Query:
    products: ProductConnection = strawberry.field(
        resolver=_products, description="Products that are active now, in a stable order: by title unless sorted."
    )
    product: Product | None = strawberry.field(
        resolver=_product, description="One product, active or not; null when nobody knows the sku."
    )
    categories: list[Category] = strawberry.field(resolver=_roots, description="The roots of the tree, in their order.")
    category: Category | None = strawberry.field(resolver=_category, description="One category; null when unknown.")
