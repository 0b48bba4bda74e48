"""A specific code."""

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
