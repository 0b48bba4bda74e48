"""Stored test cases of a revision, what they cover of its rules, and the log of the rules."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given

from modules.configurator.engine.comparing import Change, Detail, Difference, differences
from modules.configurator.engine.compiling import compile_content
from modules.configurator.engine.covering import coverage, log, run_configurations
from modules.configurator.engine.machine import Machine
from modules.configurator.engine.steps import Steps
from modules.configurator.model.cases import ConfigurationCase
from modules.configurator.model.contents import Content
from modules.configurator.model.errors import NotPossible, UnknownOption
from modules.configurator.model.formulas import Cell, Match
from modules.configurator.model.rules import AttachRequired
from modules.configurator.model.sessions import Choice, SessionState
from modules.configurator.model.trees import Reference, ReferenceKind, ResultType
from modules.configurator.model.trials import Compared, Deviation, RuleCoverage
from tests.configurator.brute import Brute
from tests.configurator.builders import (
    a_content,
    a_formula,
    a_rule,
    a_table,
    compare,
    discrete,
    equal,
    numbered,
    requires,
    typed,
    value,
)
from tests.configurator.random_contents import contents
from tests.configurator.test_engine import FEW

A, B, C = discrete("A"), discrete("B"), discrete("C")
RULES = [
    requires("yes", equal("A", "YES"), equal("B", "YES")),
    requires("no", equal("A", "NO"), equal("B", "NO")),
    requires("both", compare("A", "=", value("B")), equal("A", "YES")),
    a_rule("always", AttachRequired("C", "YES")),
    requires("never tried", equal("C", "NO"), equal("A", "YES")),
    requires("off", equal("A", "YES"), equal("B", "YES")),
]


def steps_of(content: Content) -> Steps:
    return Steps(Machine(compile_content(content)))


@pytest.fixture
def steps() -> Steps:
    return steps_of(a_content(A, B, C, rules=RULES))


def a_case(id: str, *choices: Choice, **more: object) -> ConfigurationCase:
    return ConfigurationCase(id=id, choices=choices, **more)  # type: ignore[arg-type]


def test_a_case_passes_when_all_is_as_it_says(steps: Steps) -> None:
    cases = [
        a_case("good", Choice("A", "YES"), complete=True, expected=(("B", "YES"), ("C", "YES"))),
        a_case("refused", Choice("A", "NO"), possible=False),
        a_case("empty", complete=True),
    ]
    runs = run_configurations(steps, cases)
    assert [run.has_passed for run in runs] == [True, True, True]
    assert (runs[0].state, runs[0].fired) == (SessionState.COMPLETE, ("yes", "both", "always", "off"))
    assert set(runs[1].blamed) == {"no", "both"}


def test_a_case_that_fails_says_what_came_instead(steps: Steps) -> None:
    cases = [
        a_case("other", Choice("A", "YES"), expected=(("B", "NO"), ("C", None))),
        a_case("possible", Choice("A", "YES"), possible=False),
        a_case("impossible", Choice("A", "NO")),
        a_case("whole", complete=False),
        a_case("no value", Choice("A", "MAYBE"), possible=False),
    ]
    other, possible, impossible, whole, unknown = runs = run_configurations(steps, cases)
    assert [run.has_passed for run in runs] == [False] * 5
    assert other.deviations == (Deviation("B", "NO", "YES"), Deviation("C", None, "YES"))
    assert possible.refusal is None
    assert isinstance(impossible.refusal, NotPossible)
    assert whole.state is SessionState.COMPLETE
    assert isinstance(unknown.refusal, UnknownOption)


def test_coverage_tells_which_rules_no_case_shows_anything_of(steps: Steps) -> None:
    runs = run_configurations(steps, [a_case("1", Choice("A", "YES")), a_case("2", Choice("A", "NO"), possible=False)])
    found = {one.rule: one for one in coverage(steps.content.rules, runs)}
    assert found["yes"] == RuleCoverage("yes", ("1",))
    assert found["no"].blamed == ("2",)
    assert found["both"] == RuleCoverage("both", ("1",), ("2",))
    assert [one.rule for one in found.values() if not one.is_covered] == ["always", "never tried"]


def test_the_log_shows_each_condition_with_both_its_values_and_what_it_reads() -> None:
    formula = a_formula("DOUBLE", compare("W", "<>", 1).left)
    big = compare(Reference("DOUBLE", ReferenceKind.FORMULA), ">", 5)
    steps = steps_of(a_content(A, typed("W"), formulas=[formula], rules=[requires("big", big, equal("A", "YES"))]))
    (rule,) = log(steps, [Choice("W", Decimal(7))]).rules
    assert (rule.rule, rule.truth, rule.reads) == ("big", True, ("formula:DOUBLE",))
    assert rule.compared == (Compared("formula:DOUBLE > 5", Decimal(7), ">", (Decimal(5),), True),)
    (unknown,) = log(steps, []).rules
    assert (unknown.truth, unknown.compared[0].left, unknown.compared[0].truth) == (None, None, None)
    assert [(part.name, part.result) for part in log(steps, [Choice("W", Decimal(7))]).parts] == [("formula:DOUBLE", 7)]


def test_choices_that_are_not_possible_have_no_log(steps: Steps) -> None:
    with pytest.raises(NotPossible):
        log(steps, [Choice("A", "NO")])


@FEW
@given(contents(most=300))
def test_every_configuration_counted_passes_as_a_case_with_the_rules_that_fire(content: Content) -> None:
    brute = Brute(content)
    every = brute.every()
    steps = steps_of(content)
    if steps.machine.compiled.unsure:
        return
    for found in every[:3]:
        choices = [
            Choice(name, one, found.get(f"{name}.qty"))
            for name, one in found.items()
            if one is not None and "." not in name
        ]
        expected = tuple((name, one) for name, one in found.items() if "." not in name and one is not None)
        (run,) = run_configurations(steps, [a_case("counted", *choices, expected=expected)])
        assert run.has_passed
        truths = {rule.id: rule.condition is None or brute.truth(rule.condition.tree, found) for rule in content.rules}
        unset = {name for name, one in found.items() if one is None}
        if not unset:
            assert set(run.fired) == {id for id, truth in truths.items() if truth is True}


def test_a_difference_tells_the_fields_of_what_has_changed() -> None:
    rows = [("RED", Cell(Match.BETWEEN, (Decimal(1), Decimal(5)))), (None, Cell(Match.IN, (Decimal(2), Decimal(3))))]
    other = [("RED", Cell(Match.GREATER, (Decimal("1.50"),))), rows[1], ("BLUE", 4)]
    results = [Decimal(500), Decimal(600)]
    colour, width = discrete("COLOUR", "RED BLUE"), typed("WIDTH")
    old = a_content(colour, width, numbered("H", 1, 2), tables=[a_table("T", "COLOUR WIDTH", rows, results)])
    table = a_table(
        "T", "COLOUR WIDTH", other, [*results, Decimal(7)], result_type=ResultType.NUMBER, default=Decimal(1)
    )
    new = a_content(colour, width, numbered("H", 1, 3), tables=[table], optional="WIDTH")
    assert differences(old, new) == [
        Difference(
            Change.CHANGED,
            "characteristic",
            "H",
            (
                Detail("options.N2.id", "N2", None),
                Detail("options.N2.number", "2", None),
                Detail("options.N2.sequence", "1", None),
                Detail("options.N3.id", None, "N3"),
                Detail("options.N3.number", None, "3"),
                Detail("options.N3.sequence", None, "1"),
            ),
        ),
        Difference(Change.CHANGED, "member", "WIDTH", (Detail("required", "true", "false"),)),
        Difference(
            Change.CHANGED,
            "table",
            "T",
            (
                Detail("default", None, "1"),
                Detail("rows.1", "'RED', 1 to 5 -> 500", "'RED', > 1.5 -> 500"),
                Detail("rows.3", None, "'BLUE', 4 -> 7"),
            ),
        ),
    ]
