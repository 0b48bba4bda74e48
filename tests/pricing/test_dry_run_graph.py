"""What may not be announced, as authors see it in the graph: before and when they activate."""

from __future__ import annotations

from typing import Any, cast

import pytest

from gateway.pricing import by_field
from gateway.schema import GraphSchema
from modules.kernel.feed import Feed
from modules.kernel.graph import GraphContext
from modules.pricing.graph import PART
from modules.runtime.database import Database
from tests.pricing.promotion_documents import a_document
from tests.pricing.test_announcing import AT_ONCE, DAY, NEW, Shop

SCHEMA = GraphSchema([PART])

DRY_RUN = """
query ($id: ID, $draft: PromotionInput, $first: Int! = 24, $after: String) {
  promotionDryRun(id: $id, draft: $draft, first: $first, after: $after) {
    lookedAt pageInfo { hasNextPage endCursor }
    forecasts {
      sku market channel store verdict allowedPercent warning lowestFrom lowestUntil
      gross { amount currency } prior { amount }
    }
  }
}
"""
ACTIVATE = """
mutation ($ids: [ID!]!) {
  activatePromotions(input: { idempotencyKey: "k", reason: "test", ids: $ids }) {
    changed
    problems {
      __typename code path
      ... on OmnibusNotAReduction {
        sku channel store currency price priorPrice announcedPercent allowedPercent lowestFrom lowestUntil
      }
      ... on OmnibusNoPriorPrice { sku channel currency }
    }
  }
}
"""


@pytest.fixture
async def shop(database: Database) -> Shop:
    shop = Shop(database)
    await shop.open()
    return shop


async def ask(shop: Shop, text: str, **variables: Any) -> Any:
    services = by_field(shop.pricing)
    context = GraphContext(shop.boss, cast("Feed", None), services, SCHEMA.parts, SCHEMA.owners)
    result = await SCHEMA.execute(text, variables, context_value=context)
    assert result.errors is None, result.errors
    assert result.data
    return next(iter(result.data.values()))


async def written(shop: Shop, **changes: Any) -> dict[str, Any]:
    document = a_document("sale", announcedPercent=10, **changes)
    assert (await shop.pricing.promotions.upsert(shop.boss, [document], "test")).problems == ()
    return document


async def test_a_price_raised_before_the_sale_is_named_with_its_dates(shop: Shop) -> None:
    """L-4: the same before, of a draft or of one that is kept, and when it is activated."""
    await shop.priced("8.00")
    shop.now += 9 * DAY
    await shop.priced("10.00")
    shop.now += 2 * DAY
    draft = await written(shop)
    dates = {"lowestFrom": "2026-03-02T12:00:00Z", "lowestUntil": "2026-03-11T12:00:00Z"}
    of_draft = await ask(shop, DRY_RUN, draft=draft)
    assert of_draft == await ask(shop, DRY_RUN, id="sale")
    assert of_draft["forecasts"] == [
        {
            "sku": "A-1",
            "market": "de",
            "channel": "web",
            "store": None,
            "verdict": "NOT_A_REDUCTION",
            "allowedPercent": None,
            "warning": True,
            "gross": {"amount": "9.00", "currency": "EUR"},
            "prior": {"amount": "8.00"},
            **dates,
        }
    ]
    assert await ask(shop, ACTIVATE, ids=["sale"]) == {
        "changed": 0,
        "problems": [
            {
                "__typename": "OmnibusNotAReduction",
                "code": "OMNIBUS_NOT_A_REDUCTION",
                "path": ["input", "ids", "0"],
                "sku": "A-1",
                "channel": "web",
                "store": None,
                "currency": "EUR",
                "price": "9.00",
                "priorPrice": "8.00",
                "announcedPercent": 10,
                "allowedPercent": None,
                **dates,
            }
        ],
    }


async def test_what_was_never_sold_is_named(shop: Shop) -> None:
    await shop.priced("10.00", **NEW)
    await written(shop, **AT_ONCE)
    (forecast,) = (await ask(shop, DRY_RUN, id="sale"))["forecasts"]
    assert (forecast["verdict"], forecast["prior"], forecast["lowestFrom"]) == ("NO_PRIOR_PRICE", None, None)
    (problem,) = (await ask(shop, ACTIVATE, ids=["sale"]))["problems"]
    assert problem == {
        "__typename": "OmnibusNoPriorPrice",
        "code": "OMNIBUS_NO_PRIOR_PRICE",
        "path": ["input", "ids", "0"],
        "sku": "A-1",
        "channel": "web",
        "currency": "EUR",
    }


async def test_a_dry_run_goes_page_by_page(shop: Shop) -> None:
    await shop.priced("10.00", "A-1", "A-2", "B-1")
    shop.now += DAY
    await written(shop)
    seen: list[str] = []
    after: str | None = None
    for _ in range(9):
        page = await ask(shop, DRY_RUN, id="sale", first=1, after=after)
        seen += [forecast["sku"] for forecast in page["forecasts"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == ["A-1", "A-2", "B-1"]


async def test_an_unknown_promotion_has_no_dry_run(shop: Shop) -> None:
    assert await ask(shop, DRY_RUN, id="nobody") is None
