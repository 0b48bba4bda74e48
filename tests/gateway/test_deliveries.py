"""What a cart of the demo shop may choose as its delivery, through the whole gateway."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from modules.runtime.database import Database
from modules.runtime.feed import StreamFeed
from modules.runtime.redis import Redis
from tests.demo_shop import DemoShop, demo_shop

CREATE = 'mutation { createCart(input: { idempotencyKey: "0123456789abcdef" }) { key } }'
ADD = """mutation ($key: String!, $id: ID!, $sku: ID!, $quantity: Decimal!) { applyCartOperations(input: { key: $key,
  operations: [{ id: $id, operation: { addLine: { sku: $sku, quantity: $quantity } } }] }) { problems { message } } }"""
OPTIONS = """query ($key: String!, $terms: QuoteTermsInput) { cart(key: $key) { deliveryOptions(terms: $terms) {
  method cost { gross { amount } } earliestDays arrivesFrom hindrance { code data } } } }"""
QUOTE = """query ($key: String!, $terms: QuoteTermsInput) { cart(key: $key) { quote(terms: $terms) {
  delivery { gross { amount } } notices { code } } } }"""


@pytest.fixture
async def shop(database: Database, redis: Redis, feed: StreamFeed, tmp_path: Path) -> AsyncIterator[DemoShop]:
    """The demo shop, open."""
    async with demo_shop(database, redis, feed, tmp_path) as shop:
        yield shop


async def a_cart(shop: DemoShop, **quantities: str) -> str:
    """The key of a cart with so much of each; a sku's hyphens are underscores here."""
    key: str = (await shop.ask(CREATE))["createCart"]["key"]
    for name, quantity in quantities.items():
        sku = name.replace("_", "-")
        added = await shop.ask(ADD, key=key, id=name, sku=sku, quantity=quantity)
        assert added["applyCartOperations"]["problems"] == []
    return key


async def options(shop: DemoShop, key: str, **terms: Any) -> dict[str, Any]:
    """By method, in order."""
    found = (await shop.ask(OPTIONS, key=key, terms=terms))["cart"]["deliveryOptions"]
    return {option["method"]: option for option in found}


async def test_zone_weight_and_value_decide_and_the_quote_agrees(shop: DemoShop) -> None:  # T-2, T-9
    key = await a_cart(shop, HAMMER_300="1")
    light = await options(shop, key)
    costs = [(method, option["cost"]["gross"]["amount"]) for method, option in light.items()]
    assert costs == [("pickup", "0.00"), ("parcel", "4.90"), ("express", "12.90")]
    assert light["express"]["arrivesFrom"] < light["parcel"]["arrivesFrom"]
    island = await options(shop, key, destination={"country": "DE", "postalCode": "27498"})
    assert (island["parcel"]["cost"]["gross"]["amount"], island["parcel"]["earliestDays"]) == ("14.90", 3)
    abroad = await options(shop, key, destination={"country": "AT"})
    said = {method: option["hindrance"]["code"] for method, option in abroad.items() if option["hindrance"]}
    assert said == {"parcel": "TAX_RATE_NOT_FOUND", "express": "DELIVERY_NOT_POSSIBLE"}, (
        "the demo knows no Austrian tax"
    )
    heavy = await a_cart_of_weight(shop)
    found = await options(shop, heavy)
    assert found["express"]["hindrance"]["code"] == "DELIVERY_TOO_HEAVY"
    assert found["express"]["hindrance"]["data"]["limitGrams"] == 10_000
    for cart, ways in ((key, light), (heavy, found)):
        for method, option in ways.items():
            quote = (await shop.ask(QUOTE, key=cart, terms={"delivery": method}))["cart"]["quote"]
            assert quote["delivery"] == option["cost"]
            assert option["cost"] or option["hindrance"]["code"] in [notice["code"] for notice in quote["notices"]]


async def a_cart_of_weight(shop: DemoShop) -> str:
    """The key of another cart, with more than ten kilograms."""
    made = await shop.ask(CREATE.replace("0123456789abcdef", "heavy-0123456789abcdef"))
    key: str = made["createCart"]["key"]
    await shop.ask(ADD, key=key, id="heavy", sku="HAMMER-500", quantity="20")
    return key
