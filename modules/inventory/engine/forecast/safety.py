"""Safety stock and reorder point (S-1, S-4)."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import Final

from modules.inventory.engine.forecast.history import windows

LEAST_WINDOWS: Final = 30
"""Under so many stretches of the lead time the empirical quantile says nothing (S-4)."""
_DRAWS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Supply:
    """How an article is got: lead time and its deviation in days; `review` days between two looks at the stock, 0 when
    it is looked at always. `service_level` is the share of cycles without a stock-out, between 0 and 1."""

    lead_time: float
    lead_deviation: float = 0.0
    review: float = 0.0
    service_level: float = 0.95

    @property
    def cover(self) -> float:
        """Days until what is ordered now is there, at the next look but one at the latest."""
        return self.lead_time + self.review


@dataclass(frozen=True, slots=True)
class Buffer:
    """What to keep beyond the mean, and the stock at which to order; in units, not rounded."""

    safety: float
    reorder_point: float
    basis: str
    """`normal` (S-1) or `empirical` (S-4)."""


def normal(demand: float, deviation: float, supply: Supply) -> Buffer:
    """S-1: `sigma_LT = sqrt(L * sigma_d^2 + d^2 * sigma_L^2)`, safety `z * sigma_LT`, reorder point `d * L + safety`.

    Below a service level of one half z is negative; nothing is kept then.
    """
    z = NormalDist().inv_cdf(supply.service_level)
    spread = sqrt(supply.cover * deviation**2 + demand**2 * supply.lead_deviation**2)
    safety = max(z * spread, 0.0)
    return Buffer(safety, demand * supply.cover + safety, "normal")


def empirical(units: Sequence[float], demand: float, supply: Supply, seed: int = 0) -> Buffer | None:
    """S-4: the quantile of demand over the lead time, from stretches of the past drawn again and again.

    None when the past holds too few of them. The same seed gives the same answer.
    """
    stretches = windows(units, max(1, round(supply.cover)))
    if len(stretches) < LEAST_WINDOWS:
        return None
    draw = random.Random(seed)
    sample = sorted(draw.choices(stretches, k=_DRAWS))
    quantile = sample[min(int(supply.service_level * _DRAWS), _DRAWS - 1)]
    mean = demand * supply.cover
    return Buffer(max(quantile - mean, 0.0), max(quantile, mean), "empirical")
