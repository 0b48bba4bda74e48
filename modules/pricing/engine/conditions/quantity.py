"""At least so many units."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from modules.kernel.quantity import ONE, Quantity
from modules.pricing.engine.case import Lack
from modules.pricing.engine.conditions.base import Anchors, Judge, Judgement, anchors_of, verdict
from modules.pricing.engine.view import View
from modules.pricing.model.promotions import ALL_GOODS, Filter


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
