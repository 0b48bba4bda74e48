"""The books: each operation of 4.2, each transition, and that a refused call leaves everything as it was."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from modules.inventory.model.holding import HOUR_US, HoldRules, LifeTime, Purpose
from modules.inventory.model.levels import Level
from modules.inventory.model.reservations import (
    Call,
    Decision,
    Extend,
    ReservationState,
    Resize,
    Restock,
)
from modules.inventory.model.sourcing import Way
from modules.inventory.model.strategies import Strategy
from modules.inventory.model.waiting import OFFER_US, Waiter, WaiterState
from modules.kernel.errors import IdempotencyConflict, InsufficientStock
from modules.kernel.names import ChannelId, Sku, SourceId
from modules.kernel.quantity import format_quantity
from tests.inventory.builders import NO_KEY, a_hold, a_level, a_source
from tests.inventory.desk import NOW_US, Desk, commit, release, ship, units

S = ReservationState


def test_a_hold_takes_from_what_is_available_and_leaves_on_hand_alone() -> None:  # 4.2 hold, R-5
    desk = Desk()
    (item,) = desk.one(a_hold(("A-1", "2"))).reservations
    assert (item.state, item.source, item.expires_at_us) == (S.HELD, "main", NOW_US + HOUR_US // 4)
    assert desk.figures() == ("5", "2", "0")


def test_of_the_last_pieces_as_many_are_held_as_there_are() -> None:
    desk = Desk(a_level("3"))
    decisions = desk.decide(*(a_hold(id=f"h{number}", sources=["main"]) for number in range(5)))
    assert [len(decision.reservations) for decision in decisions] == [1, 1, 1, 0, 0]
    assert desk.figures() == ("3", "3", "0")


def test_all_lines_or_none_and_every_short_line_is_named() -> None:
    desk = Desk(a_level("5"), a_level("1", sku="B-1"), a_level("1", sku="C-1"))
    decision = desk.one(a_hold(("A-1", "2"), ("B-1", "3"), ("C-1", "2")))
    assert [vars(problem) for problem in decision.problems] == [
        {"sku": "B-1", "available": "1", "requested": "3", "path": ("input", "lines", "1")},
        {"sku": "C-1", "available": "1", "requested": "2", "path": ("input", "lines", "2")},
    ]
    assert desk.figures() == ("5", "0", "0")


def test_two_lines_of_one_sku_share_what_is_there() -> None:
    desk = Desk(a_level("3"))
    assert desk.code(a_hold(("A-1", "2"), ("A-1", "2"), sources=["main"])) == "INSUFFICIENT_STOCK"
    assert desk.one(a_hold(("A-1", "2"), ("A-1", "1"), sources=["main"])).reservations


def remainders(decision: Decision) -> list[tuple[str, str, tuple[str, ...]]]:
    """What problems say can be had and was asked for, and where."""
    return [(p.available, p.requested, p.path[2:]) for p in decision.problems if isinstance(p, InsufficientStock)]


@pytest.mark.parametrize("strategy", [None, Strategy.MIN_SPLIT, Strategy.SINGLE_SOURCE_ONLY], ids=str)
@pytest.mark.parametrize("wishes", [("6", "2"), ("2", "6"), ("3", "3", "2"), ("9", "1")])
def test_lines_of_one_sku_that_are_short_name_one_remainder(
    wishes: Sequence[str], strategy: Strategy | None
) -> None:
    desk, total = Desk(a_level("3"), a_level("2", source="berlin"), a_level("9", sku="B-1")), sum(map(int, wishes))
    ways = {SourceId(id): Way(a_source(id), 0) for id in ("main", "berlin")} if strategy else {}
    call = a_hold(("B-1", "1"), *(("A-1", wish) for wish in wishes))
    call = call._replace(ways=ways, strategy=strategy or Strategy.MIN_SPLIT)
    had = "3" if strategy is Strategy.SINGLE_SOURCE_ONLY else "5"
    assert remainders(desk.one(call)) == [(had, str(total), ("1",))]


def test_lines_of_one_sku_from_other_sources_name_each_what_is_left_there() -> None:
    desk = Desk(a_level("3"), a_level("2", source="berlin"))
    both = a_hold(("A-1", "4"), ("A-1", "3"), ("A-1", "1"), sources=["main"])
    lines = (*both.lines[:2], both.lines[2]._replace(sources=(SourceId("berlin"),)))
    assert remainders(desk.one(both._replace(lines=lines))) == [("3", "7", ("0",))]
    lines = (*both.lines[:2], both.lines[2]._replace(sources=(SourceId("berlin"),), quantity=units("3")))
    assert remainders(desk.one(both._replace(lines=lines))) == [("3", "7", ("0",)), ("2", "3", ("2",))]


def test_one_source_that_has_all_is_taken_before_a_split() -> None:
    desk = Desk(a_level("2"), a_level("4", source="berlin"))
    assert [item.source for item in desk.one(a_hold(("A-1", "3"))).reservations] == ["berlin"]
    rest = desk.one(a_hold(("A-1", "3"), id="h2")).reservations
    assert [(item.source, format_quantity(item.quantity)) for item in rest] == [("main", "2"), ("berlin", "1")]


def test_a_hold_that_must_not_be_split_says_the_most_one_source_has() -> None:
    desk = Desk(a_level("2"), a_level("2", source="berlin"))
    (problem,) = desk.one(a_hold(("A-1", "3"), split=False)).problems
    assert isinstance(problem, InsufficientStock)
    assert problem.available == "2"


@pytest.mark.parametrize(
    ("level", "most"),
    [
        (a_level("5", safety_stock="2"), "3"),
        (a_level("1", backorder_limit="2"), "3"),
        (a_level("-1"), "0"),
        (a_level("0", track=False), "1000"),
    ],
)
def test_what_can_be_held_is_what_is_available(level: Level, most: str) -> None:  # I-1
    desk = Desk(level)
    if most != "0":
        assert desk.one(a_hold(("A-1", most), sources=["main"])).reservations
    if level.track:
        assert desk.code(a_hold(("A-1", "1"), id="more", sources=["main"])) == "INSUFFICIENT_STOCK"


def test_nothing_is_held_where_nobody_counts() -> None:
    desk = Desk(a_level("5"))
    assert desk.code(a_hold(("B-1", "1"))) == "INSUFFICIENT_STOCK"


def test_a_hold_ends_at_the_exact_instant() -> None:
    desk = Desk(a_level("1"))
    desk.one(a_hold(ttl_us=10))
    desk.pass_time(9)
    assert desk.code(a_hold(id="h2")) == "INSUFFICIENT_STOCK"
    desk.pass_time(1)
    assert desk.one(a_hold(id="h2")).reservations
    assert desk.reservations["h1.1"].state is S.EXPIRED
    assert desk.figures() == ("1", "1", "0")


def test_a_longer_life_is_bounded_by_the_purpose() -> None:  # 4.2 extend
    desk = Desk()
    desk.one(a_hold(ttl_us=5 * HOUR_US))
    assert desk.reservations["h1.1"].expires_at_us == NOW_US + HOUR_US
    desk.pass_time(HOUR_US // 2)
    desk.one(Extend(key=NO_KEY, hold="h1", ttl_us=HOUR_US))
    assert desk.reservations["h1.1"].expires_at_us == NOW_US + HOUR_US
    desk.one(Extend(key=NO_KEY, hold="h1", ttl_us=HOUR_US // 4))
    assert desk.reservations["h1.1"].expires_at_us == NOW_US + HOUR_US // 4 * 3


def test_a_channel_says_how_long_and_how_much() -> None:
    rules = HoldRules("web", units("2"), 2, {Purpose.CHECKOUT: LifeTime(7, 7)})
    desk = Desk(a_level("9"))
    assert desk.code(a_hold(("A-1", "3"), customer="c", rules=rules)) == "HOLD_LIMIT_REACHED"
    assert desk.one(a_hold(("A-1", "2"), customer="c", rules=rules)).reservations[0].expires_at_us == NOW_US + 7


def test_in_one_batch_limits_count_what_the_batch_holds() -> None:
    rules = HoldRules("web", units("2"), 2)
    desk = Desk(a_level("9"))
    calls = [a_hold(id=f"h{n}", customer="c", owner="o", rules=rules) for n in range(3)]
    assert [bool(decision.reservations) for decision in desk.decide(*calls)] == [True, True, False]


def test_resizing_checks_only_the_difference() -> None:  # 4.2 resize
    desk = Desk(a_level("3"))
    desk.one(a_hold(("A-1", "2"), sources=["main"]))
    desk.one(Resize(key=NO_KEY, reservation="h1.1", quantity=units("3")))
    assert desk.figures() == ("3", "3", "0")
    decision = desk.one(Resize(key=NO_KEY, reservation="h1.1", quantity=units("4")))
    assert isinstance(decision.problems[0], InsufficientStock)
    assert decision.problems[0].available == "3"
    desk.one(Resize(key=NO_KEY, reservation="h1.1", quantity=units("1")))
    assert desk.figures() == ("3", "1", "0")


def test_a_committed_hold_expires_no_more() -> None:  # 4.2 commit
    desk = Desk()
    desk.one(a_hold(("A-1", "2")))
    assert [item.state for item in desk.one(commit()).reservations] == [S.COMMITTED]
    desk.pass_time(365 * 24 * HOUR_US)
    desk.decide()
    assert desk.figures() == ("5", "0", "2")


def test_an_expired_hold_is_held_again_when_it_is_committed() -> None:  # 4.2 commit
    desk = Desk(a_level("2"))
    desk.one(a_hold(("A-1", "2"), ttl_us=10, sources=["main"]))
    desk.pass_time(11)
    assert desk.one(commit()).reservations[0].state is S.COMMITTED
    assert desk.figures() == ("2", "0", "2")


def test_an_expired_hold_whose_goods_are_gone_is_refused() -> None:  # 4.2 commit
    desk = Desk(a_level("2"))
    desk.one(a_hold(("A-1", "2"), ttl_us=10, sources=["main"]))
    desk.pass_time(11)
    desk.one(a_hold(("A-1", "1"), id="h2", sources=["main"]))
    assert desk.code(commit()) == "RESERVATION_EXPIRED"
    assert desk.figures() == ("2", "1", "0")


def test_goods_leave_in_parts_and_on_hand_falls_with_them() -> None:  # 4.2 ship, policy 20
    desk = Desk()
    desk.one(a_hold(("A-1", "3")))
    desk.one(commit())
    desk.one(ship("1"))
    assert desk.figures() == ("4", "0", "2")
    assert desk.one(ship("2")).reservations[0].state is S.SHIPPED
    assert desk.figures() == ("2", "0", "0")


def test_more_than_lies_there_does_not_leave() -> None:  # 4.2 ship
    desk = Desk(a_level("1", backorder_limit="2"))
    desk.one(a_hold(("A-1", "3"), sources=["main"]))
    desk.one(commit())
    (problem,) = desk.one(ship("2")).problems
    assert vars(problem) == {"sku": "A-1", "source": "main", "on_hand": "1", "requested": "2", "path": ()}
    assert desk.figures() == ("1", "0", "3")


def test_what_the_erp_has_taken_off_already_leaves_all_the_same() -> None:  # F-4
    desk = Desk(a_level("1"))
    desk.one(a_hold(("A-1", "1")))
    desk.one(commit())
    place = Sku("A-1"), SourceId("main")
    desk.levels[place] = desk.levels[place]._replace(on_hand=units("0"), committed=units("0"))
    desk.reservations["h1.1"] = desk.reservations["h1.1"]._replace(erp_included_at_us=desk.now)
    assert desk.one(ship()).reservations[0].state is ReservationState.SHIPPED
    assert desk.figures() == ("0", "0", "0")


def test_what_is_released_is_available_again() -> None:  # 4.2 release
    desk = Desk()
    desk.one(a_hold(("A-1", "3")))
    desk.one(release("h1.1", "1"))
    assert desk.figures() == ("5", "2", "0")
    assert desk.one(release()).reservations[0].state is S.RELEASED
    assert desk.figures() == ("5", "0", "0")


def test_a_cancelled_order_gives_its_goods_back() -> None:  # 4.2 release
    desk = Desk()
    desk.one(a_hold(("A-1", "3")))
    desk.one(commit())
    desk.one(ship("1"))
    assert desk.one(release()).reservations[0].state is S.SHIPPED
    assert desk.figures() == ("4", "0", "0")


def test_what_comes_back_lies_on_hand() -> None:  # 4.2 restock
    desk = Desk()
    desk.one(Restock(key=NO_KEY, sku=Sku("A-1"), source=SourceId("main"), quantity=units("2")))
    assert desk.figures() == ("7", "0", "0")


PATHS: dict[ReservationState, list[Call]] = {
    S.HELD: [],
    S.COMMITTED: [commit()],
    S.SHIPPED: [commit(), ship("1")],
    S.RELEASED: [release()],
}
REFUSED = [
    (S.HELD, ship()),
    (S.COMMITTED, Extend(key=NO_KEY, hold="h1", ttl_us=5)),
    (S.COMMITTED, Resize(key=NO_KEY, reservation="h1.1", quantity=units("2"))),
    (S.COMMITTED, commit(order="another")),
    (S.COMMITTED, ship("2")),
    (S.COMMITTED, ship("0")),
    *((state, call) for state in (S.SHIPPED, S.RELEASED) for call in (commit(order="x"), ship(), release())),
    (S.SHIPPED, Extend(key=NO_KEY, hold="h1", ttl_us=5)),
    (S.RELEASED, Resize(key=NO_KEY, reservation="h1.1", quantity=units("1"))),
    (S.HELD, release("h1.1", "2")),
    (S.HELD, release("h1", "1")),
]


@pytest.mark.parametrize(("state", "call"), REFUSED)
def test_any_other_transition_is_refused_and_changes_nothing(state: ReservationState, call: Call) -> None:  # 4.2
    desk = Desk()
    desk.decide(a_hold(), *PATHS[state])
    assert desk.reservations["h1.1"].state is state
    before = dict(desk.levels), dict(desk.reservations)
    assert desk.code(call) == "INVALID_TRANSITION"
    assert (desk.levels, desk.reservations) == before


@pytest.mark.parametrize("call", [commit("none"), ship(reservation="none"), release("none")])
def test_what_does_not_exist_is_said(call: Call) -> None:
    assert Desk().code(call) == "UNKNOWN_RESERVATION"


def test_committing_again_for_the_same_order_is_the_same() -> None:
    desk = Desk()
    desk.one(a_hold())
    assert desk.one(commit()).reservations == desk.one(commit()).reservations


def test_the_same_key_is_decided_once() -> None:
    desk = Desk()
    first, same = desk.decide(a_hold(key="k"), a_hold(key="k"))
    assert first == same == desk.one(a_hold(key="k"))
    assert desk.figures() == ("5", "1", "0")
    (problem,) = desk.one(a_hold(key="k", body="other")).problems
    assert isinstance(problem, IdempotencyConflict)


def a_waiter(id: str, quantity: str = "1", since: int = 0) -> Waiter:
    return Waiter(id, Sku("A-1"), ChannelId("web"), units(quantity), id, "", WaiterState.WAITING, since)


def test_what_is_freed_is_offered_in_the_order_of_waiting() -> None:
    desk = Desk(
        a_level("2"), waiters=[a_waiter("late", since=2), a_waiter("early", since=1), a_waiter("last", since=3)]
    )
    desk.one(a_hold(("A-1", "2"), sources=["main"], ttl_us=10))
    desk.pass_time(10)
    desk.decide()
    assert {id: waiter.state.value for id, waiter in desk.waiters.items()} == {
        "early": "offered",
        "late": "offered",
        "last": "waiting",
    }
    assert desk.reservations["offer-early.1"].expires_at_us == desk.now + OFFER_US


def test_nobody_is_passed_over_for_wanting_more() -> None:
    desk = Desk(a_level("2"), waiters=[a_waiter("much", "3", since=1), a_waiter("little", since=2)])
    desk.one(Restock(key=NO_KEY, sku=Sku("A-1"), source=SourceId("main"), quantity=units("0.5")))
    assert {waiter.state for waiter in desk.waiters.values()} == {WaiterState.WAITING}
    desk.one(Restock(key=NO_KEY, sku=Sku("A-1"), source=SourceId("main"), quantity=units("2")))
    assert {id: waiter.state.value for id, waiter in desk.waiters.items()} == {"much": "offered", "little": "offered"}


@pytest.mark.parametrize(
    ("calls", "state"),
    [((commit("offer-w"),), WaiterState.SERVED), ((release("offer-w"),), WaiterState.GONE), ((), WaiterState.LAPSED)],
)
def test_an_offer_is_taken_given_back_or_lapses(calls: Sequence[Call], state: WaiterState) -> None:
    desk = Desk(a_level("0"), waiters=[a_waiter("w")])
    desk.one(Restock(key=NO_KEY, sku=Sku("A-1"), source=SourceId("main"), quantity=units("1")))
    desk.decide(*calls)
    desk.pass_time(OFFER_US)
    desk.decide()
    assert desk.waiters["w"].state is state
