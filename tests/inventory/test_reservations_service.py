"""What is asked about reservations: who may, what is refused and where, and that asking again is harmless."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from modules.inventory.engine.wishes import HoldInput, LineInput
from modules.inventory.model.holding import MINUTE_US, HoldRulesInput, LifeTimeInput, Purpose
from modules.inventory.model.levels import LevelInput
from modules.inventory.model.reservations import Decision, ReservationState
from modules.inventory.service.reservations import ReservationService
from modules.inventory.service.stock import InventoryService
from modules.inventory.store.reservations import ReservationStore
from modules.kernel.errors import Forbidden, ForeignPlace, InsufficientStock, Unauthenticated
from modules.kernel.quantity import format_quantity
from modules.kernel.viewer import ANONYMOUS, OPERATOR, Permission, Principal, Viewer
from modules.runtime.database import Database
from tests.builders import a_channel, a_store, a_viewer, an_article
from tests.inventory.builders import Shelf

BOSS = a_viewer(OPERATOR)
CHECKOUT = a_viewer(Principal("checkout", permissions=frozenset({Permission.STOCK_HOLD})))


@pytest.fixture
async def desk(service: InventoryService, database: Database) -> ReservationService:
    levels = [LevelInput(sku=sku, source="main", on_hand="5") for sku in ("A-1", "B-1", "C-1")]
    assert not (await service.set_stock_levels(BOSS, levels, "count")).problems
    shelf = Shelf(an_article(), an_article("B-1"), an_article("C-1", quantity_scale=3))
    return ReservationService(ReservationStore(database, service.reach), service, shelf)


async def hold(
    desk: ReservationService, key: str = "k", quantity: str = "2", viewer: Viewer | None = None, **more: Any
) -> Decision:
    line: dict[str, Any] = {"line": "l1", "sku": "A-1", "quantity": quantity, "source": None}
    line |= {name: more.pop(name) for name in list(more) if name in line}
    return await desk.hold(viewer or CHECKOUT, HoldInput(idempotency_key=key, lines=(LineInput(**line),), **more))


async def test_a_hold_is_found_again_under_its_key(desk: ReservationService) -> None:
    first = await hold(desk)
    assert await hold(desk) == first
    conflict = (await hold(desk, quantity="3")).problems[0]
    assert (conflict.code, "'k'" in conflict.message) == ("IDEMPOTENCY_CONFLICT", True)
    (item,) = first.reservations
    assert (item.owner, item.purpose, item.state) == ("checkout", Purpose.CHECKOUT, ReservationState.HELD)
    assert await desk.reservations(CHECKOUT, [item.hold]) == [item]


async def test_a_key_that_was_forgotten_makes_another_hold(desk: ReservationService, database: Database) -> None:
    (first,) = (await hold(desk)).reservations
    async with database.transaction() as tx:
        await tx.run("UPDATE inventory_call SET decided_us = decided_us - :day", day=24 * 3_600_000_000)
    (second,) = (await hold(desk, viewer=replace(CHECKOUT, now=CHECKOUT.now + timedelta(days=1)))).reservations
    assert first.id != second.id


@pytest.mark.parametrize("skew", [timedelta(days=-2), timedelta(days=2)])
async def test_a_process_whose_clock_is_wrong_holds_as_long_as_the_others(
    desk: ReservationService, database: Database, skew: timedelta
) -> None:
    wrong = replace(CHECKOUT, now=datetime.now(UTC) + skew)
    began = await database.now_us()
    (mine,) = (await hold(desk, "mine", viewer=wrong)).reservations
    (other,) = (await hold(desk, "other", viewer=replace(CHECKOUT, now=datetime.now(UTC)))).reservations
    for item in (mine, other):
        assert began <= item.created_us <= await database.now_us()
        assert item.expires_at_us == item.created_us + 15 * MINUTE_US
    for viewer in (wrong, CHECKOUT):
        short = (await hold(desk, "more", viewer=viewer)).problems[0]
        assert isinstance(short, InsufficientStock)
        assert short.available == "1", "both count, and neither twice"
    assert (await desk.commit(wrong, "c", other.hold, "o-1")).reservations[0].order == "o-1"
    assert (await desk.extend(wrong, "e", mine.hold, 600)).reservations[0].state is ReservationState.HELD


async def test_a_hold_goes_its_whole_way(desk: ReservationService) -> None:  # 4.2
    (item,) = (await hold(desk)).reservations
    assert (await desk.extend(CHECKOUT, "e", item.hold, 600)).reservations
    (item,) = (await desk.resize(CHECKOUT, "r", item.id, "3")).reservations
    assert format_quantity(item.quantity) == "3"
    (item,) = (await desk.commit(CHECKOUT, "c", item.hold, "o-1")).reservations
    assert item.order == "o-1"
    done = await desk.ship(BOSS, "s", [(item.id, "1"), (item.id, "9"), ("none", "1")])
    assert [format_quantity(each.shipped) for each in done.reservations] == ["1"]
    assert [(p.code, p.path) for p in done.problems] == [
        ("INVALID_TRANSITION", ("input", "parcels", "1")),
        ("UNKNOWN_RESERVATION", ("input", "parcels", "2", "reservationId")),
    ]
    again = await desk.ship(BOSS, "s", [(item.id, "1")])
    assert [format_quantity(each.shipped) for each in again.reservations] == ["1"]
    (item,) = (await desk.release(CHECKOUT, "x", item.id, "1")).reservations
    assert (format_quantity(item.quantity), item.state) == ("2", ReservationState.COMMITTED)
    assert not (await desk.restock(BOSS, "back", "A-1", "main", "1")).problems


BAD: list[tuple[dict[str, Any], str, tuple[str, ...]]] = [
    ({"key": ""}, "INVALID_INPUT", ("input", "idempotencyKey")),
    ({"sku": "A-9"}, "UNKNOWN_SKU", ("input", "lines", "0", "sku")),
    ({"source": "moon"}, "UNKNOWN_LOCATION", ("input", "lines", "0", "source")),
    ({"quantity": "0"}, "INVALID_INPUT", ("input", "lines", "0", "quantity")),
    ({"quantity": "-1"}, "INVALID_INPUT", ("input", "lines", "0", "quantity")),
    ({"quantity": "0.5"}, "INVALID_INPUT", ("input", "lines", "0", "quantity")),
    ({"quantity": "a few"}, "INVALID_INPUT", ("input", "lines", "0", "quantity")),
    ({"line": ""}, "INVALID_INPUT", ("input", "lines", "0", "lineId")),
    ({"owner": "no name"}, "INVALID_INPUT", ("input", "owner")),
    ({"customer": "no name"}, "INVALID_INPUT", ("input", "customer")),
    ({"ttl_seconds": 0}, "INVALID_INPUT", ("input", "ttlSeconds")),
    ({"quantity": "6"}, "INSUFFICIENT_STOCK", ("input", "lines", "0")),
]


@pytest.mark.parametrize(("wrong", "code", "path"), BAD)
async def test_a_bad_hold_is_refused_at_its_place(
    desk: ReservationService, wrong: dict[str, Any], code: str, path: tuple[str, ...]
) -> None:
    done = await hold(desk, **wrong)
    assert not done.reservations
    assert [(problem.code, problem.path) for problem in done.problems] == [(code, path)]


async def test_a_hold_without_lines_is_refused(desk: ReservationService) -> None:
    done = await desk.hold(CHECKOUT, HoldInput(idempotency_key="k", lines=()))
    assert done.problems[0].path == ("input", "lines")


async def test_all_bad_lines_are_named_and_nothing_is_held(desk: ReservationService) -> None:
    lines = [
        LineInput(line="1", sku="A-1", quantity="1"),
        LineInput(line="2", sku="A-9", quantity="1"),
        LineInput(line="3", sku="C-1", quantity="0.0001"),
    ]
    done = await desk.hold(CHECKOUT, HoldInput(idempotency_key="k", lines=lines))
    assert [problem.path[:3] for problem in done.problems] == [("input", "lines", "1"), ("input", "lines", "2")]
    assert (await hold(desk, key="all", quantity="5")).reservations


async def test_other_calls_are_refused_at_their_places(desk: ReservationService) -> None:
    (item,) = (await hold(desk)).reservations
    cases = [
        (await desk.extend(CHECKOUT, "1", item.hold, 0), "INVALID_INPUT", "ttlSeconds"),
        (await desk.extend(CHECKOUT, "2", "none", 60), "UNKNOWN_RESERVATION", "holdId"),
        (await desk.resize(CHECKOUT, "3", item.id, "9"), "INSUFFICIENT_STOCK", "quantity"),
        (await desk.resize(CHECKOUT, "4", item.id, "0.5"), "INVALID_INPUT", "quantity"),
        (await desk.resize(CHECKOUT, "4a", "none", "1"), "UNKNOWN_RESERVATION", "reservationId"),
        (await desk.commit(CHECKOUT, "5", item.hold, "no name"), "INVALID_INPUT", "order"),
        (await desk.release(CHECKOUT, "6", item.id, "9"), "INVALID_TRANSITION", "id"),
        (await desk.release(CHECKOUT, "7", "none"), "UNKNOWN_RESERVATION", "id"),
        (await desk.ship(BOSS, "8", []), "INVALID_INPUT", "parcels"),
        (await desk.ship(BOSS, "8a", [(item.id, "0.5")]), "INVALID_INPUT", "quantity"),
        (await desk.restock(BOSS, "9", "A-9", "main", "1"), "UNKNOWN_SKU", "sku"),
    ]
    assert [(done.problems[0].code, done.problems[0].path[-1], done.reservations) for done, *_ in cases] == [
        (code, field, ()) for _, code, field in cases
    ]


async def test_rules_of_the_channel_hold(desk: ReservationService, service: InventoryService) -> None:
    life = LifeTimeInput(purpose=Purpose.CHECKOUT, usual_seconds=60, longest_seconds=60)
    rules = HoldRulesInput(channel="web", units_per_customer="2", holds_per_owner=1, life_times=[life])
    assert (await service.set_hold_rules(BOSS, [rules], "fair")).changed == 1
    assert (await service.set_hold_rules(BOSS, [rules], "fair")).unchanged == 1
    (item,) = (await hold(desk, owner="o", customer="c")).reservations
    assert item.expires_at_us == item.created_us + 60_000_000
    assert (await hold(desk, key="2", owner="o")).problems[0].code == "HOLD_LIMIT_REACHED"
    assert (await hold(desk, key="3", customer="c", quantity="1")).problems[0].code == "HOLD_LIMIT_REACHED"


@pytest.mark.parametrize(
    "rules",
    [
        HoldRulesInput(channel="moon"),
        HoldRulesInput(units_per_customer="-1"),
        HoldRulesInput(holds_per_owner=0),
        HoldRulesInput(life_times=[LifeTimeInput(purpose=Purpose.CART, usual_seconds=0, longest_seconds=5)]),
        HoldRulesInput(life_times=[LifeTimeInput(purpose=Purpose.CART, usual_seconds=9, longest_seconds=5)]),
        HoldRulesInput(life_times=[LifeTimeInput(purpose=Purpose.CART, usual_seconds=None, longest_seconds=5)]),
        HoldRulesInput(life_times=[LifeTimeInput(purpose=Purpose.CART, usual_seconds=1, longest_seconds=5)] * 2),
    ],
)
async def test_bad_rules_are_refused(service: InventoryService, rules: HoldRulesInput) -> None:
    done = await service.set_hold_rules(BOSS, [rules], "fair")
    assert (done.changed, done.problems[0].path[:3]) == (0, ("input", "rules", "0"))


async def test_setting_aside_needs_a_right_and_moving_goods_another(desk: ReservationService) -> None:
    (item,) = (await hold(desk)).reservations
    with pytest.raises(Unauthenticated):
        await desk.hold(a_viewer(ANONYMOUS), HoldInput(idempotency_key="k", lines=()))
    for call in (
        desk.ship(CHECKOUT, "s", [(item.id, "1")]),
        desk.restock(CHECKOUT, "b", "A-1", "main", "1"),
        desk.reservations(a_viewer(Principal("clerk")), [item.id]),
    ):
        with pytest.raises(Forbidden):
            await call


APP, BERLIN = a_channel("app"), a_store("berlin")
HOLDS = frozenset({Permission.STOCK_HOLD})


def confined(channels: set[str] | None, stores: set[str] | None, store: str = "hamburg") -> Viewer:
    """Who asks from the app, in a store."""
    places = [None if each is None else frozenset(each) for each in (channels, stores)]
    principal = Principal("confined", permissions=HOLDS, channels=places[0], stores=places[1])
    return a_viewer(principal, channel=APP, store=a_store(store))


Named = Callable[[ReservationService, Viewer, str, str], Awaitable[Decision]]
BY_ID: list[Named] = [
    lambda desk, viewer, key, id: desk.extend(viewer, key, id.partition(".")[0], 600),
    lambda desk, viewer, key, id: desk.commit(viewer, key, id.partition(".")[0], "o-1"),
    lambda desk, viewer, key, id: desk.resize(viewer, key, id, "1"),
    lambda desk, viewer, key, id: desk.release(viewer, key, id),
    lambda desk, viewer, key, id: desk.release(viewer, key, id.partition(".")[0]),
    lambda desk, viewer, key, id: desk.release(viewer, key, id, "1"),
]


@pytest.mark.parametrize("act", BY_ID)
@pytest.mark.parametrize(
    "viewer", [confined({"app"}, None), confined(None, {"hamburg"}), confined({"app"}, {"berlin"})]
)
async def test_a_hold_of_another_channel_or_store_is_told_from_none_at_all_by_nobody(
    desk: ReservationService, act: Named, viewer: Viewer
) -> None:
    (item,) = (await hold(desk, viewer=replace(CHECKOUT, store=BERLIN))).reservations
    none = f"{'f' * 26}.1"
    asked = [("1", item.id), ("2", none), ("2", item.id), ("1", none)]
    answers = [await act(desk, viewer, key, id) for key, id in asked]
    refused = [[problem.code for problem in done.problems] for done in answers]
    assert (refused[0], refused[2], answers[0].reservations) == (refused[1], refused[3], ())
    assert refused[0] == ["UNKNOWN_RESERVATION"]
    foreign, unknown = await act(desk, viewer, "3", item.id), await act(desk, viewer, "4", none)
    told = [[(each.path, each.message[:24]) for each in done.problems] for done in (foreign, unknown)]
    assert told[0] == told[1]
    assert await desk.reservations(viewer, [item.id, item.hold]) == []
    assert await desk.reservations(CHECKOUT, [item.hold]) == [item]


@pytest.mark.parametrize("act", BY_ID)
@pytest.mark.parametrize(
    ("viewer", "source"),
    [
        (confined({"app", "web"}, None), "main"),
        (confined(None, {"berlin"}, "berlin"), "main"),
        (confined({"app", "web"}, {"berlin"}, "berlin"), "main"),
    ],
    ids=["channels", "where it was held", "both"],
)
async def test_who_is_confined_acts_for_holds_of_its_own_in_other_channels_than_it_asks_from(
    desk: ReservationService, act: Named, viewer: Viewer, source: str
) -> None:
    (item,) = (await hold(desk, viewer=replace(CHECKOUT, store=BERLIN), source=source)).reservations
    assert (await act(desk, viewer, "k", item.id)).problems == ()


async def test_a_store_acts_for_what_lies_there_wherever_it_was_held(
    desk: ReservationService, service: InventoryService
) -> None:
    level = LevelInput(sku="A-1", source="berlin", on_hand="5")
    assert not (await service.set_stock_levels(BOSS, [level], "count")).problems
    (item,) = (await hold(desk, source="berlin")).reservations
    assert (await desk.commit(confined(None, {"berlin"}, "berlin"), "c", item.hold, "o-1")).problems == ()


async def test_a_store_ships_what_lies_there_and_nothing_else(
    desk: ReservationService, service: InventoryService
) -> None:
    level = LevelInput(sku="A-1", source="berlin", on_hand="5")
    assert not (await service.set_stock_levels(BOSS, [level], "count")).problems
    (here,) = (await hold(desk, source="berlin")).reservations
    (there,) = (await hold(desk, key="k2", viewer=replace(CHECKOUT, store=BERLIN))).reservations
    for item in (here, there):
        assert (await desk.commit(CHECKOUT, f"c{item.id}", item.hold, "o-1")).problems == ()
    clerk = confined(None, {"berlin"}, "berlin")
    clerk = replace(clerk, principal=replace(clerk.principal, permissions=frozenset({Permission.STOCK_WRITE})))
    done = await desk.ship(clerk, "s", [(here.id, "1"), (there.id, "1")])
    assert [item.id for item in done.reservations] == [here.id]
    assert [problem.code for problem in done.problems] == ["UNKNOWN_RESERVATION"]
    online = replace(clerk, principal=replace(clerk.principal, stores=None, channels=frozenset({"web", "app"})))
    with pytest.raises(ForeignPlace):
        await desk.ship(online, "s", [(here.id, "1")])


async def test_a_hold_lasts_as_long_as_its_own_channel_lets_it(
    desk: ReservationService, service: InventoryService
) -> None:
    life = LifeTimeInput(purpose=Purpose.CHECKOUT, usual_seconds=60, longest_seconds=60)
    assert (await service.set_hold_rules(BOSS, [HoldRulesInput(channel="web", life_times=[life])], "fair")).changed == 1
    (item,) = (await hold(desk)).reservations
    (item,) = (await desk.extend(replace(CHECKOUT, channel=APP), "e", item.hold, 600)).reservations
    assert item.expires_at_us == item.created_us + 60_000_000
