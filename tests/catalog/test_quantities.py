"""How much of a product is sold at once, and what it weighs."""

from __future__ import annotations

import pytest

from modules.catalog.model import ProductInput
from modules.kernel.errors import InvalidInput
from modules.kernel.names import Sku
from modules.kernel.quantity import Quantity, QuantityRules, pieces
from modules.runtime.database import Database
from tests.builders import an_article
from tests.catalog.shop import OPERATING, a_catalog, a_product, put


async def test_an_article_carries_how_much_of_it_is_sold_and_what_it_weighs(database: Database) -> None:
    catalog = a_catalog(database)
    cable = a_product("CABLE", quantity_scale=2, minimum="0.5", maximum="200", step="0.1", unit="m", weight_grams=55)
    await put(catalog, cable, a_product("MUG"))
    rules = QuantityRules(Quantity(500_000), pieces(200), Quantity(100_000), "m")
    found = await catalog.articles([Sku("CABLE"), Sku("MUG")])
    assert found == [an_article("CABLE", quantity_scale=2, quantities=rules, weight_grams=55), an_article("MUG")]
    assert (await catalog.upsert_products(OPERATING, [cable], "again")).unchanged == 1


@pytest.mark.parametrize(
    ("item", "field"),
    [
        (a_product(minimum="0"), "minimumQuantity"),
        (a_product(minimum="-1"), "minimumQuantity"),
        (a_product(minimum="0.5"), "minimumQuantity"),
        (a_product(maximum="1000001"), "maximumQuantity"),
        (a_product(maximum="many"), "maximumQuantity"),
        (a_product(minimum="3", maximum="2"), "maximumQuantity"),
        (a_product(step="0"), "quantityStep"),
        (a_product(minimum="5", step="2"), "minimumQuantity"),
        (a_product(maximum="5", step="2"), "maximumQuantity"),
        (a_product(unit=" "), "unit"),
        (a_product(unit="x" * 21), "unit"),
        (a_product(weight_grams=-1), "weightGrams"),
        (a_product(weight_grams=100_000_001), "weightGrams"),
    ],
)
async def test_a_rule_that_contradicts_itself_is_refused_at_its_field(
    database: Database, item: ProductInput, field: str
) -> None:
    done = await a_catalog(database).upsert_products(OPERATING, [item], "more")
    (problem,) = done.problems
    assert isinstance(problem, InvalidInput)
    assert (problem.path, done.changed) == (("input", "products", "0", field), 0)
    assert problem.allowed
