"""Customers and segments as handed in and as kept. None of it names a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from modules.kernel.names import CustomerId

Document = Mapping[str, Any]
"""JSON values by name."""

ORDERS: Final = "orders"
IS_BUSINESS: Final = "isBusiness"
RESERVED: Final = frozenset({ORDERS, IS_BUSINESS})
"""Attributes that every customer has by itself: the count of orders, and whether it is a business."""


class Kind(StrEnum):
    """What an attribute holds."""

    TEXT = "text"
    NUMBER = "number"
    FLAG = "flag"
    MOMENT = "moment"


@dataclass(frozen=True, slots=True)
class Value:
    """An attribute's value: a text, a number in millionths, a flag, or a moment in microseconds since 1970."""

    kind: Kind
    held: str | int | bool


@dataclass(frozen=True, slots=True)
class All:
    """Every one of these holds; of none, yes."""

    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of these holds; of none, no."""

    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """It does not hold: also for a customer without the attribute that is asked for."""

    rule: Rule


@dataclass(frozen=True, slots=True)
class OneOf:
    """The attribute has one of these values; one of another kind is none of them."""

    attribute: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class AtLeast:
    """The attribute is a number, this one or more (millionths)."""

    attribute: str
    micros: int


@dataclass(frozen=True, slots=True)
class AtMost:
    """The attribute is a number, this one or less (millionths)."""

    attribute: str
    micros: int


@dataclass(frozen=True, slots=True)
class Before:
    """The attribute is a moment earlier than this one."""

    attribute: str
    at_us: int


@dataclass(frozen=True, slots=True)
class After:
    """The attribute is this moment or a later one: what `Before` is not."""

    attribute: str
    at_us: int


@dataclass(frozen=True, slots=True)
class WithinDays:
    """The attribute is a moment that has come, less than so many times 24 hours ago."""

    attribute: str
    days: int


Test = OneOf | AtLeast | AtMost | Before | After | WithinDays
Rule = All | AnyOf | Not | Test


@dataclass(frozen=True, slots=True, kw_only=True)
class VatIdInput:
    """A tax number as handed in, with what a validation said and when; without a moment it is not validated (T-3)."""

    number: str
    valid: bool = False
    validated_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerInput:
    """A customer as handed in, unchecked and whole: what is absent here is absent afterwards.

    `attributes` are names with value documents: `("tier", {"text": "gold"})`. `segments` are those assigned by hand.
    """

    id: str
    groups: Sequence[str] = ()
    segments: Sequence[str] = ()
    contracts: Sequence[str] = ()
    attributes: Sequence[tuple[str, Document]] = ()
    orders: int = 0
    is_business: bool = False
    vat_id: VatIdInput | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentInput:
    """A segment as handed in, unchecked; without a rule only those are in it who were assigned."""

    id: str
    name: str
    rule: Document | None = None


@dataclass(frozen=True, slots=True)
class VatRecord:
    """A tax number as kept, with the outcome of its last validation."""

    number: str
    valid: bool
    validated_us: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A customer as kept. Memberships and attributes stand in alphabetical order, each once."""

    id: CustomerId
    groups: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    """Those assigned."""
    contracts: tuple[str, ...] = ()
    attributes: tuple[tuple[str, Value], ...] = ()
    orders: int = 0
    is_business: bool = False
    vat_id: VatRecord | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A segment as kept."""

    id: str
    name: str
    rule: Rule | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Customers by id, and whether more follow."""

    items: tuple[Customer, ...]
    has_next: bool
