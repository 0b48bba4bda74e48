"""Why an expression has no result: a name without a value, a division by zero, a table without a row (section 4)."""

from __future__ import annotations

from collections.abc import Iterable

from modules.configurator.engine.estimate import Known, Reader, number_of
from modules.configurator.engine.possible import ALWAYS, FALSE, TRUE, ZERO
from modules.configurator.model.errors import ConfiguratorRefusal, DivisionByZero, Incomplete, NoMatchingRow
from modules.configurator.model.trees import (
    Arithmetic,
    If,
    IsSet,
    Matches,
    Node,
    Owner,
    Reference,
    ReferenceKind,
    Sign,
    parts,
)

Chain = tuple[str, ...]


def reason(reader: Reader, tree: Node, known: Known, chain: Chain = ()) -> ConfiguratorRefusal:
    """The refusal to raise for a tree that is undefined: DivisionByZero or NoMatchingRow with the chain that leads
    there from who needs it, or Incomplete with the name that has no value and the chain as its path."""
    return _first(reader, (tree,), known, chain) or Incomplete([chain[-1] if chain else "value"], chain)


def _first(reader: Reader, trees: Iterable[Node], known: Known, chain: Chain) -> ConfiguratorRefusal | None:
    return next((found for tree in trees if (found := _reason(reader, tree, known, chain))), None)


def _reason(reader: Reader, tree: Node, known: Known, chain: Chain) -> ConfiguratorRefusal | None:
    match tree:
        case IsSet():
            return None
        case Matches(name):
            return _reason(reader, Reference(name, ReferenceKind.TABLE), known, chain)
        case Reference():
            return _of_reference(reader, tree, known, chain)
        case If(condition, then, otherwise):
            truth = reader.judgement(condition)(known)
            return _reason(reader, then if truth == TRUE else otherwise if truth == FALSE else condition, known, chain)
        case Arithmetic(left, Sign.OVER, right):
            found = _first(reader, (left, right), known, chain)
            if found is None and number_of(reader.estimate(right)(known)) == ZERO:
                return DivisionByZero(f"{chain[-1] if chain else 'This'} divides by zero.", chain)
            return found
    return _first(reader, parts(tree), known, chain)


def _of_reference(reader: Reader, reference: Reference, known: Known, chain: Chain) -> ConfiguratorRefusal | None:
    name = named(reference)
    if reader.estimate(reference)(known).undefined is not ALWAYS:
        return None
    longer = (*chain, name)
    if reference.owner is Owner.SELF and reference.name in reader.content.formulas:
        if reference.kind is ReferenceKind.FORMULA:
            return _reason(reader, reader.content.formulas[reference.name].expression.tree, known, longer)
    if reference.kind is ReferenceKind.TABLE:
        return _of_table(reader, reference, known, longer)
    return Incomplete([name], longer)


def _of_table(reader: Reader, reference: Reference, known: Known, chain: Chain) -> ConfiguratorRefusal:
    """A factor without a value is the nearer cause."""
    table = reader.content.tables.get(reference.name)
    found = _first(reader, [factor.reference for factor in table.factors] if table else (), known, chain)
    return found or NoMatchingRow(f"No row of {named(reference)} matches.", chain)


def named(reference: Reference) -> str:
    """As people write it: `parent.WIDTH`, `KEY.qty`, `formula:AREA`."""
    owner = "" if reference.owner is Owner.SELF else f"{reference.owner.value}."
    match reference.kind:
        case ReferenceKind.QUANTITY:
            return f"{owner}{reference.name}.qty"
        case ReferenceKind.VALUE:
            return owner + reference.name
    return f"{owner}{reference.kind.value}:{reference.name}"
