"""The methods: past demand in, demand of the days to come out. Each answers `horizon` days, none below 0 (S-2, S-3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from modules.inventory.engine.forecast.demand_class import DemandClass

Method = Callable[[Sequence[float], int], list[float]]
SMOOTHING: Final = 0.1
"""The constant of S-3."""
SEASON: Final = 7
"""Days of a week: what shops repeat most."""
_CONSTANTS: Final = (0.05, 0.1, 0.2, 0.3, 0.5)


def seasonal_naive(units: Sequence[float], horizon: int) -> list[float]:
    """The last week again; with less than a week, its mean."""
    if len(units) < SEASON:
        return [_mean(units)] * horizon
    week = units[-SEASON:]
    return [week[day % SEASON] for day in range(horizon)]


def exponential_smoothing(units: Sequence[float], horizon: int) -> list[float]:
    """Simple exponential smoothing; the constant is that with the smallest squared error one day ahead."""
    if not units:
        return [0.0] * horizon
    best = min(_CONSTANTS, key=lambda constant: _smoothed(units, constant)[1])
    return [_smoothed(units, best)[0]] * horizon


def croston(units: Sequence[float], horizon: int, a: float = SMOOTHING) -> list[float]:
    """Size over interval, both smoothed where there is a demand (S-3)."""
    size, interval = _croston(units, a)
    return [size / interval if interval else 0.0] * horizon


def sba(units: Sequence[float], horizon: int, a: float = SMOOTHING) -> list[float]:
    """Croston without his bias, after Syntetos and Boylan: times 1 - a/2 (S-3)."""
    return [each * (1 - a / 2) for each in croston(units, horizon, a)]


def tsb(units: Sequence[float], horizon: int, a: float = SMOOTHING, b: float = SMOOTHING) -> list[float]:
    """Size times probability; the probability is told every period, so that it falls when demand dies (S-3)."""
    size, chance, begun = 0.0, 0.0, False
    for position, each in enumerate(units, 1):
        if not begun and each > 0:
            size, chance, begun = each, 1 / position, True
        elif begun:
            chance += b * ((each > 0) - chance)
            size += a * (each - size) if each > 0 else 0.0
    return [size * chance] * horizon


METHODS: Final[Mapping[str, Method]] = {
    "exponential_smoothing": exponential_smoothing,
    "seasonal_naive": seasonal_naive,
    "croston": croston,
    "sba": sba,
    "tsb": tsb,
}


def candidates(kind: DemandClass, dying: bool = False) -> tuple[str, ...]:
    """What is tried for a class of demand (S-2); for one that dies nothing but TSB, which alone hears of its end."""
    if dying:
        return ("tsb",)
    if kind in (DemandClass.SMOOTH, DemandClass.ERRATIC):
        return ("exponential_smoothing", "seasonal_naive")
    if kind in (DemandClass.INTERMITTENT, DemandClass.LUMPY):
        return ("sba", "tsb", "croston")
    return ()


def _mean(units: Sequence[float]) -> float:
    return sum(units) / len(units) if units else 0.0


def _smoothed(units: Sequence[float], constant: float) -> tuple[float, float]:
    """The level at the end, and the squared error one day ahead."""
    level, error = units[0], 0.0
    for each in units[1:]:
        error += (each - level) ** 2
        level += constant * (each - level)
    return level, error


def _croston(units: Sequence[float], a: float) -> tuple[float, float]:
    size = interval = 0.0
    last = 0
    for position, each in enumerate(units, 1):
        if each <= 0:
            continue
        if not last:
            size, interval = each, float(position)
        else:
            size += a * (each - size)
            interval += a * (position - last - interval)
        last = position
    return size, interval
