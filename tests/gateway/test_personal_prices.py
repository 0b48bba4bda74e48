"""What one customer pays is told to nobody else: one gateway, one process, the same documents for all."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from gateway.auth import Authenticator
from gateway.edge import Edge
from gateway.importing import import_files
from gateway.parts import make_graph
from gateway.settings import ROOT, Settings
from gateway.wiring import by_class, wire_cart, wire_trade
from modules.kernel.graph import GraphContext
from modules.runtime.database import Database
from modules.runtime.feed import StreamFeed
from modules.runtime.redis import Redis

TOKEN = "t" * 32
STRANGER: Mapping[str, str] = {}
OPERATOR = {"authorization": f"Bearer {TOKEN}"}
MEMBER = {**OPERATOR, "cogwerk-customer": "m-1001"}
TRADE = {**OPERATOR, "cogwerk-customer": "b-2001"}
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


@dataclass
class Shop:
    """The demo shop behind the edge, without a network."""

    client: httpx.AsyncClient

    async def ask(self, document: str, headers: Mapping[str, str], **variables: object) -> dict[str, Any]:
        """The data of an operation without errors."""
        body = {"query": document, "variables": variables}
        answer = await self.client.post("/graphql", json=body, headers=dict(headers))
        assert "errors" not in answer.json(), answer.text
        data: dict[str, Any] = answer.json()["data"]
        return data


@pytest.fixture
async def shop(database: Database, redis: Redis, feed: StreamFeed, tmp_path: Path) -> AsyncIterator[Shop]:
    trade = wire_trade(database)
    demo = ROOT / "examples" / "demo"
    await import_files(trade, demo / "mapping.toml", demo, tmp_path)
    services = by_class(trade, wire_cart(trade, redis, b"secret" * 8, keep_days=1))
    authenticator = Authenticator(trade.market, trade.access, trade.customers, TOKEN)
    schema = make_graph()

    async def context(headers: Mapping[str, str]) -> GraphContext:
        return GraphContext(await authenticator.viewer(headers), feed, services, schema.parts, schema.owners)

    edge = Edge(schema, context, Settings(data=tmp_path))
    transport = httpx.ASGITransport(Starlette(routes=edge.routes))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        yield Shop(client)


def amounts(found: object) -> list[str]:
    """Every gross amount of an answer, whatever its form."""
    if isinstance(found, dict):
        own = [found["gross"]["amount"]] if isinstance(found.get("gross"), dict) else []
        return own + [amount for value in found.values() for amount in amounts(value)]
    return [amount for value in found for amount in amounts(value)] if isinstance(found, list) else []


async def test_a_member_pays_the_member_price_and_others_the_listed_one(shop: Shop) -> None:
    """P-3: a customer's group reaches the selection of price rows."""
    for headers, expected in ((STRANGER, LISTED), (MEMBER, "11.50"), (TRADE, LISTED), (OPERATOR, LISTED)):
        data = await shop.ask(PRODUCT, headers)
        assert data["product"]["price"]["gross"]["amount"] == expected


@pytest.mark.parametrize("document", [PRODUCT, LISTING, BOTH], ids=["product", "listing", "entities"])
async def test_no_order_and_no_crowd_of_askers_tells_a_member_price_to_another(shop: Shop, document: str) -> None:
    expected = {"member": "11.50", "stranger": LISTED, "trade": LISTED}
    headers: dict[str, Mapping[str, str]] = {"member": MEMBER, "stranger": STRANGER, "trade": TRADE}
    askers = random.Random(7).choices(list(headers), k=60)
    one_by_one = [await shop.ask(document, headers[asker]) for asker in askers]
    at_once = await asyncio.gather(*(shop.ask(document, headers[asker]) for asker in askers))
    for asker, data in zip(askers * 2, [*one_by_one, *at_once], strict=True):
        assert set(amounts(data)) == {expected[asker]}, asker


async def test_a_cart_that_a_member_filled_shows_strangers_no_member_price(shop: Shop) -> None:
    create = 'mutation { createCart(input: { idempotencyKey: "5f0c8d9e-6a57-4f0e-9d58-1f6f3f0f8a11" }) { key } }'
    add = """mutation ($key: String!) { applyCartOperations(input: { key: $key, operations: [
        { id: "1", operation: { addLine: { sku: "TIMER-SAND-3", quantity: "1" } } }] })
        { cart { quote { total { gross { amount } } } } problems { message } } }"""
    read = """query ($key: String!) { cart(key: $key) {
        quote { total { gross { amount } } } lines { product { price { gross { amount } } } } } }"""
    key = (await shop.ask(create, STRANGER))["createCart"]["key"]
    added = await shop.ask(add, MEMBER, key=key)
    assert set(amounts(added)) == {"11.50"}
    for headers, expected in ((STRANGER, LISTED), (MEMBER, "11.50"), (TRADE, LISTED)) * 2:
        assert set(amounts(await shop.ask(read, headers, key=key))) == {expected}


async def test_who_may_not_act_for_customers_gets_no_price_at_all(shop: Shop) -> None:
    answer = await shop.client.post("/graphql", json={"query": PRODUCT}, headers={"cogwerk-customer": "m-1001"})
    assert answer.status_code == 401
    assert "data" not in answer.json()
