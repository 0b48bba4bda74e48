"""The cheapest at a discount."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from modules.pricing.engine.actions.base import Act, Effect, blocked, by_line, cheapest, first, percent_of_each
from modules.pricing.engine.view import View
from modules.pricing.model.promotions import ALL_GOODS, WHOLE, Filter, Percent, Phase


@dataclass(frozen=True, slots=True)
class CheapestOff(Act):
    """A percentage off the cheapest units. How many there must be besides is a condition's matter."""

    KIND: ClassVar = "cheapest"
    SUMMARY: ClassVar = "A percentage off the cheapest units of the filter's goods."
    DESCRIPTIONS: ClassVar = {
        "percent": "How much off; 100 makes them free.",
        "units": "How many of the cheapest units.",
        "of": "Which goods; all when left out.",
    }
    LEAST: ClassVar = {"units": 1}
    PHASE: ClassVar = Phase.ITEMS
    IS_CONSUMING: ClassVar = True

    percent: Percent = WHOLE
    units: int = 1
    of: Filter = ALL_GOODS

    def plan(self, view: View) -> Effect:
        found = by_line(first(cheapest(view.units(self.of, is_consuming=True)), self.units))
        if not found.lines:
            return blocked(view, (self.of,))
        return percent_of_each(view, found, self.percent, is_consuming=True)

    def filters(self) -> Sequence[Filter]:
        return (self.of,)
