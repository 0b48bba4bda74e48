"""Tables are looked up by an index, and what is found is the first row that a plain reading finds."""

from __future__ import annotations

from decimal import Decimal
from time import process_time

import pytest
from hypothesis import given, settings, strategies as st

from modules.configurator.engine.estimate import Reader
from modules.configurator.engine.lookup import Unsure, exact
from modules.configurator.engine.possible import MAYBE, NOTHING, Outcome, Span, Words, exactly
from modules.configurator.model.formulas import Cell, CombinationTable, Match, Result
from modules.configurator.model.trees import Reference, ReferenceKind
from tests.configurator.builders import a_content, a_table, discrete, text, typed

COLOUR, WIDTH, NOTE = discrete("COLOUR", "RED BLUE GREEN"), typed("WIDTH"), text("NOTE")
TABLE = Reference("T", ReferenceKind.TABLE)


def plainly(table: CombinationTable, values: dict[str, Result | None]) -> Result | None:
    """The first row that matches, by reading one after the other."""
    for row in sorted(table.rows, key=lambda row: row.sequence):
        pairs = zip(table.factors, row.cells, strict=True)
        if all(_fits(cell, values[factor.reference.name]) for factor, cell in pairs):
            return row.result
    return table.default


def _fits(cell: Cell, found: Result | None) -> bool:
    if cell.match is Match.ANY:
        return True
    if found is None:
        return False
    mine = found.casefold() if isinstance(found, str) else found
    theirs = [one.casefold() if isinstance(one, str) else one for one in cell.operands]
    if cell.match in (Match.EQUAL, Match.IN):
        return mine in theirs
    if cell.match in (Match.UNEQUAL, Match.NOT_IN):
        return mine not in theirs
    assert isinstance(mine, Decimal)
    low, high = (Decimal(str(one)) for one in (theirs[0], theirs[-1]))
    orders = {"<": mine < low, "<=": mine <= low, ">": mine > low, ">=": mine >= low, "between": low <= mine <= high}
    return orders[cell.match.value]


def _cells(values: st.SearchStrategy[Result], ordered: bool) -> st.SearchStrategy[Cell]:
    """Mostly equalities, as in the tables that people write."""
    equal = st.builds(Cell, st.just(Match.EQUAL), st.tuples(values))
    several = st.builds(
        Cell, st.sampled_from([Match.IN, Match.NOT_IN]), st.lists(values, min_size=1, max_size=3).map(tuple)
    )
    other = [st.just(Cell()), several, st.builds(Cell, st.just(Match.UNEQUAL), st.tuples(values))]
    if ordered:
        orders = st.sampled_from([Match.LESS, Match.LESS_OR_EQUAL, Match.GREATER, Match.GREATER_OR_EQUAL])
        other += [st.builds(Cell, orders, st.tuples(values))]
        other += [st.tuples(values, values).map(lambda pair: Cell(Match.BETWEEN, pair))]
    return st.one_of(equal, equal, equal, equal, *other)


_OPTIONS = st.sampled_from(["RED", "BLUE", "GREEN"])
_NUMBERS = st.integers(0, 9).map(Decimal)
_NOTES = st.sampled_from(["new", "New", "Ärger", "ÄRGER"])
_ROWS = st.lists(st.tuples(_cells(_OPTIONS, False), _cells(_NUMBERS, True), _cells(_NOTES, False)), max_size=12)


@given(_ROWS, st.none() | _NUMBERS, st.none() | _OPTIONS, st.none() | _NUMBERS, st.none() | _NOTES)
@settings(max_examples=500, deadline=None)
def test_the_row_found_is_the_first_that_matches(
    rows: list[tuple[Cell, ...]], default: Result | None, colour: str | None, width: Decimal | None, note: str | None
) -> None:
    table = a_table("T", "COLOUR WIDTH NOTE", rows, [Decimal(place) for place in range(len(rows))], default=default)
    content = a_content(COLOUR, WIDTH, NOTE, tables=[table])
    values: dict[str, Result | None] = {"COLOUR": colour, "WIDTH": width, "NOTE": note}
    known = {name: exactly(one) for name, one in values.items() if one is not None}
    assert exact(Reader(content).estimate(TABLE)(known)) == plainly(table, values)


def test_rows_that_ask_for_more_than_equality_keep_their_sequence() -> None:
    rows = [("RED", 5), (None, 5), ("RED", 5), (Cell(Match.UNEQUAL, ("GREEN",)), None), ("GREEN", None)]
    table = a_table("T", "COLOUR WIDTH", rows * 20, [Decimal(place) for place in range(100)])
    reader = Reader(a_content(COLOUR, WIDTH, tables=[table]))
    found = [
        exact(reader.estimate(TABLE)({"COLOUR": exactly(colour), "WIDTH": exactly(Decimal(width))}))
        for colour, width in (("RED", 5), ("BLUE", 5), ("BLUE", 6), ("GREEN", 6))
    ]
    assert found == [0, 1, 3, 4]


@pytest.mark.parametrize(
    "outcome",
    [Span(Decimal(1), Decimal(2)), Span(None, None), Words(frozenset(("a", "b"))), Span(Decimal(1), Decimal(1), MAYBE)],
)
def test_what_may_be_several_values_is_not_looked_up(outcome: Outcome) -> None:
    with pytest.raises(Unsure):
        exact(outcome)
    assert exact(NOTHING) is None


def test_a_table_of_thousands_of_rows_is_not_scanned() -> None:
    rows = [(f"V{first}", second, third) for first in range(50) for second in range(20) for third in range(10)]
    table = a_table("T", "A B C", rows, [Decimal(place) for place in range(len(rows))])
    content = a_content(
        discrete("A", " ".join(f"V{one}" for one in range(50))), typed("B", 0, 99), typed("C"), tables=[table]
    )
    look = Reader(content).estimate(TABLE)
    known = {"A": exactly("V49"), "B": exactly(Decimal(19)), "C": exactly(Decimal(9))}
    assert exact(look(known)) == len(rows) - 1
    begin = process_time()
    for _ in range(1_000):
        look(known)
    assert process_time() - begin < 0.1  # 3 us each; a scan takes 10,000 us
    assert exact(look({**known, "B": exactly(Decimal(20))})) is None
