"""Structures, routings and what they need, with sensible defaults; keywords override."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from modules.configurator.engine.compiling import compile_content
from modules.configurator.engine.exploding import BuildOrder, explode
from modules.configurator.engine.machine import Machine
from modules.configurator.engine.steps import Steps
from modules.configurator.model.assemblies import Explosion, Node
from modules.configurator.model.characteristics import QuantityUse
from modules.configurator.model.contents import Content
from modules.configurator.model.prices import PriceEntry
from modules.configurator.model.sessions import Assignment, Choice
from modules.configurator.model.structures import (
    LineAction,
    Routing,
    RoutingAlternate,
    RoutingOperation,
    Structure,
    StructureAlternate,
    StructureLine,
)
from modules.configurator.model.trees import Arithmetic, Node as Tree, Owner, Reference, ReferenceKind, Sign
from modules.configurator.model.works import Works
from modules.kernel.names import ConfigurationId, PriceListId, Sku
from tests.configurator.builders import a_content, an_expression, counted, discrete, number, typed, value

DAY = date(2026, 6, 1)
"""A Monday."""
DOOR = a_content(
    discrete("COLOUR", "RED BLUE"),
    typed("WIDTH", 1, 999),
    counted("KEY", "YES NO", QuantityUse.OPTIONAL),
    typed("HEIGHT", 0, 999),
    optional="KEY HEIGHT",
)
RED: dict[str, Any] = {"COLOUR": "RED", "WIDTH": Decimal(90)}
WIDTH = value("WIDTH")
SINCE_2020: dict[str, Any] = {"revision": 1, "phase_in": date(2020, 1, 1)}


def of_parent(name: str, kind: ReferenceKind = ReferenceKind.VALUE) -> Reference:
    return Reference(name, kind, Owner.PARENT)


def of_root(name: str, kind: ReferenceKind = ReferenceKind.VALUE) -> Reference:
    return Reference(name, kind, Owner.ROOT)


def as_part(content: Content, part: str) -> Content:
    return replace(content, part=Sku(part))


def times(left: Reference, factor: int | str) -> Arithmetic:
    return Arithmetic(left, Sign.TIMES, number(factor))


def a_line(
    component: str, *actions: LineAction, when: Tree | None = None, per: str | int = 1, **more: Any
) -> StructureLine:
    more.setdefault("id", component)
    more.setdefault("sequence", 0)
    condition = None if when is None else an_expression(when)
    return StructureLine(
        component=Sku(component), condition=condition, quantity_per=Decimal(per), actions=actions, **more
    )


def an_alternate(id: str, *lines: StructureLine, when: Tree | None = None, sequence: int = 0) -> StructureAlternate:
    return StructureAlternate(
        id=id, sequence=sequence, condition=None if when is None else an_expression(when), lines=lines
    )


def a_structure(part: str, *of: StructureLine | StructureAlternate, **more: Any) -> Structure:
    """Of lines, or of alternates."""
    lines = tuple(one for one in of if isinstance(one, StructureLine))
    alternates = tuple(one for one in of if isinstance(one, StructureAlternate)) or (an_alternate("A", *lines),)
    return Structure(part=Sku(part), alternates=alternates, **SINCE_2020 | more)


def an_operation(
    id: str, setup: Tree | int | str = 0, run: Tree | int | str = 0, when: Tree | None = None, **more: Any
) -> RoutingOperation:
    """Times as trees or numbers of hours."""
    times = (one if not isinstance(one, int | str) else number(one) for one in (setup, run))
    one, other = map(an_expression, times)
    more.setdefault("work_centre", "SAW")
    more.setdefault("sequence", 0)
    condition = None if when is None else an_expression(when)
    return RoutingOperation(id=id, setup=one, run=other, condition=condition, **more)


def a_routing(part: str, *operations: RoutingOperation, **more: Any) -> Routing:
    alternate = RoutingAlternate(id="R", sequence=0, operations=operations)
    return Routing(part=Sku(part), alternates=(alternate,), **SINCE_2020 | more)


def works(
    *structures: Structure, routings: Iterable[Routing] = (), contents: Iterable[Content] = (), **more: Any
) -> Works:
    made: dict[Sku, tuple[Structure, ...]] = {}
    for structure in structures:
        made[structure.part] = (*made.get(structure.part, ()), structure)
    by_part = {content.part: content for content in contents}
    return Works(made, {one.part: (one,) for one in routings}, by_part, **more)


class Solver:
    """Compiles each content once."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Content, Steps]] = {}

    def __call__(self, content: Content) -> Steps:
        if id(content) not in self._known:
            self._known[id(content)] = content, Steps(Machine(compile_content(content)))
        return self._known[id(content)][1]


SOLVE = Solver()


def resolved(content: Content, **values: Any) -> Mapping[str, Assignment]:
    """What follows from these choices; a pair is a value with its quantity."""
    choices = [
        Choice(name, one[0], Decimal(one[1])) if isinstance(one, tuple) else Choice(name, one)
        for name, one in values.items()
    ]
    return SOLVE(content).evaluate(choices).assignments


def exploded(content: Content, works: Works, quantity: int | str = 1, day: date = DAY, **values: Any) -> Explosion:
    order = BuildOrder(content, resolved(content, **values), Decimal(quantity), day, ConfigurationId("1"))
    return explode(order, works, SOLVE)


def by_path(explosion: Explosion) -> dict[str, Node]:
    """Nodes by the parts on the way to them."""
    return {"/".join(step.split("#")[0] for step in path): node for path, node in explosion.root.walk()}


def quantities(explosion: Explosion) -> dict[str, str]:
    return {path: str(node.quantity) for path, node in by_path(explosion).items()}


def an_entry(characteristic: str, option: str | None = None, amount: str | int = 0, **more: Any) -> PriceEntry:
    """An entry of the part DOOR in EUR; `amount` and `percent` in units."""
    percent = Decimal(more.pop("percent", 0))
    defaults: dict[str, Any] = {
        "id": f"{characteristic}-{option or 'any'}",
        "price_list": PriceListId("retail"),
        "currency": "EUR",
        "family": "DOORS",
        "part": Sku("DOOR"),
    }
    return PriceEntry(
        characteristic=characteristic,
        option=option,
        amount_micros=int(Decimal(amount) * 1_000_000),
        percent_micros=int(percent * 10_000),
        **defaults | more,
    )
