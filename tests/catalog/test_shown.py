"""Products as they are shown: from memory, and never as they were before the newest write."""

from __future__ import annotations

import pytest

from modules.catalog.model import GroupInput
from modules.catalog.service import CatalogService
from modules.kernel.names import Locale
from modules.runtime.database import Database
from tests.catalog.shop import OPERATING, SHOPPING, a_catalog, a_product, put


@pytest.fixture
async def catalog(database: Database) -> CatalogService:
    """A catalogue with a group."""
    service = a_catalog(database)
    await service.upsert_groups(OPERATING, [GroupInput(id="saw", titles={"de": "Säge"}, axes=["Länge"])], "set up")
    return service


async def test_products_that_were_shown_lately_cost_no_statement(catalog: CatalogService, database: Database) -> None:
    await put(catalog, a_product("A-1", titles={"de": "Hammer"}), a_product("B-1"))
    await catalog.products(["A-1"], SHOPPING)
    before = database.statements
    hammer, again, unknown = await catalog.products(["A-1", "A-1", "\ud800"], SHOPPING)
    assert (hammer and hammer.title, again, unknown) == ("Hammer", hammer, None)
    assert database.statements == before
    await catalog.products(["A-1", "B-1", "C-1"], SHOPPING)
    assert database.statements == before + 1


async def test_a_product_and_its_group_are_shown_as_they_were_just_written(catalog: CatalogService) -> None:
    async def shown() -> tuple[str, str]:
        (product,) = await catalog.products(["A-1"], SHOPPING)
        assert product is not None
        assert product.group is not None
        return product.title, product.group.titles[Locale("de")]

    await put(catalog, a_product(titles={"de": "Fuchsschwanz"}, group="saw"))
    assert await shown() == ("Fuchsschwanz", "Säge")
    await put(catalog, a_product(titles={"de": "Bügelsäge"}, group="saw"))
    assert await shown() == ("Bügelsäge", "Säge")
    await catalog.upsert_groups(OPERATING, [GroupInput(id="saw", titles={"de": "Sägen"}, axes=["Länge"])], "renamed")
    assert await shown() == ("Bügelsäge", "Sägen")
