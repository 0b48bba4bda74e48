"""Customers of a segment. Who is not in one, no hint may tell (2.4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from modules.kernel.names import SegmentId
from modules.pricing.engine.conditions.base import Anchors, Judge, Judgement, verdict
from modules.pricing.engine.view import View


@dataclass(frozen=True, slots=True)
class CustomerSegment(Judge):
    """The customer is in one of these segments."""

    KIND: ClassVar = "customerSegment"
    SUMMARY: ClassVar = "The customer is in one of these segments."
    DESCRIPTIONS: ClassVar = {"segments": "Ids of segments, of which one is enough."}
    LEAST: ClassVar = {"segments": 1}

    segments: tuple[SegmentId, ...]

    def judge(self, view: View) -> Judgement:
        held = view.customer.segments if view.customer else frozenset()
        return verdict(self.KIND, not held.isdisjoint(self.segments), secret=True)

    def required(self) -> Iterator[Anchors]:
        yield frozenset(("segment", name) for name in self.segments)
