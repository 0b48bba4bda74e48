"""Safety stock and reorder point (S-1, S-4)."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import ceil, sqrt
from statistics import NormalDist
from typing import Final

LEAST_WINDOWS: Final = 30
"""Under so many stretches of the lead time the empirical quantile says nothing (S-4)."""
_DRAWS: Final = 1_000
_STREAM: Final = 17
"""Draws of the bootstrap and of the simulation come from streams of their own."""


@dataclass(frozen=True, slots=True)
class Supply:
    """How an article is got: lead time and its deviation in days; `review` days between two looks at the stock, 0 when
    it is looked at always. `service_level` is the share of cycles without a stock-out, between 0 and 1. `least_order`
    is what must be ordered at least, in units."""

    lead_time: float
    lead_deviation: float = 0.0
    review: float = 0.0
    service_level: float = 0.95
    least_order: float = 0.0

    @property
    def cover(self) -> float:
        """Days until what is ordered at the next look is there (S-1: L + R instead of L)."""
        return self.lead_time + self.review


@dataclass(frozen=True, slots=True)
class Buffer:
    """What to keep beyond the mean, and the stock at which to order; in units, not rounded."""

    safety: float
    reorder_point: float
    basis: str
    """`normal` (S-1), `empirical` (S-4), or `dying`: nothing is kept any more."""


def normal(demand: float, deviation: float, supply: Supply) -> Buffer:
    """S-1: `sigma_LT = sqrt(L * sigma_d^2 + d^2 * sigma_L^2)`, safety `z * sigma_LT`, reorder point `d * L + safety`.

    Below a service level of one half z is negative; nothing is kept then.
    """
    z = NormalDist().inv_cdf(supply.service_level)
    safety = max(z * spread(demand, deviation, supply), 0.0)
    return Buffer(safety, demand * supply.cover + safety, "normal")


def spread(demand: float, deviation: float, supply: Supply) -> float:
    """sigma_LT of S-1: the deviation of the demand until goods are there, in units."""
    return sqrt(supply.cover * deviation**2 + demand**2 * supply.lead_deviation**2)


def empirical(units: Sequence[float], demand: float, supply: Supply, seed: int = 0) -> Buffer | None:
    """S-4: the quantile of demand until goods are there, from stretches of the past drawn again and again.

    None when the past holds too few of them. The same seed gives the same answer. Stretches run on from the last day
    to the first, so that every day counts alike; the draws are the same for every lead time, so that a longer one
    never asks for less.
    """
    if len(units) - max(1, round(supply.cover)) + 1 < LEAST_WINDOWS:
        return None
    draw = random.Random(seed * 100 + _STREAM)
    sums = [0.0, *accumulate(units)]
    sample = sorted(
        _stretch(sums, draw.random(), draw.gauss(supply.cover, supply.lead_deviation)) for _ in range(_DRAWS)
    )
    quantile = sample[ceil(round(supply.service_level * _DRAWS, 9)) - 1]
    mean = demand * supply.cover
    return Buffer(max(quantile - mean, 0.0), max(quantile, mean), "empirical")


def _stretch(sums: Sequence[float], where: float, length: float) -> float:
    """The demand of so many days on end from somewhere in the past; `sums` are its running totals."""
    days = len(sums) - 1
    begin, whole = int(where * days), max(round(length), 0)
    rounds, rest = divmod(begin + whole, days)
    return rounds * sums[-1] + sums[rest] - sums[begin]
