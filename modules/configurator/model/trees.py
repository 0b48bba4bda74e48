"""The neutral tree of conditions and formulas: the expression language produces it, the solver's compiler reads it.

Term        Constant | Reference | Negative | Arithmetic | Power | Call | If
Condition   Constant (BOOL) | Reference (to a BOOL) | Comparison | Membership | Between | IsSet | Matches
            | Not | All | Any | Implies

What a tree means, for whoever evaluates one:

- A reference whose characteristic has no value (or whose formula or table has no result) is UNDEFINED. A term with an
  undefined part is undefined; a comparison, membership or range with one is unknown. `IsSet` is true or false always.
- `Not`, `All`, `Any` and `Implies` are Kleene's: unknown only where the known parts do not decide. A rule fires on true
  alone.
- An option of a NUMBER characteristic is its number; an option of a TEXT one is its id, told apart by case. Typed texts
  are equal by their composed, casefolded form. Ordering operators are for numbers only.
- Numbers are Decimal with 28 digits, half even; division by zero is undefined.

Trees are well typed: who makes one has checked it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final


class ResultType(StrEnum):
    """What a formula, a table or an expression gives."""

    NUMBER = "number"
    TEXT = "text"
    BOOL = "bool"


class ReferenceKind(StrEnum):
    """What a name stands for: `NAME`, `NAME.qty`, `formula:NAME`, `table:NAME`."""

    VALUE = "value"
    QUANTITY = "quantity"
    FORMULA = "formula"
    TABLE = "table"


class Owner(StrEnum):
    """Whose value it is, in a structure with sub-assemblies; in front rules always one's own."""

    SELF = "self"
    PARENT = "parent"
    ROOT = "root"


class Operator(StrEnum):
    """Of a comparison."""

    EQUAL = "="
    UNEQUAL = "<>"
    LESS = "<"
    LESS_OR_EQUAL = "<="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="


class Sign(StrEnum):
    """Of arithmetic."""

    PLUS = "+"
    MINUS = "-"
    TIMES = "*"
    OVER = "/"


class Function(StrEnum):
    """`round(x, n)`: n decimals, half away from zero; n is a constant whole number. `min` and `max` take 1 or more."""

    ABS = "abs"
    MIN = "min"
    MAX = "max"
    ROUND = "round"
    CEIL = "ceil"
    FLOOR = "floor"


@dataclass(frozen=True, slots=True)
class Constant:
    """A text, a number or a truth value."""

    value: str | Decimal | bool


@dataclass(frozen=True, slots=True)
class Reference:
    """The value or quantity of a characteristic, or the result of a formula or table."""

    name: str
    kind: ReferenceKind = ReferenceKind.VALUE
    owner: Owner = Owner.SELF


@dataclass(frozen=True, slots=True)
class Negative:
    """The number with the other sign."""

    term: Term


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Two numbers make one."""

    left: Term
    sign: Sign
    right: Term


@dataclass(frozen=True, slots=True)
class Power:
    """A number to a small constant whole power, 0 to 9."""

    base: Term
    exponent: int


@dataclass(frozen=True, slots=True)
class Call:
    """A function of numbers."""

    function: Function
    arguments: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class If:
    """One of two terms; undefined while the condition is unknown. Only the chosen branch needs to be defined."""

    condition: Condition
    then: Term
    otherwise: Term


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two terms of the same type beside each other."""

    left: Term
    operator: Operator
    right: Term


@dataclass(frozen=True, slots=True)
class Membership:
    """IN: whether a term is one of some constants."""

    term: Term
    constants: tuple[Constant, ...]


@dataclass(frozen=True, slots=True)
class Between:
    """Whether a number is from `low` to `high`, both inclusive."""

    term: Term
    low: Term
    high: Term


@dataclass(frozen=True, slots=True)
class IsSet:
    """Whether a characteristic has a value, or a quantity."""

    reference: Reference


@dataclass(frozen=True, slots=True)
class Matches:
    """Whether some row of a combination table matches; unknown where a row that might match has an unknown factor."""

    table: str


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary; unknown stays unknown."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class All:
    """And: false when one is false, true when all are true."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """Or: true when one is true, false when all are false."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Implies:
    """Not the first, or the second."""

    condition: Condition
    consequence: Condition


Term = Constant | Reference | Negative | Arithmetic | Power | Call | If
Condition = Constant | Reference | Comparison | Membership | Between | IsSet | Matches | Not | All | Any | Implies
Node = Term | Condition

TRUE: Final = Constant(True)
FALSE: Final = Constant(False)


@dataclass(frozen=True, slots=True)
class Expression:
    """A condition or formula as its author wrote it, in the stored (English) form, and what it means."""

    source: str
    tree: Node


def references(node: Node) -> Iterator[Reference]:
    """Every name in a tree as often as it stands there, from left to right; `Matches` counts as its table."""
    match node:
        case Reference():
            yield node
        case Matches(table):
            yield Reference(table, ReferenceKind.TABLE)
        case _:
            for part in parts(node):
                yield from references(part)


def parts(node: Node) -> tuple[Node, ...]:
    """The nodes directly below, from left to right."""
    match node:
        case Negative(term) | Power(term) | Membership(term):
            return (term,)
        case Arithmetic(left, _, right) | Comparison(left, _, right) | Implies(left, right):
            return (left, right)
        case If(first, second, third) | Between(first, second, third):
            return (first, second, third)
        case Call(_, arguments):
            return arguments
        case IsSet(reference):
            return (reference,)
        case Not(condition):
            return (condition,)
        case All(conditions) | Any(conditions):
            return conditions
        case _:
            return ()
