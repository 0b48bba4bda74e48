"""Compaction: the same cart before and after, whatever arrives in between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from modules.cart.engine.documents import decode_base, encode_base
from modules.cart.model import (
    BEGINNING,
    AddLine,
    Base,
    Entry,
    Operation,
    Undo,
    cart_of,
    compact,
    fold,
    in_order,
)
from modules.kernel.names import CartId, ChannelId
from modules.kernel.quantity import pieces
from tests.cart.histories import LATEST_US, MUG, histories

MOMENTS = st.integers(0, LATEST_US + 1)


def entry(id: str, at_us: int, goal: str = "") -> Entry:
    """An undo of the operation named, or one mug more."""
    return Entry(at_us, Operation(id, Undo(goal) if goal else AddLine(MUG, pieces(1))), "till")


def rest(history: Sequence[Entry], folded: Sequence[str]) -> list[Entry]:
    """What a log still holds."""
    return [each for each in history if each.operation.id not in folded]


@given(histories(), MOMENTS, MOMENTS)
def test_a_cart_is_the_same_before_and_after(history: list[Entry], first: int, second: int) -> None:
    once = compact(history, BEGINNING, first)
    left = rest(history, once.folded)
    twice = compact(left, once.base, second)
    assert fold(left, once.base) == fold(history)
    assert fold(rest(left, twice.folded), twice.base) == fold(history)


@given(histories(), MOMENTS)
def test_what_is_folded_counts_before_the_base_and_the_rest_does_not(history: list[Entry], moment: int) -> None:
    done = compact(history, BEGINNING, moment)
    left = rest(history, done.folded)
    assert done.base.at_us <= moment
    assert all(each.at_us < done.base.at_us for each in history if each.operation.id in done.folded)
    assert all(each.at_us >= done.base.at_us for each in left)


@given(histories(), MOMENTS)
def test_who_took_what_back_is_known_as_before(history: list[Entry], moment: int) -> None:
    done = compact(history, BEGINNING, moment)
    whole = cart_of(CartId("c"), ChannelId("web"), 1, history)
    short = cart_of(CartId("c"), ChannelId("web"), 1, rest(history, done.folded), done.base)
    there = {each.operation.id for each in short.entries}
    assert short.undone.keys() == whole.undone.keys() & there


@given(histories(), MOMENTS)
def test_a_base_is_read_as_it_was_written(history: list[Entry], moment: int) -> None:
    base = compact(history, BEGINNING, moment).base
    assert decode_base(encode_base(base).decode()) == base


def test_nothing_old_leaves_everything_as_it_was() -> None:
    base = Base(5, fold([entry("x", 1)]))
    assert compact([entry("y", 7)], base, 7) == compact([], base, 9) == replace(compact([], BEGINNING, 0), base=base)


def test_what_a_young_undo_takes_back_stays_with_it() -> None:
    history = [entry("w", 1), entry("x", 2), entry("y", 3), entry("u", 8, "x")]
    done = compact(history, BEGINNING, 5)
    assert (done.base.at_us, done.folded) == (2, ("w",))
    assert fold([*rest(history, done.folded), entry("v", 9, "u")], done.base).lines[0].quantity == pieces(3)


def test_an_old_undo_waits_in_the_base_for_what_it_takes_back() -> None:
    done = compact([entry("u", 1, "x"), entry("w", 2)], BEGINNING, 5)
    assert (done.folded, done.base.lasting) == (("u", "w"), {"x": "u"})
    late = cart_of(CartId("c"), ChannelId("web"), 1, [entry("x", 6)], done.base)
    assert (late.lines[0].quantity, late.undone) == (pieces(1), {"x": "u"})
    assert compact([entry("x", 6)], done.base, 9).base.lasting == {}


@pytest.mark.parametrize("goals", [("b", "a"), ("b", "c", "a")])
def test_a_circle_is_folded_when_the_youngest_of_it_is_old(goals: tuple[str, ...]) -> None:
    circle = [entry(id, at, goal) for at, (id, goal) in enumerate(zip("abc", goals, strict=False), 1)]
    young = max(each.at_us for each in circle)
    assert compact(circle, BEGINNING, young).folded == ()
    assert len(compact(circle, BEGINNING, young + 1).folded) == len(circle)


class Cart(RuleBasedStateMachine):
    """A cart that hears of its operations in any order, any number of times, in calls of any size, and is compacted in
    between. `accepted` is what it has not refused as too late."""

    @initialize(history=histories())
    def begin(self, history: list[Entry]) -> None:
        self.history = history
        self.log: dict[str, Entry] = {}
        self.base = BEGINNING
        self.folded: set[str] = set()
        self.accepted: list[Entry] = []

    @rule(call=st.lists(st.integers(0, 13), max_size=6))
    def deliver(self, call: list[int]) -> None:
        for index in call:
            if index < len(self.history):
                self.take_up(self.history[index])

    def take_up(self, entry: Entry) -> None:
        wish, id = entry.operation.wish, entry.operation.id
        late = entry.at_us < self.base.at_us or (isinstance(wish, Undo) and wish.operation in self.folded)
        if id in self.log or id in self.folded or late:
            return
        self.log[id] = entry
        self.accepted.append(entry)

    @rule(moment=MOMENTS)
    def compact(self, moment: int) -> None:
        done = compact(self.log.values(), self.base, moment)
        self.base = done.base
        self.folded.update(done.folded)
        for id in done.folded:
            del self.log[id]

    @invariant()
    def is_the_cart_of_all_that_was_taken_up(self) -> None:
        if hasattr(self, "log"):
            assert fold(self.log.values(), self.base) == fold(in_order(self.accepted))


TestCart = Cart.TestCase
TestCart.settings = settings(max_examples=80, stateful_step_count=20, deadline=None)
