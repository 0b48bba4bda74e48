"""Percent or amount off items: unit by unit, line by line, or across them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from modules.kernel.money import MICROS
from modules.pricing.engine.actions.base import (
    Act,
    Cut,
    Effect,
    Part,
    blocked,
    by_line,
    count,
    dearest,
    first,
    over_lines,
    parts,
    percent_of_lines,
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
        "basis": "Of what earlier promotions left, or of the list price.",
    }
    LEAST: ClassVar = {"max_units": 1}
    PHASE: ClassVar = Phase.ITEMS

    percent: Percent
    of: Filter = ALL_GOODS
    max_units: int | None = None
    basis: PercentBasis = PercentBasis.RUNNING

    def plan(self, view: View) -> Effect:
        found = limited(view, self.of, self.max_units)
        if self.basis is PercentBasis.LIST_PRICE:
            found = [at_list_price(view, part) for part in found]
        cuts = percent_of_lines(view, found, self.percent)
        wished = sum([view.round(part.minor * self.percent, MICROS) for part in found])
        return Effect(cuts, wished=wished) if wished else blocked(view, (self.of,))

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
        if not amount or not found:
            return blocked(view, (self.of,))
        if self.spread is Spread.ACROSS:
            return over_lines(view, found, amount)
        each = [amount * (self._units(view, part) if self.spread is Spread.EACH_UNIT else 1) for part in found]
        cuts = [Cut(part.line, self._cut(view, part, wish), part.picks) for part, wish in zip(found, each, strict=True)]
        return Effect(cuts, wished=sum(each))

    def _units(self, view: View, part: Part) -> int:
        return count(part.picks) if part.picks else view.case.wares[part.line].units

    def _cut(self, view: View, part: Part, wish: int) -> int:
        return min(wish, part.minor, view.room(part.line))

    def filters(self) -> Sequence[Filter]:
        return (self.of,)


def limited(view: View, goods: Filter, max_units: int | None) -> list[Part]:
    """The lines that are meant, or their dearest units up to the bound."""
    if max_units is None:
        return parts(view, goods)
    return by_line(first(dearest(view.units(goods, is_consuming=False)), max_units))


def at_list_price(view: View, part: Part) -> Part:
    """The same units at what they cost at list price (O-2)."""
    ware = view.case.wares[part.line]
    units = count(part.picks) if part.picks else ware.units
    return part._replace(minor=view.round(ware.list_minor * units, max(ware.units, 1)))
