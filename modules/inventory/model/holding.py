"""What goods are set aside for, for how long, and how much of it one may have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final, NamedTuple

from modules.inventory.events import HoldRulesChanged
from modules.kernel.policies import StockRule
from modules.kernel.quantity import Quantity

MINUTE_US: Final = 60_000_000
HOUR_US: Final = 60 * MINUTE_US


class Purpose(StrEnum):
    """What it is set aside for; each has a life time of its own."""

    CART = "cart"
    CHECKOUT = "checkout"
    PAYMENT = "payment"
    PICKUP = "pickup"
    CUSTOMER = "customer"
    QUOTE = "quote"
    MANUAL = "manual"


class LifeTime(NamedTuple):
    """How long a hold lasts unless said otherwise, and how long it may last in all; None: until it is released."""

    usual_us: int | None
    longest_us: int | None


LIFE_TIMES: Final[Mapping[Purpose, LifeTime]] = {
    Purpose.CART: LifeTime(HOUR_US // 2, 2 * HOUR_US),
    Purpose.CHECKOUT: LifeTime(HOUR_US // 4, HOUR_US),
    Purpose.PAYMENT: LifeTime(HOUR_US, 24 * HOUR_US),
    Purpose.PICKUP: LifeTime(48 * HOUR_US, 14 * 24 * HOUR_US),
    Purpose.CUSTOMER: LifeTime(7 * 24 * HOUR_US, 60 * 24 * HOUR_US),
    Purpose.QUOTE: LifeTime(14 * 24 * HOUR_US, 90 * 24 * HOUR_US),
    Purpose.MANUAL: LifeTime(None, None),
}
"""R-5: a checkout holds for 15 minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeTimeInput:
    """A purpose's life times as handed in, unchecked; None: until it is released."""

    purpose: Purpose
    usual_seconds: int | None
    longest_seconds: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRulesInput:
    """Rules as handed in, unchecked and whole; units are a decimal string."""

    channel: str = "*"
    units_per_customer: str | None = None
    holds_per_owner: int | None = None
    life_times: Sequence[LifeTimeInput] = ()


@dataclass(frozen=True, slots=True)
class HoldRules:
    """What a channel allows, or all that have no rules of their own (R-6); None: no bound. A purpose that is not named
    has its usual life times."""

    channel: str = "*"
    units_per_customer: Quantity | None = None
    """Of one sku, held at the same time."""
    holds_per_owner: int | None = None
    life_times: Mapping[Purpose, LifeTime] = field(default_factory=dict)

    @property
    def bound(self) -> bool:
        """Whether it bounds anything that must be counted."""
        return self.units_per_customer is not None or self.holds_per_owner is not None

    def life_time(self, purpose: Purpose) -> LifeTime:
        """How long a hold for this lasts."""
        return self.life_times.get(purpose) or LIFE_TIMES[purpose]

    def within(self, market: StockRule) -> HoldRules:
        """The rules in a market that says how long a checkout holds at first; a life time said here is before it."""
        usual = market.hold_minutes * MINUTE_US
        if Purpose.CHECKOUT in self.life_times or usual == LIFE_TIMES[Purpose.CHECKOUT].usual_us:
            return self
        life = LifeTime(usual, max(usual, HOUR_US))
        return replace(self, life_times={**self.life_times, Purpose.CHECKOUT: life})

    def state(self) -> dict[str, Any]:
        """The rules in JSON values."""
        return {
            "channel": self.channel,
            "units_per_customer_micros": self.units_per_customer,
            "holds_per_owner": self.holds_per_owner,
            "life_times": {purpose.value: list(life) for purpose, life in sorted(self.life_times.items())},
        }

    def event(self, version: int) -> HoldRulesChanged:
        """The rules as others are told of them."""
        return HoldRulesChanged(version=version, **self.state())


NO_RULES: Final = HoldRules()
