"""What can be promised of a configuration that is made to order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from modules.configurator.model.leadtimes import LeadTime
from modules.kernel.names import Sku


@dataclass(frozen=True, slots=True)
class ComponentPromise:
    """A bought component: how much of it the order takes, how much can be had (None: without limit, or nobody counts),
    and on which day all of it is there (None: not known)."""

    part: Sku
    needed: Decimal
    available: Decimal | None
    ready: date | None


@dataclass(frozen=True, slots=True)
class Promise:
    """How many can be made of what is there (None: without limit), which component is the scarcest, and when the order
    can be finished (None: not known). Components by sku."""

    available: int | None
    scarcest: Sku | None
    earliest: date | None
    components: tuple[ComponentPromise, ...]
    lead_time: LeadTime
