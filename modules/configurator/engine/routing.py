"""How a part is made: the operations that are taken, with their times, tools, texts and settings (section 7.5)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Context, Decimal
from typing import Final

from modules.configurator.engine.scopes import Scope
from modules.configurator.model.assemblies import NeededTool, Operation, Parameter
from modules.configurator.model.errors import NegativeQuantity
from modules.configurator.model.structures import RoutingAlternate, RoutingOperation
from modules.configurator.model.trees import Expression

_EXACT: Final = Context(prec=60)


def operations(chosen: RoutingAlternate, scope: Scope, quantity: Decimal, node: Sequence[str]) -> tuple[Operation, ...]:
    """The operations whose condition is true, by sequence, for so many units.

    Raises NegativeQuantity where a time is less than none, and what has no result as `Scope.result` does.
    """
    ordered = sorted(chosen.operations, key=lambda one: (one.sequence, one.id))
    return tuple(_operation(one, scope, quantity, node) for one in ordered if scope.holds(one.condition))


def _operation(one: RoutingOperation, scope: Scope, quantity: Decimal, node: Sequence[str]) -> Operation:
    needed_by = f"operation {one.id}"
    setup, run = (_hours(times, scope, needed_by, node) for times in (one.setup, one.run))
    parameters = (Parameter(each.key, scope.result(each.expression, needed_by), each.unit) for each in one.parameters)
    return Operation(
        id=one.id,
        work_centre=one.work_centre,
        setup=setup,
        run=run,
        hours=_EXACT.add(setup, _EXACT.multiply(run, quantity)),
        tools=tuple(NeededTool(tool.id, tool.quantity) for tool in one.tools if scope.holds(tool.condition)),
        texts=tuple(text.text for text in one.texts if scope.holds(text.condition)),
        parameters=tuple(parameters),
        documents=one.documents,
    )


def _hours(expression: Expression, scope: Scope, needed_by: str, node: Sequence[str]) -> Decimal:
    hours = scope.number(expression, needed_by)
    if hours < 0:
        raise NegativeQuantity(f"The {needed_by} would take {hours} hours.", node)
    return hours
