"""What one customer pays is told to nobody else: one gateway, one process, the same documents for all."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from modules.runtime.database import Database
from modules.runtime.feed import StreamFeed
from modules.runtime.redis import Redis
from tests.demo_shop import OPERATOR, DemoShop, demo_shop

STRANGER: Mapping[str, str] = {}
MEMBER = {**OPERATOR, "cogwerk-customer": "m-1002"}
OTHER = {**OPERATOR, "cogwerk-customer": "g-1003"}
LISTED = "12.90"
"""What TIMER-SAND-3 costs everybody; members pay less."""
PRODUCT = '{ product(sku: "TIMER-SAND-3") { sku price { gross { amount } original { amount } } } }'
LISTING = """
{ products(first: 5, filter: { skus: ["TIMER-SAND-3"] }) {
    edges { node { sku price { gross { amount } original { amount } } } } } }
"""
BOTH = """
{ product(sku: "TIMER-SAND-3") { price { gross { amount } } }
  _entities(representations: [{ __typename: "Product", sku: "TIMER-SAND-3" }]) {
    ... on Product { price { gross { amount } } } } }
"""


@pytest.fixture
async def shop(database: Database, redis: Redis, feed: StreamFeed, tmp_path: Path) -> AsyncIterator[DemoShop]:
    async with demo_shop(database, redis, feed, tmp_path) as shop:
        yield shop


def amounts(found: object) -> list[str]:
    """Every gross amount of an answer, whatever its form."""
    if isinstance(found, dict):
        own = [found["gross"]["amount"]] if isinstance(found.get("gross"), dict) else []
        return own + [amount for value in found.values() for amount in amounts(value)]
    return [amount for value in found for amount in amounts(value)] if isinstance(found, list) else []


async def test_a_member_pays_the_member_price_and_others_the_listed_one(shop: DemoShop) -> None:
    """P-3: a customer's group reaches the selection of price rows."""
    for headers, expected in ((STRANGER, LISTED), (MEMBER, "11.50"), (OTHER, LISTED), (OPERATOR, LISTED)):
        data = await shop.ask(PRODUCT, headers)
        assert data["product"]["price"]["gross"]["amount"] == expected


@pytest.mark.parametrize("document", [PRODUCT, LISTING, BOTH], ids=["product", "listing", "entities"])
async def test_no_order_and_no_crowd_of_askers_tells_a_member_price_to_another(shop: DemoShop, document: str) -> None:
    expected = {"member": "11.50", "stranger": LISTED, "other": LISTED}
    headers: dict[str, Mapping[str, str]] = {"member": MEMBER, "stranger": STRANGER, "other": OTHER}
    askers = random.Random(7).choices(list(headers), k=60)
    one_by_one = [await shop.ask(document, headers[asker]) for asker in askers]
    at_once = await asyncio.gather(*(shop.ask(document, headers[asker]) for asker in askers))
    for asker, data in zip(askers * 2, [*one_by_one, *at_once], strict=True):
        assert set(amounts(data)) == {expected[asker]}, asker


async def test_a_cart_that_a_member_filled_shows_strangers_no_member_price(shop: DemoShop) -> None:
    create = 'mutation { createCart(input: { idempotencyKey: "5f0c8d9e-6a57-4f0e-9d58-1f6f3f0f8a11" }) { key } }'
    add = """mutation ($key: String!) { applyCartOperations(input: { key: $key, operations: [
        { id: "1", operation: { addLine: { sku: "TIMER-SAND-3", quantity: "1" } } }] })
        { cart { quote { total { gross { amount } } } } problems { message } } }"""
    read = """query ($key: String!) { cart(key: $key) {
        quote { total { gross { amount } } } lines { product { price { gross { amount } } } } } }"""
    key = (await shop.ask(create, STRANGER))["createCart"]["key"]
    added = await shop.ask(add, MEMBER, key=key)
    assert set(amounts(added)) == {"11.50"}
    for headers, expected in ((STRANGER, LISTED), (MEMBER, "11.50"), (OTHER, LISTED)) * 2:
        assert set(amounts(await shop.ask(read, headers, key=key))) == {expected}


async def test_who_may_not_act_for_customers_gets_no_price_at_all(shop: DemoShop) -> None:
    answer = await shop.client.post("/graphql", json={"query": PRODUCT}, headers={"cogwerk-customer": "m-1002"})
    assert answer.status_code == 401
    assert "data" not in answer.json()
