"""Nothing that a stranger sends in one request holds the event loop, which all others wait for."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import httpx
import pytest

from modules.runtime.database import Database
from modules.runtime.feed import StreamFeed
from modules.runtime.redis import Redis
from tests.demo_shop import DemoShop, demo_shop
from tests.gateway.holding import longest_step

MOST_MS = 50

PAGE = "products(first: 20) { edges { node { sku title } } }"

DOCUMENTS = {
    "many fields": "{" + " __typename" * 99 + "}",
    "fields that nobody knows": "{" + " ".join(f"a{number}" for number in range(99)) + "}",
    "arguments that nobody knows": "{" + " ".join(f"a{n}: products(x{n}: {n}) {{ edges }}" for n in range(24)) + "}",
    "pages beside each other": "{" + " ".join(f"a{n}: {PAGE}" for n in range(20)) + "}",
    "the largest page": PAGE.replace("20", "100").join("{}"),
    "fragments that double": "{ ...F0 }"
    + "".join(f" fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(20))
    + " fragment F20 on Query { __typename }",
    "a deep document": "{" + " a {" * 180 + " b" + " }" * 180 + " }",
    "fields that might conflict": "{" + f" {PAGE}" * 20 + "}",
    "the schema many times": "{" + " __schema { types { name } }" * 50 + "}",
    "more than may be": "{" + " __schema { types { name } }" * 500 + "}",
    "a long string": '{ product(sku: "' + "a" * 15_000 + '") { sku } }',
}

BODIES = {
    "nested deeply": b'{"query": "{ __typename }", "variables": {"a": ' + b"[" * 450_000 + b"]" * 450_000 + b"}}",
    "many values": b'{"query": "{ __typename }", "variables": {"a": [' + b",".join([b"1"] * 480_000) + b"]}}",
    "many names": b'{"query": "{ __typename }", "variables": {'
    + b",".join(b'"%d":1' % n for n in range(80_000))
    + b"}}",
    "a long document": b'{"query": "' + b"{ __typename }" * 70_000 + b'"}',
    "a huge number": b'{"query": "{ __typename }", "variables": {"a": ' + b"9" * 900_000 + b"}}",
}

ADD = """mutation ($key: String!, $operations: [OperationEnvelope!]!) {
  applyCartOperations(input: { key: $key, operations: $operations }) {
    problems { code }
    cart { quote { total { gross { amount } } } }
  }
}"""

ALL_OF_A_CART = """query ($key: String!) {
  cart(key: $key) {
    lines { id quantity product { sku title } }
    quote {
      lines {
        lineId quantity taxRate isGift
        unit { amount currency }
        total { gross { amount currency } net { amount } tax { amount } }
        units { units total { gross { amount } } }
        steps { kind label amount { amount currency } result { amount currency } }
        product { sku title price { gross { amount } net { amount } } }
      }
      promotions { outcome }
      total { gross { amount } }
    }
  }
}"""


@pytest.fixture
async def shop(sqlite_template: bytes, embedded_url: str, tmp_path: Path) -> AsyncIterator[DemoShop]:
    """On one backend: how long its thread works is the same on all."""
    path = tmp_path / "shop.db"
    path.write_bytes(sqlite_template)
    database, redis = await Database.open(f"sqlite:///{path}"), Redis(embedded_url)
    async with demo_shop(database, redis, StreamFeed(redis), tmp_path) as shop:
        yield shop
    await redis.close()
    await database.close()


async def held(shop: DemoShop, request: Callable[[int], dict[str, Any]]) -> tuple[float, httpx.Response]:
    """Of a request, which is made anew for each try: what was seen before is remembered, and costs less."""
    headers = {"content-type": "application/json", "accept-encoding": "gzip"}
    return await longest_step(
        lambda number: shop.client.post("/graphql", headers=headers, **request(number)), enough=MOST_MS
    )


async def test_no_document_holds_the_loop(shop: DemoShop) -> None:
    def asking(document: str, number: int) -> dict[str, Any]:
        return {"json": {"query": document + " " * number}}

    for name, document in DOCUMENTS.items():
        taken, answer = await held(shop, partial(asking, document))
        assert taken < MOST_MS, name
        assert answer.status_code == 200, name


async def test_no_body_holds_the_loop(shop: DemoShop) -> None:
    def sending(body: bytes, number: int) -> dict[str, Any]:
        return {"content": body.replace(b"}", b" " * number + b"}")}

    for name, body in BODIES.items():
        taken, answer = await held(shop, partial(sending, body))
        assert taken < MOST_MS, name
        assert answer.json()["errors"], name


async def test_a_cart_of_a_thousand_lines_with_all_that_can_be_asked_of_it_does_not_hold_the_loop(
    shop: DemoShop,
) -> None:
    page = await shop.ask("{ products(first: 100) { edges { node { sku } } } }")
    skus = islice(cycle(edge["node"]["sku"] for edge in page["products"]["edges"]), 1_000)
    lines = [{"addLine": {"sku": sku, "quantity": "1", "lineId": f"line-{n}"}} for n, sku in enumerate(skus)]
    create = "mutation ($key: String!) { createCart(input: { idempotencyKey: $key }) { key } }"
    key = (await shop.ask(create, key=str(uuid.uuid4())))["createCart"]["key"]

    def adding(start: int, number: int) -> dict[str, Any]:
        part = enumerate(lines[start : start + 100], start)
        entries = [{"id": f"{number}-{n}", "operation": line} for n, line in part]
        return {"json": {"query": ADD, "variables": {"key": key, "operations": entries}}}

    for start in range(0, 1_000, 100):
        taken, answer = await held(shop, partial(adding, start))
        assert answer.json()["data"]["applyCartOperations"]["problems"] == []
        assert taken < MOST_MS, start
    reading = {"variables": {"key": key}}
    taken, answer = await held(shop, lambda number: {"json": {"query": ALL_OF_A_CART + " " * number, **reading}})
    assert len(answer.json()["data"]["cart"]["quote"]["lines"]) >= 1_000
    assert taken < MOST_MS
