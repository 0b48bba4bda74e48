"""What a modeller is told before a release, after an edit, and when a session moves on."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import given

from modules.configurator.engine.checking import ERRORS, Finding, Kind, check_content, check_model
from modules.configurator.engine.comparing import Change, Detail, Difference, differences
from modules.configurator.engine.compiling import compile_content
from modules.configurator.engine.machine import Machine
from modules.configurator.engine.rebasing import Reason, rebase
from modules.configurator.engine.steps import Steps
from modules.configurator.model.contents import Content
from modules.configurator.model.families import PackageComponent
from modules.configurator.model.formulas import Cell, Match, Usability
from modules.configurator.model.revisions import RevisionCharacteristic
from modules.configurator.model.rules import Compute, Require
from modules.configurator.model.sessions import Choice
from modules.configurator.model.trees import (
    Arithmetic,
    Reference,
    ReferenceKind,
    ResultType,
    Sign,
)
from tests.configurator.brute import Brute
from tests.configurator.builders import (
    a_content,
    a_formula,
    a_rule,
    a_table,
    an_expression,
    compare,
    counted,
    discrete,
    equal,
    excludes,
    number,
    package,
    requires,
    typed,
    value,
)
from tests.configurator.random_contents import contents
from tests.configurator.test_engine import FEW


def findings(content: Content) -> list[Finding]:
    return check_model(Machine(compile_content(content)))


A, B = discrete("A"), discrete("B")


def test_a_model_without_any_configuration_names_a_minimal_set_of_rules() -> None:
    rules = [
        requires("one", equal("A", "YES"), equal("B", "YES")),
        requires("two", equal("A", "NO"), equal("B", "YES")),
        a_rule("three", Require(an_expression(equal("B", "NO")))),
        a_rule("idle", Require(an_expression(equal("C", "NO")))),
    ]
    (found,) = findings(a_content(A, B, discrete("C"), rules=rules))
    assert (found.kind, set(found.rules), found.is_error) == (Kind.UNSATISFIABLE, {"one", "two", "three"}, True)


def test_options_that_can_never_be_chosen_and_rules_that_never_fire_are_told() -> None:
    rules = [
        a_rule("no", Require(an_expression(equal("A", "NO")))),
        excludes("never", equal("A", "YES"), equal("B", "YES")),
    ]
    assert findings(a_content(A, B, rules=rules)) == [
        Finding(Kind.DEAD_OPTION, ("A", "YES"), ("no",)),
        Finding(Kind.UNREACHABLE_RULE, ("never",)),
    ]


def test_a_package_against_its_own_rules_is_an_error() -> None:
    component = PackageComponent(package="P", option="X", component="A", value="YES")
    rules = [excludes("r", equal("P", "X"), equal("A", "YES"))]
    told = findings(a_content(package("P", "X Y"), A, components=[component], rules=rules))
    assert Finding(Kind.PACKAGE, ("P", "X"), ("r", "package:P.X")) in told


def test_rows_that_never_match_first_and_combinations_without_a_row_are_told() -> None:
    table = a_table("T", "A B", [("YES", None), ("YES", "NO"), ("NO", "NO")], ["X", "Y", "Z"])
    assert findings(a_content(A, B, tables=[table])) == [
        Finding(Kind.SHADOWED_ROW, ("T", "2")),
        Finding(Kind.GAP, ("T", "NO", "YES")),
    ]
    assert len(findings(a_content(A, B, tables=[replace(table, default="W")]))) == 1


def test_a_row_over_numbers_that_no_rule_compares_with_is_not_called_shadowed() -> None:
    upto = Cell(Match.LESS_OR_EQUAL, (Decimal(5),))
    rows = [("YES", upto), ("YES", Cell(Match.EQUAL, (Decimal(3),))), ("YES", None), ("NO", None)]
    table = a_table("T", "A W", rows, [Decimal(1), Decimal(2), Decimal(3), Decimal(4)])
    assert findings(a_content(A, typed("W"), tables=[table])) == [Finding(Kind.SHADOWED_ROW, ("T", "2"))]


def test_defaults_that_cannot_hold_together_are_told() -> None:
    members = [RevisionCharacteristic(characteristic=name, required=True, default="YES") for name in "AB"]
    told = findings(a_content(A, B, members=members, rules=[excludes("r", equal("A", "YES"), equal("B", "YES"))]))
    assert told == [Finding(Kind.DEFAULTS, ("A = YES", "B = YES"), ("r",))]


def test_cycles_and_what_is_not_usable_are_found_without_solving() -> None:
    formula = a_formula("F", Arithmetic(value("W"), Sign.TIMES, number(2)))
    rule = a_rule("r", Compute("W", an_expression(Reference("F", ReferenceKind.FORMULA))))
    found = check_content(a_content(typed("W"), formulas=[formula], rules=[rule]))
    assert [one.kind for one in found] == [Kind.NOT_USABLE, Kind.CYCLE]
    assert {one.kind for one in found} <= ERRORS
    usable = replace(formula, usability=Usability.USABLE)
    assert check_content(a_content(typed("W"), formulas=[usable])) == []


@FEW
@given(contents(most=300))
def test_an_option_is_told_dead_exactly_when_counting_finds_it_nowhere(content: Content) -> None:
    machine = Machine(compile_content(content))
    every = Brute(content).every()
    told = check_model(machine)
    if machine.compiled.unsure:
        return
    if not every:
        assert [one.kind for one in told] == [Kind.UNSATISFIABLE]
        return
    dead = {one.about for one in told if one.kind is Kind.DEAD_OPTION}
    options = {(m.characteristic, o.id) for m in content.members for o in content.options(m)}
    assert dead == {(name, id) for name, id in options if not any(one[name] == id for one in every)}
    silent = {one.about[0] for one in told if one.kind is Kind.UNREACHABLE_RULE}
    brute = Brute(content)
    for rule in content.rules:
        if rule.condition is not None:
            fires = any(brute.truth(rule.condition.tree, one) is True for one in every)
            assert (rule.id in silent) != fires


def test_a_session_moves_on_with_what_still_holds_and_says_what_does_not() -> None:
    old = a_content(discrete("A", "X Y"), B, counted("KEY"), optional="KEY")
    rules = [excludes("r", equal("A", "X"), equal("B", "YES"))]
    new = a_content(discrete("A", "X"), B, counted("KEY"), discrete("NEW"), rules=rules)
    steps = Steps(Machine(compile_content(new)))
    choices = [Choice("KEY", "YES", Decimal(2)), Choice("A", "Y"), Choice("B", "YES")]
    moved = rebase(steps, old, choices, steps.new_cache())
    assert [(one.choice.characteristic, one.reason) for one in moved.dropped] == [
        ("A", Reason.UNKNOWN),
        ("B", Reason.CONFLICT),
    ]
    assert moved.step.choices == (choices[0],)
    assert moved.newly_required == ("NEW",)


def test_the_difference_of_two_contents_names_what_was_added_removed_and_changed() -> None:
    rule = excludes("r", equal("A", "YES"), equal("B", "YES"))
    old = a_content(A, B, rules=[rule, requires("gone", equal("A", "NO"), equal("B", "NO"))])
    other = excludes("r", equal("A", "YES"), equal("B", "NO"))
    new = a_content(replace(A, version=7), B, rules=[other, requires("new", equal("A", "NO"), equal("B", "NO"))])
    assert differences(old, new) == [
        Difference(Change.REMOVED, "rule", "gone"),
        Difference(Change.ADDED, "rule", "new"),
        Difference(Change.CHANGED, "rule", "r", (Detail("actions.1.condition", "B = 'YES'", "B = 'NO'"),)),
    ]
    assert differences(old, old) == []


def test_a_table_can_be_a_condition() -> None:
    table = a_table("T", "A", [("YES",)], ["X"], result_type=ResultType.TEXT, default="Y")
    found = compare(Reference("T", ReferenceKind.TABLE), "=", "X")
    rule = a_rule("r", Require(an_expression(equal("B", "NO"))), when=found)
    steps = Steps(Machine(compile_content(a_content(A, B, tables=[table], rules=[rule]))))
    assert steps.evaluate([Choice("A", "YES")]).assignments["B"].value == "NO"
    assert "B" not in steps.evaluate([Choice("A", "NO")]).assignments
