"""Any three for ten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from modules.kernel.quantity import pieces
from modules.pricing.engine.actions.base import (
    Act,
    Effect,
    between,
    blocked,
    by_line,
    count,
    dearest,
    first,
    over_all,
    worth,
)
from modules.pricing.engine.case import Lack
from modules.pricing.engine.ledger import Pick
from modules.pricing.engine.view import View
from modules.pricing.model.promotions import ALL_GOODS, Amounts, Filter, Phase


@dataclass(frozen=True, slots=True)
class NForPrice(Act):
    """Every complete group of n units costs a fixed amount. Groups are formed from the dearest down; one that costs
    less anyway is left alone."""

    KIND: ClassVar = "nForPrice"
    SUMMARY: ClassVar = "Every complete group of so many units costs a fixed price."
    DESCRIPTIONS: ClassVar = {
        "units": "Units of a group.",
        "price": "What a group costs, in the cart's tax mode.",
        "of": "Which goods; all when left out.",
        "max_sets": "How many groups there are at most.",
    }
    LEAST: ClassVar = {"units": 1, "max_sets": 1}
    PHASE: ClassVar = Phase.ITEMS
    IS_CONSUMING: ClassVar = True

    units: int
    price: Amounts
    of: Filter = ALL_GOODS
    max_sets: int | None = None

    def plan(self, view: View) -> Effect:
        price = self.price.of(view.currency)
        if price is None or self.units < 1:
            return Effect()
        free = dearest(view.units(self.of, is_consuming=True))
        complete = count(free) // self.units
        if not complete:
            return self._incomplete(view, count(free))
        sets = self._dearer(free, price, complete if self.max_sets is None else min(complete, self.max_sets))
        used = first(free, sets * self.units)
        return over_all(view, by_line(used), worth(used) - sets * price, is_consuming=True)

    def filters(self) -> Sequence[Filter]:
        return (self.of,)

    def _dearer(self, free: Sequence[Pick], price: int, most: int) -> int:
        """How many groups cost more than the price; they stand at the front, as no group costs more than the one
        before it."""
        low, high = 0, most
        while low < high:
            middle = (low + high + 1) // 2
            group = between(free, (middle - 1) * self.units, middle * self.units)
            low, high = (middle, high) if worth(group) > price else (low, middle - 1)
        return low

    def _incomplete(self, view: View, free: int) -> Effect:
        stand = blocked(view, (self.of,))
        if stand.blocked_by and sum(view.case.wares[line].units for line in view.lines(self.of)) >= self.units:
            return stand
        return Effect(lacks=(Lack("quantity", pieces(self.units), pieces(free), self.of.label),))
