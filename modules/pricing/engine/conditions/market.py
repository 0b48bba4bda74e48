"""Markets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from modules.kernel.names import MarketId
from modules.pricing.engine.conditions.base import Anchors, Judge, Judgement, verdict
from modules.pricing.engine.view import View


@dataclass(frozen=True, slots=True)
class InMarket(Judge):
    """The cart is in one of these markets."""

    KIND: ClassVar = "market"
    SUMMARY: ClassVar = "The cart is in one of these markets."
    DESCRIPTIONS: ClassVar = {"markets": "Ids of markets, of which one is enough."}
    LEAST: ClassVar = {"markets": 1}

    markets: tuple[MarketId, ...]

    def judge(self, view: View) -> Judgement:
        return verdict(self.KIND, view.market.id in self.markets)

    def required(self) -> Iterator[Anchors]:
        yield frozenset(("market", name) for name in self.markets)
