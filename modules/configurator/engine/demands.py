"""What rules and packages demand of the solver: constraints without an order (section 4, rule kinds)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from modules.configurator.model.characteristics import Characteristic, DataType, Value
from modules.configurator.model.contents import Content
from modules.configurator.model.families import PackageComponent
from modules.configurator.model.rules import (
    Action,
    Allow,
    AttachRequired,
    Compute,
    ComputeQuantity,
    Detach,
    Exclude,
    FrontRule,
    HoldTo,
    MakeUnavailable,
    Require,
)
from modules.configurator.model.trees import (
    TRUE,
    Call,
    Comparison,
    Condition,
    Constant,
    Function,
    Matches,
    Node,
    Operator,
    Reference,
    ReferenceKind,
)

PACKAGE: Final = "package:"
"""Begins the name under which explanations speak of what a package sets: `package:PACKAGE.OPTION`."""


@dataclass(frozen=True, slots=True)
class Holds:
    """Is true; with `unless_unknown` unknown is as good."""

    condition: Condition
    unless_unknown: bool = False


@dataclass(frozen=True, slots=True)
class HoldsNot:
    """Is not true."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class Among:
    """The characteristic has one of these values; with `or_unset` none is as good."""

    characteristic: str
    values: frozenset[Value]
    or_unset: bool = False


@dataclass(frozen=True, slots=True)
class NotAmong:
    """The characteristic has none of these values."""

    characteristic: str
    values: frozenset[Value]


@dataclass(frozen=True, slots=True)
class HasQuantity:
    """The characteristic has this quantity."""

    characteristic: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class IsUnset:
    """The characteristic has no value."""

    characteristic: str


@dataclass(frozen=True, slots=True)
class Agrees:
    """The values agree with a table (see `HoldTo`)."""

    table: str
    result: str | None


Demand = Holds | HoldsNot | Among | NotAmong | HasQuantity | IsUnset | Agrees


@dataclass(frozen=True, slots=True)
class Constraint:
    """Wherever `condition` is true, or a package has its option, the demand is met; `rule` is what it is known by."""

    rule: str
    demand: Demand
    condition: Condition = TRUE
    package: tuple[str, str] | None = None
    """A package and its option, as the condition."""


def constraints(content: Content) -> list[Constraint]:
    """All that the solver has to hold, in the order of the rules' sequence, packages last."""
    found = [one for rule in content.rules if not rule.disabled for one in _of_rule(content, rule)]
    return [*found, *(one for component in content.components for one in _of_component(content, component))]


def _of_rule(content: Content, rule: FrontRule) -> Iterator[Constraint]:
    condition = TRUE if rule.condition is None else rule.condition.tree
    for action in rule.actions:
        for demand in _demands(content, action):
            yield Constraint(rule.id, demand, condition)  # type: ignore[arg-type]


def _of_component(content: Content, component: PackageComponent) -> Iterator[Constraint]:
    known = content.characteristics
    if component.package in known and component.component in known:
        name = f"{PACKAGE}{component.package}.{component.option}"
        for demand in _attach(component.component, component.value, component.quantity):
            yield Constraint(name, demand, package=(component.package, component.option))


def _demands(content: Content, action: Action) -> Iterable[Demand]:
    match action:
        case Require(condition):
            return (Holds(condition.tree),)  # type: ignore[arg-type]
        case Exclude(condition):
            return (HoldsNot(condition.tree),)  # type: ignore[arg-type]
        case MakeUnavailable(characteristic, options):
            return (NotAmong(characteristic, frozenset(options)),)
        case Allow(characteristic, options):
            return (Among(characteristic, frozenset(options), or_unset=True),)
        case HoldTo(table, result):
            return (Agrees(table, result),)
        case AttachRequired(characteristic, value, quantity):
            return _attach(characteristic, value, quantity)
        case Detach(characteristic):
            return (IsUnset(characteristic),)
    return _calculated(content, action)


def _calculated(content: Content, action: Action) -> Iterable[Demand]:
    match action:
        case Compute(name, expression):
            return (_computed(Reference(name), expression.tree, content.characteristics[name]),)
        case ComputeQuantity(name, expression):
            reference = Reference(name, ReferenceKind.QUANTITY)
            return (_equal(reference, expression.tree, content.characteristics[name].quantity_bounds.scale),)
    return ()


def _attach(characteristic: str, value: Value, quantity: Decimal | None) -> Iterator[Demand]:
    yield Among(characteristic, frozenset((value,)))
    if quantity is not None:
        yield HasQuantity(characteristic, quantity)


def _computed(reference: Reference, tree: Node, characteristic: Characteristic) -> Holds:
    typed = characteristic.data_type is DataType.NUMBER and not characteristic.has_options
    return _equal(reference, tree, characteristic.bounds.scale if typed else None)


def _equal(reference: Reference, tree: Node, scale: int | None) -> Holds:
    """A result that is undefined demands nothing."""
    wanted = tree if scale is None else Call(Function.ROUND, (tree, Constant(Decimal(scale))))  # type: ignore[arg-type]
    return Holds(Comparison(reference, Operator.EQUAL, wanted), unless_unknown=True)  # type: ignore[arg-type]


def trees(constraint: Constraint) -> Iterator[Condition]:
    """The conditions that a constraint consists of; a table is one that matches."""
    yield constraint.condition
    match constraint.demand:
        case Holds(condition) | HoldsNot(condition):
            yield condition
        case Agrees(table):
            yield Matches(table)


def named_values(constraint: Constraint) -> Iterator[tuple[str, ReferenceKind, Value]]:
    """The values and quantities that a demand names by themselves, with whose they are."""
    match constraint.demand:
        case Among(name, values) | NotAmong(name, values):
            for value in values:
                yield name, ReferenceKind.VALUE, value
        case HasQuantity(name, quantity):
            yield name, ReferenceKind.QUANTITY, quantity
