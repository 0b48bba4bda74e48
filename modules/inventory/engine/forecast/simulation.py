"""What a reorder point would have meant: the past, lived through again."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import itemgetter

from modules.inventory.engine.forecast.safety import Supply

_MORNING = itemgetter(0)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Shares from 0 to 1: `service_level` of order cycles without a stock-out, `fill_rate` of units served at once;
    `mean_stock` in units."""

    service_level: float
    fill_rate: float
    mean_stock: float


def simulate(units: Sequence[float], reorder_point: float, order: float, supply: Supply, seed: int = 0) -> Outcome:
    """Orders so much whenever stock and what is on its way fall to the reorder point; what is not there is lost.

    A day's demand is spread evenly over the day. Stock that is looked at always is ordered the moment it falls, other
    stock at the end of every `review` days. The lead time is drawn anew for each order; the same seed gives the same
    answer. Begins with reorder point and one order in stock. A cycle ends with an arrival; without any all days are
    one.
    """
    run = _Run(reorder_point + order, reorder_point, order, supply, random.Random(seed))
    every = max(round(supply.review), 1)
    for day, demand in enumerate(units):
        run.live(day, demand)
        if supply.review and day % every == every - 1:
            run.look(day + 1.0)
    return run.outcome(len(units))


@dataclass(slots=True)
class _Run:
    stock: float
    reorder_point: float
    lot: float
    supply: Supply
    draw: random.Random
    coming: list[tuple[float, float]] = field(default_factory=list)
    served: float = 0.0
    wanted: float = 0.0
    held: float = 0.0
    cycles: int = 1
    short: int = 0
    dry: bool = False

    def live(self, day: int, demand: float) -> None:
        """A day: what arrives in it cuts it into pieces."""
        at = float(day)
        while self.coming and self.coming[0][0] < day + 1:
            # HAZARD: what arrives is on its way until it is there, or the sale before it would order it once more.
            at = self._sell(at, max(self.coming[0][0], at), demand)
            self.stock += self.coming.pop(0)[1]
            self.cycles, self.short, self.dry = self.cycles + 1, self.short + self.dry, False
        self._sell(at, day + 1.0, demand)
        self.held += self.stock

    def look(self, at: float) -> None:
        """Orders until stock and what is on its way are above the reorder point."""
        position = self.stock + sum(amount for _, amount in self.coming)
        if self.lot > 0 and position <= self.reorder_point:
            lots = int((self.reorder_point - position) // self.lot) + 1
            days = max(self.draw.gauss(self.supply.lead_time, self.supply.lead_deviation), 0.0)
            self.coming = sorted([*self.coming, (at + days, lots * self.lot)], key=_MORNING)

    def _sell(self, begin: float, end: float, rate: float) -> float:
        """Serves a piece of a day as far as stock reaches; the piece's end."""
        demand = rate * (end - begin)
        sold = min(self.stock, demand)
        over = self.stock + sum(amount for _, amount in self.coming) - self.reorder_point
        self.stock -= sold
        self.served, self.wanted = self.served + sold, self.wanted + demand
        self.dry = self.dry or sold < demand
        if not self.supply.review and over <= sold:
            self.look(begin + max(over, 0.0) / rate if rate else begin)
        return end

    def outcome(self, days: int) -> Outcome:
        """What it came to."""
        level = 1 - (self.short + self.dry) / self.cycles
        return Outcome(level, self.served / self.wanted if self.wanted else 1.0, self.held / max(days, 1))
