"""All, any, not: how conditions are joined."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from modules.pricing.engine.conditions.base import Anchors, Judge, Judgement, as_judge
from modules.pricing.engine.view import View
from modules.pricing.model.promotions import Condition


@dataclass(frozen=True, slots=True)
class All(Judge):
    """Every one of them; none at all is met."""

    KIND: ClassVar = "all"
    SUMMARY: ClassVar = "Every one of these conditions is met."
    DESCRIPTIONS: ClassVar = {"conditions": "Those that must all be met."}
    LEAST: ClassVar = {"conditions": 1}

    conditions: tuple[Condition, ...]

    def judge(self, view: View) -> Judgement:
        """What is missing is what any of them misses; one secret failure makes the whole secret."""
        words: tuple[str, ...] = ()
        failed: list[Judgement] = []
        for condition in self.conditions:
            one = as_judge(condition).judge(view)
            if one.met:
                words += one.because
            else:
                failed.append(one)
        if not failed:
            return Judgement(True, words)
        if any(one.is_secret for one in failed):
            return Judgement(False, is_secret=True)
        because = tuple([word for one in failed for word in one.because])
        return Judgement(False, because, tuple([lack for one in failed for lack in one.lacks]))

    def required(self) -> Iterator[Anchors]:
        for condition in self.conditions:
            yield from as_judge(condition).required()

    def reads_amounts(self) -> bool:
        return any(as_judge(condition).reads_amounts() for condition in self.conditions)

    def parts(self) -> tuple[Condition, ...]:
        return self.conditions


@dataclass(frozen=True, slots=True)
class Any(Judge):
    """At least one of them."""

    KIND: ClassVar = "any"
    SUMMARY: ClassVar = "At least one of these conditions is met."
    DESCRIPTIONS: ClassVar = {"conditions": "Those of which one is enough."}
    LEAST: ClassVar = {"conditions": 1}

    conditions: tuple[Condition, ...]

    def judge(self, view: View) -> Judgement:
        """What is missing is what the nearest misses; the secret ones among them are not spoken of."""
        found = [as_judge(condition).judge(view) for condition in self.conditions]
        met = next((one for one in found if one.met), None)
        known = [one for one in found if not one.is_secret]
        return met or min(known, key=lambda one: one.distance, default=Judgement(False, is_secret=True))

    def required(self) -> Iterator[Anchors]:
        sets = [next(iter(as_judge(condition).required()), None) for condition in self.conditions]
        known = [one for one in sets if one is not None]
        if len(known) == len(sets):
            yield frozenset().union(*known)

    def reads_amounts(self) -> bool:
        return any(as_judge(condition).reads_amounts() for condition in self.conditions)

    def parts(self) -> tuple[Condition, ...]:
        return self.conditions


@dataclass(frozen=True, slots=True)
class Not(Judge):
    """The opposite. What must be there for it to be met cannot be said, nor what is missing."""

    KIND: ClassVar = "not"
    SUMMARY: ClassVar = "This condition is not met."
    DESCRIPTIONS: ClassVar = {"condition": "The one that must not be met."}

    condition: Condition

    def judge(self, view: View) -> Judgement:
        found = as_judge(self.condition).judge(view)
        return Judgement(not found.met, tuple(f"not:{word}" for word in found.because))

    def reads_amounts(self) -> bool:
        return as_judge(self.condition).reads_amounts()

    def parts(self) -> tuple[Condition, ...]:
        return (self.condition,)
