"""Certain goods in the cart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from modules.kernel.quantity import ONE
from modules.pricing.engine.case import Lack
from modules.pricing.engine.conditions.base import Anchors, Judge, Judgement, anchors_of, verdict
from modules.pricing.engine.view import View
from modules.pricing.model.promotions import Filter


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
