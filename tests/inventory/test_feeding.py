"""Feeds: late, doubled and shuffled messages end where the ERP is (F-1, F-2, F-5)."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, strategies as st

from modules.inventory.engine.feeding import feed
from modules.inventory.model.feeds import Applied, FeedMode, FeedState, Message
from modules.kernel.names import Sku, SourceId
from modules.kernel.quantity import ZERO, Quantity, format_quantity, parse_quantity

A, D = FeedMode.ABSOLUTE, FeedMode.DELTA
KEY = FeedState(Sku("A-1"), SourceId("main"))


def a_message(seq: int, mode: FeedMode, quantity: str, as_of: int = 0, orders: Sequence[str] = ()) -> Message:
    return Message(KEY.sku, KEY.source, mode, parse_quantity(quantity), seq, as_of or seq, tuple(orders))


class Key:
    """One key as it goes on from call to call."""

    def __init__(self, moves: Sequence[tuple[int, int]] = ()) -> None:
        self.state, self.on_hand = KEY, ZERO
        self.parked: tuple[Message, ...] = ()
        self._moves = moves

    def take(self, *messages: Message, now: int = 100) -> Applied:
        done = feed(self.state, self.on_hand, messages, self.parked, self._since, now)
        self.state, self.parked = done.state, done.parked
        self.on_hand = self.on_hand if done.on_hand is None else done.on_hand
        return done

    def _since(self, moment: int) -> int:
        return sum(delta for at, delta in self._moves if at > moment)

    @property
    def figure(self) -> str:
        return format_quantity(self.on_hand)


def test_an_absolute_figure_is_what_lies_there() -> None:
    key = Key()
    assert key.take(a_message(7, A, "5")).applied == 1
    assert (key.figure, key.state.last_seq) == ("5", 7)


@pytest.mark.parametrize("seq", [3, 7])
@pytest.mark.parametrize("mode", [A, D])
def test_what_is_known_is_acknowledged_and_ignored(seq: int, mode: FeedMode) -> None:  # F-1
    key = Key()
    key.take(a_message(7, A, "5"))
    done = key.take(a_message(seq, mode, "2"))
    assert (done.applied, done.ignored, done.on_hand, key.figure) == (0, 1, None, "5")


def test_a_delta_that_misses_one_waits_for_it() -> None:  # F-2
    key = Key()
    key.take(a_message(1, A, "5"))
    assert key.take(a_message(3, D, "-1"), now=50).applied == 0
    assert (key.figure, key.state.gap_since_us) == ("5", 50)
    key.take(a_message(4, D, "-1"), now=60)
    assert key.state.gap_since_us == 50
    done = key.take(a_message(2, D, "-1"))
    assert (done.applied, key.figure) == (3, "2")
    assert (done.state.gap_since_us, done.parked) == (None, ())


def test_an_absolute_figure_closes_every_gap_below_it() -> None:  # F-2
    key = Key()
    key.take(a_message(1, A, "5"))
    key.take(a_message(3, D, "-1"), a_message(7, D, "-1"))
    key.take(a_message(6, A, "9"))
    assert (key.figure, key.state.last_seq, key.state.gap_since_us) == ("8", 7, None)


def test_a_late_count_never_takes_back_a_newer_sale() -> None:
    key = Key(moves=[(10, parse_quantity("-3"))])
    key.take(a_message(1, A, "5", as_of=9))
    assert key.figure == "2"
    key.take(a_message(2, A, "2", as_of=10))
    assert key.figure == "2"


def test_a_figure_may_be_below_zero() -> None:  # F-3
    key = Key()
    key.take(a_message(1, A, "-2"))
    assert key.figure == "-2"


def test_orders_that_a_figure_contains_are_told() -> None:  # F-4
    assert Key().take(a_message(1, A, "5", orders=["o1", "o2"])).orders == {"o1", "o2"}


MODES = st.sampled_from([A, D])
STORY = st.lists(st.tuples(MODES, st.integers(-5, 9)), min_size=1, max_size=12)


@given(STORY, st.randoms(use_true_random=False), st.integers(1, 5))
def test_any_order_and_any_doubling_end_in_the_same_state(
    story: Sequence[tuple[FeedMode, int]], random: object, size: int
) -> None:  # section 8
    messages = [a_message(seq, A if not seq else mode, str(n)) for seq, (mode, n) in enumerate(story)]
    truth = Key()
    truth.take(*messages)
    shuffled = messages * 2
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    key = Key()
    for start in range(0, len(shuffled), size):
        key.take(*shuffled[start : start + size])
    assert (key.figure, key.state.last_seq, key.parked) == (truth.figure, len(messages) - 1, ())


@given(st.permutations([1, 2, 3, 4, 5]))
def test_absolute_figures_end_at_the_newest(order: Sequence[int]) -> None:
    key = Key()
    for seq in order:
        key.take(a_message(seq, A, str(Quantity(seq))))
    assert key.figure == "5"
