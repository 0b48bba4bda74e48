"""Formulas and combination tables: what is calculated and what is looked up."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from modules.configurator.model.characteristics import Value
from modules.configurator.model.masters import Master
from modules.configurator.model.trees import Expression, Reference, ResultType

Result = str | Decimal | bool
"""What a formula or table gives."""


class Rounding(StrEnum):
    """How a formula's number gets to its scale."""

    HALF_UP = "half_up"
    """Half away from zero."""
    HALF_EVEN = "half_even"
    UP = "up"
    """Away from zero."""
    DOWN = "down"
    """Towards zero."""
    CEILING = "ceiling"
    FLOOR = "floor"


class Usability(StrEnum):
    """INCOMPLETE after every edit, also of what it refers to; USABLE once it compiles and its test cases pass."""

    INCOMPLETE = "incomplete"
    USABLE = "usable"


@dataclass(frozen=True, slots=True)
class TestCase:
    """What must come out for these values; a result of None is UNDEFINED."""

    __test__ = False  # or pytest takes it for one of its own

    values: tuple[tuple[Reference, Value], ...]
    result: Result | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested(Master):
    """What a modeller tries before it is used: stored test values, and cases that must hold."""

    family: str = ""
    result_type: ResultType = ResultType.NUMBER
    usability: Usability = Usability.INCOMPLETE
    test_values: tuple[tuple[Reference, Value], ...] = ()
    test_cases: tuple[TestCase, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula(Tested):
    """A named expression of a family; numbers are rounded to `scale` decimals."""

    expression: Expression
    scale: int = 0
    rounding: Rounding = Rounding.HALF_UP


class Match(StrEnum):
    """How a cell holds its factor against its operands."""

    ANY = "any"
    """No operand: matches everything, also a factor that is not chosen."""
    EQUAL = "="
    UNEQUAL = "<>"
    LESS = "<"
    LESS_OR_EQUAL = "<="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="
    IN = "in"
    NOT_IN = "not in"
    BETWEEN = "between"
    """Two operands, both inclusive."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What a row asks of one factor. Every match but ANY is unknown for a factor without a value, and matches not.

    Operands are option ids or texts of TEXT factors, numbers of NUMBER ones (also where these have options).
    Equal cells may be one object: tables have hundreds of thousands.
    """

    match: Match = Match.ANY
    operands: tuple[Result, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table; `sequence` is unique in it. The first row that matches gives its result."""

    sequence: int
    cells: tuple[Cell, ...]
    result: Result | None = None


@dataclass(frozen=True, slots=True)
class Factor:
    """A column: what is held against the cells. The same reference may stand in several columns (ranges)."""

    reference: Reference
    test_value: Value | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CombinationTable(Tested):
    """1 to 15 factors and rows in order of their sequence. `default` is the result where no row matches; None: none."""

    factors: tuple[Factor, ...]
    rows: tuple[Row, ...] = ()
    default: Result | None = None
