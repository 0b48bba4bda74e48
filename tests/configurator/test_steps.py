"""One step: what follows from the choices, in which order it is decided, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given, strategies as st

from modules.configurator.engine.choosing import choose
from modules.configurator.engine.compiling import compile_content
from modules.configurator.engine.machine import Machine
from modules.configurator.engine.steps import Steps
from modules.configurator.model.contents import Content
from modules.configurator.model.errors import Cycle, LockedByPackage, NotPossible
from modules.configurator.model.families import PackageComponent
from modules.configurator.model.revisions import RevisionCharacteristic
from modules.configurator.model.rules import (
    AttachOptional,
    AttachRequired,
    Compute,
    FrontRule,
    HoldTo,
    Level,
    Require,
    Stop,
    Tell,
)
from modules.configurator.model.sessions import Assignment, Choice, Provenance, SessionState
from modules.configurator.model.steps import Offer, Range
from modules.configurator.model.trees import (
    Any,
    Arithmetic,
    IsSet,
    Reference,
    ReferenceKind,
    ResultType,
    Sign,
)
from modules.kernel.names import Locale
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
    numbered,
    package,
    requires,
    typed,
    value,
)
from tests.configurator.random_contents import contents
from tests.configurator.test_engine import FEW


def steps_on(*args: object, **more: object) -> Steps:
    return Steps(Machine(compile_content(a_content(*args, **more))))  # type: ignore[arg-type]


def chosen(characteristic: str, of: str | int, quantity: int | None = None) -> Choice:
    exact = of if isinstance(of, str) else Decimal(of)
    return Choice(characteristic, exact, None if quantity is None else Decimal(quantity))


def test_what_can_be_one_value_only_is_that_value() -> None:
    steps = steps_on(
        discrete("COLOUR", "RED BLUE"), discrete("TRIM", "BLACK CHROME"),
        rules=[requires("r", equal("COLOUR", "RED"), equal("TRIM", "CHROME"))],
    )  # fmt: skip
    step = steps.evaluate([chosen("COLOUR", "RED")])
    assert step.assignments["TRIM"] == Assignment("CHROME", None, Provenance.RULE)
    assert step.offers["TRIM"].options == ("CHROME",)
    assert (step.missing, step.state) == ((), SessionState.COMPLETE)


def test_a_refused_choice_says_which_choices_and_rules_and_offers_ways_out() -> None:
    steps = steps_on(
        discrete("A"), discrete("B"), discrete("C"),
        rules=[
            excludes("r", equal("A", "YES"), equal("C", "YES")),
            excludes("other", equal("B", "NO"), equal("C", "NO")),
        ],
    )  # fmt: skip
    cache, choices = steps.new_cache(), [chosen("A", "YES"), chosen("B", "YES")]
    with pytest.raises(NotPossible) as refusal:
        choose(steps, choices, chosen("C", "YES"), cache)
    explanation, (repair,) = refusal.value.explanation, refusal.value.repairs
    assert (explanation.choices, explanation.rules, explanation.exact) == ((choices[0],), ("r",), True)
    assert [(one.choice, one.instead) for one in repair.dropped] == [(choices[0], "NO")]
    forced = choose(steps, choices, chosen("C", "YES"), cache, force=True)
    assert (forced.dropped, forced.step.choices) == (repair.dropped, (choices[1], chosen("C", "YES")))


def test_the_newest_choices_survive_the_preferred_repair_and_alternatives_follow() -> None:
    names = ("A", "B", "C")
    limit = compare(
        Arithmetic(Arithmetic(value("A"), Sign.PLUS, value("B")), Sign.PLUS, value("C")), "<=", 2
    )  # fmt: skip
    steps = steps_on(*(numbered(name, 0, 1) for name in names), numbered("D", 0, 1),
                     rules=[requires("sum", equal("D", 1), limit)])  # fmt: skip
    with pytest.raises(NotPossible) as refusal:
        choose(steps, [chosen(name, "N1") for name in names], chosen("D", "N1"), steps.new_cache())
    told = [[one.choice.characteristic for one in repair.dropped] for repair in refusal.value.repairs]
    assert told[0] == ["A"]
    assert sorted(told) == [["A"], ["B"], ["C"]]


def test_a_package_sets_and_locks_its_components_and_gives_them_back() -> None:
    steps = steps_on(
        package("PACK", "SPORT NONE"), discrete("WHEELS", "STEEL ALLOY"), counted("KEY"),
        components=[
            PackageComponent(package="PACK", option="SPORT", component="WHEELS", value="ALLOY"),
            PackageComponent(package="PACK", option="SPORT", component="KEY", value="YES", quantity=Decimal(2)),
        ],
    )  # fmt: skip
    cache = steps.new_cache()
    step = choose(steps, [chosen("WHEELS", "ALLOY")], chosen("PACK", "SPORT"), cache).step
    assert step.assignments["WHEELS"] == Assignment("ALLOY", None, Provenance.USER)
    assert step.assignments["KEY"] == Assignment("YES", Decimal(2), Provenance.PACKAGE)
    assert step.locked == {"WHEELS": "PACK", "KEY": "PACK"}
    with pytest.raises(LockedByPackage) as refusal:
        choose(steps, step.choices, chosen("WHEELS", "STEEL"), cache)
    assert refusal.value.code == "E_LOCKED_BY_PACKAGE"
    without = choose(steps, step.choices, chosen("PACK", "NONE"), cache).step
    assert without.assignments["WHEELS"].provenance is Provenance.USER
    assert "KEY" not in without.assignments


def test_a_package_against_an_earlier_choice_is_a_conflict_like_any_other() -> None:
    steps = steps_on(
        package("PACK", "SPORT NONE"), discrete("WHEELS", "STEEL ALLOY"),
        components=[PackageComponent(package="PACK", option="SPORT", component="WHEELS", value="ALLOY")],
    )  # fmt: skip
    with pytest.raises(NotPossible) as refusal:
        choose(steps, [chosen("WHEELS", "STEEL")], chosen("PACK", "SPORT"), steps.new_cache())
    assert refusal.value.explanation.rules == ("package:PACK.SPORT",)


def test_defaults_fill_what_is_open_and_never_stand_in_the_way() -> None:
    steps = steps_on(
        discrete("A"), discrete("B"),
        members=[RevisionCharacteristic(characteristic="B", required=True, default="YES")],
        rules=[excludes("r", equal("A", "YES"), equal("B", "YES"))],
    )  # fmt: skip
    assert steps.evaluate([]).assignments["B"].provenance is Provenance.DEFAULT
    assert steps.evaluate([]).offers["A"].options == ("YES", "NO")
    assert steps.evaluate([chosen("A", "YES")]).assignments["B"] == Assignment("NO", None, Provenance.RULE)


def test_optional_attachments_are_conditional_defaults() -> None:
    steps = steps_on(
        discrete("A"), discrete("B"), optional="B",
        rules=[a_rule("r", AttachOptional("B", "NO"), when=equal("A", "YES"))],
    )  # fmt: skip
    assert steps.evaluate([chosen("A", "YES")]).assignments["B"] == Assignment("NO", None, Provenance.DEFAULT)
    assert "B" not in steps.evaluate([chosen("A", "NO")]).assignments
    assert steps.evaluate([chosen("A", "YES"), chosen("B", "YES")]).assignments["B"].value == "YES"


def area() -> tuple[FrontRule, ...]:
    product = Arithmetic(value("WIDTH"), Sign.TIMES, value("LENGTH"))
    return (
        a_rule("area", Compute("AREA", an_expression(product))),
        a_rule("class", Compute("CLASS", an_expression(Reference("CLASS", ReferenceKind.TABLE)))),
    )


def test_computed_values_follow_one_another_in_their_order() -> None:
    table = a_table(
        "CLASS", "AREA", [(10,), (20,)], ["SMALL", "LARGE"], result_type=ResultType.TEXT, default="OTHER"
    )  # fmt: skip
    steps = steps_on(
        typed("WIDTH", 1, 9), typed("LENGTH", 1, 9), typed("AREA", 0, 100), discrete("CLASS", "SMALL LARGE OTHER"),
        rules=list(reversed(area())), tables=[table],
    )  # fmt: skip
    step = steps.evaluate([chosen("WIDTH", 4), chosen("LENGTH", 5)])
    assert {name: one.value for name, one in step.assignments.items()} == {
        "WIDTH": 4, "LENGTH": 5, "AREA": 20, "CLASS": "LARGE"
    }  # fmt: skip
    assert step.state is SessionState.COMPLETE


def test_a_formula_over_wide_ranges_is_told_as_approximate_and_held_exactly() -> None:
    limit = compare(Arithmetic(value("W"), Sign.TIMES, value("L")), "<=", 4_000_000)
    rule = a_rule("area", Require(an_expression(limit)))
    steps = steps_on(typed("W", 1, 100_000), typed("L", 1, 100_000), rules=[rule])
    first = steps.evaluate([chosen("W", 50_000)])
    assert first.offers["L"].approximate
    assert any(one.approximate for one in first.offers["L"].ranges)
    assert (first.offers["L"].ranges[-1].high or 0) < 10_000
    assert steps.evaluate([chosen("W", 50_000), chosen("L", 80)]).state is SessionState.COMPLETE
    with pytest.raises(NotPossible) as refusal:
        steps.evaluate([chosen("W", 50_000), chosen("L", 81)])
    assert refusal.value.explanation.rules == ("area",)
    assert refusal.value.explanation.choices == (chosen("W", 50_000), chosen("L", 81))


def test_rules_of_one_number_give_exact_ranges() -> None:
    steps = steps_on(
        typed("W", 0, 1_000), discrete("A"),
        rules=[requires("r", equal("A", "YES"), compare(Arithmetic(value("W"), Sign.TIMES, number(3)), "<", 100))],
    )  # fmt: skip
    assert steps.evaluate([chosen("A", "YES")]).offers["W"].ranges == (Range(Decimal(0), Decimal(33)),)
    assert steps.evaluate([chosen("W", 34)]).offers["A"] == Offer(options=("NO",))


def test_what_rules_want_some_of_is_missing_though_each_may_be_left_open() -> None:
    some = Any((IsSet(value("A")), IsSet(value("B"))))
    steps = steps_on(discrete("A"), discrete("B"), optional="A B", rules=[a_rule("one", Require(an_expression(some)))])
    step = steps.evaluate([])
    assert (set(step.missing), step.state) == ({"A", "B"}, SessionState.INCOMPLETE)
    assert steps.evaluate([chosen("A", "NO")]).state is SessionState.COMPLETE


def test_a_required_quantity_is_missing_until_it_is_there() -> None:
    steps = steps_on(counted("KEY"))
    assert steps.evaluate([chosen("KEY", "YES")]).missing == ("KEY.qty",)
    assert steps.evaluate([chosen("KEY", "YES", 2)]).state is SessionState.COMPLETE


def test_messages_and_stops_speak_when_their_condition_is_true() -> None:
    text = ((Locale("en"), "Mind the width."),)
    rule = a_rule("m", Tell(Level.WARN, text), Stop(text), when=equal("A", "YES"))
    steps = steps_on(discrete("A"), rules=[rule])
    told = steps.evaluate([chosen("A", "YES")]).messages
    assert [(one.rule, one.level) for one in told] == [("m", Level.WARN), ("m", None)]
    assert steps.evaluate([]).messages == ()


def test_assignments_that_depend_on_one_another_are_refused_with_the_way() -> None:
    double = a_formula("TWICE", Arithmetic(value("A"), Sign.TIMES, number(2)))
    with pytest.raises(Cycle) as refusal:
        steps_on(
            typed("A"), formulas=[double],
            rules=[a_rule("r", Compute("A", an_expression(Reference("TWICE", ReferenceKind.FORMULA))))],
        )  # fmt: skip
    assert refusal.value.way == ("formula:TWICE", "A", "formula:TWICE")


def test_rules_that_compute_one_thing_as_two_exclude_one_another() -> None:
    one = a_rule("one", Compute("X", an_expression(number(1))), when=equal("A", "YES"))
    steps = steps_on(
        typed("X"), discrete("A"), discrete("B"), optional="X",
        rules=[one, a_rule("two", Compute("X", an_expression(number(2))), when=equal("B", "YES"))],
    )  # fmt: skip
    assert steps.evaluate([chosen("A", "YES")]).assignments["X"].value == 1
    with pytest.raises(NotPossible) as refusal:
        choose(steps, [chosen("A", "YES")], chosen("B", "YES"), steps.new_cache())
    assert (refusal.value.characteristic, refusal.value.explanation.rules) == ("B", ("one", "two"))
    assert choose(steps, [chosen("B", "YES")], chosen("A", "NO"), steps.new_cache()).step.assignments["X"].value == 2
    never = steps_on(
        typed("X"), optional="X",
        rules=[replace(one, condition=None), a_rule("two", Compute("X", an_expression(number(2))))],
    )  # fmt: skip
    with pytest.raises(NotPossible, match="exclude one another"):
        never.evaluate([])


def test_the_four_rows_give_500_600_700_and_800() -> None:
    rows = [("RED", 10), ("RED", 20), ("BLUE", 10), ("BLUE", 20)]
    table = a_table("PRICE", "COLOUR HEIGHT", rows, [Decimal(500), Decimal(600), Decimal(700), Decimal(800)])
    steps = steps_on(
        discrete("COLOUR", "RED BLUE GREEN"), numbered("HEIGHT", 10, 20, 30), typed("SUM", 0, 999),
        optional="SUM", tables=[table],
        rules=[a_rule("r", Compute("SUM", an_expression(Reference("PRICE", ReferenceKind.TABLE))))],
    )  # fmt: skip
    found = [steps.evaluate([chosen("COLOUR", c), chosen("HEIGHT", f"N{h}")]).assignments["SUM"].value for c, h in rows]
    assert found == [500, 600, 700, 800]
    assert "SUM" not in steps.evaluate([chosen("COLOUR", "GREEN"), chosen("HEIGHT", "N10")]).assignments


def test_a_table_with_a_result_holds_in_all_directions() -> None:
    rows = [("RED", "S"), ("RED", None), ("BLUE", "S")]
    steps = steps_on(
        discrete("COLOUR", "RED BLUE"), discrete("SIZE", "S L"), discrete("CODE", "X Y Z"),
        tables=[a_table("T", "COLOUR SIZE", rows, ["X", "Y", "Z"], result_type=ResultType.TEXT)],
        rules=[a_rule("r", HoldTo("T", "CODE"))],
    )  # fmt: skip
    assert steps.evaluate([chosen("CODE", "Y")]).assignments["SIZE"].value == "L"
    assert steps.evaluate([chosen("COLOUR", "BLUE")]).assignments["CODE"].value == "Z"


def test_attached_quantities_come_with_their_value() -> None:
    steps = steps_on(
        discrete("A"), counted("KEY"),
        rules=[
            a_rule("r", AttachRequired("KEY", "YES", Decimal(2)), when=equal("A", "YES")),
            excludes("q", compare(Reference("KEY", ReferenceKind.QUANTITY), ">", 3), equal("A", "NO")),
        ],
    )  # fmt: skip
    assert steps.evaluate([chosen("A", "YES")]).assignments["KEY"] == Assignment("YES", Decimal(2), Provenance.RULE)
    with pytest.raises(NotPossible):
        steps.evaluate([chosen("A", "YES"), chosen("KEY", "YES", 3)])


@FEW
@given(contents(most=400), st.data())
def test_the_order_of_choices_and_what_came_before_make_no_difference(content: Content, data: st.DataObject) -> None:
    steps = Steps(Machine(compile_content(content)))
    cache, choices = steps.new_cache(), list[Choice]()
    try:
        before = steps.evaluate(choices, cache)
    except NotPossible:
        return
    for _ in range(3):
        open_ones = [
            Choice(name, option) for name, offer in before.offers.items() for option in offer.options
            if name not in {one.characteristic for one in choices}
        ]  # fmt: skip
        if not open_ones:
            break
        choices.append(data.draw(st.sampled_from(open_ones)))
        try:
            before = steps.evaluate(choices, cache)
        except NotPossible:
            assert steps.machine.compiled.unsure
            return
    answers = [steps.evaluate(order, cache) for order in permutations(choices)]
    for answer in answers:
        assert (answer.assignments, answer.offers) == (before.assignments, before.offers)
        assert (set(answer.missing), answer.state) == (set(before.missing), before.state)
    fewer = steps.evaluate(choices[:-1], cache)
    assert fewer == steps.evaluate(choices[:-1])
    assert steps.evaluate(choices, cache) == before
