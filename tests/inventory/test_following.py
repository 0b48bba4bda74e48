"""What a follower of stock is told, and what it knows."""

from __future__ import annotations

import random

from hypothesis import given, settings, strategies as st

from modules.inventory.engine.following import Watch
from modules.inventory.model.levels import Level
from modules.kernel.names import Sku
from tests.inventory.builders import a_level

A, B = Sku("A-1"), Sku("B-1")


def a_watch(*levels: Level) -> Watch:
    """Of A-1 and B-1, begun with these levels."""
    watch = Watch([A, B])
    watch.begin({})
    watch.take(levels)
    return watch


def test_at_the_beginning_all_is_told() -> None:
    level = a_level("5")
    watch = Watch([B, A])
    assert watch.begin({A: {level.source: level}}) == [B, A]
    assert watch.levels == {A: {level.source: level}}


def test_newer_levels_are_taken_and_told_in_order() -> None:
    watch = a_watch(a_level("5", version=3))
    assert watch.take([a_level("4", version=4), a_level("1", sku="B-1"), a_level("3", version=5)]) == [A, B]
    assert watch.levels[A][a_level().source].on_hand == a_level("3").on_hand


def test_late_and_doubled_levels_are_neither_taken_nor_told() -> None:
    watch = a_watch(a_level("5", version=3))
    assert watch.take([a_level("9", version=2), a_level("9", version=3)]) == []
    assert watch.levels[A][a_level().source].on_hand == a_level("5").on_hand


def test_resumed_only_what_was_missed_is_told() -> None:
    level = a_level("5", version=3)
    watch = Watch([A, B])
    assert watch.resume({A: {level.source: level}}, [a_level("6", version=2), level]) == [A]
    assert watch.take([level]) == []


def test_resumed_a_level_that_was_read_before_its_event_came_is_told_when_it_comes() -> None:
    read = a_level("5", sku="B-1", version=7)
    watch = Watch([A, B])
    assert watch.resume({B: {read.source: read}}, []) == []
    assert watch.take([a_level("5", sku="B-1", version=7)]) == [B]
    assert watch.take([a_level("5", sku="B-1", version=7)]) == []


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
    assert a_watch(*shuffled).levels == a_watch(*levels).levels
