"""What inventory does, on both databases."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from modules.inventory.events import StockChanged
from modules.inventory.model.levels import IncomingInput, LevelInput
from modules.inventory.model.sources import BufferInput, SourceInput, UnknownLocation
from modules.inventory.service.stock import InventoryService
from modules.inventory.store.stock import InventoryStore
from modules.kernel.errors import Forbidden, IdempotencyConflict, InvalidInput, Unauthenticated, UnknownSku
from modules.kernel.events import Envelope
from modules.kernel.names import Sku
from modules.kernel.quantity import pieces
from modules.kernel.stock import Availability, AvailabilityState, IncomingStock
from modules.kernel.viewer import OPERATOR, Permission, Principal, Role, Viewer
from modules.runtime.database import Database
from tests.builders import NOW, a_channel, a_viewer
from tests.inventory.builders import Places, Shelf, a_count, a_source_input
from tests.inventory.conftest import SOURCES

BOTH = a_channel(sources=("main", "berlin", "plan"))
ERP = a_viewer(Principal("erp", permissions=frozenset({Permission.STOCK_WRITE})), channel=BOTH)
SHOPPER = a_viewer(channel=BOTH)


async def had(service: InventoryService, *skus: str, viewer: Viewer = SHOPPER) -> list[int | None]:
    """What can be had of these."""
    return [answer.available for answer in await service.availability([Sku(sku) for sku in skus], viewer)]


async def only(service: InventoryService, sku: str = "A-1", viewer: Viewer = SHOPPER) -> Availability:
    """The availability of one product."""
    (answer,) = await service.availability([Sku(sku)], viewer)
    return answer


async def published(database: Database, name: str = StockChanged.NAME) -> list[StockChanged]:
    """All stock events in the outbox, in order."""
    rows = await database.read("SELECT envelope FROM runtime_outbox ORDER BY id")
    envelopes = [Envelope.decode(envelope) for (envelope,) in rows]
    return [StockChanged.read(change) for found in envelopes if found.name == name for change in found.changes]


async def audited(database: Database) -> list[tuple[Any, ...]]:
    """Principal, target, before, after and reason of each stock change."""
    rows = await database.read(
        "SELECT principal, target, before, after, reason FROM runtime_audit"
        " WHERE action = 'inventory.set_stock_level' ORDER BY id"
    )
    return [
        (by, target, before and json.loads(before), after and json.loads(after), why)
        for by, target, before, after, why in rows
    ]


async def test_availability_answers_in_the_order_of_the_question(service: InventoryService) -> None:
    await service.set_stock_levels(ERP, [a_count("3"), a_count("7", sku="B-1"), a_count("4", source="berlin")], "count")
    assert await had(service, "B-1", "A-1", "unknown", "B-1") == [pieces(7), pieces(7), 0, pieces(7)]
    assert [part.source for part in (await only(service)).sources] == ["main", "berlin"]


async def test_a_page_of_availability_is_one_statement(service: InventoryService, database: Database) -> None:
    await service.set_stock_levels(ERP, [a_count(), a_count(sku="B-1")], "count")
    before = database.statements
    await service.availability([Sku("A-1"), Sku("B-1"), *(Sku(f"X-{n}") for n in range(22))], SHOPPER)
    assert database.statements == before + 1


async def test_a_channel_without_sources_costs_no_statement(service: InventoryService, database: Database) -> None:
    before = database.statements
    found = await only(service, viewer=a_viewer(channel=a_channel(sources=())))
    assert (found.state, database.statements) == (AvailabilityState.UNKNOWN, before)


async def test_another_moment_needs_the_right_to_it(service: InventoryService) -> None:
    with pytest.raises(Unauthenticated):
        await service.availability([Sku("A-1")], SHOPPER, NOW + timedelta(days=1))


async def test_a_promise_date_counts_what_arrives_until_then(service: InventoryService) -> None:
    arrival = IncomingInput(at=NOW + timedelta(days=2), quantity="5")
    level = replace(a_count("0"), incoming=[arrival])
    await service.set_stock_levels(ERP, [level], "purchase")
    viewer = a_viewer(OPERATOR, channel=BOTH)
    (then,) = await service.availability([Sku("A-1")], viewer, NOW + timedelta(days=2))
    assert (then.state, then.available, then.earliest) == (AvailabilityState.PRE_ORDER, pieces(5), arrival.at)
    assert then.sources[0].incoming == (IncomingStock(arrival.at, pieces(5)),)
    assert await had(service, "A-1") == [0]


async def test_levels_are_absolute_and_versions_rise_by_one(service: InventoryService, database: Database) -> None:
    for on_hand in ("5", "5", "3"):
        await service.set_stock_levels(ERP, [a_count(on_hand)], "count")
    found = [(event.key, event.version, event.on_hand_micros) for event in await published(database)]
    assert found == [("A-1@main", 1, pieces(5)), ("A-1@main", 2, pieces(3))]


async def test_the_event_carries_the_whole_level(service: InventoryService, database: Database) -> None:
    arrival = IncomingInput(at=NOW + timedelta(days=2), quantity="5")
    given = LevelInput(
        sku="A-1",
        source="main",
        on_hand="9",
        safety_stock="2",
        backorder_limit="4",
        incoming=[arrival],
    )
    await service.set_stock_levels(ERP, [given], "count")
    (event,) = await published(database)
    assert (event.sku, event.source, event.track) == ("A-1", "main", True)
    assert (event.on_hand_micros, event.safety_stock_micros) == (pieces(9), pieces(2))
    assert event.backorder_limit_micros == pieces(4)
    assert len(event.incoming) == 1
    assert event.as_of_us > 0


async def test_unchanged_levels_are_neither_written_nor_published_nor_audited(
    service: InventoryService, database: Database
) -> None:
    await service.set_stock_levels(ERP, [a_count("5")], "count")
    before = (await only(service)).sources[0].as_of
    done = await service.set_stock_levels(ERP, [a_count("5"), a_count("1", sku="B-1")], "count again")
    assert (done.changed, done.unchanged, done.problems) == (1, 1, ())
    assert [event.key for event in await published(database)] == ["A-1@main", "B-1@main"]
    assert [target for _, target, *_ in await audited(database)] == ["level:A-1@main", "level:B-1@main"]
    assert (await only(service)).sources[0].as_of == before


async def test_a_first_count_of_nothing_is_a_level(service: InventoryService) -> None:
    assert (await only(service)).state is AvailabilityState.UNKNOWN
    done = await service.set_stock_levels(ERP, [a_count("0")], "count")
    assert (done.changed, (await only(service)).state) == (1, AvailabilityState.OUT_OF_STOCK)


async def test_what_a_count_leaves_out_stays_as_it_was(service: InventoryService) -> None:
    whole = LevelInput(sku="A-1", source="main", on_hand="9", safety_stock="2", backorder_limit="1", track=True)
    await service.set_stock_levels(ERP, [whole], "set up")
    await service.set_stock_levels(ERP, [a_count("5")], "count")
    assert await had(service, "A-1") == [pieces(4)]
    await service.set_stock_levels(ERP, [replace(a_count("5"), track=False)], "no longer counted")
    await service.set_stock_levels(ERP, [a_count("6")], "count")
    assert await had(service, "A-1") == [None]


async def test_the_audit_log_tells_who_what_and_why(service: InventoryService, database: Database) -> None:
    await service.set_stock_levels(ERP, [a_count("5")], "first")
    await service.set_stock_levels(ERP, [a_count("3")], "theft")
    first, second = await audited(database)
    assert (first[0], first[1], first[2], first[4]) == ("erp", "level:A-1@main", None, "first")
    assert second[2]["on_hand_micros"] == pieces(5)
    assert second[3]["on_hand_micros"] == pieces(3)
    assert second[4] == "theft"


async def test_writing_needs_the_scope(service: InventoryService) -> None:
    associate = a_viewer(Principal("till", frozenset({Role.STORE_ASSOCIATE})))
    for viewer, refusal in ((SHOPPER, Unauthenticated), (associate, Forbidden)):
        for call in (
            service.set_stock_levels(viewer, [a_count()], "count"),
            service.upsert_sources(viewer, [a_source_input()], "x"),
            service.set_channel_buffers(viewer, [BufferInput(channel="web", units="1")], "x"),
        ):
            with pytest.raises(refusal):
                await call


async def test_refused_levels_do_not_hinder_the_others(service: InventoryService) -> None:
    levels = [
        a_count("1", sku="A-11"),
        a_count("2"),
        a_count("3", source="mian"),
        a_count("4"),
        a_count("-1", sku="B-1"),
        a_count("0.5", sku="B-1"),
        a_count("0.5", sku="C-1"),
        a_count("1000001", sku="B-1"),
        a_count("many", sku="B-1"),
    ]
    done = await service.set_stock_levels(ERP, levels, "count")
    found = [(type(problem), problem.path[2:]) for problem in done.problems]
    assert (done.changed, done.unchanged) == (2, 0)
    assert found == [
        (UnknownSku, ("0", "sku")),
        (UnknownLocation, ("2", "source")),
        (InvalidInput, ("3",)),
        (InvalidInput, ("4", "onHand")),
        (InvalidInput, ("5", "onHand")),
        (InvalidInput, ("7", "onHand")),
        (InvalidInput, ("8", "onHand")),
    ]
    assert await had(service, "A-1", "B-1", "C-1") == [pieces(2), 0, 500_000]


async def test_a_refusal_names_what_is_near_and_what_is_allowed(service: InventoryService) -> None:
    done = await service.set_stock_levels(ERP, [a_count(sku="A-11"), a_count(source="mian")], "count")
    unknown, nowhere = done.problems
    assert isinstance(unknown, UnknownSku)
    assert "A-1" in unknown.nearest
    assert isinstance(nowhere, UnknownLocation)
    assert (nowhere.code, nowhere.allowed) == ("UNKNOWN_LOCATION", "one of: berlin, main, plan")


async def test_a_command_that_cannot_be_done_is_refused_whole(service: InventoryService) -> None:
    for levels, reason, key, path in (
        ([a_count()] * 1001, "count", None, ("input", "levels")),
        ([a_count()], " ", None, ("input", "reason")),
        ([a_count()], "count", "\x00", ("input", "idempotencyKey")),
    ):
        done = await service.set_stock_levels(ERP, levels, reason, key)
        assert [problem.path for problem in done.problems] == [path]
    assert (await only(service)).state is AvailabilityState.UNKNOWN


async def test_r1_the_same_key_answers_what_was_done_the_first_time(
    service: InventoryService, database: Database
) -> None:
    levels = [a_count("5"), a_count("5", sku="new"), a_count("5", source="nowhere")]
    first = await service.set_stock_levels(ERP, levels, "count", "k-1")
    await service.set_stock_levels(ERP, [a_count("4")], "later")
    again = await service.set_stock_levels(ERP, levels, "count", "k-1")
    assert (again.changed, again.unchanged) == (first.changed, first.unchanged) == (1, 0)
    assert [(type(told), vars(told)) for told in again.problems] == [(type(p), vars(p)) for p in first.problems]
    assert await had(service, "A-1") == [pieces(4)]
    assert len(await published(database)) == 2


async def test_r1_the_same_key_with_other_input_is_a_conflict(service: InventoryService) -> None:
    await service.set_stock_levels(ERP, [a_count("5")], "count", "k-1")
    for levels, reason in (([a_count("6")], "count"), ([a_count("5")], "another")):
        done = await service.set_stock_levels(ERP, levels, reason, "k-1")
        assert [type(problem) for problem in done.problems] == [IdempotencyConflict]
    assert await had(service, "A-1") == [pieces(5)]


async def test_r1_a_key_belongs_to_its_principal(service: InventoryService) -> None:
    await service.set_stock_levels(ERP, [a_count("5")], "count", "k-1")
    done = await service.set_stock_levels(a_viewer(OPERATOR), [a_count("6")], "count", "k-1")
    assert (done.changed, done.problems) == (1, ())


async def test_simultaneous_calls_with_one_key_do_it_once(service: InventoryService, database: Database) -> None:
    calls = (service.set_stock_levels(ERP, [a_count("5")], "count", "k-1") for _ in range(8))
    done = await asyncio.gather(*calls)
    assert [(outcome.changed, outcome.unchanged) for outcome in done] == [(1, 0)] * 8
    assert len(await published(database)) == 1


async def test_simultaneous_writers_lose_no_version_and_never_wait_for_one_another(
    service: InventoryService, database: Database
) -> None:
    skus = ("A-1", "B-1", "C-1")

    async def write(number: int) -> None:
        pairs = [(sku, source) for sku in skus for source in ("main", "berlin")]
        turned = pairs[number % 6 :] + pairs[: number % 6]
        levels = [a_count(str(number + 1), sku=sku, source=source) for sku, source in turned[: 2 + number % 5]]
        done = await service.set_stock_levels(ERP, levels, f"count {number}")
        assert done.changed == len(levels)

    async with asyncio.timeout(30):
        await asyncio.gather(*(write(number) for number in range(24)))
    events = await published(database)
    by_key: dict[str, list[StockChanged]] = {}
    for event in events:
        by_key.setdefault(event.key, []).append(event)
    assert len(events) == sum(2 + number % 5 for number in range(24))
    for key, found in by_key.items():
        assert sorted(event.version for event in found) == list(range(1, len(found) + 1)), key
    levels = await InventoryStore(database).levels([Sku(sku) for sku in skus], [s.id for s in service.sources(ERP)], 0)
    for level in (level for mine in levels.values() for level in mine.values()):
        last = max(by_key[f"{level.sku}@{level.source}"], key=lambda event: event.version)
        assert (level.version, level.on_hand) == (last.version, last.on_hand_micros)


async def test_a_batch_of_levels_is_few_statements(service: InventoryService, database: Database) -> None:
    levels = [a_count(sku=sku, source=source) for sku in ("A-1", "B-1", "C-1") for source in ("main", "berlin")]
    before = database.statements
    await service.set_stock_levels(ERP, levels, "count")
    # All locked, their sources heard of, all written; PostgreSQL asks which there are, and places the missing.
    locks = database.dialect == "postgresql"
    assert database.statements - before == 3 + 2 * locks
    before = database.statements
    await service.set_stock_levels(ERP, [replace(level, on_hand="6") for level in levels], "count")
    assert database.statements - before == 3 + locks


async def test_sources_stand_by_priority_and_planning_is_for_who_sees_stock(service: InventoryService) -> None:
    assert [source.id for source in service.sources(SHOPPER)] == ["main", "berlin"]
    assert [source.id for source in service.sources(a_viewer(OPERATOR))] == ["main", "berlin", "plan"]
    (main, *_) = service.sources(SHOPPER)
    assert (main.latitude_micros, main.longitude_micros) == (52_516_266, 13_377_775)


async def test_a_source_is_replaced_wholly_and_holds_at_once(service: InventoryService) -> None:
    await service.set_stock_levels(ERP, [a_count("3", source="berlin")], "count")
    assert await had(service, "A-1") == [pieces(3)]
    closed = SourceInput(id="berlin", name="Berlin Mitte", sells=False)
    done = await service.upsert_sources(ERP, [closed, *SOURCES[1:]], "closed")
    assert (done.changed, done.unchanged) == (1, 2)
    assert (await only(service)).state is AvailabilityState.UNKNOWN


async def test_a_source_that_stands_twice_is_refused_the_second_time(service: InventoryService) -> None:
    done = await service.upsert_sources(ERP, [a_source_input("new"), a_source_input("new", name="Other")], "x")
    assert (done.changed, [problem.path for problem in done.problems]) == (1, [("input", "sources", "1")])


async def test_buffers_withhold_in_their_channel_alone(service: InventoryService) -> None:
    await service.set_stock_levels(ERP, [a_count("9"), a_count("9", source="berlin")], "count")
    given = [BufferInput(channel="web", source="berlin", units="2"), BufferInput(channel="web", sku="A-1", percent="5")]
    done = await service.set_channel_buffers(ERP, given, "for walk-ins")
    assert (done.changed, done.problems) == (2, ())
    assert await had(service, "A-1") == [pieces(16)]
    app = a_viewer(channel=a_channel("app", sources=("main", "berlin")))
    assert await had(service, "A-1", viewer=app) == [pieces(18)]
    assert (await service.set_channel_buffers(ERP, given, "again")).unchanged == 2


async def test_another_process_sees_sources_once_it_loads(service: InventoryService, database: Database) -> None:
    other = InventoryService(InventoryStore(database), Shelf(), Places())
    assert other.sources(SHOPPER) == []
    await other.load()
    assert other.sources(SHOPPER) == service.sources(SHOPPER)


async def test_counted_tells_who_has_a_level_anywhere(service: InventoryService) -> None:
    await service.set_stock_levels(ERP, [a_count(source="plan")], "count")
    assert await service.counted([Sku("B-1"), Sku("A-1"), Sku("\x00")]) == [False, True, False]
