"""From days of demand to plans: floats within the forecast, rounded up once at its end (S-1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from math import ceil
from typing import NamedTuple

from modules.inventory.engine.forecast.demand_class import classify
from modules.inventory.engine.forecast.history import Day, History
from modules.inventory.engine.forecast.plan import HORIZON, Plan, cold_start, plan
from modules.inventory.engine.forecast.safety import Supply
from modules.inventory.model.demand import Demand, MethodScore, StockPlan, SupplyPolicy
from modules.kernel.money import MICROS
from modules.kernel.names import Sku
from modules.kernel.quantity import Quantity

COLD_START = "category_median"
LEAST_PEERS = 3
"""Articles of a category that say something together."""


class Task(NamedTuple):
    """An article at a place whose stock is to be planned."""

    sku: Sku
    source: str
    demands: Sequence[Demand]
    until: date
    policy: SupplyPolicy
    quantity_scale: int


class Peer(NamedTuple):
    """What another article sells a day, in millionths, and the categories it stands in."""

    demand: int
    categories: frozenset[str]


def merged(recorded: Iterable[Demand], shipped: Iterable[Demand]) -> list[Demand]:
    """Each day of a source once: what was told of a day wins over what was shipped on it, which it contains."""
    found = {(each.sku, each.source, each.day): each for each in shipped}
    found.update({(each.sku, each.source, each.day): each for each in recorded})
    return list(found.values())


def together(demands: Iterable[Demand], source: str) -> list[Demand]:
    """One sku's days at all its sources as days of one place. A day is censored when it was everywhere."""
    days: dict[date, list[Demand]] = defaultdict(list)
    places = set()
    for each in demands:
        days[each.day].append(each)
        places.add(each.source)
    return [_day_together(found, source, len(places)) for _, found in sorted(days.items())]


def _day_together(found: Sequence[Demand], source: str, places: int) -> Demand:
    units = Quantity(sum(each.units for each in found))
    dry = sum(each.censored for each in found) == places
    return Demand(found[0].sku, source, found[0].day, units, any(each.promoted for each in found), dry)


def history_of(demands: Iterable[Demand], until: date) -> History:
    """A sku's days at one place as the forecast takes them."""
    return History.of((Day(day, units / MICROS, dry, promoted) for _, _, day, units, promoted, dry in demands), until)


def plan_all(tasks: Sequence[Task], made_us: int) -> list[StockPlan]:
    """A plan for each task. Pure and slow: it belongs in a thread. The same demand makes the same plan."""
    return [_plan(task, made_us) for task in tasks]


def supply_of(policy: SupplyPolicy) -> Supply:
    """The policy in the forecast's own numbers."""
    days = (policy.lead_time or 0, policy.lead_deviation or 0, policy.review or 0)
    lead_time, deviation, review = (each / MICROS for each in days)
    return Supply(lead_time, deviation, review, (policy.service_level or 0) / MICROS, (policy.min_order or 0) / MICROS)


def _plan(task: Task, made_us: int) -> StockPlan:
    history = history_of(task.demands, task.until)
    found = plan(history, supply_of(task.policy))
    if found is None:
        kind = classify(history.known).value
        return StockPlan(task.sku, task.source, made_us, history.until, kind, "", 0, None, None, policy=task.policy)
    return _written(found, task, history.until, made_us)


def _written(found: Plan, task: Task, until: date, made_us: int) -> StockPlan:
    daily = tuple(round(units * MICROS) for units in found.daily)
    return StockPlan(
        task.sku,
        task.source,
        made_us,
        until,
        found.demand_class.value,
        found.method,
        round(sum(found.daily) / len(found.daily) * MICROS),
        rounded_up(found.buffer.safety, task.quantity_scale),
        rounded_up(found.buffer.reorder_point, task.quantity_scale),
        found.buffer.basis,
        daily,
        tuple(MethodScore(s.method, round(s.rmsse * MICROS), round(s.bias * MICROS)) for s in found.scores),
        round(found.proof.service_level * MICROS),
        round(found.proof.fill_rate * MICROS),
        round(found.proof.mean_stock * MICROS),
        task.policy,
    )


def rounded_up(units: float, quantity_scale: int) -> Quantity:
    """To what the article is counted in; a millionth of a millionth above it is the machine's, not demand's."""
    step = 10 ** (6 - quantity_scale)
    return Quantity(ceil(round(units * MICROS / step, 6)) * step)


def start_cold(planned: StockPlan, categories: frozenset[str], peers: Sequence[Peer]) -> StockPlan:
    """S-6: an article with too little past is expected to sell like the median of the narrowest category that tells
    enough; safety stock and reorder point stay with whoever knows it. Without one the plan is as it was."""
    by_category = {name: [peer.demand for peer in peers if name in peer.categories] for name in categories}
    telling = [demands for demands in by_category.values() if len(demands) >= LEAST_PEERS]
    expected = cold_start(min(telling, key=len)) if telling else None
    if expected is None:
        return planned
    demand = round(expected)
    return planned._replace(method=COLD_START, demand=demand, daily=(demand,) * HORIZON)


def needs_cold_start(planned: StockPlan) -> bool:
    """Whether nothing could be forecast of it but its category's."""
    return planned.demand_class == "new"


def peers_of(demands: Mapping[Sku, int], categories: Mapping[Sku, frozenset[str]]) -> list[Peer]:
    """The planned articles that stand in categories."""
    return [Peer(demand, categories[sku]) for sku, demand in demands.items() if sku in categories]
