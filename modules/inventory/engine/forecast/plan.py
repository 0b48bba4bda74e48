"""The whole answer for one article at one place: class, method, forecast, buffer, proof."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from statistics import fmean, pstdev
from typing import Final

from modules.inventory.engine.forecast.backtest import Score, score
from modules.inventory.engine.forecast.demand_class import DemandClass, classify
from modules.inventory.engine.forecast.history import History
from modules.inventory.engine.forecast.methods import METHODS, candidates
from modules.inventory.engine.forecast.safety import Buffer, Supply, empirical, normal
from modules.inventory.engine.forecast.simulation import Outcome, simulate

HORIZON: Final = 28


@dataclass(frozen=True, slots=True)
class Plan:
    """Daily demand in units for the days to come, and what to keep for it. `scores` holds all methods tried, the best
    first; without one the mean was taken. `proof` is what the reorder point would have meant in the past."""

    demand_class: DemandClass
    method: str
    daily: tuple[float, ...]
    scores: tuple[Score, ...]
    buffer: Buffer
    proof: Outcome | None


def plan(history: History, supply: Supply, horizon: int = HORIZON, seed: int = 0) -> Plan | None:
    """None under 8 periods or without any demand: then least stock is set by hand (S-6)."""
    known = history.known
    kind = classify(known)
    if kind in (DemandClass.NEW, DemandClass.NONE):
        return None
    units = history.filled()
    scores = score(units, min(horizon, max(1, len(units) // 4)), candidates(kind))
    method = scores[0].method if scores else ""
    daily = METHODS[method](units, horizon) if method else [fmean(known)] * horizon
    # Errors of the forecast are what must be covered; where there is none the demand's own spread stands in (S-1).
    deviation = scores[0].deviation if scores else pstdev(known)
    buffer = _buffer(kind, units, fmean(daily), deviation, supply, seed)
    return Plan(kind, method or "mean", tuple(daily), tuple(scores), buffer, _proof(units, buffer, supply))


def _buffer(
    kind: DemandClass, units: Sequence[float], demand: float, deviation: float, supply: Supply, seed: int
) -> Buffer:
    if kind is DemandClass.LUMPY and (found := empirical(units, demand, supply, seed)):
        return found
    return normal(demand, deviation, supply)


def _proof(units: Sequence[float], buffer: Buffer, supply: Supply) -> Outcome:
    weekly = max(fmean(units) * max(supply.review, 7.0), 1.0)
    return simulate(units, buffer.reorder_point, weekly, ceil(supply.lead_time))
