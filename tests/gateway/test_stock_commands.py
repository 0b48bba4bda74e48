"""Reservations, waiting, feeds, transfers and stock takes as an integrator calls them, on the demo shop."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from modules.runtime.database import Database
from modules.runtime.feed import StreamFeed
from modules.runtime.redis import Redis
from tests.demo_shop import OPERATOR, DemoShop, demo_shop

SKU, SOURCE = "WRENCH-6", "leipzig"
RESERVED = (
    "reservations { id holdId lineId quantity shipped state product { sku title } } problems { code message path }"
)
HOLD = f"mutation ($input: HoldStockInput!) {{ holdStock(input: $input) {{ {RESERVED} }} }}"
COMMIT = f"mutation ($input: CommitHoldInput!) {{ commitHold(input: $input) {{ {RESERVED} }} }}"
SHIP = f"mutation ($input: ShipStockInput!) {{ shipStock(input: $input) {{ {RESERVED} }} }}"
RELEASE = f"mutation ($input: ReleaseHoldInput!) {{ releaseHold(input: $input) {{ {RESERVED} }} }}"
STOCK = "query ($sku: ID!) { product(sku: $sku) { availability { sources { source { id } onHand available } } } }"
FEED = """
mutation ($input: RecordStockFeedInput!) {
  recordStockFeed(input: $input) { applied ignored parked changed problems { code path } }
}
"""
SEND = """
mutation ($input: SendTransfersInput!) {
  sendTransfers(input: $input) { transfers { id state quantity product { sku } } problems { code } }
}
"""
TAKE = """
mutation ($input: TakeStockInput!) {
  takeStock(input: $input) { differences { expected counted onHand product { sku } } problems { code } }
}
"""
WAIT = """
mutation ($input: JoinWaitingListInput!) {
  joinWaitingList(input: $input) { waiters { id state holdId } problems { code } }
}
"""
WAITERS = "query ($ids: [ID!]!) { waiters(ids: $ids) { id state holdId } }"


@pytest.fixture
async def shop(database: Database, redis: Redis, feed: StreamFeed, tmp_path: Path) -> AsyncIterator[DemoShop]:
    async with demo_shop(database, redis, feed, tmp_path) as shop:
        yield shop


async def run(shop: DemoShop, document: str, **input: Any) -> dict[str, Any]:
    (answer,) = (await shop.ask(document, OPERATOR, input=input)).values()
    return dict(answer)


async def level(shop: DemoShop) -> tuple[str, str]:
    data = await shop.ask(STOCK, OPERATOR, sku=SKU)
    sources = {each["source"]["id"]: each for each in data["product"]["availability"]["sources"]}
    return sources[SOURCE]["onHand"], sources[SOURCE]["available"]


async def test_stock_is_set_aside_sold_and_sent(shop: DemoShop) -> None:
    on_hand, available = map(int, await level(shop))
    lines = [{"lineId": "1", "sku": SKU, "quantity": "2", "source": SOURCE}]
    held = await run(shop, HOLD, idempotencyKey="h", lines=lines)
    assert held == await run(shop, HOLD, idempotencyKey="h", lines=lines)
    (item,) = held["reservations"]
    assert (item["state"], item["product"]["sku"]) == ("HELD", SKU)
    assert await level(shop) == (str(on_hand), str(available - 2))
    await run(shop, COMMIT, idempotencyKey="c", holdId=item["holdId"], order="o-1")
    sent = await run(shop, SHIP, idempotencyKey="s", parcels=[{"reservationId": item["id"], "quantity": "1"}])
    assert sent["reservations"][0]["shipped"] == "1"
    assert await level(shop) == (str(on_hand - 1), str(available - 2))
    await run(shop, RELEASE, idempotencyKey="r", id=item["holdId"])
    assert await level(shop) == (str(on_hand - 1), str(available - 1))


async def test_what_cannot_be_had_is_named_and_waited_for(shop: DemoShop) -> None:
    _, available = await level(shop)
    lines = [{"lineId": "1", "sku": SKU, "quantity": available, "source": SOURCE}]
    held = (await run(shop, HOLD, idempotencyKey="all", lines=lines))["reservations"][0]
    short = await run(shop, HOLD, idempotencyKey="more", lines=lines)
    assert [problem["code"] for problem in short["problems"]] == ["INSUFFICIENT_STOCK"]
    feed = {"sku": SKU, "mode": "ABSOLUTE", "quantity": "0", "seq": "1", "asOf": "2026-01-01T00:00:00Z"}
    for source in ("basel", "berlin", "hamburg"):
        await run(shop, FEED, system="erp", messages=[{**feed, "source": source}])
    waiting = {"id": "w-1", "sku": SKU, "quantity": available}
    assert (await run(shop, WAIT, waiters=[waiting]))["waiters"][0]["state"] == "WAITING"
    await run(shop, RELEASE, idempotencyKey="back", id=held["holdId"])
    data = await shop.ask(WAITERS, OPERATOR, ids=["w-1"])
    assert data["waiters"] == [{"id": "w-1", "state": "OFFERED", "holdId": "offer-w-1"}]


async def test_figures_of_the_erp_are_taken_up_once(shop: DemoShop) -> None:
    message = {"sku": SKU, "source": SOURCE, "mode": "ABSOLUTE", "quantity": "7", "seq": "41"}
    first = await run(shop, FEED, system="erp", messages=[{**message, "asOf": "2026-11-01T00:00:00Z"}])
    again = await run(shop, FEED, system="erp", messages=[{**message, "asOf": "2026-11-01T00:00:00Z"}])
    assert (first["applied"], again["ignored"], (await level(shop))[0]) == (1, 1, "7")


async def test_goods_move_between_sources_and_are_counted(shop: DemoShop) -> None:
    on_hand = int((await level(shop))[0])
    transfer = {"id": "t-1", "sku": SKU, "origin": SOURCE, "target": "berlin", "quantity": "3"}
    sent = await run(shop, SEND, reason="refill", transfers=[{**transfer, "expectedAt": "2030-01-01T00:00:00Z"}])
    assert sent["transfers"][0]["state"] == "SENT"
    assert (await level(shop))[0] == str(on_hand - 3)
    counts = [{"sku": SKU, "counted": str(on_hand - 4)}]
    take = {"reason": "yearly", "source": SOURCE, "countedAt": "2099-01-01T00:00:00Z", "counts": counts}
    assert (await run(shop, TAKE, **take))["problems"][0]["code"] == "INVALID_INPUT"
    (found,) = (await run(shop, TAKE, **{**take, "countedAt": "2026-11-01T00:00:00Z"}))["differences"]
    assert (found["expected"], found["counted"]) == (str(on_hand), str(on_hand - 4))
