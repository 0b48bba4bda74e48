"""Percent or amount off items: unit by unit, line by line, or across them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from modules.kernel.policies import Percentages, Policies
from modules.pricing.engine.actions.base import (
    Act,
    Effect,
    Parts,
    blocked,
    by_line,
    dearest,
    first,
    off_each,
    over_all,
    parts,
)
from modules.pricing.engine.view import View
from modules.pricing.model.promotions import ALL_GOODS, Amounts, Filter, Percent, Phase


class PercentBasis(StrEnum):
    """What a percentage is taken of: what earlier promotions left, or the list price (O-2)."""

    RUNNING = "running"
    LIST_PRICE = "list_price"


class Spread(StrEnum):
    """What gets the amount: each unit, each line, or all of them one amount together."""

    EACH_UNIT = "each_unit"
    EACH_LINE = "each_line"
    ACROSS = "across"


@dataclass(frozen=True, slots=True)
class ItemPercentOff(Act):
    """A percentage off each line, rounded there (O-3)."""

    KIND: ClassVar = "itemPercentOff"
    SUMMARY: ClassVar = "A percentage off the filter's goods."
    DESCRIPTIONS: ClassVar = {
        "percent": "How much off.",
        "of": "Which goods; all when left out.",
        "max_units": "The discount holds for so many units at most, the dearest first.",
        "basis": "Of what earlier promotions left, or of the list price; the market's choice when left out.",
    }
    LEAST: ClassVar = {"max_units": 1}
    PHASE: ClassVar = Phase.ITEMS

    percent: Percent
    of: Filter = ALL_GOODS
    max_units: int | None = None
    basis: PercentBasis | None = None

    def plan(self, view: View) -> Effect:
        found = limited(view, self.of, self.max_units)
        base = at_list_price(view, found) if is_of_list_price(self.basis, view.case.policies) else found.amounts
        effect = off_each(view, found, view.percent(base, self.percent))
        return effect if effect.wished else blocked(view, (self.of,))

    def filters(self) -> Sequence[Filter]:
        return (self.of,)


@dataclass(frozen=True, slots=True)
class ItemAmountOff(Act):
    """An amount off each unit, each line, or across the lines (G-7); never more than is left (O-4)."""

    KIND: ClassVar = "itemAmountOff"
    SUMMARY: ClassVar = "An amount off the filter's goods."
    DESCRIPTIONS: ClassVar = {
        "amount": "How much off, in the cart's tax mode.",
        "of": "Which goods; all when left out.",
        "max_units": "The discount holds for so many units at most, the dearest first.",
        "spread": "Whether each unit, each line, or all lines together get the amount.",
    }
    LEAST: ClassVar = {"max_units": 1}
    PHASE: ClassVar = Phase.ITEMS

    amount: Amounts
    of: Filter = ALL_GOODS
    max_units: int | None = None
    spread: Spread = Spread.EACH_UNIT

    def plan(self, view: View) -> Effect:
        amount = view.round(self.amount.of(view.currency) or 0, 1)
        found = limited(view, self.of, self.max_units)
        if not amount or not found.lines:
            return blocked(view, (self.of,))
        if self.spread is Spread.ACROSS:
            return over_all(view, found, amount)
        times = found.units(view) if self.spread is Spread.EACH_UNIT else [1] * len(found.lines)
        return off_each(view, found, [amount * number for number in times])

    def filters(self) -> Sequence[Filter]:
        return (self.of,)


def is_of_list_price(basis: PercentBasis | None, policies: Policies) -> bool:
    """Whether a percentage is one of the list price; where the promotion does not say, the market does (O-2)."""
    if basis is None:
        return policies.percentages is Percentages.ADD
    return basis is PercentBasis.LIST_PRICE


def limited(view: View, goods: Filter, max_units: int | None) -> Parts:
    """The lines that are meant, or their dearest units up to the bound."""
    if max_units is None:
        return parts(view, goods)
    return by_line(first(dearest(view.units(goods, is_consuming=False)), max_units))


def at_list_price(view: View, found: Parts) -> list[int]:
    """What the same units cost at list price (O-2)."""
    wares = [view.case.wares[line] for line in found.lines]
    if not found.picks:
        return [ware.list_minor for ware in wares]
    shares = zip(wares, found.units(view), strict=True)
    return [view.round(ware.list_minor * units, max(ware.units, 1)) for ware, units in shares]
