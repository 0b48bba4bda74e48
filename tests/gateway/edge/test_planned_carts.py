"""Carts are answered the same with plans and without: whole documents of clients, with nulls, errors and directives."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from gateway.edge import Bounds
from gateway.edge.execution import Executions, Request
from modules.kernel.graph import GraphContext
from modules.runtime.database import Database
from modules.runtime.feed import StreamFeed
from modules.runtime.redis import Redis
from tests.counted_shop import GRAPH, CountedShop, counted_shop, document

LINE = "__typename id quantity note configurationId product { __typename sku title price { gross { amount } } }"
QUOTED = """
    lines { __typename lineId quantity isGift taxRate product { sku title } unit { amount } total { gross { amount } }
      units { units total { net { amount } } } steps { kind label amount { amount } result { amount } rule { id } } }
    promotions { label outcome phase amount { amount } because missing { kind } lines { lineId amount { amount } } }
    taxes { rate taxClass base { amount } code } notices { code message lineId data } delivery { gross { amount } }
    deliveryDetails { method } rounding { amount } payable { amount currency } subtotal { net { amount } } taxEstimated
"""
DOCUMENTS = {
    "an add": document("cart_add"),
    "a reading": document("cart_read"),
    "all of a quote": f"query ($key: String!) {{ cart(key: $key) {{ id quote {{ {QUOTED} }} lines {{ {LINE} }} }} }}",
    "names of types": "query ($key: String!) { __typename cart(key: $key) { __typename quote { __typename } } }",
    "two quotes by other names": """query ($key: String!) {
        cart(key: $key) { one: quote { total { gross { amount } } }
          two: quote(terms: { destination: { country: "CH" } }) { total { ...Sum } }
          history { edges { node { id } } } links { id } codes email } }
        fragment Sum on TaxedMoney { gross { amount currency } net { amount } }""",
    "a quote left out": "query ($key: String!, $off: Boolean = false) "
    "{ cart(key: $key) { version quote @include(if: $off) { at } lines @skip(if: $off) { id } } }",
    "a moment without the right to it": "query ($key: String!) { cart(key: $key) { version lines { id } "
    'quote(terms: { at: "2026-01-01T00:00:00Z" }) { total { gross { amount } } } email } }',
    "an error where nothing may be null": "query ($key: String!) { cart(key: $key) { version deliveryOptions("
    'terms: { at: "2026-01-01T00:00:00Z" }) { method } lines { id } quote { taxEstimated } } }',
    "a cart that is not there": 'query { cart(key: "nothing") { version lines { id } quote { taxEstimated } } }',
    "problems, which are of many types": """mutation ($key: String!) {
        applyCartOperations(input: { key: $key, operations: [
          { id: "strange", operation: { addLine: { sku: "no such thing", quantity: "1" } } },
          { id: "tap-1", operation: { addLine: { sku: "no such thing", quantity: "0" } } } ] }) {
          applied cart { version quote { taxEstimated } } problems { __typename code message } } }""",
    "a call that is refused as a whole": """mutation {
        applyCartOperations(input: { key: "nothing", operations: [] }) {
          applied cart { version quote { taxEstimated } } problems { code } } }""",
    "two calls in a row": """mutation ($key: String!) {
        a: applyCartOperations(input: { key: $key, operations: [{ id: "note-1", operation: {
          setNote: { text: "for two" } } }] }) { cart { note quote { taxEstimated } } }
        b: applyCartOperations(input: { key: $key, operations: [{ id: "note-2", operation: {
          setNote: { text: "for three" } } }] }) { cart { note quote { taxEstimated } } } }""",
}


@pytest.fixture
async def shop(database: Database, redis: Redis, feed: StreamFeed, tmp_path: Path) -> AsyncIterator[CountedShop]:
    async with counted_shop(database, redis, feed, tmp_path) as shop:
        yield shop


async def _answers(shop: CountedShop, document: str, variables: dict[str, Any]) -> list[bytes]:
    """Without plans, with plans that are made for it, and with kept ones."""

    async def context(headers: object) -> GraphContext:
        return replace(shop.context, unavailable=[], _loaders={})

    without, planned = (
        Executions(GRAPH, context, Bounds(plans=plans), introspection=True, suggestions=True) for plans in (False, True)
    )
    request = Request(document, variables, None)
    return [(await runs.execute(await runs.prepare(request, {}))).body for runs in (without, planned, planned)]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_cart_is_answered_the_same_with_plans_and_without(shop: CountedShop) -> None:
    skus = await shop.skus()
    create = "mutation ($key: String!) { createCart(input: { idempotencyKey: $key }) { key } }"
    key = (await shop.run(create, key=str(uuid.uuid4())))[0]["createCart"]["key"]
    for number, sku in enumerate(skus[:5]):
        await shop.run(document("cart_add"), key=key, id=f"tap-{number}", sku=sku)
    for about, text in DOCUMENTS.items():
        given = (
            {"key": key, "id": "tap-1", "sku": skus[1]} if "$sku" in text else {"key": key} if "$key" in text else {}
        )
        await _answers(shop, text, given)  # what an operation changes, it has changed then
        without, made, kept = await _answers(shop, text, given)
        assert made == kept == without, about
        assert orjson.loads(kept)["data"], about
