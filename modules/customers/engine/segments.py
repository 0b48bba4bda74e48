"""Who is in which segment at a moment. Pure: the moment comes in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from modules.customers.model import (
    IS_BUSINESS,
    ORDERS,
    After,
    All,
    AnyOf,
    AtLeast,
    AtMost,
    Before,
    Customer,
    Kind,
    Not,
    OneOf,
    Rule,
    Segment,
    Value,
    VatRecord,
    WithinDays,
)
from modules.kernel.customer import Profile, VatId
from modules.kernel.moments import from_us, to_us

_DAY_US: Final = 24 * 60 * 60 * 1_000_000
_MICROS: Final = 1_000_000
_LAST_US: Final = to_us(datetime(9000, 1, 1, tzinfo=UTC))
"""Nobody asks about moments behind it."""

Held = Mapping[str, Value]


def profile(customer: Customer, segments: Iterable[Segment], at: datetime) -> Profile:
    """What rules may know of the customer at this moment: segments assigned, and those whose rule it meets then."""
    held, at_us = attributes(customer), to_us(at)
    rules = [(segment.id, segment.rule) for segment in segments if segment.rule is not None]
    met = (id for id, rule in rules if meets(rule, held, at_us))
    ahead = (edge for _, rule in rules for edge in edges(rule, held) if at_us < edge < _LAST_US)
    return Profile(
        customer.id,
        frozenset(customer.groups),
        frozenset(customer.segments).union(met),
        frozenset(customer.contracts),
        customer.orders,
        customer.is_business,
        _vat_id(customer.vat_id),
        min(ahead, default=None),
    )


def attributes(customer: Customer) -> dict[str, Value]:
    """All attributes by name, the count of orders and the business flag among them."""
    return {
        **dict(customer.attributes),
        ORDERS: Value(Kind.NUMBER, customer.orders * _MICROS),
        IS_BUSINESS: Value(Kind.FLAG, customer.is_business),
    }


def meets(rule: Rule, held: Held, at_us: int) -> bool:
    """Whether the rule holds for these attributes at this moment; one that is missing meets no test."""
    match rule:
        case All(rules):
            return all(meets(one, held, at_us) for one in rules)
        case AnyOf(rules):
            return any(meets(one, held, at_us) for one in rules)
        case Not(inner):
            return not meets(inner, held, at_us)
        case OneOf(attribute, values):
            return held.get(attribute) in values
    return _compares(rule, held, at_us)


def edges(rule: Rule, held: Held) -> Iterator[int]:
    """The moments at which time alone may change whether the rule holds."""
    match rule:
        case All(rules) | AnyOf(rules):
            for one in rules:
                yield from edges(one, held)
        case Not(inner):
            yield from edges(inner, held)
        case WithinDays(attribute, days):
            value = held.get(attribute)
            if value is not None and value.kind is Kind.MOMENT:
                yield from (int(value.held), int(value.held) + days * _DAY_US)


def _compares(rule: AtLeast | AtMost | Before | After | WithinDays, held: Held, at_us: int) -> bool:
    kind = Kind.NUMBER if isinstance(rule, AtLeast | AtMost) else Kind.MOMENT
    value = held.get(rule.attribute)
    if value is None or value.kind is not kind:
        return False
    number = int(value.held)
    match rule:
        case AtLeast(_, micros):
            return number >= micros
        case AtMost(_, micros):
            return number <= micros
        case Before(_, moment):
            return number < moment
        case After(_, moment):
            return number >= moment
        case WithinDays(_, days):
            return at_us - days * _DAY_US < number <= at_us


def _vat_id(record: VatRecord | None) -> VatId | None:
    if record is None:
        return None
    return VatId(record.number, record.valid, None if record.validated_us is None else from_us(record.validated_us))
