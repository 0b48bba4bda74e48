"""kill -9 in the middle of the journeys: nothing acknowledged is lost, and the next start needs no hand."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
import uuid
from typing import Any

import httpx
import pytest
import websockets

from tests.gateway_process import GatewayProcess
from tests.journeys.client import Shop

LISTING = "{ products(first: 2) { edges { node { sku } } } sources { id } }"
CREATE = "mutation ($key: String!) { createCart(input: { idempotencyKey: $key }) { key problems { message } } }"
ADD = """
mutation ($key: String!, $id: ID!, $sku: ID!) {
  applyCartOperations(
    input: { key: $key, operations: [{ id: $id, operation: { addLine: { sku: $sku, quantity: "1" } } }] }
  ) { applied problems { message } }
}
"""
CART = "query ($key: String!) { cart(key: $key) { version lines { product { sku } quantity } } }"
SET_STOCK = """
mutation ($key: String!, $levels: [StockLevelInput!]!) {
  setStockLevels(input: { idempotencyKey: $key, reason: "count", levels: $levels }) { changed problems { message } }
}
"""
STOCK = """
subscription ($skus: [ID!]!, $after: String) {
  stockChanged(skus: $skus, after: $after) {
    kind cursor items { sku availability { sources { source { id } onHand } } }
  }
}
"""


async def a_cart(shop: Shop) -> tuple[str, str]:
    """A new cart's key, and a sku to put into it."""
    key = (await shop.run(CREATE, key=str(uuid.uuid4())))["createCart"]["key"]
    sku = (await shop.run(LISTING))["products"]["edges"][0]["node"]["sku"]
    return key, sku


async def keep_adding(shop: Shop, key: str, sku: str, acknowledged: list[str]) -> None:
    """One piece after the other until the gateway is gone; notes what was acknowledged."""
    while True:
        name = uuid.uuid4().hex
        try:
            answer = await shop.ask(ADD, key=key, id=name, sku=sku)
        except (httpx.HTTPError, ValueError):
            return
        if not answer.get("errors"):
            assert answer["data"]["applyCartOperations"]["applied"] == [name]
            acknowledged.append(name)


async def until_acknowledged(acknowledged: list[str], count: int) -> None:
    """Waits until so many operations were acknowledged."""
    async with asyncio.timeout(30):
        while len(acknowledged) < count:  # noqa: ASYNC110 - the adders know no event, as real clients know none
            await asyncio.sleep(0.01)


async def quantity(shop: Shop, key: str) -> int:
    """Pieces in the cart's only line."""
    lines = (await shop.run(CART, key=key))["cart"]["lines"]
    return int(lines[0]["quantity"]) if lines else 0


async def test_kill_of_the_gateway_loses_no_acknowledged_cart_operation(own_gateway: GatewayProcess) -> None:
    shop = Shop(own_gateway.url)
    key, sku = await a_cart(shop)
    acknowledged: list[str] = []
    adders = [asyncio.create_task(keep_adding(shop, key, sku, acknowledged)) for _ in range(4)]
    await until_acknowledged(acknowledged, 20)
    own_gateway.kill()
    await asyncio.gather(*adders)
    own_gateway.start()
    found = await quantity(shop, key)
    # What was under way when it died may or may not have been taken up: one operation per adder.
    assert len(acknowledged) <= found <= len(acknowledged) + len(adders)


async def test_a_lost_answer_may_be_asked_for_again_and_counts_once(own_gateway: GatewayProcess) -> None:
    shop = Shop(own_gateway.url)
    key, sku = await a_cart(shop)
    await shop.run(ADD, key=key, id="first", sku=sku)
    own_gateway.kill()
    own_gateway.start()
    answer = await shop.run(ADD, key=key, id="first", sku=sku)
    assert answer["applyCartOperations"]["applied"] == ["first"]
    assert await quantity(shop, key) == 1


async def test_kill_of_redis_loses_no_acknowledged_cart_operation_and_is_mended(own_gateway: GatewayProcess) -> None:
    shop = Shop(own_gateway.url)
    key, sku = await a_cart(shop)
    acknowledged: list[str] = []
    adders = [asyncio.create_task(keep_adding(shop, key, sku, acknowledged)) for _ in range(4)]
    await until_acknowledged(acknowledged, 20)
    os.kill(redis_child(own_gateway), signal.SIGKILL)
    await asyncio.to_thread(until_ready, own_gateway)
    await until_acknowledged(acknowledged, len(acknowledged) + 8)  # it has recovered by itself
    for adder in adders:
        adder.cancel()
    await asyncio.gather(*adders, return_exceptions=True)
    found = await quantity(shop, key)
    # Four may have been cut off when Redis died, and four more when this test stopped asking.
    assert len(acknowledged) <= found <= len(acknowledged) + 2 * len(adders)


async def test_a_stock_change_committed_before_the_crash_reaches_the_till_after_it(own_gateway: GatewayProcess) -> None:
    operator = Shop(own_gateway.url, token=own_gateway.token())
    listing = await operator.run(LISTING)
    sku, source = listing["products"]["edges"][0]["node"]["sku"], listing["sources"][0]["id"]
    async with operator.subscribe(STOCK, skus=[sku]) as events:
        cursor = (await events.next())["cursor"]
    # Redis is gone when the change is committed, and the gateway dies before it could be published.
    os.kill(redis_child(own_gateway), signal.SIGSTOP)
    child = redis_child(own_gateway)
    level = {"sku": sku, "source": source, "onHand": "4711"}
    answer = await operator.run(SET_STOCK, key=str(uuid.uuid4()), levels=[level])
    assert answer["setStockLevels"]["changed"] == 1
    own_gateway.kill()
    os.kill(child, signal.SIGKILL)
    own_gateway.start()
    async with operator.subscribe(STOCK, skus=[sku], after=cursor) as events:
        while True:
            event = await events.next()
            if on_hand(event).get(source) == "4711":
                break


async def test_ctrl_c_stops_everything_it_started_and_says_goodbye_to_tills(own_gateway: GatewayProcess) -> None:
    child, shop = redis_child(own_gateway), Shop(own_gateway.url)
    sku = (await shop.run(LISTING))["products"]["edges"][0]["node"]["sku"]
    async with shop.subscribe(STOCK, skus=[sku]) as events:
        await events.next()
        stopped = asyncio.create_task(asyncio.to_thread(own_gateway.interrupt))
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await events.next()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1001
    assert await stopped == 0
    assert not alive(child)


async def test_a_second_serve_on_the_same_data_is_refused_with_the_owners_pid(own_gateway: GatewayProcess) -> None:
    second = GatewayProcess(own_gateway.data)
    with pytest.raises(AssertionError, match=rf"\b{own_gateway.pid}\b"):
        second.start()
    assert own_gateway.is_ready()


def on_hand(event: dict[str, Any]) -> dict[str, str]:
    """What a stock event says each source holds."""
    sources = [source for item in event["items"] for source in item["availability"]["sources"]]
    return {source["source"]["id"]: source["onHand"] for source in sources}


def redis_child(gateway: GatewayProcess) -> int:
    """The process id of the embedded server."""
    found = subprocess.run(["pgrep", "-P", str(gateway.pid)], capture_output=True, text=True, check=True)
    return int(found.stdout.split()[0])


def until_ready(gateway: GatewayProcess) -> None:
    """Waits until the gateway says it is ready again."""
    end = time.monotonic() + 20
    while not gateway.is_ready():
        assert time.monotonic() < end, gateway.log()
        time.sleep(0.05)


def alive(pid: int) -> bool:
    """Whether a process still runs (a zombie does not)."""
    found = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return found.stdout.strip() != "" and not found.stdout.startswith("Z")
