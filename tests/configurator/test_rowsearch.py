"""What the search by rows finds out is so, as the solver alone decides it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product

import pytest
from hypothesis import given, settings, strategies as st

from modules.configurator.engine import deciding, rowsearch
from modules.configurator.engine.boxes import Boxes
from modules.configurator.engine.compiling import Compiled, compile_content
from modules.configurator.engine.machine import Machine, Seen
from modules.configurator.engine.rowsearch import RowSearches
from modules.configurator.model.contents import Content
from modules.configurator.model.rules import HoldTo
from tests.configurator.builders import a_content, a_rule, a_table, discrete, equal, excludes
from tests.configurator.random_contents import contents


@pytest.fixture
def by_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """The search takes part in every question, however small."""
    monkeypatch.setattr(deciding, "_FIRST", 0)
    monkeypatch.setattr(deciding, "_MANY", 0)


def _machines(content: Content) -> Iterator[Machine]:
    machine = Machine(compile_content(content))
    if machine.decide([]):
        yield machine
    machine.close()


def _given(machine: Machine, data: st.DataObject) -> list[int]:
    """Some literals that are possible together."""
    held: list[int] = []
    for literal in data.draw(st.lists(st.sampled_from(sorted(machine.compiled.values)), unique=True, max_size=4)):
        if machine.decide([*held, literal]):
            held.append(literal)
    return held


def _searches(compiled: Compiled) -> RowSearches:
    return RowSearches(Boxes(compiled.domains, compiled.clauses.held))


@settings(max_examples=150, deadline=None)
@given(contents(most=300), st.data())
def test_a_value_is_found_exactly_where_the_solver_finds_it(content: Content, data: st.DataObject) -> None:
    for machine in _machines(content):
        held, values = _given(machine, data), machine.compiled.values
        search = _searches(machine.compiled).beside(dict(values[one] for one in held))
        if search is not None:
            for literal, (key, place) in values.items():
                assert search.has(key, place) in (machine.decide([*held, literal]), None)


@pytest.mark.usefixtures("by_rows")
@settings(max_examples=100, deadline=None)
@given(content=contents(most=300), data=st.data())
def test_a_question_is_answered_as_value_by_value(content: Content, data: st.DataObject) -> None:
    for machine in _machines(content):
        held = _given(machine, data)
        answer = machine.ask(held, Seen())
        assert answer is not None
        for literal in machine.compiled.values:
            assert machine.has(answer.valid, literal) == machine.decide([*held, literal])


def _tables() -> Content:
    """The second table reads the first one's detail; a rule speaks of what both read."""
    first = a_table("FIRST", "M N D", [("a", "x", "1"), ("a", "y", "2"), ("b", "x", "2"), ("b", "y", "3")])
    second = a_table("SECOND", "D N E", [(d, n, f"{d}{n}") for d in "123" for n in "xy"])
    every = [discrete("M", "a b"), discrete("N", "x y"), discrete("D", "1 2 3")]
    every.append(discrete("E", "1x 1y 2x 2y 3x 3y"))
    rules = [a_rule(t.id, HoldTo(t.id)) for t in (first, second)]
    return a_content(*every, tables=[first, second], rules=[*rules, excludes("no", equal("M", "b"), equal("N", "y"))])


def _possible(content: Content, **given_: int) -> dict[str, list[int]]:
    compiled = compile_content(content)
    search = _searches(compiled).beside(given_)
    assert search is not None
    return {
        key: [place for place in range(len(domain.regions)) if search.has(key, place)]
        for key, domain in compiled.domains.items()
    }


def test_tables_that_read_one_another_and_rules_across_them_are_searched_together() -> None:
    assert _possible(_tables()) == {"M": [0, 1], "N": [0, 1], "D": [0, 1], "E": [0, 2, 3]}
    assert _possible(_tables(), M=1) == {"M": [1], "N": [0], "D": [1], "E": [2]}
    assert _possible(_tables(), E=3) == {"M": [0], "N": [1], "D": [1], "E": [3]}


def test_a_search_ends_undecided_after_so_many_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rowsearch, "_MOST_STEPS", 1)
    compiled = compile_content(_tables())
    search = _searches(compiled).beside({})
    assert search is not None
    assert search.has("E", 0) is None


def _colours(few: str) -> Content:
    """Where X is 1, three neighbours have different colours: no table alone says how many there must be."""
    pairs = [(a, b, x) for a in few for b in few for x in "01" if x == "0" or a != b]
    tables = [a_table(f"T{one}{other}", f"{one} {other} X", pairs) for one, other in ("AB", "BC", "AC")]
    every = [discrete(key, " ".join(few)) for key in "ABC"]
    return a_content(*every, discrete("X", "0 1"), tables=tables, rules=[a_rule(t.id, HoldTo(t.id)) for t in tables])


def test_a_value_is_refused_after_all_rows_were_tried() -> None:
    assert _possible(_colours("12"))["X"] == [0]


def test_a_search_turns_back_from_rows_that_lead_nowhere() -> None:
    assert _possible(_colours("123"))["X"] == [0, 1]


@pytest.mark.usefixtures("by_rows")
def test_values_are_decided_by_rows_first_and_the_rest_by_the_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    for steps in (120, 1):
        monkeypatch.setattr(rowsearch, "_MOST_STEPS", steps)
        machine = Machine(compile_content(_colours("12")))
        answer = machine.ask((), Seen())
        refused = machine.compiled.clauses.literals["X"][1]
        assert answer is not None
        assert machine.literals(machine.every & ~answer.valid) == [refused]
        machine.close()


KEYS = "ABCD"
COMBINATIONS = list(product("123", repeat=3))


@st.composite
def rings(draw: st.DrawFn) -> tuple[Content, list[dict[str, str]]]:
    """Tables of any three of four characteristics, and every combination that all of them allow."""
    allowed = list(product("123", repeat=len(KEYS)))
    tables = []
    for number, own in enumerate(combinations(KEYS, 3)):
        rows = draw(st.lists(st.sampled_from(COMBINATIONS), min_size=8, max_size=16, unique=True))
        tables.append(a_table(f"T{number}", " ".join(own), rows))
        places = [KEYS.index(key) for key in own]
        allowed = [one for one in allowed if tuple(one[place] for place in places) in rows]
    every = [discrete(key, "1 2 3") for key in KEYS]
    content = a_content(*every, tables=tables, rules=[a_rule(one.id, HoldTo(one.id)) for one in tables])
    return content, [dict(zip(KEYS, one, strict=True)) for one in allowed]


@settings(max_examples=120, deadline=None)
@given(rings())
def test_every_row_and_every_column_counts_in_tables_that_meet_in_a_ring(
    drawn: tuple[Content, list[dict[str, str]]],
) -> None:
    content, allowed = drawn
    searches = _searches(compile_content(content))
    assert {one: [] for one in KEYS} | _found(searches, {}) == _wanted(allowed)
    for one in allowed[:1]:
        told = {"A": int(one["A"]) - 1}
        assert _found(searches, told) == _wanted([other for other in allowed if other["A"] == one["A"]])


def _found(searches: RowSearches, told: dict[str, int]) -> dict[str, list[int]]:
    """The places that a search finds, key by key; each is found out."""
    search = searches.beside(told)
    return {} if search is None else {key: [place for place in range(3) if search.has(key, place)] for key in KEYS}


def _wanted(allowed: list[dict[str, str]]) -> dict[str, list[int]]:
    return {key: sorted({int(one[key]) - 1 for one in allowed}) for key in KEYS}
