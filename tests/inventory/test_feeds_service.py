"""Feeds over a real database: messages, snapshots, our own orders, and what is told of them (F-1 to F-6)."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from modules.inventory.model.feeds import FeedMode, MessageInput
from modules.inventory.model.holding import Purpose
from modules.inventory.model.movements import Move, MoveKind
from modules.inventory.service.feeds import FeedService, Taken
from modules.inventory.service.stock import InventoryService
from modules.inventory.store.feeds import FeedStore
from modules.inventory.store.movements import save_moves
from modules.inventory.store.reservations import ReservationStore
from modules.kernel.errors import Forbidden, Unauthenticated
from modules.kernel.events import Envelope
from modules.kernel.moments import to_us
from modules.kernel.names import Sku, SourceId
from modules.kernel.quantity import format_quantity, parse_quantity
from modules.kernel.viewer import ANONYMOUS, OPERATOR, Principal
from modules.runtime.database import Database
from tests.builders import NOW, a_viewer, an_article
from tests.inventory.builders import Shelf, a_hold
from tests.inventory.desk import commit, ship

ERP = a_viewer(OPERATOR)


@pytest.fixture
async def feeds(service: InventoryService, database: Database) -> FeedService:
    shelf = Shelf(an_article(), an_article("B-1"), an_article("C-1", quantity_scale=3))
    return FeedService(FeedStore(database), service, shelf, clock=lambda: NOW)


def a_figure(seq: int, quantity: str = "5", mode: FeedMode = FeedMode.ABSOLUTE, **more: Any) -> MessageInput:
    values = {"sku": "A-1", "source": "main", "as_of": NOW, **more}
    return MessageInput(mode=mode, quantity=quantity, seq=str(seq), **values)


async def tell(feeds: FeedService, *messages: MessageInput, snapshot: str = "") -> Taken:
    return await feeds.take(ERP, "erp", messages, snapshot)


async def on_hand(database: Database, sku: str = "A-1", source: str = "main") -> str:
    sql = "SELECT on_hand_micros FROM inventory_level WHERE sku = :sku AND source = :source"
    return format_quantity((await database.read(sql, sku=sku, source=source))[0][0])


async def told(database: Database, name: str) -> list[dict[str, Any]]:
    rows = await database.read("SELECT envelope FROM runtime_outbox WHERE module = 'inventory' ORDER BY id")
    envelopes = [Envelope.decode(text) for (text,) in rows]
    return [dict(change.state) for envelope in envelopes if envelope.name == name for change in envelope.changes]


async def test_figures_are_taken_up_once(feeds: FeedService, database: Database) -> None:  # F-1
    assert (await tell(feeds, a_figure(1), a_figure(1, sku="B-1"))).applied == 2
    again = await tell(feeds, a_figure(1), a_figure(2, "-2", FeedMode.DELTA))
    assert (again.applied, again.ignored, again.changed) == (1, 1, 1)
    assert await on_hand(database) == "3"
    assert [(sight.applied, sight.ignored) for sight in await feeds.feeds(ERP)] == [(3, 1)]


async def test_a_gap_waits_and_is_asked_about(feeds: FeedService, database: Database) -> None:  # F-2
    await tell(feeds, a_figure(1))
    assert (await tell(feeds, a_figure(3, "-1", FeedMode.DELTA))).parked == 1
    now = await database.now_us()
    line = await FeedStore(database).tell_gaps(0, now, 10)
    await FeedStore(database).tell_gaps(line, now, 10)
    assert [(gap["system"], gap["sku"]) for gap in await told(database, "inventory.feed_gap.v1")] == [("erp", "A-1")]
    assert (await tell(feeds, a_figure(2, "-1", FeedMode.DELTA))).applied == 2
    assert await on_hand(database) == "3"
    assert await database.read("SELECT COUNT(*) FROM inventory_parked") == [(0,)]


async def test_a_figure_below_what_is_set_aside_is_taken_and_told(
    feeds: FeedService, service: InventoryService, database: Database
) -> None:  # F-3, policy 21
    await tell(feeds, a_figure(1))
    store = ReservationStore(database, service.reach)
    for name in ("old", "new"):
        await store.decide([a_hold(("A-1", "2"), id=name, sources=["main"], purpose=Purpose.MANUAL)])
    await tell(feeds, a_figure(2, "-1"))
    (over,) = await told(database, "inventory.overcommitted.v1")
    assert over["short_micros"] == 5_000_000
    assert [item["id"] for item in over["reservations"]] == ["new.1", "old.1"]
    assert len(await store.reservations(["old", "new"])) == 2


async def test_an_order_that_the_figure_contains_is_not_taken_off_twice(
    feeds: FeedService, service: InventoryService, database: Database
) -> None:  # F-4
    await tell(feeds, a_figure(1))
    store = ReservationStore(database, service.reach)
    await store.decide([a_hold(("A-1", "2"), sources=["main"]), commit()])
    await tell(feeds, a_figure(2, "3", orders=["o1"]))
    (answer,) = await service.availability([Sku("A-1")], ERP)
    assert format_quantity(answer.available or 0) == "3"
    await store.decide([ship("2")])
    assert await on_hand(database) == "3"
    assert await database.read("SELECT committed_micros FROM inventory_level WHERE sku = 'A-1'") == [(0,)]


async def test_a_figure_later_than_the_acknowledgement_contains_the_order(
    feeds: FeedService, service: InventoryService, database: Database
) -> None:  # F-4
    await tell(feeds, a_figure(1, as_of=NOW - timedelta(hours=1)))
    store = ReservationStore(database, service.reach)
    await store.decide([a_hold(("A-1", "2"), sources=["main"]), commit()])
    assert not await feeds.acknowledge(ERP, ["o1"], NOW - timedelta(minutes=1))
    await tell(feeds, a_figure(2, "4", as_of=NOW - timedelta(minutes=2)))
    (answer,) = await service.availability([Sku("A-1")], ERP)
    assert format_quantity(answer.available or 0) == "2"
    await tell(feeds, a_figure(3, "3", as_of=NOW))
    (answer,) = await service.availability([Sku("A-1")], ERP)
    assert format_quantity(answer.available or 0) == "3"


async def test_a_late_count_never_takes_back_what_left_since(feeds: FeedService, database: Database) -> None:
    await tell(feeds, a_figure(1))
    move = Move(Sku("A-1"), SourceId("main"), parse_quantity("-2"), MoveKind.SHIP, "o1")
    async with database.transaction() as tx:
        await save_moves(tx, [move], to_us(NOW))
    await tell(feeds, a_figure(2, "9", as_of=NOW - timedelta(minutes=5)))
    assert await on_hand(database) == "7"


async def test_what_a_complete_snapshot_does_not_name_has_gone(feeds: FeedService, database: Database) -> None:  # F-5
    await tell(feeds, a_figure(1), a_figure(1, sku="B-1"), a_figure(1, sku="B-1", source="berlin"))
    assert not await feeds.begin(ERP, "erp", "night-1", ["main"])
    await tell(feeds, a_figure(2, "4"), snapshot="night-1")
    done = await feeds.end(ERP, "night-1", complete=True)
    assert done.changed == 1
    assert [await on_hand(database), await on_hand(database, "B-1")] == ["4", "0"]
    assert await on_hand(database, "B-1", "berlin") == "5"
    assert (await feeds.end(ERP, "night-1", complete=True)).problems[0].code == "UNKNOWN_SNAPSHOT"


async def test_an_incomplete_snapshot_clears_nothing(feeds: FeedService, database: Database) -> None:  # F-5
    await tell(feeds, a_figure(1, sku="B-1"))
    await feeds.begin(ERP, "erp", "night-1", ["main"])
    assert (await feeds.end(ERP, "night-1", complete=False)).changed == 0
    assert await on_hand(database, "B-1") == "5"


async def test_what_was_told_after_a_snapshot_began_is_not_cleared(feeds: FeedService, database: Database) -> None:
    await tell(feeds, a_figure(1, as_of=NOW - timedelta(days=1)))  # F-5
    await feeds.begin(ERP, "erp", "night-1", ["main"])
    later = datetime.fromtimestamp((await database.now_us()) / 1e6 + 60, tz=NOW.tzinfo)
    clock = FeedService(feeds._store, feeds._stock, feeds._articles, clock=lambda: later)
    await clock.take(ERP, "erp", [a_figure(2, "-1", FeedMode.DELTA, as_of=later)])
    assert (await clock.end(ERP, "night-1", complete=True)).changed == 0
    assert await on_hand(database) == "4"


async def test_shuffled_and_doubled_feeds_end_in_the_same_state(feeds: FeedService, database: Database) -> None:
    messages = [a_figure(0)] + [a_figure(seq, str(seq % 3 - 1), FeedMode.DELTA) for seq in range(1, 30)]  # section 8
    shuffled = messages * 2
    random.Random(7).shuffle(shuffled)
    for start in range(0, len(shuffled), 7):
        await tell(feeds, *shuffled[start : start + 7])
    assert await on_hand(database) == str(5 + sum(seq % 3 - 1 for seq in range(1, 30)))


async def test_feeds_of_several_writers_lose_nothing(feeds: FeedService, database: Database) -> None:
    await tell(feeds, a_figure(0))
    deltas = [a_figure(seq, "1", FeedMode.DELTA) for seq in range(1, 21)]
    await asyncio.gather(*(tell(feeds, *deltas[n::4]) for n in range(4)))
    assert await on_hand(database) == "25"


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({"sku": "A-9"}, "UNKNOWN_SKU", "sku"),
        ({"source": "moon"}, "UNKNOWN_LOCATION", "source"),
        ({"quantity": "1.5"}, "INVALID_INPUT", "quantity"),
        ({"quantity": "many"}, "INVALID_INPUT", "quantity"),
        ({"as_of": NOW + timedelta(hours=1)}, "INVALID_INPUT", "asOf"),
        ({"as_of": NOW.replace(tzinfo=None)}, "INVALID_INPUT", "asOf"),
        ({"orders": ["no order"]}, "INVALID_INPUT", "orders"),
        ({"seq": "-1"}, "INVALID_INPUT", "seq"),
        ({"seq": "9" * 30}, "INVALID_INPUT", "seq"),
    ],
)
async def test_a_bad_message_is_refused_at_its_place_and_hurts_no_other(
    feeds: FeedService, wrong: dict[str, Any], code: str, field: str
) -> None:
    values = {"sku": "A-1", "source": "main", "as_of": NOW, "quantity": "5", "seq": "1", **wrong}
    bad = MessageInput(mode=FeedMode.ABSOLUTE, **values)
    done = await tell(feeds, bad, a_figure(1, sku="B-1"))
    assert done.applied == 1
    assert [(problem.code, problem.path[:4]) for problem in done.problems] == [
        (code, ("input", "messages", "0", field))
    ]


async def test_calls_that_make_no_sense_are_refused(feeds: FeedService) -> None:
    assert (await feeds.take(ERP, "no name", [a_figure(1)])).problems[0].path == ("input", "system")
    assert (await feeds.take(ERP, "erp", [])).problems[0].path == ("input", "messages")
    assert (await tell(feeds, a_figure(1), snapshot="never")).problems[0].code == "UNKNOWN_SNAPSHOT"
    assert (await feeds.begin(ERP, "erp", "s", ["moon"]))[0].code == "UNKNOWN_LOCATION"
    assert (await feeds.acknowledge(ERP, [], NOW))[0].path == ("input", "orders")


@pytest.mark.parametrize("at", [NOW + timedelta(minutes=6), datetime(1, 1, 1, tzinfo=UTC), NOW.replace(tzinfo=None)])
async def test_an_acknowledgement_of_no_moment_of_the_past_is_refused_and_may_come_again(
    feeds: FeedService, database: Database, at: datetime
) -> None:  # F-4
    (problem,) = await feeds.acknowledge(ERP, ["o-1"], at)
    assert (problem.code, problem.path) == ("INVALID_INPUT", ("input", "at"))
    assert await feeds.acknowledge(ERP, ["o-1"], NOW) == ()
    assert await database.read("SELECT at_us FROM inventory_order_ack") == [(to_us(NOW),)]


async def test_the_id_of_a_snapshot_is_one_tellings(feeds: FeedService) -> None:  # F-5, R-1
    assert await feeds.begin(ERP, "erp", "full", ["main", "berlin"]) == ()
    assert await feeds.begin(ERP, "erp", "full", ["berlin", "main"]) == (), "again is harmless"
    for system, sources in (("wms", ["main", "berlin"]), ("erp", ["main"])):
        (problem,) = await feeds.begin(ERP, system, "full", sources)
        assert (problem.code, problem.path) == ("IDEMPOTENCY_CONFLICT", ("input", "snapshot"))
    await feeds.end(ERP, "full", complete=True)
    assert [each.code for each in await feeds.begin(ERP, "erp", "full", ["main", "berlin"])] == ["UNKNOWN_SNAPSHOT"]


async def test_feeds_are_for_those_who_may(feeds: FeedService) -> None:
    with pytest.raises(Unauthenticated):
        await feeds.take(a_viewer(ANONYMOUS), "erp", [a_figure(1)])
    with pytest.raises(Forbidden):
        await feeds.take(a_viewer(Principal("clerk")), "erp", [a_figure(1)])
