"""Weekdays and hours by the market's clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from modules.pricing.engine.case import Lack
from modules.pricing.engine.conditions.base import Judge, Judgement, verdict
from modules.pricing.engine.schedule import is_open, next_change
from modules.pricing.engine.view import View
from modules.pricing.model.prices import Span


@dataclass(frozen=True, slots=True)
class InHours(Judge):
    """The market's clock is within one of these hours (G-5)."""

    KIND: ClassVar = "hours"
    SUMMARY: ClassVar = "It is one of these weekdays and hours, by the market's clock."
    DESCRIPTIONS: ClassVar = {"spans": "Hours on weekdays, of which one is enough."}
    LEAST: ClassVar = {"spans": 1}

    spans: tuple[Span, ...]

    def judge(self, view: View) -> Judgement:
        at_us, zone = view.circumstances.at_us, view.market.zone
        view.hold_until(next_change(self.spans, at_us, zone))
        met = bool(self.spans) and is_open(self.spans, at_us, zone)
        opens = None if met else next_change(self.spans, at_us, zone)
        return verdict(self.KIND, met, *([Lack("time", opens, at_us)] if opens else ()))
