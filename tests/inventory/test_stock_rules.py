"""What a market decides about stock (choices 18 to 21): how long a checkout holds, whether short lines are cut, when on
hand falls, and whether a count may be below what is set aside."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from modules.inventory.engine.availability import Question, availability
from modules.inventory.engine.wishes import HoldInput, LineInput
from modules.inventory.model.feeds import FeedMode, MessageInput
from modules.inventory.model.holding import HOUR_US, MINUTE_US, NO_RULES, HoldRules, LifeTime, Purpose
from modules.inventory.model.levels import CountBelowReserved, Level
from modules.inventory.model.reservations import Decision, Resize, Restock
from modules.inventory.model.sources import Setup
from modules.inventory.service.feeds import FeedService, Taken
from modules.inventory.service.reservations import ReservationService
from modules.inventory.service.stock import InventoryService
from modules.inventory.store.feeds import FeedStore
from modules.inventory.store.reservations import ReservationStore
from modules.inventory.store.stock import InventoryStore
from modules.kernel.errors import InsufficientStock, Refused
from modules.kernel.names import Sku, SourceId
from modules.kernel.place import Channel
from modules.kernel.policies import BelowReserved, OnHandFalls, Policies, Shortage, StockRule
from modules.kernel.quantity import Quantity, format_quantity
from modules.kernel.stock import SourceAvailability
from modules.kernel.viewer import OPERATOR, Viewer
from modules.runtime.database import Database
from tests.builders import NOW, a_channel, a_market, a_viewer, an_article
from tests.inventory.builders import NO_KEY, Shelf, a_count, a_hold, a_level, a_source
from tests.inventory.desk import Desk, commit, release, ship, units


class OneMarket:
    """The port Channels: `web` of a market that decides so."""

    def __init__(self, rule: StockRule) -> None:
        self.channel = a_channel(market=a_market(policies=Policies(stock=rule)))

    def channels(self) -> Sequence[Channel]:
        return [self.channel]


class Shop:
    """Services of a market that decides so: of A-1 there are five in main, of C-1, sold by weight, 2.5."""

    def __init__(self, database: Database, service: InventoryService, rule: StockRule) -> None:
        shelf, market = Shelf(an_article(), an_article("B-1"), an_article("C-1", quantity_scale=3)), OneMarket(rule)
        self.viewer: Viewer = a_viewer(OPERATOR, channel=market.channel)
        self.stock = InventoryService(InventoryStore(database), shelf, market, clock=lambda: NOW)
        self.holds = ReservationService(ReservationStore(database, self.stock.reach), self.stock, shelf)
        self.feeds = FeedService(FeedStore(database), self.stock, shelf, clock=lambda: NOW)

    async def open(self) -> Shop:
        await self.stock.load()
        assert not (await self.count("5")).problems
        return self

    async def count(self, on_hand: str, sku: str = "A-1") -> Taken:
        done = await self.stock.set_stock_levels(self.viewer, [a_count(on_hand, sku=sku)], "c")
        return Taken(changed=done.changed, problems=done.problems)

    async def hold(self, *lines: tuple[str, str], key: str = "k") -> Decision:
        wishes = tuple(LineInput(line=str(n), sku=sku, quantity=quantity) for n, (sku, quantity) in enumerate(lines))
        return await self.holds.hold(self.viewer, HoldInput(idempotency_key=key, lines=wishes))

    async def tell(self, quantity: str, seq: str, mode: FeedMode = FeedMode.ABSOLUTE) -> Taken:
        one = MessageInput(sku="A-1", source="main", mode=mode, quantity=quantity, seq=seq, as_of=NOW)
        return await self.feeds.take(self.viewer, "erp", [one])

    async def on_hand(self) -> str:
        (found,) = await self.stock.availability([Sku("A-1")], self.viewer)
        return format_quantity(found.sources[0].on_hand)


async def a_shop(database: Database, service: InventoryService, **rule: object) -> Shop:
    return await Shop(database, service, replace(StockRule(), **rule)).open()  # type: ignore[arg-type]


def named(problems: Sequence[Refused]) -> list[tuple[str, str, str]]:
    assert all(isinstance(problem, InsufficientStock) for problem in problems)
    return [(problem.path[2], problem.available, problem.requested) for problem in problems]  # type: ignore[attr-defined]


def test_a_market_says_how_long_a_checkout_holds_at_first() -> None:  # choice 18, R-5
    assert NO_RULES.within(StockRule()) is NO_RULES
    assert NO_RULES.life_time(Purpose.CHECKOUT).usual_us == 15 * MINUTE_US
    longer = NO_RULES.within(StockRule(hold_minutes=40))
    assert longer.life_time(Purpose.CHECKOUT) == LifeTime(40 * MINUTE_US, HOUR_US)
    assert longer.life_time(Purpose.CART) == NO_RULES.life_time(Purpose.CART)
    assert NO_RULES.within(StockRule(hold_minutes=90)).life_time(Purpose.CHECKOUT).longest_us == 90 * MINUTE_US
    own = HoldRules(life_times={Purpose.CHECKOUT: LifeTime(MINUTE_US, MINUTE_US)})
    assert own.within(StockRule(hold_minutes=40)) is own


async def test_a_checkout_of_the_market_is_held_for_so_long(database: Database, service: InventoryService) -> None:
    shop = await a_shop(database, service, hold_minutes=30)
    (item,) = (await shop.hold(("A-1", "1"))).reservations
    assert item.expires_at_us is not None
    assert item.expires_at_us - item.created_us == 30 * MINUTE_US


async def test_short_lines_are_refused_unless_the_market_cuts(database: Database, service: InventoryService) -> None:
    shop = await a_shop(database, service)
    done = await shop.hold(("A-1", "7"))
    assert (named(done.problems), done.reservations) == ([("0", "5", "7")], ())


async def test_short_lines_are_cut_to_what_is_there_and_named(database: Database, service: InventoryService) -> None:
    shop = await a_shop(database, service, shortage=Shortage.CUT)
    done = await shop.hold(("A-1", "7"), ("B-1", "1"))
    assert [(item.sku, item.quantity) for item in done.reservations] == [("A-1", units("5"))]
    assert named(done.problems) == [("0", "5", "7"), ("1", "0", "1")]
    again = await shop.hold(("A-1", "7"), ("B-1", "1"))
    assert (again.reservations, named(again.problems)) == (done.reservations, named(done.problems))
    nothing = await shop.hold(("A-1", "7"), ("B-1", "1"), key="other")
    assert (nothing.reservations, named(nothing.problems)) == ((), [("0", "0", "7"), ("1", "0", "1")])


def test_two_lines_of_one_sku_are_cut_together() -> None:  # choice 19
    desk = Desk(a_level("5"))
    done = desk.one(a_hold(("A-1", "4"), ("A-1", "3"))._replace(cut=True))
    assert sum(item.quantity for item in done.reservations) == units("5")
    assert desk.figures() == ("5", "5", "0")
    assert [problem.code for problem in done.problems] == ["INSUFFICIENT_STOCK"]


def test_no_half_piece_is_left_over_by_a_cut() -> None:  # choice 19
    line = a_hold(("A-1", "4"))
    pieces = line._replace(cut=True, lines=tuple(one._replace(scale=0) for one in line.lines))
    (item,) = Desk(a_level("2.5")).one(pieces).reservations
    assert item.quantity == units("2")
    assert Desk(a_level("0.5")).code(pieces) == "INSUFFICIENT_STOCK"


def test_a_larger_wish_is_cut_to_what_is_there_beside_it() -> None:  # choice 19
    desk = Desk(a_level("5"))
    desk.one(a_hold(("A-1", "2")))
    wish = Resize(key=NO_KEY, reservation="h1.1", quantity=units("9"), scale=0, cut=True)
    done = desk.one(wish)
    assert (done.reservations[0].quantity, done.problems[0].code) == (units("5"), "INSUFFICIENT_STOCK")
    assert desk.figures() == ("5", "5", "0")
    assert desk.code(wish) == "INSUFFICIENT_STOCK"


@given(st.lists(st.integers(1, 9), min_size=1, max_size=5), st.integers(0, 12), st.booleans())
def test_a_cut_hold_takes_no_more_than_is_there_and_no_less_than_it_can(
    wishes: list[int], there: int, split: bool
) -> None:
    desk = Desk(a_level(str(there)), a_level("2", source="berlin"))
    given_lines = [("A-1", str(wish)) for wish in wishes]
    done = desk.one(a_hold(*given_lines, split=split)._replace(cut=True))
    taken = sum(item.quantity for item in done.reservations)
    assert taken <= min(sum(wishes), there + 2) * 1_000_000
    if split:
        assert taken == min(sum(wishes), there + 2) * 1_000_000
    assert bool(done.problems) == (taken < sum(wishes) * 1_000_000)


def shown(level: Level, falls: OnHandFalls) -> SourceAvailability:
    market = a_market(policies=Policies(stock=StockRule(on_hand_falls=falls)))
    sources = (a_source("main"),)
    question = Question.of(a_channel(market=market), sources, NOW)
    return availability(level.sku, {level.source: level}, Setup.of(sources, ()), question).sources[0]


FIGURE = st.integers(-5, 20).map(lambda figure: Quantity(figure * 1_000_000))


@given(FIGURE, FIGURE.map(lambda figure: Quantity(abs(figure))), FIGURE.map(lambda figure: Quantity(abs(figure))))
def test_when_on_hand_falls_moves_no_piece_that_can_be_had(on_hand: Quantity, held: Quantity, sold: Quantity) -> None:
    level = a_level()._replace(on_hand=on_hand, held=held, committed=sold)
    later, sooner = shown(level, OnHandFalls.SHIPPED), shown(level, OnHandFalls.COMMITTED)
    assert (later.on_hand, later.committed) == (on_hand, sold)
    assert (sooner.on_hand, sooner.committed) == (on_hand - sold, 0)
    assert (later.available, later.earliest) == (sooner.available, sooner.earliest)


def test_on_hand_falls_with_the_commit_and_comes_back_with_what_is_given_back() -> None:  # choice 20
    desk = Desk(a_level("5"))

    def on_hand() -> str:
        level = desk.levels[Sku("A-1"), SourceId("main")]
        return format_quantity(shown(level, OnHandFalls.COMMITTED).on_hand)

    seen = [on_hand()]
    for call in (
        *(a_hold(("A-1", "3")), commit(), ship("1"), release("h1.1", "1"), ship("1")),
        Restock(key=NO_KEY, sku=Sku("A-1"), source=SourceId("main"), quantity=units("2")),
    ):
        assert not desk.one(call).problems
        seen.append(on_hand())
    assert seen == ["5", "5", "2", "2", "3", "3", "5"]


async def test_a_count_below_what_is_set_aside_is_taken_unless_the_market_refuses(
    database: Database, service: InventoryService
) -> None:  # choice 21, F-3
    shop = await a_shop(database, service)
    await shop.hold(("A-1", "3"))
    assert not (await shop.count("2")).problems
    shop = Shop(database, service, StockRule(below_reserved=BelowReserved.REFUSED))
    await shop.stock.load()
    (problem,) = (await shop.count("1")).problems
    assert isinstance(problem, CountBelowReserved)
    assert (problem.path, problem.reserved, problem.on_hand) == (("input", "levels", "0", "onHand"), "3", "1")
    assert await shop.on_hand() == "2"
    assert not (await shop.count("3")).problems


async def test_a_figure_below_what_is_set_aside_is_refused_and_may_come_again(
    database: Database, service: InventoryService
) -> None:  # choice 21
    shop = await a_shop(database, service, below_reserved=BelowReserved.REFUSED)
    await shop.hold(("A-1", "3"))
    refused = await shop.tell("2", "1")
    assert [(problem.code, problem.path) for problem in refused.problems] == [
        ("BELOW_RESERVED", ("input", "messages", "0", "quantity"))
    ]
    assert (refused.applied, await shop.on_hand()) == (0, "5")
    assert (await shop.tell("4", "1")).applied == 1
    assert (await shop.tell("-2", "2", FeedMode.DELTA)).applied == 1, "a delta says what has happened"
    assert await shop.on_hand() == "2"


@pytest.mark.parametrize("at_once", [1, 1_000])
async def test_what_a_complete_snapshot_does_not_name_is_not_cleared_below_what_is_set_aside(
    database: Database, service: InventoryService, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:  # choice 21, F-5
    monkeypatch.setattr("modules.inventory.store.feeds.CLEARED", at_once)
    shop = await a_shop(database, service, below_reserved=BelowReserved.REFUSED)
    await shop.count("4", "B-1")
    await shop.hold(("A-1", "3"))
    await shop.feeds.begin(shop.viewer, "erp", "full", ["main"])
    async with asyncio.timeout(10):
        done = await shop.feeds.end(shop.viewer, "full", complete=True)
    assert done.changed == 1, "B-1 has gone"
    assert [(str(problem), problem.path) for problem in done.problems] == [
        ("3 of 'A-1' are set aside at 'main', 0 would lie there.", ("input", "complete"))
    ]
    assert await shop.on_hand() == "5"
    assert (await shop.tell("3", "1")).applied == 1, "the system may still say what there is"
    again = await shop.feeds.end(shop.viewer, "full", complete=True)
    assert [problem.code for problem in again.problems] == ["UNKNOWN_SNAPSHOT"]


async def test_what_a_complete_snapshot_does_not_name_has_gone_where_that_is_accepted(
    database: Database, service: InventoryService
) -> None:  # choice 21, F-3, F-5
    shop = await a_shop(database, service)
    await shop.hold(("A-1", "3"))
    await shop.feeds.begin(shop.viewer, "erp", "full", ["main"])
    assert (await shop.feeds.end(shop.viewer, "full", complete=True)).changed == 1
    assert await shop.on_hand() == "0"
