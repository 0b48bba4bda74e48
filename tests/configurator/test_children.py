"""Configured sub-assemblies: what they take over, and what they refuse (sections 7.3 and 7.4)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from modules.configurator.model.characteristics import Bounds, Characteristic, DataType, ValueType
from modules.configurator.model.contents import Content
from modules.configurator.model.errors import (
    ChildConflict,
    ChildIncomplete,
    StructureCycle,
)
from modules.configurator.model.revisions import RevisionCharacteristic
from modules.configurator.model.rules import Compute, Stop
from modules.configurator.model.sessions import Provenance
from modules.configurator.model.structures import (
    Declare,
    SetQuantity,
)
from modules.configurator.model.trees import (
    Arithmetic,
    Call,
    Function,
    Sign,
)
from modules.configurator.model.works import Works
from modules.kernel.names import Locale
from tests.configurator.builders import (
    a_content,
    a_rule,
    an_expression,
    compare,
    discrete,
    equal,
    excludes,
    number,
    typed,
)
from tests.configurator.making import (
    DOOR,
    RED,
    WIDTH,
    a_line,
    a_structure,
    as_part,
    by_path,
    exploded,
    of_parent,
    of_root,
    times,
    works,
)

FRAME = as_part(
    a_content(
        discrete("COLOUR", "RED BLUE GREY"),
        typed("WIDTH", 1, 999),
        typed("LENGTH", 0, 9999),
        discrete("SIDE", "LEFT RIGHT"),
        rules=[a_rule("R", Compute("LENGTH", an_expression(times(WIDTH, 2))))],
        members=[RevisionCharacteristic(characteristic="SIDE", sequence=3, required=True, default="LEFT")],
    ),
    "FRAME",
)
RAIL = as_part(a_content(typed("WIDTH", 1, 999), discrete("COLOUR", "RED BLUE GREY")), "RAIL")


def three_levels(*declared: Declare, rail: Content = RAIL) -> Works:
    return works(
        a_structure("DOOR", a_line("FRAME", *declared)),
        a_structure(
            "FRAME",
            a_line("RAIL", when=compare(of_root("WIDTH"), ">", 50), per=2),
            a_line("PEG", when=equal("COLOUR", "GREY")),
        ),
        a_structure(
            "RAIL",
            a_line("BAR", SetQuantity(an_expression(Arithmetic(of_parent("LENGTH"), Sign.PLUS, of_root("WIDTH"))))),
        ),
        contents=[FRAME, rail],
    )


def values(explosion_node: object) -> dict[str, tuple[object, Provenance]]:
    configured = explosion_node.configured  # type: ignore[attr-defined]
    return {name: (one.value, one.provenance) for name, one in configured.assignments.items()}


def test_a_child_inherits_computes_and_defaults_through_three_levels() -> None:
    nodes = by_path(exploded(DOOR, three_levels(), **RED))
    assert values(nodes["DOOR/FRAME"]) == {
        "COLOUR": ("RED", Provenance.INHERITED),
        "WIDTH": (Decimal(90), Provenance.INHERITED),
        "LENGTH": (Decimal(180), Provenance.COMPUTED),
        "SIDE": ("LEFT", Provenance.DEFAULT),
    }
    assert values(nodes["DOOR/FRAME/RAIL"]) == {
        "WIDTH": (Decimal(90), Provenance.INHERITED),
        "COLOUR": ("RED", Provenance.INHERITED),
    }
    assert nodes["DOOR/FRAME/RAIL/BAR"].quantity == 2 * (180 + 90)


def test_what_is_declared_is_stronger_than_what_is_inherited() -> None:
    grey = Declare("COLOUR", an_expression(Call(Function.MAX, (number(1),))))
    nodes = by_path(exploded(DOOR, three_levels(Declare("WIDTH", an_expression(times(WIDTH, "0.5")))), **RED))
    assert values(nodes["DOOR/FRAME"])["WIDTH"] == (Decimal(45), Provenance.INHERITED)
    assert nodes["DOOR/FRAME/RAIL"].quantity == 2, "conditions on root. read the root's own width"
    assert nodes["DOOR/FRAME/RAIL/BAR"].quantity == 2 * (90 + 90)
    with pytest.raises(ChildConflict):
        exploded(DOOR, three_levels(grey), **RED)


def test_equal_values_give_children_the_same_identity_and_others_another() -> None:
    first, second, other = (
        by_path(exploded(DOOR, three_levels(), quantity, COLOUR="RED", WIDTH=Decimal(width)))["DOOR/FRAME"].configured
        for quantity, width in ((1, 90), (2, 90), (1, 91))
    )
    assert first
    assert second
    assert other
    assert first.hash == second.hash != other.hash


def test_a_child_that_lacks_a_value_is_named_with_the_way_to_it() -> None:
    rail = as_part(a_content(typed("WIDTH", 1, 999), discrete("FINISH")), "RAIL")
    with pytest.raises(ChildIncomplete) as refusal:
        exploded(DOOR, three_levels(rail=rail), **RED)
    assert (refusal.value.node, refusal.value.missing) == (("DOOR", "FRAME", "RAIL"), ("FINISH",))


def test_a_child_whose_rules_exclude_what_it_is_given_explains_it() -> None:
    rules = [excludes("NO-RED-RAILS", equal("COLOUR", "RED"), compare("WIDTH", ">", 80))]
    rail = as_part(a_content(typed("WIDTH", 1, 999), discrete("COLOUR", "RED BLUE"), rules=rules), "RAIL")
    with pytest.raises(ChildConflict) as refusal:
        exploded(DOOR, three_levels(rail=rail), **RED)
    explanation = refusal.value.explanation
    assert refusal.value.node == ("DOOR", "FRAME", "RAIL")
    assert (explanation.rules, {one.characteristic for one in explanation.choices}) == (
        ("NO-RED-RAILS",),
        {"COLOUR", "WIDTH"},
    )


def test_a_child_that_a_rule_stops_or_that_lacks_the_option_is_a_conflict_too() -> None:
    stopped = as_part(a_content(typed("WIDTH", 1, 999), rules=[a_rule("STOP", Stop(((Locale("en"), "No."),)))]), "RAIL")
    narrow = as_part(a_content(discrete("COLOUR", "BLUE GREY")), "RAIL")
    for rail, rules in ((stopped, ("STOP",)), (narrow, ())):
        with pytest.raises(ChildConflict) as refusal:
            exploded(DOOR, three_levels(rail=rail), **RED)
        assert refusal.value.explanation.rules == rules


def test_a_part_that_contains_itself_is_refused_and_one_with_other_values_is_not() -> None:
    plain = works(
        a_structure("DOOR", a_line("FRAME")), a_structure("FRAME", a_line("PEG")), a_structure("PEG", a_line("FRAME"))
    )
    with pytest.raises(StructureCycle) as refusal:
        exploded(DOOR, plain, **RED)
    assert refusal.value.node == ("DOOR", "FRAME", "PEG", "FRAME")
    smaller = Declare("WIDTH", an_expression(Arithmetic(WIDTH, Sign.MINUS, number(1))))
    nested = a_line("DOOR", smaller, when=compare("WIDTH", ">", 1))
    shop = works(a_structure("DOOR", nested), contents=[DOOR])
    assert len(by_path(exploded(DOOR, shop, COLOUR="RED", WIDTH=Decimal(50)))) == 50
    with pytest.raises(StructureCycle, match="deeper than 50"):
        exploded(DOOR, shop, COLOUR="RED", WIDTH=Decimal(51))


def test_a_typed_number_that_is_declared_is_rounded_to_the_scale_of_the_child() -> None:
    wide = Characteristic(
        id="WIDTH", data_type=DataType.NUMBER, value_type=ValueType.VARIABLE, bounds=Bounds(scale=1, low=Decimal(0))
    )
    rail = as_part(a_content(wide), "RAIL")
    line = a_line("RAIL", Declare("WIDTH", an_expression(Arithmetic(WIDTH, Sign.OVER, number(7)))))
    nodes = by_path(exploded(DOOR, works(a_structure("DOOR", line), contents=[rail]), **RED))
    assert values(nodes["DOOR/RAIL"])["WIDTH"][0] == Decimal("12.9")
