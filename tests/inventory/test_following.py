"""What a follower of stock is told, and what it knows."""

from __future__ import annotations

import random

from hypothesis import given, settings, strategies as st

from modules.inventory.engine.following import Newest
from modules.inventory.model.levels import Level
from modules.kernel.names import Sku
from modules.kernel.quantity import ONE, ZERO
from tests.inventory.builders import a_level

A, B = Sku("A-1"), Sku("B-1")


def known(*levels: Level) -> Newest:
    """Of A-1 and B-1, which are followed."""
    newest = Newest()
    newest.hold([A, B])
    newest.hear(levels)
    return newest


def test_newer_levels_are_taken_and_all_that_is_heard_of_is_told_in_order() -> None:
    newest = known(a_level("5", version=3))
    assert newest.hear([a_level("4", version=4), a_level("1", sku="B-1"), a_level("3", version=5)]) == [A, B]
    assert newest.levels[A][a_level().source].on_hand == a_level("3").on_hand


def test_late_and_doubled_levels_are_not_taken() -> None:
    newest = known(a_level("5", version=3))
    newest.hear([a_level("9", version=2), a_level("9", version=3)])
    assert newest.levels[A][a_level().source].on_hand == a_level("5").on_hand


def test_a_level_that_was_read_stands_over_an_older_one_that_is_heard_of_later() -> None:
    newest, read = known(), a_level("5", version=7)
    newest.read({A: {read.source: read}})
    assert newest.hear([a_level("6", version=6)]) == [A]
    assert newest.levels == {A: {read.source: read}}


def test_a_hold_that_ended_since_the_level_was_heard_of_is_told_as_held_to_nobody() -> None:
    heard = a_level("5", version=7)._replace(held=ONE)
    read, newest = heard._replace(held=ZERO), known(heard)
    newest.read({A: {read.source: read}})
    assert newest.levels == {A: {read.source: read}}
    newest.read({A: {read.source: heard}})  # a reading that began before, and ended later
    newest.hear([heard])
    assert newest.levels == {A: {read.source: read}}


def test_what_nobody_follows_any_more_is_forgotten() -> None:
    newest = known(a_level("5"), a_level("1", sku="B-1"))
    newest.hold([A])
    newest.release([A, B])
    newest.hear([a_level("2", sku="B-1", version=9)])
    assert set(newest.levels) == {A}
    newest.release([A])
    assert not newest.levels


LEVELS = st.builds(
    lambda sku, source, version: a_level(str(version * 7 % 11), sku=sku, source=source, version=version),
    st.sampled_from(["A-1", "B-1"]),
    st.sampled_from(["main", "berlin"]),
    st.integers(1, 9),
)


@given(st.lists(LEVELS, max_size=20), st.randoms(use_true_random=False))
@settings(max_examples=200)
def test_late_and_doubled_events_end_in_the_same_state(levels: list[Level], chance: random.Random) -> None:
    shuffled = [*levels, *chance.sample(levels, len(levels) // 2)]
    chance.shuffle(shuffled)
    assert known(*shuffled).levels == known(*levels).levels
