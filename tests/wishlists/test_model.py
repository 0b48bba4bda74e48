"""A wishlist is the fold of its operations: whatever their order of arrival and however often they come."""

from __future__ import annotations

import random
from collections.abc import Sequence

from hypothesis import given, strategies as st

from modules.kernel.errors import IdempotencyConflict
from modules.kernel.names import Sku
from modules.kernel.quantity import pieces
from modules.wishlists.engine.taking import take
from modules.wishlists.model.lists import (
    DAY_US,
    FOLDED_US,
    MOST_ITEMS,
    Entry,
    Goods,
    Held,
    Kind,
    Operation,
    Owner,
    State,
    TooLate,
    WishlistId,
    WishlistLimit,
    fold,
    product_item,
    text_item,
)

NOW = 1_800_000_000_000_000
EMPTY = Held(WishlistId("w"), Owner("guest:g"), 1, State("Birthday"), 0, 0, ())
MUG, PLATE, PAN = (product_item(Sku(sku)) for sku in ("mug", "plate", "pan"))


def adding(id: str, *names: str, quantity: int = 1, note: str | None = None) -> Operation:
    return Operation(id, Kind.ADD_ITEMS, tuple(Goods(Sku(name), pieces(quantity), None, note) for name in names))


def folded(*operations: Operation) -> State:
    """In this order of time."""
    return fold(State("Birthday"), [Entry(index, operation, "") for index, operation in enumerate(operations)])


def names(state: State) -> list[str]:
    return [item.sku or item.text for item in state.items]


def test_a_product_added_again_keeps_its_place_and_takes_the_quantity() -> None:
    state = folded(adding("a", "mug", "plate", note="blue"), adding("b", "mug", quantity=3))
    assert names(state) == ["mug", "plate"]
    assert (state.items[0].quantity, state.items[0].note) == (pieces(3), "blue")


def test_items_are_moved_behind_others_and_to_the_front() -> None:
    start = adding("a", "mug", "plate", "pan")
    assert names(folded(start, Operation("b", Kind.MOVE_ITEM, item=PAN))) == ["pan", "mug", "plate"]
    assert names(folded(start, Operation("b", Kind.MOVE_ITEM, item=MUG, after=PAN))) == ["plate", "pan", "mug"]
    assert names(folded(start, Operation("b", Kind.MOVE_ITEM, item=PAN, after=MUG))) == ["mug", "pan", "plate"]


def test_what_names_an_item_that_is_not_there_has_no_effect() -> None:
    start = adding("a", "mug")
    for operation in (
        Operation("b", Kind.MOVE_ITEM, item=MUG, after=PAN),
        Operation("b", Kind.MOVE_ITEM, item=PAN),
        Operation("b", Kind.MOVE_ITEM, item=MUG, after=MUG),
        Operation("b", Kind.SET_ITEM, item=PAN, note="x"),
        Operation("b", Kind.REMOVE_ITEM, item=PAN),
    ):
        assert folded(start, operation) == folded(start)


def test_text_lines_stand_beside_products_and_can_be_changed() -> None:
    note = text_item("t")
    state = folded(
        Operation("t", Kind.ADD_TEXT, text="something red"),
        adding("a", "mug"),
        Operation("s", Kind.SET_ITEM, item=note, text="something blue", quantity=pieces(9)),
        Operation("r", Kind.RENAME, text="Christmas"),
    )
    assert (state.name, names(state)) == ("Christmas", ["something blue", "mug"])
    assert state.items[0].quantity == pieces(1)


ITEMS = (MUG, PLATE, PAN, text_item("0"), text_item("1"))
PLANS = st.lists(
    st.tuples(st.sampled_from(Kind), st.integers(0, 4), st.integers(-1, 4), st.integers(NOW - 5, NOW)), max_size=10
)
"""Some operations on few items, so that they meet: kind, item, the one behind which it goes, time."""


def planned(plan: Sequence[tuple[Kind, int, int, int]]) -> list[Operation]:
    """What a plan means; operations are called by their place in it."""
    return [_planned(str(index), *step) for index, step in enumerate(plan)]


def _planned(id: str, kind: Kind, item: int, other: int, at_us: int) -> Operation:
    goods = tuple(Goods(Sku(sku), pieces(1 + item)) for sku in ("mug", "plate", "pan")[: 1 + item])
    return Operation(
        id,
        kind,
        goods if kind is Kind.ADD_ITEMS else (),
        ITEMS[item] if kind in (Kind.SET_ITEM, Kind.MOVE_ITEM, Kind.REMOVE_ITEM) else None,
        text=f"text {id}" if kind in (Kind.ADD_TEXT, Kind.RENAME) else None,
        note=f"note {id}" if kind is Kind.SET_ITEM else None,
        after=ITEMS[other] if kind is Kind.MOVE_ITEM and other >= 0 else None,
        at_us=at_us,
    )


def arrived(held: Held, *calls: Sequence[Operation]) -> Held:
    for call in calls:
        held = take(held, dict(enumerate(call)), {}, "shopper", NOW).held
    return held


@given(PLANS, st.randoms(use_true_random=False))
def test_any_order_of_arrival_and_any_repetition_end_in_the_same_list(
    plan: list[tuple[Kind, int, int, int]], chance: random.Random
) -> None:
    asked = planned(plan)
    shuffled = asked + asked[: len(asked) // 2]
    chance.shuffle(shuffled)
    cut = chance.randint(0, len(shuffled))
    one = arrived(EMPTY, asked)
    other = arrived(EMPTY, shuffled[:cut], shuffled[cut:], asked)
    assert (one.state, one.version) == (other.state, other.version)


@given(PLANS, st.integers(0, 8))
def test_folding_into_the_base_changes_nothing(plan: list[tuple[Kind, int, int, int]], us: int) -> None:
    """Also where only a part of it is old enough, and a call meets it on the way."""
    asked = planned(plan)
    held = arrived(EMPTY, asked)
    now = NOW - 5 + us + FOLDED_US
    later = take(held, {}, {}, "", now).held
    assert later.state == held.state
    again = take(later, dict(enumerate(asked)), {}, "", now)
    assert (again.held.state, again.new, again.problems) == (held.state, (), ())


def test_the_order_of_a_call_without_times_is_kept_also_by_a_clock_that_runs_behind() -> None:
    first = take(EMPTY, {0: adding("z", "mug"), 1: adding("a", "plate")}, {}, "", NOW)
    second = take(first.held, {0: Operation("0", Kind.REMOVE_ITEM, item=MUG)}, {}, "", NOW - DAY_US)
    assert (names(first.held.state), names(second.held.state)) == (["mug", "plate"], ["plate"])


def test_a_time_to_come_counts_as_now() -> None:
    ahead = Operation("a", Kind.RENAME, text="Ahead", at_us=NOW + DAY_US)
    held = take(EMPTY, {0: ahead, 1: Operation("b", Kind.RENAME, text="Now")}, {}, "", NOW).held
    assert held.state.name == "Now"


def test_what_was_done_longer_ago_than_thirty_days_is_refused_and_the_rest_is_done() -> None:
    old = Operation("a", Kind.RENAME, text="Old", at_us=NOW - FOLDED_US)
    taken = take(EMPTY, {0: old, 1: adding("b", "mug")}, {}, "", NOW)
    assert [(type(problem), problem.path) for problem in taken.problems] == [
        (TooLate, ("input", "operations", "0", "at"))
    ]
    assert (taken.applied, names(taken.held.state), taken.held.state.name) == (("b",), ["mug"], "Birthday")


def test_an_id_that_was_used_for_something_else_is_a_conflict_and_changes_nothing() -> None:
    held = arrived(EMPTY, [adding("a", "mug")])
    taken = take(held, {0: adding("a", "plate")}, {}, "", NOW)
    assert (type(taken.problems[0]), taken.applied, taken.held) == (IdempotencyConflict, (), held)


def test_a_list_that_is_full_refuses_what_would_be_too_much_and_lets_all_else_be() -> None:
    full = arrived(EMPTY, [adding(f"f-{n}", *(f"s-{n}-{m}" for m in range(100))) for n in range(5)])
    taken = take(
        full,
        {0: adding("a", "mug"), 1: adding("b", "s-0-0", quantity=2), 2: Operation("c", Kind.RENAME, text="N")},
        {},
        "",
        NOW,
    )
    assert [(type(p), p.path[:3]) for p in taken.problems] == [(WishlistLimit, ("input", "operations", "0"))]
    assert (taken.applied, len(taken.held.state.items)) == (("b", "c"), MOST_ITEMS)
