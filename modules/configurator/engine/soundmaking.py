"""Whether structures and routings can be so: what they name is there, nothing is less than nothing, and no part is
certain to contain itself. Expressions have been read, so names in them are known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from modules.configurator.engine.entering import nearest
from modules.configurator.engine.exploding import in_force
from modules.configurator.model.bundles import Bundle
from modules.configurator.model.characteristics import QuantityUse
from modules.configurator.model.errors import NegativeQuantity, StructureCycle, UnknownCharacteristic
from modules.configurator.model.structures import (
    Declare,
    InsertComponent,
    LineAction,
    ReplaceComponent,
    Routing,
    RoutingOperation,
    SetQuantity,
    SetScrap,
    Structure,
    StructureAlternate,
    StructureLine,
)
from modules.configurator.model.trees import Constant, Expression, ResultType
from modules.kernel.errors import InvalidInput, Refused
from modules.kernel.names import Sku, is_sku, is_text
from modules.kernel.outcome import Path

MOST_SCALE: Final = 12
LONGEST_NAME: Final = 64
_SKU: Final = "1 to 64 printable characters"


def structure_flaws(made: Structure, bundle: Bundle) -> Iterator[Refused]:
    """What forbids its alternates and lines."""
    for place, alternate in enumerate(made.alternates):
        for number, line in enumerate(alternate.lines):
            yield from _line_flaws(line, made.part, bundle, ("alternates", place, "lines", number))


def routing_flaws(made: Routing) -> Iterator[Refused]:
    """What forbids its alternates and operations."""
    for place, alternate in enumerate(made.alternates):
        for number, operation in enumerate(alternate.operations):
            yield from _operation_flaws(operation, made.part, ("alternates", place, "operations", number))


def _line_flaws(line: StructureLine, part: Sku, bundle: Bundle, path: Path) -> Iterator[Refused]:
    yield from _component_flaws(line.component, path)
    if not 0 <= line.unit_scale <= MOST_SCALE:
        yield InvalidInput(f"{line.unit_scale} is no scale.", (*path, "unitScale"), f"0 to {MOST_SCALE}")
    if line.quantity_per < 0:
        yield _less_than_nothing(f"line {line.id}", line.quantity_per, part, (*path, "quantityPer"))
    if (name := line.times_quantity_of) is not None:
        known = bundle.characteristics.get(name)
        if known is None:
            yield UnknownCharacteristic(name, nearest(name, bundle.characteristics), (*path, "timesQuantityOf"))
        elif known.quantity_use is QuantityUse.NONE:
            yield InvalidInput(f"{name} has no quantity.", (*path, "timesQuantityOf"), "a characteristic that has one")
    for place, action in enumerate(line.actions):
        yield from _action_flaws(action, line, part, bundle, (*path, "actions", place))


def _action_flaws(action: LineAction, line: StructureLine, part: Sku, bundle: Bundle, path: Path) -> Iterator[Refused]:
    match action:
        case SetQuantity(expression) | SetScrap(expression):
            yield from _constant_flaws(f"line {line.id}", expression, part, (*path, "expression"))
        case InsertComponent(component, quantity):
            yield from _component_flaws(component, path)
            yield from _constant_flaws(f"line {line.id}", quantity, part, (*path, "quantity"))
        case ReplaceComponent(table):
            yield from _table_flaws(table, bundle, (*path, "table"))
        case Declare(name):
            yield from _declared_flaws(name, line, bundle, (*path, "characteristic"))


def _component_flaws(component: Sku, path: Path) -> Iterator[Refused]:
    if not is_sku(component):
        yield InvalidInput(f"{component[:64]!r} is no sku.", (*path, "component"), _SKU)


def _table_flaws(id: str, bundle: Bundle, path: Path) -> Iterator[Refused]:
    table = bundle.tables.get(id)
    if table is None:
        allowed = f"one of: {', '.join(sorted(bundle.tables)[:20]) or 'none yet'}"
        yield InvalidInput(f"There is no table {id[:64]!r}.", path, allowed)
    elif table.result_type is not ResultType.TEXT:
        yield InvalidInput(f"{id} gives no skus.", path, "a table of TEXT results")


def _declared_flaws(name: str, line: StructureLine, bundle: Bundle, path: Path) -> Iterator[Refused]:
    """A part of the same family has the family's characteristics; of others nothing is known here."""
    replaced = any(isinstance(action, ReplaceComponent) for action in line.actions)
    if line.component in bundle.parts and not replaced and name not in bundle.characteristics:
        yield UnknownCharacteristic(name, nearest(name, bundle.characteristics), path)


def _operation_flaws(operation: RoutingOperation, part: Sku, path: Path) -> Iterator[Refused]:
    if not is_text(operation.work_centre, LONGEST_NAME):
        yield InvalidInput("This is no work centre.", (*path, "workCentre"), f"a text of 1 to {LONGEST_NAME}")
    for name in ("setup", "run"):
        yield from _constant_flaws(f"operation {operation.id}", getattr(operation, name), part, (*path, name))
    for place, tool in enumerate(operation.tools):
        if tool.quantity < 0:
            yield _less_than_nothing(f"tool {tool.id}", tool.quantity, part, (*path, "tools", place, "quantity"))


def _constant_flaws(what: str, expression: Expression, part: Sku, path: Path) -> Iterator[Refused]:
    """Of what is calculated it is known only when it is made."""
    value = expression.tree.value if isinstance(expression.tree, Constant) else None
    if isinstance(value, Decimal) and value < 0:
        yield _less_than_nothing(what, value, part, path)


def _less_than_nothing(what: str, value: Decimal, part: Sku, path: Path) -> Refused:
    return NegativeQuantity(f"{what} of {part} is {value}, less than nothing.", [part], path)


def cycle(structures: Sequence[Structure]) -> list[Sku] | None:
    """The way from a part back to itself, if some day there is one that no condition, table or quantity breaks.

    It could never be made. Parts without a structure of these are taken for bought.
    """
    for day in sorted({one.phase_in for one in structures}):
        found = _cycle(_edges(structures, day))
        if found is not None:
            return found
    return None


def _edges(structures: Sequence[Structure], day: date) -> dict[Sku, set[Sku]]:
    of_part: dict[Sku, list[Structure]] = {}
    for one in structures:
        of_part.setdefault(one.part, []).append(one)
    holding = {part: in_force(those, day) for part, those in of_part.items()}
    return {part: _certain(one.alternates) for part, one in holding.items() if one is not None}


def _certain(alternates: Sequence[StructureAlternate]) -> set[Sku]:
    """What every alternate takes, whatever is configured."""
    taken = [{line.component for line in one.lines if _is_certain(line)} for one in alternates]
    return set.intersection(*taken) if taken else set()


def _is_certain(line: StructureLine) -> bool:
    changed = any(isinstance(action, SetQuantity | ReplaceComponent) for action in line.actions)
    return line.condition is None and line.times_quantity_of is None and line.quantity_per > 0 and not changed


def _cycle(edges: Mapping[Sku, set[Sku]]) -> list[Sku] | None:
    done: set[Sku] = set()
    for start in sorted(edges):
        way: list[Sku] = []
        todo = [(start, 0)]
        while todo:
            part, depth = todo.pop()
            del way[depth:]
            if part in way:
                return [*way[way.index(part) :], part]
            if part not in done:
                way.append(part)
                done.add(part)
                todo += [(below, depth + 1) for below in sorted(edges.get(part, ()))]
    return None


def cycle_flaw(structures: Sequence[Structure]) -> StructureCycle | None:
    """The refusal of structures of which some contain themselves."""
    way = cycle(structures)
    return None if way is None else StructureCycle(f"{way[0]} contains itself: {' -> '.join(way)}.", way)
