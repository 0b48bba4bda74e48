"""From where an order is served (4.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from modules.inventory.engine.searching import Option, best
from modules.inventory.engine.sourcing import ANTIPODES, plan, preferred
from modules.inventory.model.sources import SourceType
from modules.inventory.model.sourcing import Candidate, Demand, Goal, Plan, Way
from modules.inventory.model.strategies import Strategy
from modules.kernel.names import Sku
from tests.inventory.builders import a_source

MIN_SPLIT, PRIORITY, NEAREST = Strategy.MIN_SPLIT, Strategy.PRIORITY, Strategy.NEAREST
FROM_STORE, HIGHEST, SINGLE = Strategy.SHIP_FROM_STORE, Strategy.HIGHEST_STOCK, Strategy.SINGLE_SOURCE_ONLY


def a_candidate(
    id: str = "w",
    *,
    metres: int | None = 0,
    priority: int = 0,
    store: bool = False,
    out: str = "",
    late: str = "",
    **rooms: int | None,
) -> Candidate:
    """A warehouse next door; rooms by sku, in units for short: `a=3`."""
    kind = SourceType.STORE if store else SourceType.WAREHOUSE
    source = a_source(id, priority=priority, type=kind)
    return Candidate(Way(source, metres, out, late), {Sku(sku): room for sku, room in rooms.items()})


def demands(**wishes: int) -> list[Demand]:
    """One line for each sku, called like it."""
    return [Demand(sku, Sku(sku), wish) for sku, wish in wishes.items()]


def taken(found: Plan) -> dict[tuple[str, str], int]:
    """Quantities by line and source."""
    return {(share.line, share.source): share.quantity for share in found.shares}


def chosen(found: Plan) -> str:
    """The sources of the plan, by id."""
    return "".join(sorted({share.source for share in found.shares}))


SPREAD = [
    a_candidate("p", priority=1, metres=900, a=2, b=1),
    a_candidate("q", priority=2, metres=100, a=3, b=1),
    a_candidate("r", priority=3, metres=800, a=9, b=0),
    a_candidate("s", priority=4, metres=700, a=5, b=5, store=True),
]


@pytest.mark.parametrize(
    ("strategy", "wishes", "expected"),
    [
        (MIN_SPLIT, {"a": 2, "b": 1}, "p"),
        (MIN_SPLIT, {"a": 3, "b": 1}, "q"),
        (MIN_SPLIT, {"a": 5, "b": 2}, "s"),
        (MIN_SPLIT, {"a": 9}, "r"),
        (MIN_SPLIT, {"a": 11, "b": 1}, "pr"),
        (PRIORITY, {"a": 5}, "r"),
        (PRIORITY, {"a": 4, "b": 2}, "pq"),
        (NEAREST, {"a": 3}, "q"),
        (NEAREST, {"a": 4}, "s"),
        (NEAREST, {"a": 2, "b": 2}, "s"),
        (FROM_STORE, {"a": 5, "b": 2}, "pq"),
        (FROM_STORE, {"a": 5, "b": 3}, "s"),
        (HIGHEST, {"a": 1}, "r"),
        (HIGHEST, {"b": 1}, "s"),
        (SINGLE, {"a": 2, "b": 1}, "p"),
        (SINGLE, {"a": 5, "b": 3}, "s"),
        (SINGLE, {"a": 10}, ""),
    ],
)
def test_a_strategy_is_an_order_of_goals(strategy: Strategy, wishes: Mapping[str, int], expected: str) -> None:
    assert chosen(plan(demands(**wishes), SPREAD, strategy)) == expected


@pytest.mark.parametrize("strategy", list(Strategy))
def test_the_last_goal_is_the_id_of_the_source(strategy: Strategy) -> None:
    assert chosen(plan(demands(a=1), [a_candidate(id, a=1) for id in "cab"], strategy)) == "a"


def test_a_place_nobody_knows_is_on_the_other_side_of_the_earth() -> None:
    found = plan(demands(a=1), [a_candidate("a", metres=None, a=1), a_candidate("b", metres=19_999, a=1)], NEAREST)
    assert (chosen(found), dict(found.score)[Goal.DISTANCE]) == ("b", 19_999)
    assert dict(plan(demands(a=1), [a_candidate(metres=None, a=1)], NEAREST).score)[Goal.DISTANCE] == ANTIPODES


def test_low_priorities_make_no_source_worth_a_parcel_of_its_own() -> None:
    found = plan(demands(a=1), [a_candidate("a", priority=-9, a=1), a_candidate("b", priority=-8, a=1)], PRIORITY)
    assert (chosen(found), dict(found.score)[Goal.PARCELS]) == ("a", 1)


def test_a_line_comes_whole_where_it_can_and_lines_of_one_sku_share_what_is_there() -> None:
    lines = [Demand("1", Sku("a"), 4), Demand("2", Sku("a"), 3), Demand("3", Sku("a"), 5)]
    found = plan(lines, [a_candidate("p", a=5), a_candidate("q", priority=1, a=6)], MIN_SPLIT)
    assert taken(found) == {("1", "q"): 4, ("2", "q"): 2, ("3", "p"): 5}
    assert dict(found.missing) == {"2": 1}


def test_what_is_without_limit_gives_all() -> None:
    assert taken(plan(demands(a=10**9), [a_candidate("p", a=3), a_candidate("q", priority=9, a=None)], MIN_SPLIT)) == {
        ("a", "q"): 10**9
    }


def test_who_leaves_later_is_asked_only_when_those_of_today_do_not_suffice() -> None:
    late, today = a_candidate("a", late="CUT_OFF_PASSED", a=9), a_candidate("b", priority=5, a=4)
    assert chosen(plan(demands(a=4), [late, today], MIN_SPLIT)) == "b"
    assert chosen(plan(demands(a=5), [late, today], MIN_SPLIT)) == "a"
    assert chosen(plan(demands(a=4), [late], MIN_SPLIT)) == "a"


def test_the_trace_says_of_each_source_why() -> None:
    candidates = [
        a_candidate("a", a=9),
        a_candidate("b", priority=1, a=9),
        a_candidate("c", b=9),
        a_candidate("d", out="DOES_NOT_SHIP", a=9),
        a_candidate("e", late="CAPACITY_USED", a=9),
    ]
    found = plan(demands(a=9), candidates, MIN_SPLIT)
    because = ["CHOSEN", "NOT_NEEDED", "NOTHING_TO_GIVE", "DOES_NOT_SHIP", "CAPACITY_USED"]
    assert [tuple(reason) for reason in found.reasons] == list(zip("abcde", because, strict=True))
    later = plan(demands(a=19), candidates, MIN_SPLIT)
    assert [reason.because for reason in later.reasons] == [*["CHOSEN"] * 2, *because[2:4], "CHOSEN"]


def test_without_sources_all_is_missing() -> None:
    found = plan(demands(a=2), [], MIN_SPLIT)
    assert (found.shares, dict(found.missing), dict(found.score)[Goal.UNFILLED]) == ((), {"a": 2}, 2)


def test_sources_are_asked_one_by_one_as_the_strategy_prefers_them_and_late_ones_last() -> None:
    ways = [a_candidate(id, metres=metres).way for id, metres in (("a", 3), ("b", 1), ("c", 2))]
    ways += [a_candidate("d", metres=0, late="CLOSED_TODAY").way, a_candidate("e", out="DOES_NOT_SHIP").way]
    assert preferred(ways, NEAREST) == ["b", "c", "a", "d"]


numbers = st.integers(0, 4)


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Demand], list[Candidate], Strategy]:
    """A few lines, some of one sku, and a few candidates of all kinds."""
    skus = "abc"
    lines = draw(st.lists(st.tuples(st.sampled_from(skus), st.integers(1, 6)), min_size=1, max_size=4))
    rooms: list[dict[str, Any]] = [
        {sku: draw(st.integers(-1, 5) | st.none()) for sku in skus} for _ in range(draw(st.integers(0, 5)))
    ]
    candidates = [
        a_candidate(
            f"s{number}",
            metres=draw(st.none() | numbers),
            priority=draw(st.integers(-2, 2)),
            store=draw(st.booleans()),
            **each,
        )
        for number, each in enumerate(rooms)
    ]
    wishes = [Demand(str(number), Sku(sku), wish) for number, (sku, wish) in enumerate(lines)]
    return wishes, candidates, draw(st.sampled_from(list(Strategy)))


@given(cases())
def test_no_plan_gives_more_than_a_source_has_or_a_line_wants(
    case: tuple[list[Demand], list[Candidate], Strategy],
) -> None:
    wishes, candidates, strategy = case
    found = plan(wishes, candidates, strategy)
    for candidate in candidates:
        for sku, room in candidate.rooms.items():
            given = sum(share.quantity for share in found.shares if (share.source, share.sku) == (candidate.id, sku))
            assert room is None or given <= max(room, 0)
    for wish in wishes:
        given = sum(share.quantity for share in found.shares if share.line == wish.line)
        assert given + found.missing.get(wish.line, 0) == wish.quantity
    assert all(share.quantity > 0 for share in found.shares)
    assert dict(found.score)[Goal.UNFILLED] == sum(found.missing.values())
    assert {reason.source for reason in found.reasons if reason.because == "CHOSEN"} == {
        share.source for share in found.shares
    }


@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_lines_and_candidates_changes_nothing(
    case: tuple[list[Demand], list[Candidate], Strategy], random: st.DataObject
) -> None:
    wishes, candidates, strategy = case
    found = plan(wishes, candidates, strategy)
    mixed_wishes, mixed_candidates = list(wishes), list(candidates)
    random.shuffle(mixed_wishes)  # type: ignore[attr-defined]
    random.shuffle(mixed_candidates)  # type: ignore[attr-defined]
    again = plan(mixed_wishes, mixed_candidates, strategy)
    assert (taken(again), again.missing, again.score) == (taken(found), found.missing, found.score)


def brute(wishes: Sequence[int], options: Sequence[Option]) -> tuple[int, tuple[int, ...], list[str]]:
    """The rank of the best of all sets."""
    ranks = []
    for size in range(len(options) + 1):
        for chosen in combinations(options, size):
            given = [min(wish, sum(each.gives[n] for each in chosen)) for n, wish in enumerate(wishes)]
            score = tuple(sum(each.score[goal] for each in chosen) for goal in range(2))
            ranks.append((sum(wishes) - sum(given), score, sorted(each.id for each in chosen)))
    return min(ranks)


@st.composite
def searches(draw: st.DrawFn) -> tuple[tuple[int, ...], list[Option]]:
    """Wishes, and up to eight options; the second goal counts 1 at least."""
    wishes = tuple(draw(st.lists(st.integers(1, 5), min_size=1, max_size=4)))
    options = [
        Option(
            f"o{number}",
            tuple(draw(st.integers(0, wish)) for wish in wishes),
            (draw(numbers), draw(st.integers(1, 3))),
        )
        for number in range(draw(st.integers(0, 8)))
    ]
    return wishes, options


@settings(max_examples=300)
@given(searches())
def test_the_exact_search_finds_what_looking_at_every_set_finds(case: tuple[tuple[int, ...], list[Option]]) -> None:
    wishes, options = case
    assert best(wishes, options, 2, exact=True).rank == brute(wishes, options)


@settings(max_examples=300)
@given(searches())
def test_the_near_search_fills_as_much_and_is_no_worse_than_asking_one_after_the_other(
    case: tuple[tuple[int, ...], list[Option]],
) -> None:
    wishes, options = case
    near = best(wishes, options, 2, exact=False)
    given, score = tuple(0 for _ in wishes), (0, 0)
    for option in sorted(options, key=lambda option: (option.score, option.id)):
        more = tuple(min(w, g + m) for w, g, m in zip(wishes, given, option.gives, strict=True))
        if more != given:
            given = more
            score = (score[0] + option.score[0], score[1] + option.score[1])
    assert near.unfilled == sum(wishes) - sum(given)
    assert near.score <= score
    assert near.rank >= brute(wishes, options)


def test_many_candidates_are_planned_nearly_and_few_exactly() -> None:
    many = [a_candidate(f"s{number:02}", priority=number % 5, a=1) for number in range(40)]
    assert not plan(demands(a=20), many, MIN_SPLIT).is_exact
    assert plan(demands(a=5), many[:12], MIN_SPLIT).is_exact
    assert plan(demands(a=1), many, SINGLE).is_exact
