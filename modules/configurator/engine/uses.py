"""What refers to what: the names that conditions, rules, tables and prices use, and the options among them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from modules.configurator.model.changes import AnyMaster
from modules.configurator.model.families import Family, PackageComponent
from modules.configurator.model.formulas import CombinationTable, Formula
from modules.configurator.model.prices import PriceEntry
from modules.configurator.model.rules import (
    Action,
    Allow,
    AttachOptional,
    AttachRequired,
    Compute,
    ComputeQuantity,
    Detach,
    Exclude,
    FrontRule,
    HoldTo,
    MakeUnavailable,
    Require,
    RuleTemplate,
    Surcharge,
)
from modules.configurator.model.structures import (
    Declare,
    InsertComponent,
    LineAction,
    ReplaceComponent,
    Routing,
    RoutingOperation,
    SetParameter,
    SetQuantity,
    SetScrap,
    Structure,
    StructureAlternate,
    StructureLine,
)
from modules.configurator.model.trees import (
    Comparison,
    Constant,
    Expression,
    If,
    Membership,
    Node,
    Owner,
    Reference,
    ReferenceKind,
    parts,
    references,
)


class Use(NamedTuple):
    """A name that is used: of a characteristic (VALUE or QUANTITY), perhaps with one of its options, of a formula or of
    a table."""

    kind: ReferenceKind
    name: str
    option: str | None = None

    @property
    def is_characteristic(self) -> bool:
        """Whether it names one, not a formula or table."""
        return self.kind in (ReferenceKind.VALUE, ReferenceKind.QUANTITY)


def spot_of(use: Use) -> Use:
    """Quantities are lost with their characteristic."""
    return use._replace(kind=ReferenceKind.VALUE) if use.kind is ReferenceKind.QUANTITY else use


def in_tree(node: Node) -> Iterator[Use]:
    """Of one's own names, not of a parent's: each as often as it stands there."""
    for reference in references(node):
        if reference.owner is Owner.SELF:
            yield Use(reference.kind, reference.name)
    yield from _options(node)


def _options(node: Node) -> Iterator[Use]:
    match node:
        case Comparison(Reference() as one, _, Constant(value)) | Comparison(Constant(value), _, Reference() as one):
            yield from _option(one, value)
        case Membership(Reference() as one, constants):
            for constant in constants:
                yield from _option(one, constant.value)
        case _:
            for part in parts(node):
                yield from _options(part)


def _option(reference: Reference, value: object) -> Iterator[Use]:
    if reference.kind is ReferenceKind.VALUE and reference.owner is Owner.SELF and isinstance(value, str):
        yield Use(ReferenceKind.VALUE, reference.name, value)


def _in(*expressions: Expression | None) -> Iterator[Use]:
    for expression in expressions:
        if expression is not None:
            yield from in_tree(expression.tree)


def of_master(master: AnyMaster, tables: Mapping[str, CombinationTable]) -> Iterator[Use]:
    """All that a master uses. Of the results of `tables` the options are named where a rule holds one to them.

    What a revision has, and what a case expects, are not uses: they narrow with what there is.
    """
    match master:
        case FrontRule():
            yield from of_rule(master, tables)
        case RuleTemplate():
            for rule in master.rules:
                yield from of_rule(rule, tables)
        case Family():
            for component in master.components:
                yield from of_component(component)
        case Structure() | Routing():
            yield from _of_making(master)
        case _:
            yield from _of_figures(master)


def _of_figures(master: AnyMaster) -> Iterator[Use]:
    match master:
        case Formula():
            yield from _in(master.expression)
        case CombinationTable():
            yield from of_table(master)
        case PriceEntry():
            yield Use(ReferenceKind.VALUE, master.characteristic, master.option)
            yield from _in(master.expression)


def of_table(table: CombinationTable) -> Iterator[Use]:
    """Its factors, and the options in their cells."""
    found: dict[Use, None] = {}
    for place, factor in enumerate(table.factors):
        reference = factor.reference
        found[Use(reference.kind, reference.name)] = None
        if reference.kind is ReferenceKind.VALUE:
            # A row that lacks cells is refused, but only after all that refers to something was found.
            cells = [cell for row in table.rows for cell in row.cells[place : place + 1]]
            operands = {one for cell in cells for one in cell.operands if isinstance(one, str)}
            found |= dict.fromkeys(Use(reference.kind, reference.name, one) for one in sorted(operands))
    yield from found


def of_component(component: PackageComponent) -> Iterator[Use]:
    """The option of the package, and the component with its value."""
    yield Use(ReferenceKind.VALUE, component.package, component.option)
    yield _valued(component.component, component.value)


def of_rule(rule: FrontRule, tables: Mapping[str, CombinationTable]) -> Iterator[Use]:
    """Its condition and its actions."""
    yield from _in(rule.condition)
    for action in rule.actions:
        yield from _of_action(action, tables)


def _valued(name: str, value: object) -> Use:
    return Use(ReferenceKind.VALUE, name, value if isinstance(value, str) else None)


def _of_action(action: Action, tables: Mapping[str, CombinationTable]) -> Iterator[Use]:
    match action:
        case Require(expression) | Exclude(expression):
            yield from _in(expression)
        case MakeUnavailable(name, options) | Allow(name, options):
            yield Use(ReferenceKind.VALUE, name)
            yield from (Use(ReferenceKind.VALUE, name, option) for option in sorted(options))
        case AttachRequired(name, value) | AttachOptional(name, value):
            yield _valued(name, value)
        case Detach(name):
            yield Use(ReferenceKind.VALUE, name)
        case HoldTo(table, result):
            yield from _held(table, result, tables)
        case _:
            yield from _calculated(action)


def _calculated(action: Action) -> Iterator[Use]:
    match action:
        case Compute(name, expression):
            yield Use(ReferenceKind.VALUE, name)
            yield from _in(expression)
            yield from (Use(ReferenceKind.VALUE, name, value) for value in _results(expression.tree))
        case ComputeQuantity(name, expression):
            yield Use(ReferenceKind.QUANTITY, name)
            yield from _in(expression)
        case Surcharge():
            yield from _in(action.expression)


def _results(node: Node) -> Iterator[str]:
    """The texts that an expression may give by themselves."""
    match node:
        case Constant(str(value)):
            yield value
        case If(_, then, otherwise):
            yield from _results(then)
            yield from _results(otherwise)


def _held(table: str, result: str | None, tables: Mapping[str, CombinationTable]) -> Iterator[Use]:
    yield Use(ReferenceKind.TABLE, table)
    if result is not None:
        yield Use(ReferenceKind.VALUE, result)
        rows = tables[table].rows if table in tables else ()
        told = {row.result for row in rows if isinstance(row.result, str)}
        yield from (Use(ReferenceKind.VALUE, result, option) for option in sorted(told))


def _of_making(made: Structure | Routing) -> Iterator[Use]:
    for alternate in made.alternates:
        yield from _in(alternate.condition)
        if isinstance(alternate, StructureAlternate):
            for line in alternate.lines:
                yield from of_line(line)
        else:
            for operation in alternate.operations:
                yield from of_operation(operation)


def of_line(line: StructureLine) -> Iterator[Use]:
    """A structure line's condition, multiplier and actions."""
    yield from _in(line.condition)
    if line.times_quantity_of is not None:
        yield Use(ReferenceKind.QUANTITY, line.times_quantity_of)
    for action in line.actions:
        yield from _of_line_action(action)


def _of_line_action(action: LineAction) -> Iterator[Use]:
    match action:
        case SetQuantity(expression) | SetScrap(expression) | InsertComponent(_, expression):
            yield from _in(expression)
        case Declare(_, expression) | SetParameter(_, expression):
            yield from _in(expression)
        case ReplaceComponent(table):
            yield Use(ReferenceKind.TABLE, table)


def of_operation(operation: RoutingOperation) -> Iterator[Use]:
    """An operation's condition, times, tools, texts and parameters."""
    yield from _in(operation.condition, operation.setup, operation.run)
    yield from _in(*(tool.condition for tool in operation.tools), *(text.condition for text in operation.texts))
    yield from _in(*(parameter.expression for parameter in operation.parameters))


def needed(
    uses: Iterable[Use], formulas: Mapping[str, Formula], tables: Mapping[str, CombinationTable]
) -> tuple[dict[str, Formula], dict[str, CombinationTable]]:
    """The formulas and tables among what is used, with those that they use in turn, by id in order of the ids."""
    found: set[Use] = set()
    waiting = [use for use in uses if not use.is_characteristic]
    while waiting:
        use = waiting.pop()
        if use in found:
            continue
        found.add(use)
        if use.kind is ReferenceKind.FORMULA and use.name in formulas:
            waiting += [one for one in in_tree(formulas[use.name].expression.tree) if not one.is_characteristic]
        elif use.kind is ReferenceKind.TABLE and use.name in tables:
            factors = (factor.reference for factor in tables[use.name].factors)
            every = (Use(reference.kind, reference.name) for reference in factors)
            waiting += [one for one in every if not one.is_characteristic]
    names = {use.kind: set[str]() for use in found}
    for use in found:
        names[use.kind].add(use.name)
    return (
        {id: formulas[id] for id in sorted(names.get(ReferenceKind.FORMULA, ())) if id in formulas},
        {id: tables[id] for id in sorted(names.get(ReferenceKind.TABLE, ())) if id in tables},
    )
