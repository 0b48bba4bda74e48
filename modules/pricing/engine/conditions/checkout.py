"""How it is bought: a code, a kind of payment, a way of delivery."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from modules.pricing.engine.conditions.base import Anchors, Judge, Judgement, verdict
from modules.pricing.engine.view import View


@dataclass(frozen=True, slots=True)
class WithCode(Judge):
    """One of these codes was entered and holds. A code that the customer does not have is not spoken of (2.4)."""

    KIND: ClassVar = "code"
    SUMMARY: ClassVar = "One of these codes was entered."
    DESCRIPTIONS: ClassVar = {"codes": "Codes in their compared form, of which one is enough."}
    LEAST: ClassVar = {"codes": 1}

    codes: tuple[str, ...]

    def judge(self, view: View) -> Judgement:
        return verdict(self.KIND, not view.codes.isdisjoint(self.codes), secret=True)

    def required(self) -> Iterator[Anchors]:
        yield frozenset(("code", code) for code in self.codes)


@dataclass(frozen=True, slots=True)
class PaidBy(Judge):
    """One of these kinds of payment is chosen."""

    KIND: ClassVar = "payment"
    SUMMARY: ClassVar = "One of these kinds of payment is chosen."
    DESCRIPTIONS: ClassVar = {"kinds": "Kinds of payment, such as cash, of which one is enough."}
    LEAST: ClassVar = {"kinds": 1}

    kinds: tuple[str, ...]

    def judge(self, view: View) -> Judgement:
        return verdict(self.KIND, view.circumstances.payment in self.kinds)


@dataclass(frozen=True, slots=True)
class DeliveredBy(Judge):
    """One of these shipping methods is chosen."""

    KIND: ClassVar = "delivery"
    SUMMARY: ClassVar = "One of these shipping methods is chosen."
    DESCRIPTIONS: ClassVar = {"methods": "Ids of shipping methods, of which one is enough."}
    LEAST: ClassVar = {"methods": 1}

    methods: tuple[str, ...]

    def judge(self, view: View) -> Judgement:
        freight = view.circumstances.freight
        return verdict(self.KIND, freight is not None and freight.method in self.methods)
