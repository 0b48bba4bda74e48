"""Customers of a group. Who is not in one, no hint may tell (2.4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from modules.pricing.engine.conditions.base import Anchors, Judge, Judgement, verdict
from modules.pricing.engine.view import View


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
