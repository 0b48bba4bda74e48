"""Opposites: conditions that ask for something and for the opposite, so that no cart can meet them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from modules.pricing.engine.conditions.channel import InChannel
from modules.pricing.engine.conditions.contains import Contains
from modules.pricing.engine.conditions.hours import InHours
from modules.pricing.engine.conditions.market import InMarket
from modules.pricing.engine.conditions.quantity import QuantityOf
from modules.pricing.engine.conditions.store import InStore
from modules.pricing.engine.conditions.subtotal import Subtotal
from modules.pricing.engine.conditions.tree import All, Any, Not
from modules.pricing.model.promotions import Condition, Filter

_OF_PLACE_AND_TIME: Final = (InMarket, InChannel, InStore, InHours)
"""What these come to is told by `reach`, place by place and moment by moment."""


def opposed(condition: Condition) -> bool:
    """Whether something must be met of which the same, or less of the same, must not: from 50.00 and not from 30.00.

    What stands below `any` is looked at way by way: it is opposed when every way is by itself.
    """
    told = list(_told(condition, True))
    asked = [one for one, is_met in told if is_met]
    barred = [one for one, is_met in told if not is_met]
    if any(isinstance(one, Any) and all(map(opposed, one.conditions)) for one in asked):
        return True
    return any(_implies(one, other) for one in asked for other in barred)


def _told(condition: Condition, is_met: bool) -> Iterator[tuple[Condition, bool]]:
    """The single conditions that must be met (True) or not be met (False) all together."""
    match condition:
        case Not():
            yield from _told(condition.condition, not is_met)
        case All() if is_met:
            for part in condition.conditions:
                yield from _told(part, True)
        case Any() if not is_met:
            for part in condition.conditions:
                yield from _told(part, False)
        case _ if not isinstance(condition, _OF_PLACE_AND_TIME):
            yield condition, is_met


def _implies(one: Condition, other: Condition) -> bool:
    """Whether the other is met wherever the one is, as far as that can be told from both alone."""
    match one, other:
        case Subtotal(), Subtotal():
            bounds = [(minor, other.amount.of(currency)) for currency, minor in one.amount.by_currency]
            alike = one.basis is other.basis and _same(one.of, other.of)
            return alike and all(least is not None and _reaches(one, other, minor, least) for minor, least in bounds)
        case QuantityOf(), QuantityOf():
            return _same(one.of, other.of) and _reaches(one, other, one.at_least, other.at_least)
        case QuantityOf(), Contains():
            return _same(one.of, other.of)
    return one == other


def _reaches(one: Subtotal | QuantityOf, other: Subtotal | QuantityOf, bound: int, least: int) -> bool:
    return bound > least or (bound == least and one.more_than >= other.more_than)


def _same(one: Filter, other: Filter) -> bool:
    return replace(one, label="") == replace(other, label="")
