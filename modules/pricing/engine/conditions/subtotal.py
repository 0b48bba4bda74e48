"""Goods for at least so much."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from modules.kernel.policies import ThresholdBasis
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
        lacks = () if actual >= least else (Lack("amount", least, actual, view.currency),)
        return verdict(self.KIND, not lacks, *lacks)

    def required(self) -> Iterator[Anchors]:
        yield from filter(None, (anchors_of(self.of),))
