"""What a condition answers, and what every condition can do."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import ClassVar, Final

from modules.pricing.engine.case import Lack
from modules.pricing.engine.view import View
from modules.pricing.model.promotions import Condition, Filter

Anchor = tuple[str, str]
"""Something that is there or not, as (kind, name): sku, category, group, segment, customerGroup, code, market, channel
or store."""
Anchors = frozenset[Anchor]

PLACES = frozenset({"market", "channel", "store"})
GOODS = frozenset({"sku", "category", "group"})


@dataclass(slots=True)
class Judgement:
    """Whether a condition is met, and why. `is_secret`: it fails on what the customer must not hear of (2.4).

    Not frozen, as a cart makes one for each promotion; nobody changes it, and many share one.
    """

    met: bool
    because: tuple[str, ...] = ()
    lacks: tuple[Lack, ...] = ()
    is_secret: bool = False

    @property
    def distance(self) -> int:
        """How far off: the farthest of all that lacks (2.4)."""
        return max((lack.distance for lack in self.lacks), default=0 if self.met else 1_000_000)


@dataclass(frozen=True, slots=True)
class Judge(Condition):
    """A condition that can be judged."""

    IS_FIXED: ClassVar[bool] = True
    """Whether no promotion can change the answer; thresholds on running amounts can change (O-7)."""

    @abstractmethod
    def judge(self, view: View) -> Judgement:
        """Whether it is met by what this promotion sees."""

    def required(self) -> Iterator[Anchors]:
        """It can be met only when of each of these sets at least one anchor is there; by default nothing must be."""
        yield from ()

    def reads_amounts(self) -> bool:
        """Whether the answer may change while promotions apply."""
        return not self.IS_FIXED

    def parts(self) -> tuple[Condition, ...]:
        """The conditions it consists of."""
        return ()


def as_judge(condition: Condition) -> Judge:
    """A registered condition as what it is. Raises TypeError for one that nobody registered."""
    if not isinstance(condition, Judge):
        raise TypeError(f"{type(condition).__name__} is no registered condition")
    return condition


def anchors_of(goods: Filter) -> Anchors:
    """Of what at least one must be in the cart to meet the filter; none when anything may meet it."""
    for kind, names in (("sku", goods.skus), ("group", goods.groups), ("category", goods.categories)):
        if names:
            return frozenset((kind, name) for name in names)
    return frozenset()


UNCONDITIONAL: Final = Judgement(True)
"""Of what asks for nothing."""


@cache
def _met(kind: str) -> Judgement:
    """One for all: most of what is judged is met."""
    return Judgement(True, (kind,))


def verdict(kind: str, met: bool, *lacks: Lack, secret: bool = False) -> Judgement:
    """The answer of a single condition; what is met lacks nothing."""
    if met:
        return _met(kind)
    return Judgement(False, (), (), True) if secret else Judgement(False, (kind,), lacks)
