"""Who buys: segments, groups, and how many orders there were. What a customer is not, no hint may tell him (2.4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from modules.pricing.engine.conditions.base import Anchors, Judge, Judgement, verdict
from modules.pricing.engine.view import View


@dataclass(frozen=True, slots=True)
class CustomerSegment(Judge):
    """The customer is in one of these segments."""

    KIND: ClassVar = "customerSegment"
    SUMMARY: ClassVar = "The customer is in one of these segments."
    DESCRIPTIONS: ClassVar = {"segments": "Ids of segments, of which one is enough."}
    LEAST: ClassVar = {"segments": 1}

    segments: tuple[str, ...]

    def judge(self, view: View) -> Judgement:
        held = view.customer.segments if view.customer else frozenset()
        return verdict(self.KIND, not held.isdisjoint(self.segments), secret=True)

    def required(self) -> Iterator[Anchors]:
        yield frozenset(("segment", name) for name in self.segments)


@dataclass(frozen=True, slots=True)
class CustomerGroup(Judge):
    """The customer is in one of these groups."""

    KIND: ClassVar = "customerGroup"
    SUMMARY: ClassVar = "The customer is in one of these groups."
    DESCRIPTIONS: ClassVar = {"groups": "Ids of customer groups, of which one is enough."}
    LEAST: ClassVar = {"groups": 1}

    groups: tuple[str, ...]

    def judge(self, view: View) -> Judgement:
        held = view.customer.groups if view.customer else frozenset()
        return verdict(self.KIND, not held.isdisjoint(self.groups), secret=True)

    def required(self) -> Iterator[Anchors]:
        yield frozenset(("customerGroup", name) for name in self.groups)


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
