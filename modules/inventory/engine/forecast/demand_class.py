"""The class of a demand, which decides what methods are tried (S-2)."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from statistics import fmean, pvariance
from typing import Final

MOST_REGULAR_INTERVAL: Final = 1.32
MOST_EVEN_SIZES: Final = 0.49
LEAST_PERIODS: Final = 8
"""Under so many periods nothing is forecast (S-6)."""
SILENCE: Final = 4.0
"""A demand that has been silent for so many of its intervals dies: chance alone is silent so long one time in fifty."""


class DemandClass(StrEnum):
    """Regular or not, even in size or not; NEW knows too little, NONE was never asked for."""

    NONE = "none"
    NEW = "new"
    SMOOTH = "smooth"
    INTERMITTENT = "intermittent"
    ERRATIC = "erratic"
    LUMPY = "lumpy"


def interval(units: Sequence[float]) -> float:
    """ADI: the mean interval between demands, the first counted from the beginning (S-3); infinite without any.

    What came, or rather did not, after the last demand is no interval: see `is_dying`.
    """
    demands = sum(1 for each in units if each > 0)
    return (len(units) - silence(units)) / demands if demands else float("inf")


def silence(units: Sequence[float]) -> int:
    """Periods since the last demand."""
    return next((ago for ago, each in enumerate(reversed(units)) if each > 0), len(units))


def size_variation(units: Sequence[float]) -> float:
    """CV2: the squared coefficient of variation of the sizes of demands, without periods of none."""
    sizes = [each for each in units if each > 0]
    return pvariance(sizes) / fmean(sizes) ** 2 if sizes else 0.0


def is_dying(units: Sequence[float]) -> bool:
    """S-2: whether the demand has been silent for far longer than its intervals were, and not for some days only."""
    return silence(units) > max(SILENCE * interval(units), LEAST_PERIODS)


def classify(units: Sequence[float]) -> DemandClass:
    """S-2: the bounds belong to the irregular side."""
    if len(units) < LEAST_PERIODS:
        return DemandClass.NEW
    adi = interval(units)
    if adi == float("inf"):
        return DemandClass.NONE
    even = size_variation(units) < MOST_EVEN_SIZES
    if adi < MOST_REGULAR_INTERVAL:
        return DemandClass.SMOOTH if even else DemandClass.ERRATIC
    return DemandClass.INTERMITTENT if even else DemandClass.LUMPY


def is_regular(kind: DemandClass) -> bool:
    """Whether there is a demand in nearly every period."""
    return kind in (DemandClass.SMOOTH, DemandClass.ERRATIC)
