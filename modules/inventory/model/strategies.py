"""By which goals a channel chooses where its goods come from (4.3)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from modules.inventory.events import SourcingRulesChanged


class Strategy(StrEnum):
    """The order of goals by which sets of sources are compared; all fill as much as can be first."""

    MIN_SPLIT = "min_split"
    PRIORITY = "priority"
    NEAREST = "nearest"
    SHIP_FROM_STORE = "ship_from_store"
    HIGHEST_STOCK = "highest_stock"
    SINGLE_SOURCE_ONLY = "single_source_only"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcingRuleInput:
    """A rule as handed in, unchecked; `*` is every channel without its own."""

    channel: str = "*"
    strategy: Strategy


@dataclass(frozen=True, slots=True)
class SourcingRule:
    """How a channel, or every one without a rule of its own (`*`), chooses."""

    channel: str
    strategy: Strategy

    def state(self) -> dict[str, Any]:
        """The rule in JSON values."""
        return {"channel": self.channel, "strategy": self.strategy.value}

    def event(self, version: int) -> SourcingRulesChanged:
        """The rule as others are told of it."""
        return SourcingRulesChanged(version=version, **self.state())
