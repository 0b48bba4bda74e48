"""Characteristics and their options: what can be said of a part, and with which words."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from modules.configurator.model.masters import Master

Value = str | Decimal
"""What a characteristic is set to: the id of an option, a text, or a number at the characteristic's scale."""


class DataType(StrEnum):
    """What the values are, for people and for formulas."""

    TEXT = "text"
    NUMBER = "number"


class ValueType(StrEnum):
    """Where values come from."""

    DISCRETE = "discrete"
    """One of its options."""
    VARIABLE = "variable"
    """Whatever is typed, within its limits."""
    PACKAGE = "package"
    """One of its options, which sets other characteristics of the family."""


class QuantityUse(StrEnum):
    """Whether a value has a quantity beside it."""

    NONE = "none"
    OPTIONAL = "optional"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Which numbers may be typed: at most `scale` decimals, `low` to `high` inclusive, `low` (or 0) plus a multiple of
    `step`. None is without limit."""

    scale: int = 0
    low: Decimal | None = None
    high: Decimal | None = None
    step: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Option(Master):
    """A value to choose. `number` is what formulas calculate with where the characteristic is a NUMBER."""

    sequence: int = 0
    number: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Characteristic(Master):
    """Something that can be said of a part. Its options are the most that any family may allow.

    `hidden` ones are not shown to buyers; `informational` ones have no price; only those with `identity` make
    configurations differ.
    """

    data_type: DataType = DataType.TEXT
    value_type: ValueType = ValueType.DISCRETE
    options: tuple[Option, ...] = ()
    unit: str = ""
    bounds: Bounds = Bounds()
    """Of typed numbers."""
    max_length: int = 200
    """Of typed texts, in characters."""
    quantity_use: QuantityUse = QuantityUse.NONE
    quantity_bounds: Bounds = Bounds(low=Decimal(1))
    hidden: bool = False
    informational: bool = False
    identity: bool = True

    @property
    def has_options(self) -> bool:
        """Whether its values are options, not typed."""
        return self.value_type is not ValueType.VARIABLE

    def option(self, id: str) -> Option | None:
        """The option with this id; ids are told apart by case."""
        return next((option for option in self.options if option.id == id), None)
