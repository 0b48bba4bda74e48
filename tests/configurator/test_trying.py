"""Formulas and tables are tried on given values, with every comparison told; what fails is not usable."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from modules.configurator.engine.checking import Kind, check_content
from modules.configurator.engine.compiling import compile_content
from modules.configurator.engine.language import Scope, term
from modules.configurator.engine.machine import Machine
from modules.configurator.engine.steps import Steps
from modules.configurator.engine.trying import try_out
from modules.configurator.engine.usability import MOST_LEVELS, readers, verdicts
from modules.configurator.model.contents import Content
from modules.configurator.model.errors import UnknownCharacteristic, UnknownOption, WrongType
from modules.configurator.model.formulas import (
    Cell,
    CombinationTable,
    Factor,
    Formula,
    Match,
    Result,
    TestCase,
    Usability,
)
from modules.configurator.model.trees import Owner, Reference, ReferenceKind, ResultType
from modules.configurator.model.trials import Compared, Obstacle
from tests.configurator.builders import (
    a_content,
    a_table,
    counted,
    discrete,
    equal,
    numbered,
    quantity,
    requires,
    text,
    typed,
    value,
)

COLOUR, HEIGHT, WIDTH, NOTE, KEY = (
    discrete("COLOUR", "RED BLUE"),
    numbered("HEIGHT", 10, 20),
    typed("WIDTH", 0, 99, 1),
    text("NOTE"),
    counted("KEY"),
)
EVERY = (COLOUR, HEIGHT, WIDTH, NOTE, KEY)
TYPES = {"AREA": ResultType.NUMBER, "HALF": ResultType.NUMBER, "BIG": ResultType.BOOL}
FOUR = a_table(
    "FOUR",
    "COLOUR HEIGHT",
    [("RED", 10), ("RED", 20), ("BLUE", 10), ("BLUE", 20)],
    [Decimal(500), Decimal(600), Decimal(700), Decimal(800)],
)


def a_formula(id: str, source: str, *cases: TestCase, **more: Any) -> Formula:
    scope = Scope({one.id: one for one in EVERY}, TYPES, {"FOUR": ResultType.NUMBER, "SIZE": ResultType.NUMBER})
    return Formula(id=id, expression=term(source, scope), test_cases=cases, **more)


def a_case(result: Result | None, **values: Result) -> TestCase:
    return TestCase(tuple((Reference(name), one) for name, one in values.items()), result)  # type: ignore[misc]


def holding(*those: Formula | CombinationTable) -> Content:
    return a_content(
        *EVERY,
        formulas=[one for one in those if isinstance(one, Formula)],
        tables=[one for one in those if isinstance(one, CombinationTable)],
    )


@pytest.mark.parametrize(
    ("colour", "height", "result", "row"),
    [("RED", "N10", 500, 1), ("RED", 20, 600, 2), ("BLUE", 10, 700, 3), ("BLUE", 20, 800, 4)],
)
def test_the_table_of_four_rows_gives_500_to_800(colour: str, height: int | str, result: int, row: int) -> None:
    tall = Decimal(height) if isinstance(height, int) else height
    run = try_out(holding(FOUR), FOUR, {value("COLOUR"): colour, value("HEIGHT"): tall})
    assert (run.trial.name, run.trial.result, run.trial.why) == ("table:FOUR", result, None)
    assert run.trial.row is not None
    assert run.trial.row.sequence == row
    assert run.trial.row.cells[0] == Compared("COLOUR", colour, "=", (colour,), True)


def test_stored_test_values_are_tried_and_can_be_overridden() -> None:
    factors = (Factor(value("COLOUR"), "RED"), Factor(value("HEIGHT"), Decimal(10)))
    table = replace(FOUR, factors=factors, test_values=((value("HEIGHT"), Decimal(20)),))
    assert try_out(holding(table), table).trial.result == 600
    assert try_out(holding(table), table, {value("COLOUR"): "BLUE"}).trial.result == 800


def test_a_table_without_match_and_default_is_undefined_and_shows_the_nearest_rows() -> None:
    run = try_out(holding(FOUR), FOUR, {value("COLOUR"): "RED", value("HEIGHT"): Decimal(15)})
    assert run.trial.result is None
    assert run.trial.why is not None
    assert (run.trial.why.code, run.trial.why.chain) == ("E_TABLE_NO_MATCH", ("table:FOUR",))
    assert [row.sequence for row in run.trial.nearest] == [1, 2, 3]
    assert [cell.truth for cell in run.trial.nearest[0].cells] == [True, False]


def test_a_default_is_the_result_where_no_row_matches() -> None:
    table = replace(FOUR, default=Decimal(1))
    trial = try_out(holding(table), table, {value("COLOUR"): "RED"}).trial
    assert (trial.result, trial.row, trial.why) == (1, None, None)


def test_the_same_factor_twice_is_a_range_and_a_shadowed_row_never_matches() -> None:
    rows = [
        (Cell(Match.GREATER_OR_EQUAL, (Decimal(0),)), Cell(Match.LESS, (Decimal(50),))),
        (Cell(Match.EQUAL, (Decimal(10),)), None),
        (Cell(Match.BETWEEN, (Decimal(50), Decimal(80))), Cell(Match.UNEQUAL, (Decimal(60),))),
    ]
    table = a_table("SIZE", "WIDTH WIDTH", rows, [Decimal(1), Decimal(2), Decimal(3)])
    tried = {width: try_out(holding(table), table, {value("WIDTH"): Decimal(width)}).trial for width in (10, 50, 60)}
    assert {width: trial.result for width, trial in tried.items()} == {10: 1, 50: 3, 60: None}
    row = tried[50].row
    assert row is not None
    assert row.cells[0] == Compared("WIDTH", Decimal(50), "between", (Decimal(50), Decimal(80)), True)


def test_a_formula_tells_its_comparisons_and_all_it_reads() -> None:
    area = a_formula("AREA", "WIDTH * HEIGHT", scale=1)
    price = a_formula("PRICE", "if(formula:AREA > 100 and COLOUR = 'RED', table:FOUR, 0) + formula:AREA", scale=2)
    given_: dict[Reference, Result] = {
        value("WIDTH"): Decimal("10.5"),
        value("HEIGHT"): Decimal(10),
        value("COLOUR"): "RED",
    }
    run = try_out(holding(area, price, FOUR), price, given_)
    assert run.trial.result == Decimal("605.00")
    assert run.trial.compared == (
        Compared("formula:AREA > 100", Decimal("105.0"), ">", (Decimal(100),), True),
        Compared("COLOUR = 'RED'", "RED", "=", ("RED",), True),
    )
    assert [(one.name, one.result) for one in run.parts] == [("formula:AREA", 105), ("table:FOUR", 500)]
    assert run.trial.reads == ("formula:AREA", "table:FOUR")


def test_results_of_what_is_read_can_be_given() -> None:
    area = a_formula("AREA", "WIDTH * HEIGHT")
    half = a_formula("HALF", "formula:AREA / 2")
    run = try_out(holding(area, half), half, {Reference("AREA", ReferenceKind.FORMULA): Decimal(8)})
    assert run.trial.result == 4
    sum_ = a_formula("SUM", "table:FOUR + 1")
    assert try_out(holding(FOUR, sum_), sum_, {Reference("FOUR", ReferenceKind.TABLE): Decimal(8)}).trial.result == 9


def test_values_of_a_parent_are_not_ones_own() -> None:
    more = a_formula("MORE", "parent.WIDTH - WIDTH + root.KEY.qty")
    tried = {
        value("WIDTH"): Decimal(1),
        Reference("WIDTH", owner=Owner.PARENT): Decimal(5),
        Reference("KEY", ReferenceKind.QUANTITY, Owner.ROOT): Decimal(2),
    }
    assert try_out(holding(more), more, tried).trial.result == 6


@pytest.mark.parametrize(
    ("values", "code", "chain"),
    [
        ({"WIDTH": Decimal(0)}, "E_DIV_ZERO", ("formula:SHARE", "formula:HALF")),
        ({}, "E_INCOMPLETE", ("formula:SHARE", "formula:HALF", "WIDTH")),
        ({"WIDTH": Decimal(1)}, "E_INCOMPLETE", ("formula:SHARE", "table:FOUR", "COLOUR")),
        (
            {"WIDTH": Decimal(1), "COLOUR": "RED", "HEIGHT": Decimal(1)},
            "E_TABLE_NO_MATCH",
            ("formula:SHARE", "table:FOUR"),
        ),
    ],
)
def test_what_is_undefined_has_a_reason_with_the_chain_to_it(
    values: dict[str, Result], code: str, chain: tuple[str, ...]
) -> None:
    half, share = a_formula("HALF", "2 / WIDTH"), a_formula("SHARE", "formula:HALF + table:FOUR")
    run = try_out(holding(half, share, FOUR), share, {value(name): one for name, one in values.items()})
    assert run.trial.why is not None
    assert (run.trial.result, run.trial.why.code, run.trial.why.chain) == (None, code, chain)


@pytest.mark.parametrize(
    ("reference", "tried", "error"),
    [
        (value("COLOUR"), "GREEN", UnknownOption),
        (value("COLOUR"), Decimal(1), WrongType),
        (value("COLOR"), "RED", UnknownCharacteristic),
        (value("WIDTH"), "wide", WrongType),
        (value("WIDTH"), Decimal("NaN"), WrongType),
        (value("NOTE"), Decimal(1), WrongType),
        (quantity("KEY"), "many", WrongType),
    ],
)
def test_values_that_cannot_be_are_refused(reference: Reference, tried: Result, error: type[Exception]) -> None:
    with pytest.raises(error):
        try_out(holding(FOUR), FOUR, {reference: tried})


def test_without_a_case_or_with_one_that_fails_it_is_not_usable() -> None:
    good = a_formula("AREA", "WIDTH * 2", a_case(Decimal(4), WIDTH=Decimal(2)), a_case(None))
    wrong = a_formula("HALF", "WIDTH / 2", a_case(Decimal(1), WIDTH=Decimal(2)), a_case(Decimal(9), WIDTH=Decimal(2)))
    bare = a_formula("BIG", "WIDTH > 1")
    misused = a_formula("ODD", "WIDTH", a_case(Decimal(1), WITDH=Decimal(1)))
    found = verdicts(holding(good, wrong, bare, misused))
    assert {name: one.usability for name, one in found.items() if not one.obstacles} == {
        "formula:AREA": Usability.USABLE
    }
    assert found["formula:HALF"].obstacles == ((Obstacle.CASE_FAILS, "2"),)
    assert found["formula:BIG"].obstacles == ((Obstacle.NO_CASE, ""),)
    assert found["formula:ODD"].obstacles[0][0] is Obstacle.CASE_FAILS


def test_what_reads_something_unusable_is_not_usable_either() -> None:
    area = a_formula("AREA", "WIDTH * 2")
    half = a_formula("HALF", "formula:AREA / 2", a_case(Decimal(2), WIDTH=Decimal(2)))
    table = replace(
        a_table("SIZE", [Reference("HALF", ReferenceKind.FORMULA)], [(2,)], [Decimal(1)]),
        test_cases=(a_case(Decimal(1), WIDTH=Decimal(2)),),
    )
    found = verdicts(holding(area, half, table))
    assert found["formula:HALF"].obstacles == ((Obstacle.NOT_USABLE, "formula:AREA"),)
    assert found["table:SIZE"].obstacles == ((Obstacle.NOT_USABLE, "formula:HALF"),)
    assert readers(holding(area, half, table), ["WIDTH"]) == {"formula:AREA", "formula:HALF", "table:SIZE"}
    mended = replace(area, test_cases=(a_case(Decimal(4), WIDTH=Decimal(2)),))
    assert all(one.usability is Usability.USABLE for one in verdicts(holding(mended, half, table)).values())


def test_what_reads_itself_or_nothing_that_exists_is_told_and_never_run() -> None:
    case = a_case(Decimal(1))
    area, half = a_formula("AREA", "formula:HALF", case), a_formula("HALF", "formula:AREA", case)
    outside = a_formula("OUT", "formula:AREA", case)
    lost = a_formula("LOST", "WIDTH + 1", case)
    content = holding(area, half, outside, lost)
    found = verdicts(replace(content, characteristics={"COLOUR": COLOUR}))
    assert (Obstacle.CYCLE, "formula:AREA") in found["formula:AREA"].obstacles
    assert (Obstacle.CYCLE, "formula:HALF") in found["formula:HALF"].obstacles
    assert found["formula:OUT"].obstacles == ((Obstacle.NOT_USABLE, "formula:AREA"),)
    assert found["formula:LOST"].obstacles == ((Obstacle.UNKNOWN_NAME, "WIDTH"),)


def _chain(count: int) -> Content:
    """Formulas that read one another, each eight levels deep; the last is compared in a rule."""
    scope = Scope({"WIDTH": WIDTH}, {f"F{place}": ResultType.NUMBER for place in range(count)})
    sources = ["WIDTH"] + [f"-(-(-(-(-(-(0 + formula:F{place}))))))" for place in range(count - 1)]
    formulas = [
        Formula(
            id=f"F{place}",
            expression=term(source, scope),
            test_cases=(a_case(Decimal(2), WIDTH=Decimal(2)),),
        )
        for place, source in enumerate(sources)
    ]
    last = Reference(f"F{count - 1}", ReferenceKind.FORMULA)
    rule = requires("R", equal("COLOUR", "RED"), equal("WIDTH", 2))
    compares = requires("DEEP", equal("COLOUR", "RED"), replace(equal("WIDTH", 2), left=last))
    return a_content(COLOUR, WIDTH, formulas=formulas, rules=[rule, compares])


def test_nesting_through_formulas_is_told_before_python_ends_it() -> None:
    deepest = (MOST_LEVELS - 1) // 8 + 1
    content = _chain(deepest)
    assert not any(one.obstacles for one in verdicts(content).values())
    Steps(Machine(compile_content(content))).evaluate([])
    found = verdicts(_chain(deepest + 1))
    assert found[f"formula:F{deepest}"].obstacles == ((Obstacle.TOO_DEEP, f"formula:F{deepest}"),)
    assert verdicts(_chain(2_000))["formula:F1999"].obstacles
    assert {one.kind for one in check_content(_chain(2_000))} == {Kind.NOT_USABLE, Kind.TOO_DEEP}


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "COLOUR": st.sampled_from(["RED", "BLUE"]),
            "HEIGHT": st.integers(0, 3).map(lambda n: Decimal(10 * n)),
        },
    )
)
@settings(max_examples=50, deadline=None)
def test_a_trial_gives_what_the_rows_say_plainly(values: dict[str, Result]) -> None:
    expected: dict[tuple[Result | None, Result | None], int] = {
        ("RED", Decimal(10)): 500,
        ("RED", Decimal(20)): 600,
        ("BLUE", Decimal(10)): 700,
        ("BLUE", Decimal(20)): 800,
    }
    trial = try_out(holding(FOUR), FOUR, {value(name): one for name, one in values.items()}).trial
    assert trial.result == expected.get((values.get("COLOUR"), values.get("HEIGHT")))
    assert (trial.row is None) == (trial.result is None) == (trial.why is not None)
