"""Kinds of payment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from modules.pricing.engine.conditions.base import Judge, Judgement, verdict
from modules.pricing.engine.view import View


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
