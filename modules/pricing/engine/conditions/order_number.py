"""The first order, or every n-th."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from modules.pricing.engine.conditions.base import Judge, Judgement, verdict
from modules.pricing.engine.view import View


@dataclass(frozen=True, slots=True)
class OrderNumber(Judge):
    """It is the customer's first or n-th order. A guest's orders cannot be counted, so he does not meet it."""

    KIND: ClassVar = "orderNumber"
    SUMMARY: ClassVar = "It is the first or n-th order of a known customer."
    DESCRIPTIONS: ClassVar = {
        "number": "Which order: 1 is the first.",
        "every": "Whether every n-th order is meant: with number 5 the 5th, the 10th and so on.",
    }
    LEAST: ClassVar = {"number": 1}

    number: int = 1
    every: bool = False

    def judge(self, view: View) -> Judgement:
        if view.customer is None or self.number < 1:
            return verdict(self.KIND, False, secret=True)
        this = view.customer.orders + 1
        return verdict(self.KIND, not this % self.number if self.every else this == self.number, secret=True)
