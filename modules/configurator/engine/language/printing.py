"""From a tree to its source in the stored, English form: with as few brackets as mean the same."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from modules.configurator.engine.entering import shortest
from modules.configurator.engine.language.grammar import RESERVED
from modules.configurator.model.trees import (
    All,
    Any,
    Arithmetic,
    Between,
    Call,
    Comparison,
    Constant,
    If,
    Implies,
    IsSet,
    Matches,
    Membership,
    Negative,
    Node,
    Not,
    Owner,
    Power,
    Reference,
    ReferenceKind,
    Sign,
)

_WHOLE, _OR, _AND, _NOT, _RELATION, _SUM, _PRODUCT, _SIGNED, _POWER, _ATOM = range(10)
_Written = tuple[str, int]
"""A source, and how closely its parts hold together."""
_SIGNS: Final = {Sign.PLUS: _SUM, Sign.MINUS: _SUM, Sign.TIMES: _PRODUCT, Sign.OVER: _PRODUCT}


def written(node: Node) -> str:
    """The source that is read as this tree again."""
    return _within(node, _WHOLE)


def name_written(id: str) -> str:
    """An id as a name: between backticks where it is a reserved word."""
    return f"`{id}`" if id.casefold() in RESERVED else id


def constant_written(value: str | Decimal | bool) -> str:
    """A constant as it stands in a source."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return format(shortest(value), "f") if isinstance(value, Decimal) else "'" + value.replace("'", "''") + "'"


def _within(node: Node, least: int) -> str:
    source, level = _write(node)
    return source if level >= least else f"({source})"


def _write(node: Node) -> _Written:
    match node:
        case All(conditions):
            return _joined(conditions, "AND", _AND)
        case Any(conditions):
            return _joined(conditions, "OR", _OR)
        case Implies(condition, consequence):
            return f"IF {_within(condition, _OR)} THEN {_within(consequence, _OR)}", _WHOLE
        case Not(condition):
            return _denied(condition)
        case Comparison() | Membership() | Between() | IsSet() | Matches():
            return _relation(node)
    return _term(node)


def _joined(conditions: tuple[Node, ...], word: str, level: int) -> _Written:
    """Of one condition that condition, of none what it comes to."""
    if len(conditions) > 1:
        return f" {word} ".join(_within(one, level + 1) for one in conditions), level
    return _write(conditions[0]) if conditions else _write(Constant(word == "AND"))


def _denied(condition: Node) -> _Written:
    if isinstance(condition, Membership | Between | IsSet):
        return _relation(condition, "NOT ")
    return f"NOT {_within(condition, _NOT)}", _NOT


def _relation(node: Node, denial: str = "") -> _Written:
    match node:
        case Comparison(left, operator, right):
            source = f"{_within(left, _SUM)} {operator.value} {_within(right, _SUM)}"
        case Membership(term, constants):
            every = ", ".join(constant_written(one.value) for one in constants)
            source = f"{_within(term, _SUM)} {denial}IN ({every})"
        case Between(term, low, high):
            bounds = f"{_within(low, _SUM)} AND {_within(high, _SUM)}"
            source = f"{_within(term, _SUM)} {denial}BETWEEN {bounds}"
        case IsSet(reference):
            source = f"{_reference(reference)} IS {denial}SET"
        case Matches(table):
            source = f"MATCHES table:{name_written(table)}"
        case _:
            raise AssertionError(node)
    return source, _RELATION


def _term(node: Node) -> _Written:
    match node:
        case Constant(value):
            below_zero = isinstance(value, Decimal) and value < 0
            return constant_written(value), _SIGNED if below_zero else _ATOM
        case Reference():
            return _reference(node), _ATOM
        case Negative(term):
            inner = f"({written(term)})" if isinstance(term, Constant) else _within(term, _SIGNED)
            return f"-{inner}", _SIGNED
        case Arithmetic(left, sign, right):
            level = _SIGNS[sign]
            return f"{_within(left, level)} {sign.value} {_within(right, level + 1)}", level
        case Power(base, exponent):
            return f"{_within(base, _ATOM)}^{exponent}", _POWER
        case Call(function, arguments):
            return f"{function.value}({', '.join(map(written, arguments))})", _ATOM
        case If(condition, then, otherwise):
            return f"if({', '.join(map(written, (condition, then, otherwise)))})", _ATOM
    raise AssertionError(node)


def _reference(reference: Reference) -> str:
    name = name_written(reference.name)
    match reference.kind:
        case ReferenceKind.FORMULA:
            return f"formula:{name}"
        case ReferenceKind.TABLE:
            return f"table:{name}"
    owner = "" if reference.owner is Owner.SELF else f"{reference.owner.value}."
    return f"{owner}{name}{'.qty' if reference.kind is ReferenceKind.QUANTITY else ''}"
