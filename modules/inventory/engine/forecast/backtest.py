"""Which method would have been right: forecasts made at moments of the past, against what came."""

from __future__ import annotations

from collections.abc import Sequence
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

    `deviation` is that of the error of a day's forecast, in units.
    """

    method: str
    rmsse: float
    bias: float
    deviation: float


def score(
    units: Sequence[float], horizon: int, methods: Sequence[str], told: Sequence[bool] | None = None
) -> list[Score]:
    """One score per method, the best first; of equals the first named. None without enough past to try.

    Judged by squared error: absolute errors reward whoever forecasts nothing for what is seldom wanted. Days that are
    not `told` were filled in, and are no proof (S-5).
    """
    proof = [True] * len(units) if told is None else told
    found = [_score(name, METHODS[name], units, proof, horizon) for name in methods]
    return sorted((each for each in found if each), key=lambda each: each.rmsse)


def _score(name: str, method: Method, units: Sequence[float], proof: Sequence[bool], horizon: int) -> Score | None:
    scaled: list[float] = []
    errors: list[float] = []
    for origin in origins(len(units), horizon):
        past, days = units[:origin], range(origin, origin + horizon)
        forecast = method(past, horizon)
        missed = [forecast[day - origin] - units[day] for day in days if proof[day]]
        if missed:
            scaled.append(_mean_square(missed) / scale(past))
            errors += missed
    if not errors:
        return None
    rmsse = sqrt(sum(scaled) / len(scaled))
    return Score(name, rmsse, sum(errors) / len(errors), sqrt(_mean_square(errors)))


def origins(length: int, horizon: int) -> list[int]:
    """Where the past of a forecast ended, evenly spaced and the newest first, each with a whole horizon behind it."""
    last = length - horizon
    if last < LEAST_PAST:
        return []
    step = max(1, (last - LEAST_PAST) // ORIGINS)
    return list(range(last, LEAST_PAST - 1, -step))[:ORIGINS]


def scale(past: Sequence[float]) -> float:
    """The mean squared error of naming yesterday, within the past; 1 where nothing ever changed."""
    steps = [(b - a) ** 2 for a, b in pairwise(past)]
    return sum(steps) / len(steps) if any(steps) else 1.0


def _mean_square(errors: Sequence[float]) -> float:
    return sum(error * error for error in errors) / len(errors)
