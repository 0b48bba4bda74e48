"""Can I have it, where from, and when: holds and answers over a real database (I-3, F-2, F-6, 4.3)."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from modules.inventory.engine.following import States
from modules.inventory.engine.wishes import HoldInput, LineInput
from modules.inventory.model.holding import Purpose
from modules.inventory.model.levels import IncomingInput, LevelInput, StockNews
from modules.inventory.model.reservations import Decision
from modules.inventory.model.sources import SourceInput, SourceType
from modules.inventory.model.sourcing import AskedInput, AskedLine, DestinationInput, Goal, Sourced
from modules.inventory.model.strategies import SourcingRuleInput, Strategy
from modules.inventory.service.reservations import ReservationService
from modules.inventory.service.sourcing import SourcingService
from modules.inventory.service.stock import InventoryService
from modules.inventory.store.reservations import ReservationStore
from modules.inventory.store.stock import InventoryStore
from modules.kernel.errors import BadUserInput
from modules.kernel.feed import ChangeKind
from modules.kernel.moments import from_us
from modules.kernel.names import Sku
from modules.kernel.quantity import format_quantity, pieces
from modules.kernel.stock import Availability, AvailabilityState
from modules.kernel.viewer import Viewer
from modules.runtime.database import Database
from tests.builders import NOW, a_store, a_viewer, an_article
from tests.inventory.builders import Shelf
from tests.inventory.pickup_desk import MANAGER, SHOP, WEB, OneChannel

SOURCES = (
    SourceInput(id="main", name="Main", priority=1, country="DE", cut_off="15:00", zone="Europe/Berlin"),
    SourceInput(id="plan", name="South", priority=2, country="DE", latitude="48.1", longitude="11.6"),
    SourceInput(
        id="berlin",
        name="Berlin",
        type=SourceType.STORE,
        priority=3,
        country="DE",
        latitude="52.5",
        longitude="13.4",
        can_ship=False,
        can_pick_up=True,
    ),
)
HAMBURG = DestinationInput(country="DE", latitude="53.55", longitude="9.99")


class Shop:
    """Sourcing and holds over one database; the clock of viewers is the store's own."""

    def __init__(self, database: Database) -> None:
        self.database = database
        shelf = Shelf(an_article(), an_article("B-1"))
        self.stock = InventoryService(InventoryStore(database), shelf, OneChannel())
        self.sourcing = SourcingService(self.stock, shelf)
        self.holds = ReservationService(ReservationStore(database, self.stock.reach), self.stock, shelf)

    async def sources(self, **changes: dict[str, Any]) -> None:
        """The sources of this file, with changes by id."""
        given = [SourceInput(**{**vars_of(source), **changes.get(source.id, {})}) for source in SOURCES]
        assert not (await self.stock.upsert_sources(MANAGER, given, "set up")).problems

    async def count(self, on_hand: str, source: str = "main", sku: str = "A-1", **more: Any) -> tuple[str, ...]:
        """Writes a level; the codes of what was refused."""
        level = LevelInput(sku=sku, source=source, on_hand=on_hand, **more)
        done = await self.stock.set_stock_levels(MANAGER, [level], "count")
        return tuple(problem.code for problem in done.problems)

    async def ask(self, *wishes: tuple[str, str], viewer: Viewer = SHOP, **more: Any) -> Sourced:
        lines = [AskedLine(sku=sku, quantity=quantity) for sku, quantity in wishes or (("A-1", "1"),)]
        return await self.sourcing.sourced(viewer, AskedInput(lines=lines, **more))

    async def hold(self, *wishes: str, viewer: Viewer = SHOP, source: str | None = None, **more: Any) -> Decision:
        """Of A-1, one line for each quantity."""
        lines = tuple(
            LineInput(line=str(n), sku="A-1", quantity=quantity, source=source)
            for n, quantity in enumerate(wishes or ("1",))
        )
        return await self.holds.hold(viewer, HoldInput(idempotency_key=secrets.token_hex(8), lines=lines, **more))

    async def silence(self, source: str) -> None:
        """Nobody has told of the source for years."""
        async with self.database.transaction() as tx:
            await tx.run("UPDATE inventory_feed SET heard_us = 1 WHERE source = :source", source=source)


def at_present() -> Viewer:
    """The manager at this moment, as feeds are heard by the store's clock."""
    return a_viewer(MANAGER.principal, channel=WEB, now=datetime.now(UTC))


def vars_of(source: SourceInput) -> dict[str, Any]:
    """The fields of a slotted value."""
    return {name: getattr(source, name) for name in source.__slots__}


def places(decision: Decision) -> list[tuple[str, str]]:
    """Source and quantity of each reservation."""
    return [(item.source, format_quantity(item.quantity)) for item in decision.reservations]


def shares(found: Sourced) -> list[tuple[str, str]]:
    """Source and quantity of each share."""
    return [(share.source, format_quantity(share.quantity)) for share in found.plan.shares]


@pytest.fixture
async def shop(database: Database) -> Shop:
    """Five of A-1 in the first warehouse, nine in the second, three in the store."""
    shop = Shop(database)
    await shop.sources()
    for source, on_hand in (("main", "5"), ("plan", "9"), ("berlin", "3")):
        await shop.count(on_hand, source)
    return shop


async def test_a_hold_comes_from_where_the_strategy_of_its_channel_takes_it(shop: Shop) -> None:
    assert places(await shop.hold("2")) == [("main", "2")]
    assert places(await shop.hold("4")) == [("plan", "4")]
    rule = SourcingRuleInput(channel="web", strategy=Strategy.HIGHEST_STOCK)
    assert (await shop.stock.set_sourcing_rules(MANAGER, [rule], "spread")).changed == 1
    assert places(await shop.hold("1")) == [("plan", "1")]


async def test_lines_are_planned_together_and_split_only_where_no_source_has_all(shop: Shop) -> None:
    assert places(await shop.hold("4", "4")) == [("plan", "4"), ("plan", "4")]
    assert places(await shop.hold("3", "4")) == [("berlin", "3"), ("main", "4")]


async def test_what_is_sent_does_not_come_from_a_store_that_does_not_ship(shop: Shop) -> None:
    short = await shop.hold("15", destination=HAMBURG)
    assert [problem.code for problem in short.problems] == ["INSUFFICIENT_STOCK"]
    assert sorted(places(await shop.hold("14", destination=HAMBURG))) == [("main", "5"), ("plan", "9")]


async def test_with_a_single_source_only_nothing_is_split(shop: Shop) -> None:
    rule = SourcingRuleInput(strategy=Strategy.SINGLE_SOURCE_ONLY)
    await shop.stock.set_sourcing_rules(MANAGER, [rule], "one parcel")
    assert places(await shop.hold("5", "4")) == [("plan", "5"), ("plan", "4")]
    (short,) = (await shop.hold("6")).problems
    assert vars(short)["available"] == "5"


async def test_pickup_takes_the_store_of_the_viewer_and_no_other(shop: Shop) -> None:
    in_berlin = a_viewer(SHOP.principal, channel=WEB, store=a_store("berlin"))
    assert places(await shop.hold("3", viewer=in_berlin, purpose=Purpose.PICKUP)) == [("berlin", "3")]
    assert [p.code for p in (await shop.hold("1", viewer=in_berlin, purpose=Purpose.PICKUP)).problems] == [
        "INSUFFICIENT_STOCK"
    ]
    (refused,) = (await shop.hold("1", purpose=Purpose.PICKUP)).problems
    assert refused.path == ("input", "lines", "0", "source")


async def test_a_plan_says_where_from_why_and_when(shop: Shop, database: Database) -> None:
    monday = a_viewer(MANAGER.principal, channel=WEB, now=NOW)
    before = database.statements
    found = await shop.ask(("A-1", "6"), ("A-1", "1"), viewer=monday, destination=HAMBURG)
    assert database.statements - before == 1
    assert shares(found) == [("plan", "6"), ("plan", "1")]
    assert [tuple(reason) for reason in found.plan.reasons] == [
        ("main", "NOT_NEEDED"),
        ("berlin", "DOES_NOT_SHIP"),
        ("plan", "CHOSEN"),
    ]
    assert dict(found.plan.score)[Goal.PARCELS] == 1
    assert (found.same_day, found.earliest and found.earliest.isoformat()) == (True, "2026-03-02")


async def test_after_the_cut_off_those_who_leave_today_come_first(shop: Shop) -> None:
    evening = a_viewer(MANAGER.principal, channel=WEB, now=NOW + timedelta(hours=3))
    found = await shop.ask(("A-1", "1"), viewer=evening, destination=HAMBURG)
    assert shares(found) == [("plan", "1")]
    assert found.plan.reasons[0].because == "CUT_OFF_PASSED"
    more = await shop.ask(("A-1", "10"), viewer=evening, destination=HAMBURG)
    assert (more.same_day, more.earliest and more.earliest.isoformat()) == (False, "2026-03-03")


async def test_goods_that_come_later_leave_later(shop: Shop) -> None:
    monday = a_viewer(MANAGER.principal, channel=WEB, now=NOW)
    goods = IncomingInput(at=NOW + timedelta(days=2), quantity="5")
    await shop.count("1", sku="B-1", backorder_limit="6", incoming=[goods])
    assert (await shop.ask(("B-1", "1"), viewer=monday)).same_day
    later = await shop.ask(("B-1", "6"), viewer=monday)
    assert (later.same_day, later.earliest and later.earliest.isoformat()) == (False, "2026-03-04")
    unknown = await shop.ask(("B-1", "7"), viewer=monday)
    assert (unknown.is_filled, unknown.same_day, unknown.earliest) == (True, False, None)


async def test_a_source_whose_parcels_of_today_are_gone_waits(shop: Shop, database: Database) -> None:
    every_day = (1, 2, 3, 4, 5, 6, 7)
    full = {"ship_capacity_per_day": 2, "cut_off": None, "working_days": every_day}
    await shop.sources(main=full, plan={"working_days": every_day})
    now = a_viewer(MANAGER.principal, channel=WEB, now=from_us(await database.now_us()))
    taken = [places(await shop.hold("1", viewer=now)) for _ in range(3)]
    assert taken == [[("main", "1")], [("main", "1")], [("plan", "1")]]
    found = await shop.ask(viewer=now)
    assert found.plan.reasons[0].because == "CAPACITY_USED"


async def test_i3_a_carts_own_holds_do_not_count_against_it(shop: Shop) -> None:
    await shop.hold("3", owner="cart-1", source="main")
    mine, theirs = [await shop.ask(("A-1", "5"), cart=cart) for cart in ("cart-1", "cart-2")]
    for found, held, available in ((mine, "0", "5"), (theirs, "3", "2")):
        (main,) = [part for part in found.answers[0].sources if part.source == "main"]
        assert (format_quantity(main.held), format_quantity(main.available or 0)) == (held, available)


async def test_f6_a_stale_warehouse_sells_down_to_its_stale_buffer_and_a_stale_store_leaves_pickup(shop: Shop) -> None:
    await shop.sources(main={"fresh_seconds": 3600, "stale_buffer": "2"}, berlin={"fresh_seconds": 3600})
    for source in ("main", "berlin"):
        await shop.silence(source)
    (answer,) = await shop.stock.availability([Sku("A-1")], at_present())
    by_source = {str(part.source): part for part in answer.sources}
    assert [(part.stale, part.can_pick_up) for part in by_source.values()] == [
        (True, False),
        (True, False),
        (False, False),
    ]
    assert (by_source["main"].available, by_source["main"].buffer) == (pieces(3), pieces(2))
    assert [p.code for p in (await shop.hold("4", source="main", viewer=at_present())).problems] == [
        "INSUFFICIENT_STOCK"
    ]
    asked = await shop.ask(("A-1", "1"), viewer=at_present(), pick_up_at="berlin")
    assert (asked.on_request, asked.is_filled) == (True, False)
    await shop.count("5")
    fresh = await shop.ask(("A-1", "5"), viewer=at_present())
    assert not fresh.answers[0].sources[0].stale


async def test_f2_a_sku_of_which_a_change_is_missing_is_stale(shop: Shop, database: Database) -> None:
    async with database.transaction() as tx:
        await tx.run(
            "INSERT INTO inventory_feed_state (system, sku, source, last_seq, as_of_us, gap_since_us, snapshot)"
            " VALUES ('erp', 'A-1', 'main', 1, 1, 1, '')"
        )
    (answer,) = await shop.stock.availability([Sku("A-1")], SHOP)
    assert [part.source for part in answer.sources if part.stale] == ["main"]


async def test_pickup_is_promised_above_the_buffer_of_the_store(shop: Shop) -> None:
    two, three = [await shop.ask(("A-1", wish), pick_up_at="berlin") for wish in ("2", "3")]
    assert (two.is_filled, shares(two), three.is_filled) == (True, [("berlin", "2")], False)
    assert [reason.because for reason in two.plan.reasons].count("NOT_THE_CHOSEN_STORE") == 2


async def test_i2_a_sku_is_back_ordered_at_one_source_only(shop: Shop) -> None:
    assert await shop.count("0", "main", "B-1", backorder_limit="5") == ()
    assert await shop.count("0", "plan", "B-1", backorder_limit="1") == ("BACKORDER_ELSEWHERE",)
    assert await shop.count("3", "plan", "B-1", backorder_limit="0") == ()
    moved = [
        LevelInput(sku="B-1", source="main", on_hand="0", backorder_limit="0"),
        LevelInput(sku="B-1", source="plan", on_hand="0", backorder_limit="5"),
        LevelInput(sku="B-1", source="berlin", on_hand="0", backorder_limit="5"),
    ]
    done = await shop.stock.set_stock_levels(MANAGER, moved, "moved")
    assert [(problem.code, problem.path) for problem in done.problems] == [
        ("BACKORDER_ELSEWHERE", ("input", "levels", "2", "backorderLimit"))
    ]
    assert vars(done.problems[0])["source"] == "plan"


@pytest.mark.parametrize(
    ("asked", "argument"),
    [
        ({"wishes": [("A-1", "0")]}, "input.lines.0.quantity"),
        ({"wishes": [("A-1", "0.5")]}, "input.lines.0.quantity"),
        ({"wishes": [("X", "1")]}, "skus"),
        ({"wishes": [("A-1", "1")] * 501}, "input.lines"),
        ({"destination": DestinationInput(country="Germany")}, "input.destination.country"),
        ({"destination": DestinationInput(country="DE", latitude="1")}, "input.destination"),
        ({"destination": DestinationInput(country="DE", latitude="91", longitude="1")}, "input.destination.latitude"),
        ({"pick_up_at": "main"}, "input.pickUpAt"),
        ({"pick_up_at": "berlin", "destination": HAMBURG}, "input.pickUpAt"),
        ({"strategy": Strategy.NEAREST}, "input.strategy"),
        ({"cart": "no name"}, "input.cart"),
    ],
)
async def test_bad_questions_are_refused_at_their_place(shop: Shop, asked: dict[str, Any], argument: str) -> None:
    given = {name: value for name, value in asked.items() if name != "wishes"}
    wishes = asked.get("wishes", [("A-1", "1")])
    with pytest.raises(BadUserInput) as refused:
        await shop.ask(*wishes, **given)
    assert refused.value.argument == argument


def news(kind: ChangeKind, **states: AvailabilityState) -> StockNews:
    """A delivery of states by sku."""
    items = tuple(Availability(Sku(sku), state, None, None, ()) for sku, state in states.items())
    return StockNews(kind, "c", NOW, items)


def test_few_left_and_back_in_stock_are_told_when_they_begin() -> None:
    states = States()
    full, few, out = AvailabilityState.IN_STOCK, AvailabilityState.FEW_LEFT, AvailabilityState.OUT_OF_STOCK
    steps = [
        (news(ChangeKind.SNAPSHOT, a=full, b=out), [("a", full, None), ("b", out, None)]),
        (news(ChangeKind.CHANGE, a=full), []),
        (news(ChangeKind.CHANGE, a=few, b=out), [("a", few, full)]),
        (news(ChangeKind.CHANGE, b=full), [("b", full, out)]),
        (news(ChangeKind.RESYNC, a=few, b=full), [("a", few, None), ("b", full, None)]),
    ]
    for given, expected in steps:
        assert [(item.sku, item.state, before) for item, before in states.take(given)] == expected
