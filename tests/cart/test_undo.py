"""Undo: whoever takes something back, and whenever it arrives."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given, strategies as st

from modules.cart.model import AddLine, Entry, Operation, Undo, cart_of, fold
from modules.kernel.names import CartId, ChannelId
from modules.kernel.quantity import pieces
from tests.cart.histories import MUG, PLATE, histories


def entry(id: str, goal: str = "", at_us: int = 0) -> Entry:
    """An undo of the operation named, or one mug more."""
    return Entry(at_us, Operation(id, Undo(goal) if goal else AddLine(MUG, pieces(1))), "agent")


@pytest.mark.parametrize(
    ("history", "undone"),
    [
        ([entry("x")], {}),
        ([entry("x"), entry("u", "x")], {"x": "u"}),
        ([entry("u", "x")], {}),
        ([entry("x"), entry("u", "x"), entry("v", "u")], {"u": "v"}),
        ([entry("x"), entry("u", "x"), entry("v", "u"), entry("w", "v")], {"x": "u", "v": "w"}),
        ([entry("x"), entry("u1", "x"), entry("u2", "x")], {"x": "u1"}),
        ([entry("x"), entry("u1", "x"), entry("u2", "x"), entry("v", "u1")], {"x": "u2", "u1": "v"}),
        ([entry("x"), entry("u", "x"), entry("v1", "u"), entry("v2", "u"), entry("w", "v1")], {"u": "v2", "v1": "w"}),
        ([entry("x"), entry("u", "u"), entry("v", "x")], {"x": "v"}),
        ([entry("x"), entry("a", "b"), entry("b", "a")], {}),
        ([entry("x"), entry("a", "b"), entry("b", "a"), entry("c", "a")], {"a": "b"}),
    ],
)
def test_what_is_taken_back_does_not_count_unless_that_is_taken_back(
    history: list[Entry], undone: dict[str, str]
) -> None:
    for order in list(permutations(history))[:120]:
        cart = cart_of(CartId("c"), ChannelId("web"), 1, order)
        assert cart.undone == undone
        assert bool(cart.lines) == (any(each.operation.id == "x" for each in history) and "x" not in undone)


def test_an_undo_by_a_slow_clock_counts_all_the_same() -> None:
    assert fold([entry("x", at_us=9), entry("u", "x", at_us=1)]).lines == ()


def test_only_what_is_taken_back_is_missing() -> None:
    plate = Entry(1, Operation("y", AddLine(PLATE, pieces(2))), "till")
    assert [line.sku for line in fold([entry("x"), plate, entry("u", "x")]).lines] == ["plate"]
    assert [line.quantity for line in fold([entry("x"), entry("x2"), entry("u", "x")]).lines] == [pieces(1)]


def test_a_chain_of_ten_thousand_undos_is_followed_to_its_end() -> None:
    chain = [entry("op0"), *(entry(f"op{index}", f"op{index - 1}") for index in range(1, 10_000))]
    assert fold(chain).lines == ()
    assert len(fold(chain[:-1]).lines) == 1


@given(histories())
def test_a_cart_is_what_the_operations_make_that_are_not_taken_back(history: list[Entry]) -> None:
    cart = cart_of(CartId("c"), ChannelId("web"), 1, history)
    left = [each for each in history if each.operation.id not in cart.undone]
    plain = [each for each in left if not isinstance(each.operation.wish, Undo)]
    assert cart.state == fold(plain)


@given(histories(), st.integers(0, 13))
def test_undoing_and_undoing_that_is_as_if_nothing_had_been(history: list[Entry], index: int) -> None:
    both = [entry("u", f"op{index}", 20), entry("v", "u", 21)]
    assert fold([*history, *both]) == fold(history)
