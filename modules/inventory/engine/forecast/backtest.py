"""Which method would have been right: forecasts made at moments of the past, against what came."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from typing import Final

from modules.inventory.engine.forecast.methods import METHODS, Method

ORIGINS: Final = 12
"""Moments of the past that are tried."""
LEAST_PAST: Final = 8


@dataclass(frozen=True, slots=True)
class Score:
    """How a method did. `rmsse` below 1 beats naming yesterday; `bias` above 0 forecasts too much, in units a day.

    `deviation` is that of the error one day ahead, in units.
    """

    method: str
    rmsse: float
    bias: float
    deviation: float


def score(units: Sequence[float], horizon: int, methods: Sequence[str]) -> list[Score]:
    """One score per method, the best first; of equals the first named. None without enough past to try.

    Judged by squared error: absolute errors reward whoever forecasts nothing for what is seldom wanted.
    """
    scores = [found for name in methods if (found := _score(name, METHODS[name], units, horizon))]
    return sorted(scores, key=lambda each: each.rmsse)


def _score(name: str, method: Method, units: Sequence[float], horizon: int) -> Score | None:
    squared, biases, next_day = [], [], []
    for past, future in origins(units, horizon):
        forecast = method(past, len(future))
        squared.append(_squared_error(forecast, future) / scale(past))
        biases.append(sum(forecast) - sum(future))
        next_day.append(forecast[0] - future[0])
    if not squared:
        return None
    deviation = sqrt(sum(error * error for error in next_day) / len(next_day))
    return Score(name, sqrt(sum(squared) / len(squared)), sum(biases) / (len(biases) * horizon), deviation)


def origins(units: Sequence[float], horizon: int) -> Iterator[tuple[Sequence[float], Sequence[float]]]:
    """Past and future at evenly spaced moments, each with a whole horizon behind it."""
    last = len(units) - horizon
    if last < LEAST_PAST:
        return
    step = max(1, (last - LEAST_PAST) // ORIGINS)
    for origin in range(last, LEAST_PAST - 1, -step)[:ORIGINS]:
        yield units[:origin], units[origin : origin + horizon]


def scale(past: Sequence[float]) -> float:
    """The mean squared error of naming yesterday, within the past; 1 where nothing ever changed."""
    steps = [(b - a) ** 2 for a, b in pairwise(past)]
    return sum(steps) / len(steps) if steps and any(steps) else 1.0


def _squared_error(forecast: Sequence[float], future: Sequence[float]) -> float:
    return sum((a - b) ** 2 for a, b in zip(forecast, future, strict=True)) / len(future)
