"""Words between inventory and whoever sells: what can be had, where and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from modules.kernel.names import Sku, SourceId
from modules.kernel.quantity import ZERO, Quantity


class AvailabilityState(StrEnum):
    """How a channel may show it (I-3)."""

    IN_STOCK = "IN_STOCK"
    FEW_LEFT = "FEW_LEFT"
    BACK_ORDER = "BACK_ORDER"
    PRE_ORDER = "PRE_ORDER"
    OUT_OF_STOCK = "OUT_OF_STOCK"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class IncomingStock:
    """Goods on their way."""

    at: datetime
    quantity: Quantity


class SourceAvailability(NamedTuple):
    """One source's answer, and why: `available` is on hand less held, committed, safety stock and buffer, plus what may
    be sold beyond (I-1), clipped at 0; None: without limit (untracked).

    A tuple, as a page holds hundreds of them and a tuple is made four times as fast.
    """

    source: SourceId
    available: Quantity | None
    on_hand: Quantity
    safety_stock: Quantity
    incoming: tuple[IncomingStock, ...]
    can_ship: bool
    can_pick_up: bool
    as_of: datetime
    held: Quantity = ZERO
    """Set aside for others."""
    committed: Quantity = ZERO
    """Sold and not shipped yet."""
    buffer: Quantity = ZERO
    """Left untouched by the channel, and while the source is stale."""
    stale: bool = False
    """STALE_STOCK: nobody has told of it for longer than its figures hold, or deltas miss one (F-2, F-6)."""
    earliest: datetime | None = None
    """When the first unit can leave from here; None: not known."""


@dataclass(frozen=True, slots=True)
class Availability:
    """A sku over the sources of a channel (I-2). `available` None: without limit. Sources in the channel's order."""

    sku: Sku
    state: AvailabilityState
    available: Quantity | None
    earliest: datetime | None
    sources: tuple[SourceAvailability, ...]
