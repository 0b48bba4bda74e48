"""From a configuration to the tree of all that it takes (section 7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, strategies as st

from modules.configurator.model.errors import (
    DivisionByZero,
    Incomplete,
    NegativeQuantity,
    NoAlternate,
    NoMatchingRow,
    OutOfRange,
)
from modules.configurator.model.structures import (
    InsertComponent,
    MachineParameter,
    ReplaceComponent,
    SetParameter,
    SetQuantity,
    SetScrap,
    Tool,
    WorkText,
)
from modules.configurator.model.trees import (
    Arithmetic,
    IsSet,
    Reference,
    ReferenceKind,
    ResultType,
    Sign,
)
from modules.configurator.model.works import Supply
from modules.kernel.names import Locale, Sku
from tests.configurator.builders import (
    a_formula,
    a_table,
    an_expression,
    compare,
    equal,
    number,
    value,
)
from tests.configurator.making import (
    DOOR,
    RED,
    WIDTH,
    a_line,
    a_routing,
    a_structure,
    an_alternate,
    an_operation,
    by_path,
    exploded,
    quantities,
    times,
    works,
)


def test_lines_are_taken_when_their_condition_is_true_and_multiply_by_what_their_parent_needs() -> None:
    shop = works(
        a_structure(
            "DOOR",
            a_line("FRAME", per=2),
            a_line("RED-PAINT", when=equal("COLOUR", "RED")),
            a_line("LEG", when=equal("COLOUR", "BLUE")),
        ),
        a_structure("FRAME", a_line("SCREW", per=4), a_line("GLUE", per="0.5", unit_scale=1)),
    )
    assert quantities(exploded(DOOR, shop, 3, **RED)) == {
        "DOOR": "3",
        "DOOR/FRAME": "6",
        "DOOR/FRAME/SCREW": "24",
        "DOOR/FRAME/GLUE": "3.0",
        "DOOR/RED-PAINT": "3",
    }


def test_a_condition_that_is_unknown_takes_no_line() -> None:
    shop = works(a_structure("DOOR", a_line("LIFT", when=compare("HEIGHT", ">", 5))))
    assert quantities(exploded(DOOR, shop, **RED)) == {"DOOR": "1"}


@pytest.mark.parametrize(("day", "component"), [(date(2026, 5, 31), "OLD"), (date(2026, 6, 1), "NEW")])
def test_the_structure_in_force_on_the_day_it_is_needed_holds(day: date, component: str) -> None:
    old = a_structure("DOOR", a_line("OLD"), phase_out=date(2026, 6, 1))
    new = a_structure("DOOR", a_line("NEW"), revision=2, phase_in=date(2026, 6, 1))
    found = exploded(DOOR, works(old, new), day=day, **RED)
    assert [child.part for child in found.root.children] == [component]
    assert found.root.structure is not None


def test_the_first_alternate_whose_condition_is_true_holds_and_the_one_without_else() -> None:
    alternates = (
        an_alternate("ELSE", a_line("STEEL"), sequence=1),
        an_alternate("WIDE", a_line("OAK"), when=compare("WIDTH", ">", 100), sequence=2),
        an_alternate("RED", a_line("PINE"), when=equal("COLOUR", "RED"), sequence=3),
    )
    shop = works(a_structure("DOOR", *alternates))
    found = [
        exploded(DOOR, shop, COLOUR=colour, WIDTH=Decimal(width)).root.children[0].part
        for colour, width in (("RED", 200), ("RED", 90), ("BLUE", 90))
    ]
    assert found == ["OAK", "PINE", "STEEL"]


def test_without_an_alternate_that_holds_it_cannot_be_built() -> None:
    shop = works(a_structure("DOOR", a_line("FRAME")), a_structure("FRAME", an_alternate("B", when=equal("X", "Y"))))
    with pytest.raises(NoAlternate) as refusal:
        exploded(DOOR, shop, **RED)
    assert refusal.value.node == ("DOOR", "FRAME")


def test_a_quantity_is_rounded_up_once_after_scrap_at_the_scale_of_the_components_unit() -> None:
    strip = a_line(
        "STRIP",
        SetQuantity(an_expression(times(WIDTH, "0.0111"))),
        SetScrap(an_expression(number("0.05"))),
        unit_scale=2,
    )
    shop = works(a_structure("DOOR", strip))
    # 0.999 m each, three of them and 5 % more: 3.14685
    assert quantities(exploded(DOOR, shop, 3, **RED))["DOOR/STRIP"] == "3.15"
    counted_in_whole = replace(shop, supplies={Sku("STRIP"): Supply(part=Sku("STRIP"), unit="m", scale=0)})
    strip_node = by_path(exploded(DOOR, counted_in_whole, 3, **RED))["DOOR/STRIP"]
    assert (strip_node.quantity, strip_node.unit) == (Decimal(4), "m")


def test_a_line_may_be_needed_once_for_an_order_and_as_often_as_a_value() -> None:
    shop = works(
        a_structure("DOOR", a_line("MANUAL", fixed=True), a_line("KEY-BLANK", times_quantity_of="KEY")),
    )
    assert quantities(exploded(DOOR, shop, 5, KEY=("YES", 3), **RED)) == {
        "DOOR": "5",
        "DOOR/MANUAL": "1",
        "DOOR/KEY-BLANK": "15",
    }
    assert quantities(exploded(DOOR, shop, 5, KEY="YES", **RED))["DOOR/KEY-BLANK"] == "5"


def test_a_line_that_comes_to_nothing_is_skipped_and_told() -> None:
    shop = works(a_structure("DOOR", a_line("KEY-BLANK", times_quantity_of="KEY"), a_line("BOX", per=0)))
    found = exploded(DOOR, shop, **RED)
    assert found.root.children == ()
    assert [(one.path, one.component) for one in found.skipped] == [(("DOOR",), "BOX"), (("DOOR",), "KEY-BLANK")]


def test_less_than_nothing_is_refused_with_the_way_to_it() -> None:
    line = a_line("TRIM", SetQuantity(an_expression(Arithmetic(WIDTH, Sign.MINUS, number(100)))))
    shop = works(a_structure("DOOR", line))
    with pytest.raises(NegativeQuantity) as refusal:
        exploded(DOOR, shop, **RED)
    assert refusal.value.node == ("DOOR", "TRIM")


def test_more_than_can_be_counted_is_refused() -> None:
    huge = Arithmetic(number("9" * 28), Sign.TIMES, number("9" * 28))
    shop = works(a_structure("DOOR", a_line("TRIM", SetQuantity(an_expression(Arithmetic(huge, Sign.TIMES, huge))))))
    with pytest.raises(OutOfRange):
        exploded(DOOR, shop, **RED)


def test_actions_hold_in_their_order() -> None:
    actions = (SetQuantity(an_expression(number(2))), SetQuantity(an_expression(number(7))))
    shop = works(a_structure("DOOR", a_line("PIN", *actions)))
    assert quantities(exploded(DOOR, shop, **RED))["DOOR/PIN"] == "7"


def test_a_table_replaces_the_component_and_an_action_inserts_one() -> None:
    table = a_table("PANEL", "COLOUR", [("RED",)], ["RED-PANEL"], result_type=ResultType.TEXT)
    content = replace(DOOR, tables={"PANEL": table})
    line = a_line(
        "ANY", ReplaceComponent("PANEL"), InsertComponent(Sku("CLIP"), an_expression(times(WIDTH, "0.1"))), per=2
    )
    shop = works(a_structure("DOOR", line), a_structure("RED-PANEL", a_line("PIGMENT")))
    assert quantities(exploded(content, shop, 2, **RED)) == {
        "DOOR": "2",
        "DOOR/RED-PANEL": "4",
        "DOOR/RED-PANEL/PIGMENT": "4",
        "DOOR/CLIP": "18",
    }
    with pytest.raises(NoMatchingRow) as refusal:
        exploded(content, shop, COLOUR="BLUE", WIDTH=Decimal(90))
    assert refusal.value.chain == ("line ANY", "table:PANEL")


def test_what_has_no_result_is_told_with_the_chain_from_who_needs_it() -> None:
    area = a_formula("AREA", Arithmetic(WIDTH, Sign.TIMES, value("HEIGHT")))
    content = replace(DOOR, formulas={"AREA": area})
    quantity = Reference("AREA", ReferenceKind.FORMULA)
    shop = works(a_structure("DOOR", a_line("GLASS", SetQuantity(an_expression(quantity)))))
    with pytest.raises(Incomplete) as missing:
        exploded(content, shop, **RED)
    assert (missing.value.missing, missing.value.path) == (("HEIGHT",), ("line GLASS", "formula:AREA", "HEIGHT"))
    divided = SetQuantity(an_expression(Arithmetic(WIDTH, Sign.OVER, value("HEIGHT"))))
    with pytest.raises(DivisionByZero) as refusal:
        exploded(content, works(a_structure("DOOR", a_line("GLASS", divided))), HEIGHT=Decimal(0), **RED)
    assert refusal.value.chain == ("line GLASS",)


def test_operations_carry_times_tools_texts_and_settings() -> None:
    cut = an_operation(
        "CUT",
        "0.5",
        times(WIDTH, "0.01"),
        tools=(Tool(id="BLADE"), Tool(id="STOP", condition=an_expression(equal("COLOUR", "BLUE")))),
        texts=(WorkText(text=((Locale("en"), "Slowly"),)), WorkText(condition=an_expression(equal("COLOUR", "BLUE")))),
        parameters=(MachineParameter("SPEED", an_expression(times(WIDTH, 10)), "rpm"),),
        documents=("D-1",),
    )
    never = an_operation("POLISH", when=IsSet(value("HEIGHT")))
    found = exploded(DOOR, works(routings=[a_routing("DOOR", cut, never)]), 4, **RED).root.operations
    assert [one.id for one in found] == ["CUT"]
    (one,) = found
    assert (one.setup, one.run, one.hours) == (Decimal("0.5"), Decimal("0.90"), Decimal("4.10"))
    assert [tool.id for tool in one.tools] == ["BLADE"]
    assert one.texts == (((Locale("en"), "Slowly"),),)
    assert [(each.key, each.value, each.unit) for each in one.parameters] == [("SPEED", Decimal(900), "rpm")]


def test_work_that_would_take_less_than_no_time_is_refused() -> None:
    with pytest.raises(NegativeQuantity):
        exploded(DOOR, works(routings=[a_routing("DOOR", an_operation("CUT", "-1"))]), **RED)


def test_a_line_gives_its_component_parameters_documents_and_free_issue() -> None:
    line = a_line("LOCK", SetParameter("CODE", an_expression(value("COLOUR"))), documents=("L-7",), free_issue=True)
    lock = by_path(exploded(DOOR, works(a_structure("DOOR", line)), **RED))["DOOR/LOCK"]
    assert ([(one.key, one.value) for one in lock.parameters], lock.documents, lock.free_issue) == (
        [("CODE", "RED")],
        ("L-7",),
        True,
    )


BASE = works(
    a_structure(
        "DOOR",
        a_line("FRAME", per="1.5", unit_scale=1),
        a_line("SEAL", SetQuantity(an_expression(times(WIDTH, "0.013"))), SetScrap(an_expression(number("0.1")))),
        a_line("KEY-BLANK", times_quantity_of="KEY", unit_scale=3),
    ),
    a_structure("FRAME", a_line("SCREW", per=3), a_line("SEAL", per="0.01", unit_scale=2)),
)


@given(
    st.integers(1, 50),
    st.integers(1, 999),
    st.permutations(["DOOR", "FRAME"]),
    st.permutations(["COLOUR", "WIDTH", "KEY"]),
)
def test_no_quantity_is_negative_and_no_order_of_mappings_matters(
    count: int, width: int, parts: list[str], names: list[str]
) -> None:
    chosen: dict[str, Any] = {"COLOUR": "BLUE", "WIDTH": Decimal(width), "KEY": ("YES", 2)}
    expected = exploded(DOOR, BASE, count, **chosen)
    shop = replace(BASE, structures={Sku(part): BASE.structures[Sku(part)] for part in parts})
    content = replace(DOOR, characteristics=dict(reversed(list(DOOR.characteristics.items()))))
    found = exploded(content, shop, count, **{name: chosen[name] for name in names})
    assert found == expected
    for _, node in found.root.walk():
        exact = node.quantity
        assert exact > 0
        assert all(child.quantity == child.quantity.quantize(Decimal("0.001")) for child in node.children)
