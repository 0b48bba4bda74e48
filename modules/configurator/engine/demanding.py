"""What one line of a structure comes to: components, each with its quantity (section 7.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_CEILING, Context, Decimal, DecimalException
from typing import Final

from modules.configurator.engine.possible import NOTHING, ONE, ZERO
from modules.configurator.engine.scopes import Scope
from modules.configurator.model.assemblies import Parameter
from modules.configurator.model.errors import NegativeQuantity, OutOfRange
from modules.configurator.model.formulas import Result
from modules.configurator.model.structures import (
    Declare,
    InsertComponent,
    LineAction,
    ReplaceComponent,
    SetParameter,
    SetQuantity,
    SetScrap,
    StructureLine,
)
from modules.configurator.model.trees import Expression, Reference, ReferenceKind
from modules.configurator.model.works import Supply
from modules.kernel.names import Sku

_EXACT: Final = Context(prec=60)


@dataclass(frozen=True, slots=True)
class Demand:
    """So much of a component. `step` tells it apart among those of the same parent."""

    step: str
    component: Sku
    quantity: Decimal
    line: StructureLine
    declared: Mapping[str, Result] = field(default_factory=dict)
    parameters: tuple[Parameter, ...] = ()


@dataclass(frozen=True, slots=True)
class _Draft:
    """A line on its way through its actions."""

    component: Sku
    per: Decimal
    scrap: Decimal = ZERO
    declared: Mapping[str, Result] = field(default_factory=dict)
    parameters: tuple[Parameter, ...] = ()
    inserted: tuple[tuple[Sku, Decimal], ...] = ()


def demands(
    line: StructureLine, scope: Scope, parents: Decimal, supplies: Mapping[Sku, Supply], node: Sequence[str]
) -> list[Demand]:
    """The components of a line whose condition is true, also those of which none is needed.

    Quantity: per unit times the parent's (or once per order), times a characteristic's quantity where the line says so
    (of a chosen value without one: 1; of one that is not chosen: 0), plus scrap; rounded UP once, at the scale of the
    component's unit. Raises NegativeQuantity, and what has no result as `Scope.result` does.
    """
    draft = _Draft(line.component, line.quantity_per)
    for action in line.actions:
        draft = _acted(draft, action, scope, f"line {line.id}")
    times = _EXACT.multiply(ONE if line.fixed else parents, _multiplier(line, scope))
    amount = _EXACT.multiply(_EXACT.multiply(draft.per, times), ONE + draft.scrap)
    quantity = _rounded(amount, draft.component, line, supplies, node)
    own = Demand(f"{draft.component}#{line.id}", draft.component, quantity, line, draft.declared, draft.parameters)
    more = (
        (f"{sku}#{line.id}+{place}", sku, _EXACT.multiply(per, ONE if line.fixed else parents))
        for place, (sku, per) in enumerate(draft.inserted, 1)
    )
    return [own, *(Demand(step, sku, _rounded(much, sku, line, supplies, node), line) for step, sku, much in more)]


def _acted(draft: _Draft, action: LineAction, scope: Scope, needed_by: str) -> _Draft:
    """After one more action; each sees the values of the part, none what an earlier one did."""
    match action:
        case SetQuantity(expression):
            return replace(draft, per=scope.number(expression, needed_by))
        case SetScrap(expression):
            return replace(draft, scrap=scope.number(expression, needed_by))
        case ReplaceComponent(table):
            source = Expression(f"table:{table}", Reference(table, ReferenceKind.TABLE))
            return replace(draft, component=Sku(str(scope.result(source, needed_by))))
        case InsertComponent(component, expression):
            more = (component, scope.number(expression, needed_by))
            return replace(draft, inserted=(*draft.inserted, more))
        case Declare(characteristic, expression):
            value = scope.result(expression, needed_by)
            return replace(draft, declared={**draft.declared, characteristic: value})
        case SetParameter(key, expression, unit):
            parameter = Parameter(key, scope.result(expression, needed_by), unit)
            return replace(draft, parameters=(*draft.parameters, parameter))


def _multiplier(line: StructureLine, scope: Scope) -> Decimal:
    name = line.times_quantity_of
    if name is None:
        return ONE
    if scope.own.known.get(name, NOTHING) is NOTHING:
        return ZERO
    known = scope.reader.estimate(Reference(name, ReferenceKind.QUANTITY))(scope.own.known)
    low = getattr(known, "low", None)
    return low if isinstance(low, Decimal) else ONE


def _rounded(
    amount: Decimal, component: Sku, line: StructureLine, supplies: Mapping[Sku, Supply], node: Sequence[str]
) -> Decimal:
    if amount < 0:
        raise NegativeQuantity(f"Line {line.id} needs {amount} of {component}.", [*node, component])
    supply = supplies.get(component)
    scale = line.unit_scale if supply is None or supply.scale is None else supply.scale
    try:
        return amount.quantize(ONE.scaleb(-scale), ROUND_CEILING, _EXACT)
    except DecimalException:
        raise OutOfRange(f"Line {line.id} needs {amount:.3E} of {component}: too much.", component) from None
