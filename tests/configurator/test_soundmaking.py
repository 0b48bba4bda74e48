"""Structures, routings and prices are looked at when they are written: not only when something is made."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from modules.configurator.formats.rereading import unread
from modules.configurator.model.changes import AnyMaster
from modules.configurator.model.errors import StructureCycle
from modules.configurator.model.formulas import Cell, CombinationTable, Factor, Row
from modules.configurator.model.prices import PriceEntry
from modules.configurator.model.revisions import Part
from modules.configurator.model.structures import (
    Declare,
    InsertComponent,
    ReplaceComponent,
    Routing,
    RoutingAlternate,
    RoutingOperation,
    SetQuantity,
    Structure,
    StructureAlternate,
    StructureLine,
    Tool,
)
from modules.configurator.model.trees import Expression, Reference, ResultType
from modules.kernel.names import PriceListId, Sku
from modules.runtime.database import Database
from tests.configurator.shopfloor import DOOR, JANUARY, JUNE, a_shop, accepted, change, puts, source

pytestmark = pytest.mark.usefixtures("open_shops")
FRAME = Sku("FRAME")


def term(text: str) -> Expression:
    return unread(text, ResultType.NUMBER)


def line(component: str = "WOOD", **more: Any) -> StructureLine:
    return StructureLine(id=more.pop("id", "L"), sequence=1, component=Sku(component), **more)


def made_of(*lines: StructureLine, part: Sku = DOOR, **more: Any) -> Structure:
    alternate = StructureAlternate(id="A", sequence=1, lines=lines)
    return Structure(part=part, revision=1, phase_in=JANUARY, **{"alternates": (alternate,), **more})


def work(**more: Any) -> Routing:
    fields: dict[str, Any] = {"id": "O", "sequence": 1, "work_centre": "SAW", "setup": term("1"), "run": term("1")}
    operation = RoutingOperation(**{**fields, **more})
    alternate = RoutingAlternate(id="A", sequence=1, operations=(operation,))
    return Routing(part=DOOR, revision=1, phase_in=JANUARY, alternates=(alternate,))


def price(**more: Any) -> PriceEntry:
    fields = {"id": "P", "price_list": PriceListId("retail"), "currency": "EUR", "characteristic": "COLOUR"}
    return PriceEntry(**{**fields, "family": "DOORS", **more})


NUMBERS = CombinationTable(
    id="NUMBERS", family="DOORS", factors=(Factor(Reference("COLOUR")),), rows=(Row(1, (Cell(),), Decimal(1)),)
)
WRONG: list[tuple[AnyMaster, str, str]] = [
    (made_of(line("\n")), "INVALID_INPUT", "lines.0.component"),
    (made_of(line(quantity_per=Decimal(-1))), "E_NEGATIVE_QTY", "lines.0.quantityPer"),
    (made_of(line(unit_scale=-1)), "INVALID_INPUT", "lines.0.unitScale"),
    (made_of(line(times_quantity_of="COLUR")), "E_UNKNOWN_CHARACTERISTIC", "lines.0.timesQuantityOf"),
    (made_of(line(times_quantity_of="COLOUR")), "INVALID_INPUT", "lines.0.timesQuantityOf"),
    (made_of(line(condition=source("COLUR = 'RED'"))), "E_UNKNOWN_NAME", "lines.0.condition"),
    (made_of(line(actions=(SetQuantity(term("-2")),))), "E_NEGATIVE_QTY", "lines.0.actions.0.expression"),
    (made_of(line(actions=(ReplaceComponent("NOWHERE"),))), "INVALID_INPUT", "lines.0.actions.0.table"),
    (made_of(line(actions=(ReplaceComponent("NUMBERS"),))), "INVALID_INPUT", "lines.0.actions.0.table"),
    (made_of(line(actions=(InsertComponent(Sku(""), term("1")),))), "INVALID_INPUT", "lines.0.actions.0.component"),
    (
        made_of(line("FRAME", actions=(Declare("DEPTH", term("1")),))),
        "E_UNKNOWN_CHARACTERISTIC",
        "lines.0.actions.0.characteristic",
    ),
    (made_of(line("DOOR")), "E_BOM_CYCLE", ""),
    (work(setup=term("-1")), "E_NEGATIVE_QTY", "operations.0.setup"),
    (work(run=term("WIDHT")), "E_UNKNOWN_NAME", "operations.0.run"),
    (work(work_centre=""), "INVALID_INPUT", "operations.0.workCentre"),
    (work(tools=(Tool(id="T", quantity=Decimal(-1)),)), "E_NEGATIVE_QTY", "operations.0.tools.0.quantity"),
    (price(expression=term("WIDHT * 2")), "E_UNKNOWN_NAME", "expression"),
    (price(characteristic="COLUR"), "E_UNKNOWN_CHARACTERISTIC", "characteristic"),
    (price(max_reduction_micros=1_000_001), "INVALID_INPUT", "maxReduction"),
    (price(price_list=PriceListId("")), "INVALID_INPUT", "priceList"),
]


@pytest.mark.parametrize(("wrong", "code", "where"), WRONG)
async def test_what_could_never_be_made_or_priced_is_refused_when_it_is_written(
    wrong: AnyMaster, code: str, where: str, database: Database
) -> None:
    shop = await a_shop(database)
    done = await change(shop, *puts(NUMBERS, Part(id=FRAME, family="DOORS"), wrong))
    assert [problem.code for problem in done.problems] == [code]
    steps = [str(step) for step in done.problems[0].path]
    assert ".".join(steps[3:]).endswith(where)
    assert steps[:3] == ["input", "changes", "2"]


async def test_a_way_round_several_parts_is_named(database: Database) -> None:
    shop = await a_shop(database)
    frame = made_of(line("DOOR"), part=FRAME)
    done = await change(shop, *puts(Part(id=FRAME, family="DOORS"), made_of(line("FRAME")), frame))
    (problem,) = done.problems
    assert isinstance(problem, StructureCycle)
    assert problem.node == ("DOOR", "FRAME", "DOOR")


async def test_what_a_condition_a_quantity_a_table_or_a_day_may_break_is_no_cycle(database: Database) -> None:
    shop = await a_shop(database)
    await accepted(shop, *puts(Part(id=FRAME, family="DOORS"), made_of(line("FRAME"))))
    other = StructureAlternate(id="B", sequence=0, condition=source("COLOUR = 'RED'"))
    whole = made_of(line("DOOR"), part=FRAME)
    for frame in (
        made_of(line("DOOR", condition=source("COLOUR = 'RED'")), part=FRAME),
        made_of(line("DOOR", actions=(SetQuantity(term("WIDTH - 1")),)), part=FRAME),
        replace(whole, alternates=(other, *whole.alternates)),
    ):
        await accepted(shop, *puts(frame))
    ended = replace(made_of(line("FRAME")), phase_out=JUNE)
    await accepted(shop, *puts(ended, replace(whole, phase_in=JUNE)))
