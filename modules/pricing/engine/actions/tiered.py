"""The more, the more: 5 % from 50.00, 10 % from 100.00."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from modules.kernel.policies import ThresholdBasis
from modules.kernel.quantity import Quantity
from modules.pricing.engine.actions.base import Act, Effect, blocked, over_all, parts
from modules.pricing.engine.case import Lack
from modules.pricing.engine.view import View
from modules.pricing.model.promotions import ALL_GOODS, Amounts, Filter, Percent, Phase


@dataclass(frozen=True, slots=True)
class TierStep:
    """From this subtotal or this quantity on, so much off."""

    at_least: Amounts | None = None
    quantity: Quantity | None = None
    percent: Percent | None = None
    amount: Amounts | None = None

    DESCRIPTIONS: ClassVar = {
        "at_least": "From this subtotal on; this or a quantity.",
        "quantity": "From so much on, in the products' units.",
        "percent": "How much off; this or an amount.",
        "amount": "How much off the subtotal, in the cart's tax mode.",
    }

    def lack(self, view: View, goods: Filter, basis: ThresholdBasis | None) -> Lack:
        """How far the goods are from this step; nothing is missing when it is reached."""
        if self.quantity is not None:
            return Lack("quantity", self.quantity, view.quantity(goods), goods.label)
        least = self.at_least.of(view.currency) if self.at_least else None
        if least is None:
            return Lack("currency", 1)
        return Lack("amount", least, view.subtotal(goods, basis), view.currency)


@dataclass(frozen=True, slots=True)
class Tiered(Act):
    """Of several steps only the highest that is reached holds."""

    KIND: ClassVar = "tiered"
    SUMMARY: ClassVar = "A discount that rises with the subtotal or the quantity; only the highest step reached holds."
    DESCRIPTIONS: ClassVar = {
        "steps": "The steps, each higher than the one before it.",
        "of": "Which goods count and get the discount; all when left out.",
        "basis": "Amounts as they stand by then, or list prices; the market's choice when left out.",
    }
    LEAST: ClassVar = {"steps": 1}
    PHASE: ClassVar = Phase.ORDER

    steps: tuple[TierStep, ...]
    of: Filter = ALL_GOODS
    basis: ThresholdBasis | None = None

    def plan(self, view: View) -> Effect:
        known = [(step.lack(view, self.of, self.basis), step) for step in self.steps]
        usable = sorted((pair for pair in known if pair[0].kind != "currency"), key=lambda pair: pair[0].required)
        ahead = tuple(lack for lack, _ in usable if lack.missing)[:1]
        reached = [step for lack, step in usable if not lack.missing]
        if not reached:
            return Effect(lacks=ahead)
        found = parts(view, self.of)
        total = self._value(view, reached[-1], found.total)
        effect = over_all(view, found, total) if total and found.lines else blocked(view, (self.of,))
        effect.lacks = ahead
        return effect

    def filters(self) -> Sequence[Filter]:
        return (self.of,)

    def _value(self, view: View, step: TierStep, subtotal: int) -> int:
        if step.percent is not None:
            return view.percent_of(subtotal, step.percent)
        return view.round(step.amount.of(view.currency) or 0, 1) if step.amount else 0
