"""What a reorder point would have meant: the past, lived through again."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """Shares from 0 to 1: `service_level` of order cycles without a stock-out, `fill_rate` of units served at once;
    `mean_stock` in units."""

    service_level: float
    fill_rate: float
    mean_stock: float


def simulate(units: Sequence[float], reorder_point: float, order: float, lead_time: int) -> Outcome:
    """Orders so much whenever stock and what is on its way fall to the reorder point; what is not there is lost.

    Begins with reorder point and one order in stock. Without a single order all cycles are one.
    """
    stock = reorder_point + order
    coming: deque[tuple[int, float]] = deque()
    served = wanted = held = 0.0
    cycles, short, dry = 1, 0, False
    for day, demand in enumerate(units):
        while coming and coming[0][0] <= day:
            stock += coming.popleft()[1]
            cycles, short, dry = cycles + 1, short + dry, False
        sold = min(stock, demand)
        stock, served, wanted, dry = stock - sold, served + sold, wanted + demand, dry or sold < demand
        held += stock
        while order > 0 and stock + sum(amount for _, amount in coming) <= reorder_point:
            coming.append((day + 1 + lead_time, order))
    days = max(len(units), 1)
    return Outcome(1 - (short + dry) / cycles, served / wanted if wanted else 1.0, held / days)
