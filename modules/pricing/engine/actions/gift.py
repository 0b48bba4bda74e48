"""Gifts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from modules.kernel.names import Sku
from modules.kernel.quantity import ONE, Quantity
from modules.pricing.engine.actions.base import Act, Effect
from modules.pricing.engine.view import View
from modules.pricing.model.promotions import ALL_GOODS, Amounts, Filter, Phase


@dataclass(frozen=True, slots=True)
class GiftOf(Act):
    """Adds a line that costs nothing while it is earned and in stock. The shopper may choose among `sku` and `choice`;
    what he chose and is gone is replaced by the first that can be had."""

    KIND: ClassVar = "gift"
    SUMMARY: ClassVar = "Adds a gift."
    DESCRIPTIONS: ClassVar = {
        "sku": "The product that is given.",
        "quantity": "How much of it each time.",
        "choice": "Products that the shopper may take instead.",
        "max": "How often it is given at most; more than once only with an amount or a quantity to be earned by.",
        "each_amount": "Given once for each so much of the filter's subtotal.",
        "each_quantity": "Given once for each so many units of the filter's goods.",
        "of": "Which goods earn it; all when left out.",
    }
    LEAST: ClassVar = {"quantity": 1, "max": 1, "each_quantity": 1}
    PHASE: ClassVar = Phase.GIFTS

    sku: Sku
    quantity: Quantity = ONE
    choice: tuple[Sku, ...] = ()
    max: int | None = None
    each_amount: Amounts | None = None
    each_quantity: Quantity | None = None
    of: Filter = ALL_GOODS

    def plan(self, view: View) -> Effect:
        times = self._times(view)
        if times < 1 or self.quantity < 1:
            return Effect()
        stock = view.stock
        for sku in self._wanted(view):
            fits = times if sku not in stock else min(times, max(stock[sku], 0) // self.quantity)
            if fits:
                return Effect(gifts=((sku, Quantity(fits * self.quantity)),))
        return Effect(is_out_of_stock=True)

    def offered(self) -> tuple[Sku, ...]:
        """All that may be given, the author's first choice first."""
        return tuple(dict.fromkeys((self.sku, *self.choice)))

    def _times(self, view: View) -> int:
        each = self.each_amount.of(view.currency) if self.each_amount else None
        if each:
            earned = view.subtotal(self.of) // each
        elif self.each_quantity:
            earned = view.quantity(self.of) // self.each_quantity
        else:
            earned = 0 if self.each_amount else 1
        return earned if self.max is None else min(earned, self.max)

    def _wanted(self, view: View) -> Iterator[Sku]:
        offered = self.offered()
        mine = [one.sku for one in view.circumstances.gifts if one.promotion == view.promotion.id]
        chosen = [sku for sku in mine if sku in offered]
        yield from dict.fromkeys((*chosen, *offered))
