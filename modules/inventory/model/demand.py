"""Demand as it is told, how articles are got, and what is planned of both (S-1 to S-6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple

from modules.inventory.model.levels import Level
from modules.inventory.model.sources import ANY
from modules.kernel.money import MICROS
from modules.kernel.names import Sku
from modules.kernel.outcome import Upserted
from modules.kernel.quantity import Quantity

TOTAL: Final = ANY
"""As the source of a plan or a proposal: all sources together, as if they were one."""
SERVICE_LEVEL: Final = 95 * MICROS // 100
LEAD_TIME: Final = 7 * MICROS
"""Days, where nobody says how long goods take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandInput:
    """What was sold of a sku at a source on a day, as handed in: an ISO 8601 date of the source's own calendar."""

    sku: str
    source: str
    day: str
    units: str
    promoted: bool = False
    censored: bool = False


class Demand(NamedTuple):
    """What was sold on a day. `censored`: it could not be had all day. `promoted`: more than usual was wanted (S-5)."""

    sku: Sku
    source: str
    day: date
    units: Quantity
    promoted: bool = False
    censored: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyInput:
    """How articles are got, as handed in and whole; `*` is every sku, or every source. None: not said here."""

    sku: str = ANY
    source: str = ANY
    service_level: str | None = None
    lead_time_days: str | None = None
    lead_deviation_days: str | None = None
    review_days: str | None = None
    min_order: str | None = None
    pack_size: str | None = None
    supplier: str | None = None
    reorder_point: str | None = None


class SupplyPolicy(NamedTuple):
    """How articles are got; shares and days in millionths. None: not said here."""

    sku: str
    source: str
    service_level: int | None = None
    lead_time: int | None = None
    lead_deviation: int | None = None
    review: int | None = None
    min_order: Quantity | None = None
    pack_size: Quantity | None = None
    supplier: str | None = None
    reorder_point: Quantity | None = None
    """By hand. It holds for exactly this source, or for all sources together (`*`); no other policy hands it down."""

    def behind(self, other: SupplyPolicy) -> SupplyPolicy:
        """The other with what it does not say taken from this one."""
        told = {name: value for name, value in other._asdict().items() if value is not None}
        return self._replace(**told)


Policies = Mapping[tuple[str, str], SupplyPolicy]
"""By sku and source."""
NOTHING_SAID: Final = SupplyPolicy(ANY, ANY, SERVICE_LEVEL, LEAD_TIME, 0, 0)


def policy_of(sku: str, source: str, policies: Policies) -> SupplyPolicy:
    """What holds for a sku at a source, each value by itself: its own, else the sku's, the source's, that of all."""
    policy = NOTHING_SAID
    for key in dict.fromkeys(((ANY, ANY), (ANY, source), (sku, ANY), (sku, source))):
        if key in policies:
            policy = policy.behind(policies[key])
    by_hand = policies.get((sku, source))
    return policy._replace(sku=sku, source=source, reorder_point=by_hand.reorder_point if by_hand else None)


class MethodScore(NamedTuple):
    """How a method did in the backtest: RMSSE, and the bias in units a day, in millionths."""

    method: str
    rmsse: int
    bias: int


class StockPlan(NamedTuple):
    """What is planned of a sku at a source, or at all together. Quantities, shares and days in millionths.

    `safety_stock` and `reorder_point` are None where nothing can be said: they are set by hand (S-6). Both are rounded
    up to what the article is counted in.
    """

    sku: Sku
    source: str
    made_us: int
    until: date
    """The first day that was not known."""
    demand_class: str
    method: str
    demand: int
    """The mean of a day to come."""
    safety_stock: Quantity | None
    reorder_point: Quantity | None
    basis: str = ""
    daily: tuple[int, ...] = ()
    scores: tuple[MethodScore, ...] = ()
    service_level: int | None = None
    """In the simulation, as are the next two."""
    fill_rate: int | None = None
    mean_stock: int | None = None
    policy: SupplyPolicy = NOTHING_SAID


@dataclass(frozen=True, slots=True)
class Planned(Upserted):
    """What planning came to: plans written, articles of which nothing can be planned, and where to go on."""

    next: str | None = None


class Stock(NamedTuple):
    """What lies at a source, or at all together: the raw sums, negative ones too (I-2)."""

    on_hand: int = 0
    held: int = 0
    committed: int = 0
    safety_stock: int = 0
    incoming: int = 0

    def plus(self, level: Level) -> Stock:
        """With one more source."""
        return Stock(
            self.on_hand + level.on_hand,
            self.held + level.held,
            self.committed + level.committed,
            self.safety_stock + level.safety_stock,
            self.incoming + sum(item.quantity for item in level.incoming),
        )

    @property
    def available(self) -> int:
        """What nobody has a claim to; the safety stock is part of it, as it is part of the reorder point."""
        return self.on_hand - self.held - self.committed


class Sight(NamedTuple):
    """What is known of a sku at a source, or at all together: days of demand in order, stock, and what follows."""

    demands: tuple[Demand, ...]
    stock: Stock
    plan: StockPlan


class Proposal(NamedTuple):
    """What to order of a sku, and every figure that led to it, in millionths."""

    sku: Sku
    source: str
    stock: Stock
    position: int
    """Available and incoming."""
    reorder_point: Quantity
    by_hand: bool
    needed: int
    """From the position up to the reorder point."""
    quantity: Quantity
    policy: SupplyPolicy
    plan: StockPlan | None
    """Where the reorder point is from, unless it is set by hand."""


class Proposals(NamedTuple):
    """A page of proposals by sku; `next` goes on behind it."""

    items: tuple[Proposal, ...]
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLineInput:
    """A line of a purchase order, as handed in: what was ordered, what of it has arrived, when the rest is due.

    Of an order that is not `open` any more nothing is expected.
    """

    order: str
    line: str
    sku: str
    source: str
    due: Any
    ordered: str
    received: str = "0"
    open: bool = True
