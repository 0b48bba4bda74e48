"""Reservations on a real database: batches, several processes, keys, expiry, and what the others hear."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from modules.inventory.model.holding import HoldRules
from modules.inventory.model.levels import LevelInput
from modules.inventory.model.reservations import Call, CallKey, Decision, Hold, ReservationState, Restock
from modules.inventory.service.stock import InventoryService
from modules.inventory.store.reservations import ReservationStore
from modules.kernel.coalescer import Coalescer
from modules.kernel.errors import Unavailable
from modules.kernel.events import Envelope
from modules.kernel.names import Sku, SourceId
from modules.kernel.quantity import format_quantity, parse_quantity
from modules.kernel.viewer import OPERATOR
from modules.runtime.database import Database
from tests.builders import a_viewer
from tests.inventory.builders import a_hold
from tests.inventory.desk import commit, release

ERP = a_viewer(OPERATOR)


class Process:
    """One gateway's desk over the shared database."""

    def __init__(self, store: ReservationStore) -> None:
        self.store = store
        self._desk: Coalescer[Call, Decision] = Coalescer(store.decide)

    async def ask(self, *calls: Call) -> list[Decision]:
        return list(await asyncio.gather(*(self._desk.ask(call) for call in calls)))


@pytest.fixture
async def process(service: InventoryService, database: Database) -> Process:
    levels = [LevelInput(sku=sku, source="main", on_hand="5") for sku in ("A-1", "B-1")]
    assert not (await service.set_stock_levels(ERP, levels, "count")).problems
    return Process(ReservationStore(database, service.reach))


@asynccontextmanager
async def another(database_url: str, service: InventoryService) -> AsyncIterator[Process]:
    """A second process on the same database."""
    database = await Database.open(database_url)
    try:
        yield Process(ReservationStore(database, service.reach))
    finally:
        await database.close()


def holds(count: int, prefix: str = "h", quantity: str = "1") -> list[Hold]:
    return [a_hold(("A-1", quantity), id=f"{prefix}{n}", key=f"{prefix}{n}", sources=["main"]) for n in range(count)]


def won(decisions: Sequence[Decision]) -> int:
    return sum(1 for decision in decisions if decision.reservations)


async def available(service: InventoryService, sku: str = "A-1") -> str:
    (answer,) = await service.availability([Sku(sku)], ERP)
    return format_quantity(answer.available or parse_quantity("0"))


async def published(database: Database, name: str) -> list[dict[str, object]]:
    rows = await database.read("SELECT envelope FROM runtime_outbox WHERE module = 'inventory' ORDER BY id")
    envelopes = [Envelope.decode(text) for (text,) in rows]
    return [dict(change.state) for envelope in envelopes if envelope.name == name for change in envelope.changes]


async def test_buyers_in_several_processes_get_exactly_what_is_there(
    process: Process, service: InventoryService, database_url: str
) -> None:
    async with another(database_url, service) as second, another(database_url, service) as third:
        calls = (each.ask(*holds(100, f"{n}-")) for n, each in enumerate((process, second, third)))
        decisions = [decision for decided in await asyncio.gather(*calls) for decision in decided]
    assert won(decisions) == 5
    assert await available(service) == "0"
    short = [decision.problems[0].code for decision in decisions if not decision.reservations]
    assert Counter(short) == {"INSUFFICIENT_STOCK": 295}


async def test_a_batch_of_any_size_is_a_handful_of_statements(process: Process, database: Database) -> None:
    before = database.statements
    await process.store.decide(holds(1))
    one = database.statements - before
    await process.store.decide(holds(50, "x"))
    assert database.statements - before - one <= one


async def test_the_same_key_has_the_same_outcome_in_every_process(
    process: Process, service: InventoryService, database_url: str
) -> None:
    async with another(database_url, service) as second:
        calls = await asyncio.gather(*(each.ask(*holds(3)) for each in (process, second, process)))
    assert calls[0] == calls[1] == calls[2]
    assert await available(service) == "2"
    (refused,) = await process.ask(a_hold(("A-1", "9"), id="big", key="big"))
    assert (await process.ask(a_hold(("A-1", "9"), id="big", key="big")))[0].problems[0].code == refused.problems[
        0
    ].code
    (other,) = await process.ask(a_hold(("A-1", "1"), id="h0", key="h0", body="other"))
    assert other.problems[0].code == "IDEMPOTENCY_CONFLICT"


class Lost(ReservationStore):
    """Its first batch is stored, and the answer is lost."""

    lost = False

    async def decide(self, calls: Sequence[Call]) -> list[Decision]:
        decisions = await super().decide(calls)
        if not self.lost:
            self.lost = True
            raise Unavailable("The database")
        return decisions


async def test_after_an_unknown_commit_the_keys_are_looked_up(service: InventoryService, database: Database) -> None:
    await service.set_stock_levels(ERP, [LevelInput(sku="A-1", source="main", on_hand="5")], "count")
    decisions = await Process(Lost(database, service.reach)).ask(*holds(3))
    assert won(decisions) == 3
    assert await available(service) == "2"


async def test_who_reads_never_counts_a_hold_that_is_over(process: Process, service: InventoryService) -> None:
    await process.ask(a_hold(("A-1", "2"), ttl_us=1, sources=["main"]))
    await asyncio.sleep(0.001)
    levels = await service._store.levels([Sku("A-1")], ["main"], 1 << 60)  # type: ignore[list-item]
    assert levels[Sku("A-1")]["main"].held == 0  # type: ignore[index]


async def test_the_end_of_a_hold_is_told_without_anybody_asking(
    process: Process, service: InventoryService, database: Database
) -> None:
    await process.ask(a_hold(("A-1", "2"), ttl_us=1, sources=["main"]))
    await asyncio.sleep(0.001)
    assert await process.store.expire(10) == 1
    assert await process.store.expire(10) == 0
    states = [event["state"] for event in await published(database, "inventory.reservation_changed.v1")]
    assert states == ["held", "expired"]
    held = [event["held_micros"] for event in await published(database, "inventory.stock_changed.v1")]
    assert held[-1] == 0


async def test_limits_hold_over_processes_that_lock_different_goods(
    process: Process, service: InventoryService, database_url: str
) -> None:
    rules = HoldRules("web", None, 3)
    calls = [
        a_hold((sku, "1"), id=f"{sku}{n}", owner="one", sources=["main"], rules=rules)
        for sku in ("A-1", "B-1")
        for n in range(4)
    ]
    async with another(database_url, service) as second:
        decided = await asyncio.gather(process.ask(*calls[:4]), second.ask(*calls[4:]))
    assert sum(map(won, decided)) == 3


async def test_processes_that_take_goods_in_opposite_order_never_wait_for_one_another(
    process: Process, service: InventoryService, database_url: str
) -> None:
    async with another(database_url, service) as second:

        async def busy(each: Process, name: str, *skus: str) -> None:
            for n in range(15):
                lines = [(sku, "1") for sku in skus]
                await each.ask(a_hold(*lines, id=f"{name}{n}", sources=["main"]))
                await each.ask(release(f"{name}{n}"))

        async with asyncio.timeout(60):
            await asyncio.gather(busy(process, "a", "A-1", "B-1"), busy(second, "b", "B-1", "A-1"))
    assert [await available(service, sku) for sku in ("A-1", "B-1")] == ["5", "5"]


async def test_reservations_are_found_by_hold_and_by_their_own_id(process: Process) -> None:
    await process.ask(a_hold(("A-1", "1"), ("B-1", "2"), sources=["main"]), commit())
    found = await process.store.reservations(["h1"])
    assert [(item.id, item.sku, item.state) for item in found] == [
        ("h1.1", "A-1", ReservationState.COMMITTED),
        ("h1.2", "B-1", ReservationState.COMMITTED),
    ]
    assert [item.id for item in await process.store.reservations(["h1.2", "h1"])] == ["h1.1", "h1.2"]


async def test_goods_come_back_to_where_nobody_has_counted_them_yet(
    process: Process, service: InventoryService, database_url: str
) -> None:
    one = Restock(key=CallKey("", ""), sku=Sku("C-1"), source=SourceId("main"), quantity=parse_quantity("1"))
    async with another(database_url, service) as other:
        await asyncio.gather(*(desk.ask(one) for desk in (process, other) for _ in range(3)))
    (found,) = await service.availability([Sku("C-1")], ERP)
    assert found.sources[0].on_hand == parse_quantity("6")
