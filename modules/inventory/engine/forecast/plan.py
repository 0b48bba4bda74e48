"""The whole answer for one article at one place: class, method, forecast, buffer, proof."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, median, pstdev
from typing import Final

from modules.inventory.engine.forecast.backtest import Score, score
from modules.inventory.engine.forecast.demand_class import DemandClass, classify, is_dying, is_regular
from modules.inventory.engine.forecast.history import History
from modules.inventory.engine.forecast.methods import METHODS, candidates
from modules.inventory.engine.forecast.safety import Buffer, Supply, empirical, normal
from modules.inventory.engine.forecast.simulation import Outcome, simulate

HORIZON: Final = 28
"""Days that are forecast."""
ORDER_DAYS: Final = 7.0
"""Days of demand that the simulation orders at least."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Daily demand in units for the days to come, and what to keep for it. `scores` holds all methods tried, the best
    first; without one the mean was taken. `proof` is what the reorder point would have meant in the past that it was
    made from."""

    demand_class: DemandClass
    method: str
    daily: tuple[float, ...]
    scores: tuple[Score, ...]
    buffer: Buffer
    proof: Outcome


def plan(history: History, supply: Supply, horizon: int = HORIZON, seed: int = 0) -> Plan | None:
    """None under 8 periods or without any demand: then least stock is set by hand (S-6)."""
    known = history.known
    kind = classify(known)
    if kind in (DemandClass.NEW, DemandClass.NONE):
        return None
    # Filled in, a day would be one with a demand, which irregular demand has few of: there it is left out (S-5).
    units, told = (history.filled(), history.told()) if is_regular(kind) else (_begun(known), None)
    scores = score(units, min(horizon, max(1, len(units) // 4)), candidates(kind, is_dying(known)), told)
    method = scores[0].method if scores else ""
    daily = METHODS[method](units, horizon) if method else [fmean(known)] * horizon
    buffer = _buffer(kind, known, fmean(daily), scores, supply, seed)
    proof = simulate(known, buffer.reorder_point, _order(known, supply), supply, seed)
    return Plan(kind, method or "mean", tuple(daily), tuple(scores), buffer, proof)


def cold_start(demands: Sequence[float]) -> float | None:
    """S-6: what a new article is expected to sell a day: the median of its category's; None for an empty one."""
    return median(demands) if demands else None


def _begun(known: Sequence[float]) -> Sequence[float]:
    """Without a demand on the first day: the past begins there because of it, and an interval of 1 that it would stand
    for (S-3) is none that was ever seen."""
    return known[1:] if known[0] > 0 else known


def _buffer(
    kind: DemandClass, known: Sequence[float], demand: float, scores: Sequence[Score], supply: Supply, seed: int
) -> Buffer:
    if is_dying(known):
        return _last_buffer(known, demand, supply)
    if kind is DemandClass.LUMPY and (found := empirical(known, demand, supply, seed)):
        return found
    # Errors of the forecast are what must be covered; where there is none the demand's own spread stands in (S-1).
    return normal(demand, scores[0].deviation if scores else pstdev(known), supply)


def _last_buffer(known: Sequence[float], demand: float, supply: Supply) -> Buffer:
    """Of a demand that dies the errors of its life tell nothing: it is one of a size that comes with a chance. Where
    such a chance is smaller than that of a stock-out which is accepted, nothing is kept."""
    size = fmean([each for each in known if each > 0])
    if demand / size * supply.cover <= 1 - supply.service_level:
        return Buffer(0.0, 0.0, "dying")
    return normal(demand, sqrt(demand * max(size - demand, 0.0)), supply)


def _order(known: Sequence[float], supply: Supply) -> float:
    return max(fmean(known) * max(supply.review, ORDER_DAYS), supply.least_order)
