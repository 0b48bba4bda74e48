"""What lies in the cart: subtotals, quantities, certain goods. Bounds are inclusive unless `more_than`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from modules.kernel.policies import ThresholdBasis
from modules.kernel.quantity import ONE, Quantity
from modules.pricing.engine.case import Lack
from modules.pricing.engine.conditions.base import Anchors, Judge, Judgement, anchors_of, verdict
from modules.pricing.engine.view import View
from modules.pricing.model.promotions import ALL_GOODS, Amounts, Filter


@dataclass(frozen=True, slots=True)
class Subtotal(Judge):
    """Goods for at least so much (O-7). In a currency without an amount it is not met."""

    KIND: ClassVar = "subtotal"
    SUMMARY: ClassVar = "The goods of the filter cost at least so much together."
    DESCRIPTIONS: ClassVar = {
        "amount": "What they cost at least, in the cart's tax mode.",
        "of": "Which goods count; all when left out.",
        "more_than": "Whether they must cost more than the amount; reaching it is enough otherwise.",
        "basis": "Amounts as they stand by then, or list prices; the market's choice when left out.",
    }
    IS_FIXED: ClassVar = False

    amount: Amounts
    of: Filter = ALL_GOODS
    more_than: bool = False
    basis: ThresholdBasis | None = None

    def judge(self, view: View) -> Judgement:
        least = view.least(self.amount, self.more_than)
        if least is None:
            return verdict(self.KIND, False)
        actual = view.subtotal(self.of, self.basis)
        return verdict(self.KIND, actual >= least, Lack("amount", least, actual, view.currency))

    def required(self) -> Iterator[Anchors]:
        yield from filter(None, (anchors_of(self.of),))


@dataclass(frozen=True, slots=True)
class QuantityOf(Judge):
    """At least so many units."""

    KIND: ClassVar = "quantity"
    SUMMARY: ClassVar = "There is at least so much of the filter's goods."
    DESCRIPTIONS: ClassVar = {
        "at_least": "How much at least, in the products' units.",
        "of": "Which goods count; all when left out.",
        "more_than": "Whether there must be more than that; reaching it is enough otherwise.",
    }

    at_least: Quantity
    of: Filter = ALL_GOODS
    more_than: bool = False

    def judge(self, view: View) -> Judgement:
        actual = view.quantity(self.of)
        met = actual > self.at_least if self.more_than else actual >= self.at_least
        least = self.at_least + ONE if self.more_than else self.at_least
        return verdict(self.KIND, met, Lack("quantity", least, actual, self.of.label))

    def required(self) -> Iterator[Anchors]:
        yield from filter(None, (anchors_of(self.of),))


@dataclass(frozen=True, slots=True)
class Contains(Judge):
    """Some of these goods are there."""

    KIND: ClassVar = "contains"
    SUMMARY: ClassVar = "The cart contains at least one of the filter's goods."
    DESCRIPTIONS: ClassVar = {"of": "Which goods."}

    of: Filter

    def judge(self, view: View) -> Judgement:
        only = self.of.skus[0] if len(self.of.skus) == 1 else self.of.label
        return verdict(self.KIND, bool(view.lines(self.of)), Lack("sku", ONE, 0, only))

    def required(self) -> Iterator[Anchors]:
        yield from filter(None, (anchors_of(self.of),))
