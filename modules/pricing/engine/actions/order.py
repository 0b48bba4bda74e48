"""Percent or amount off the order, or a fixed price for it; every discount ends on lines (O-11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from modules.pricing.engine.actions.base import Act, Effect, blocked, over_all, parts
from modules.pricing.engine.actions.items import PercentBasis, at_list_price, is_of_list_price
from modules.pricing.engine.view import View
from modules.pricing.model.promotions import ALL_GOODS, Amounts, Filter, Percent, Phase


@dataclass(frozen=True, slots=True)
class OrderPercentOff(Act):
    """A percentage of the filter's subtotal, rounded once and then allocated (O-3, G-7)."""

    KIND: ClassVar = "orderPercentOff"
    SUMMARY: ClassVar = "A percentage off the subtotal of the filter's goods."
    DESCRIPTIONS: ClassVar = {
        "percent": "How much off.",
        "of": "Which goods; all when left out.",
        "basis": "Of what earlier promotions left, or of the list prices; the market's choice when left out.",
    }
    PHASE: ClassVar = Phase.ORDER

    percent: Percent
    of: Filter = ALL_GOODS
    basis: PercentBasis | None = None

    def plan(self, view: View) -> Effect:
        found = parts(view, self.of)
        is_listed = is_of_list_price(self.basis, view.case.policies)
        base = sum(at_list_price(view, found)) if is_listed else found.total
        total = view.percent_of(base, self.percent)
        return over_all(view, found, total) if total else blocked(view, (self.of,))

    def filters(self) -> Sequence[Filter]:
        return (self.of,)


@dataclass(frozen=True, slots=True)
class OrderAmountOff(Act):
    """An amount off the filter's subtotal, at most what is left of it (O-4)."""

    KIND: ClassVar = "orderAmountOff"
    SUMMARY: ClassVar = "An amount off the subtotal of the filter's goods."
    DESCRIPTIONS: ClassVar = {
        "amount": "How much off, in the cart's tax mode.",
        "of": "Which goods; all when left out.",
    }
    PHASE: ClassVar = Phase.ORDER

    amount: Amounts
    of: Filter = ALL_GOODS

    def plan(self, view: View) -> Effect:
        found = parts(view, self.of)
        amount = view.round(self.amount.of(view.currency) or 0, 1)
        return over_all(view, found, amount) if amount and found.lines else blocked(view, (self.of,))

    def filters(self) -> Sequence[Filter]:
        return (self.of,)


@dataclass(frozen=True, slots=True)
class OrderFixedPrice(Act):
    """The filter's goods cost so much together, if that is less than they do."""

    KIND: ClassVar = "orderFixedPrice"
    SUMMARY: ClassVar = "The filter's goods together cost a fixed price."
    DESCRIPTIONS: ClassVar = {
        "price": "What they cost together, in the cart's tax mode.",
        "of": "Which goods; all when left out.",
    }
    PHASE: ClassVar = Phase.ORDER

    price: Amounts
    of: Filter = ALL_GOODS

    def plan(self, view: View) -> Effect:
        found = parts(view, self.of)
        price = self.price.of(view.currency)
        excess = found.total - price if price is not None else 0
        return over_all(view, found, excess) if excess > 0 else blocked(view, (self.of,))

    def filters(self) -> Sequence[Filter]:
        return (self.of,)
