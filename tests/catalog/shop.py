"""A catalogue to test with: records by sensible defaults, a service over the database, and questions to the graph."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from gateway.schema import GraphSchema
from modules.catalog.graph import PART
from modules.catalog.model import After, CategoryInput, Filter, ProductInput, Sort
from modules.catalog.service import CatalogService
from modules.catalog.store import CatalogStore
from modules.kernel.errors import InvalidInput
from modules.kernel.events import Envelope
from modules.kernel.graph import GraphContext
from modules.kernel.outcome import Upserted
from modules.kernel.viewer import OPERATOR, Viewer
from modules.runtime.database import Database
from tests.builders import a_viewer

OPERATING = a_viewer(OPERATOR)
SHOPPING = a_viewer()
SCHEMA = GraphSchema([PART])


def a_catalog(database: Database) -> CatalogService:
    """Another process over the same database."""
    return CatalogService(CatalogStore(database))


def a_product(
    sku: str = "A-1",
    *,
    titles: Mapping[str, str] | None = None,
    group: str | None = None,
    categories: Sequence[str] = (),
    attributes: Sequence[tuple[str, str]] = (),
    image_url: str | None = None,
    tax_class: str = "standard",
    quantity_scale: int = 0,
    minimum: str | None = None,
    maximum: str | None = None,
    step: str | None = None,
    unit: str | None = None,
    weight_grams: int | None = None,
    active_from: datetime | None = None,
    active_until: datetime | None = None,
) -> ProductInput:
    """A product that is called like its sku, in German."""
    return ProductInput(
        sku=sku,
        titles=titles or {"de": sku},
        group=group,
        categories=categories,
        attributes=attributes,
        image_url=image_url,
        tax_class=tax_class,
        quantity_scale=quantity_scale,
        minimum_quantity=minimum,
        maximum_quantity=maximum,
        quantity_step=step,
        unit=unit,
        weight_grams=weight_grams,
        active_from=active_from,
        active_until=active_until,
    )


def a_category(id: str, parent: str | None = None, *, position: int = 0, **names: str) -> CategoryInput:
    """A category that is called like its id, in German."""
    return CategoryInput(id=id, names=names or {"de": id}, parent=parent, position=position)


async def put(catalog: CatalogService, *products: ProductInput) -> None:
    """Hands the products in; all are taken."""
    done = await catalog.upsert_products(OPERATING, products, "test")
    assert done.problems == ()


async def all_skus(
    catalog: CatalogService,
    filter: Filter | None = None,
    sort: Sort | None = None,
    first: int = 100,
    viewer: Viewer = SHOPPING,
) -> list[str]:
    """The skus of all pages, in order."""
    skus: list[str] = []
    order = sort or Sort()
    after = None
    while True:
        page = await catalog.page(viewer, filter or Filter(), order, first, after)
        skus.extend(product.sku for product in page.items)
        if not page.has_next:
            return skus
        assert len(page.items) == first
        after = After(page.list, order.key(page.items[-1]), page.items[-1].sku)


async def events(database: Database, name: str) -> list[dict[str, Any]]:
    """What waits in the outbox under this name, in order."""
    rows = await database.read("SELECT envelope FROM runtime_outbox ORDER BY id")
    envelopes = [Envelope.decode(envelope) for (envelope,) in rows]
    return [dict(change.state) for envelope in envelopes if envelope.name == name for change in envelope.changes]


def refusals(done: Upserted) -> list[tuple[str, ...]]:
    """Where in the input something was refused; each says what is allowed."""
    for problem in done.problems:
        assert isinstance(problem, InvalidInput)
        assert problem.allowed
    return [problem.path for problem in done.problems]


async def ask(catalog: CatalogService, document: str, viewer: Viewer = SHOPPING, **variables: object) -> dict[str, Any]:
    """The data of an operation without errors."""
    result = await execute(catalog, document, viewer, **variables)
    assert result.errors is None, result.errors
    data: dict[str, Any] = result.data
    return data


async def execute(catalog: CatalogService, document: str, viewer: Viewer = SHOPPING, **variables: object) -> Any:
    """The result of an operation."""
    context = GraphContext(viewer, cast("Any", None), {CatalogService: catalog}, SCHEMA.parts, SCHEMA.owners)
    return await SCHEMA.execute(document, variable_values=variables, context_value=context)


async def soon(holds: Callable[[], Awaitable[bool]]) -> None:
    """Waits until it holds, five seconds at most."""
    async with asyncio.timeout(5):
        while True:
            if await holds():
                return
            await asyncio.sleep(0.01)
