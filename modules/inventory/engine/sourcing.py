"""From where an order is served: exact for small cases, greedy with one improving pass for large ones (4.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from modules.inventory.engine.searching import Choice, Option, best, single
from modules.inventory.model.sources import SourceType
from modules.inventory.model.sourcing import Candidate, Demand, Goal, Plan, Reason, Share, Way
from modules.inventory.model.strategies import Strategy
from modules.kernel.names import Sku, SourceId

EXACT_SOURCES: Final = 12
EXACT_LINES: Final = 30
"""Up to so many candidates and lines no set of sources is better than the one chosen."""
ANTIPODES: Final = 20_015_115
"""A source whose place nobody knows is taken to be on the other side of the earth."""
_PLENTY: Final = 1 << 60


_GOALS: Final[Mapping[Strategy, tuple[Goal, ...]]] = {
    Strategy.MIN_SPLIT: (Goal.PARCELS, Goal.PRIORITY, Goal.DISTANCE),
    Strategy.PRIORITY: (Goal.PRIORITY, Goal.PARCELS, Goal.DISTANCE),
    Strategy.NEAREST: (Goal.DISTANCE, Goal.PARCELS, Goal.PRIORITY),
    Strategy.SHIP_FROM_STORE: (Goal.STORES, Goal.PARCELS, Goal.PRIORITY, Goal.DISTANCE),
    Strategy.HIGHEST_STOCK: (Goal.PARCELS, Goal.SCARCITY, Goal.PRIORITY, Goal.DISTANCE),
    Strategy.SINGLE_SOURCE_ONLY: (Goal.PRIORITY, Goal.PARCELS, Goal.DISTANCE),
}
"""What counts after UNFILLED, in its order; the last goal of all is the sources' ids."""


def plan(demands: Sequence[Demand], candidates: Sequence[Candidate], strategy: Strategy) -> Plan:
    """The best set of sources by the strategy's goals, of those that leave today if these can fill all, else of all.

    Each line has a name of its own. The order of lines and candidates changes nothing. With SINGLE_SOURCE_ONLY all
    comes from one source, or nothing does.
    """
    able = [each for each in candidates if not each.way.out]
    today = [each for each in able if not each.way.late]
    found = _chosen(demands, today, strategy)
    waits = bool(found.unfilled) and len(today) < len(able)
    if waits:
        found = _chosen(demands, able, strategy)
    chosen = {SourceId(option.id) for option in found.options}
    shares = _shares(demands, [each for each in able if each.id in chosen], found)
    score = ((Goal.UNFILLED, found.unfilled), *zip(_GOALS[strategy], found.score, strict=True))
    reasons = tuple(Reason(each.id, _because(each, chosen, demands, waits)) for each in candidates)
    return Plan(shares, _missing(shares, demands), score, reasons, found.is_exact)


def preferred(ways: Sequence[Way], strategy: Strategy) -> list[SourceId]:
    """The sources that take part, as the strategy would ask one after the other."""
    able = [Candidate(way, {}) for way in ways if not way.out]
    options = _options((), able, strategy)
    late = {each.id for each in able if each.way.late}
    ordered = sorted(options, key=lambda option: (option.id in late, option.score, option.id))
    return [SourceId(option.id) for option in ordered]


def _chosen(demands: Sequence[Demand], candidates: Sequence[Candidate], strategy: Strategy) -> Choice:
    wishes = _wishes(demands)
    options = _options(tuple(wishes.items()), candidates, strategy)
    wanted = tuple(wishes.values())
    if strategy is Strategy.SINGLE_SOURCE_ONLY:
        return single(wanted, options, len(_GOALS[strategy]))
    exact = len(candidates) <= EXACT_SOURCES and len(demands) <= EXACT_LINES
    return best(wanted, options, len(_GOALS[strategy]), exact)


def _wishes(demands: Iterable[Demand]) -> dict[Sku, int]:
    """Lines of one sku share what is there."""
    wishes: dict[Sku, int] = {}
    for demand in demands:
        wishes[demand.sku] = wishes.get(demand.sku, 0) + demand.quantity
    return wishes


def _options(wishes: Sequence[tuple[Sku, int]], candidates: Sequence[Candidate], strategy: Strategy) -> list[Option]:
    """What each candidate gives and what it counts by each goal; never less than 0, so that no source is chosen for
    what it counts alone."""
    goals = _GOALS[strategy]
    first = min((each.way.source.priority for each in candidates), default=0)
    stocks = {each.id: sum(each.can_give(sku, _PLENTY) for sku, _ in wishes) for each in candidates}
    most = max(stocks.values(), default=0)

    def measure(goal: Goal, each: Candidate) -> int:
        match goal:
            case Goal.PRIORITY:
                return each.way.source.priority - first + 1
            case Goal.STORES:
                return int(each.way.source.type is SourceType.STORE)
            case Goal.DISTANCE:
                return ANTIPODES if each.way.metres is None else each.way.metres
            case Goal.SCARCITY:
                return most - stocks[each.id]
            case _:
                return 1

    return [
        Option(
            each.id,
            tuple(each.can_give(sku, wish) for sku, wish in wishes),
            tuple(measure(goal, each) for goal in goals),
        )
        for each in candidates
    ]


def _shares(demands: Sequence[Demand], chosen: Sequence[Candidate], found: Choice) -> tuple[Share, ...]:
    """Each line from one source where one has it all, else piece by piece, the better source first."""
    rooms = {each.id: dict(each.rooms) for each in chosen}
    order = [SourceId(option.id) for option in sorted(found.options, key=lambda option: (option.score, option.id))]
    given: dict[str, list[Share]] = {}
    for demand in sorted(demands, key=lambda each: (each.sku, -each.quantity, each.line)):
        given[demand.line] = []
        for source, quantity in _split(demand, [(source, rooms[source].get(demand.sku, 0)) for source in order]):
            room = rooms[source][demand.sku]
            rooms[source][demand.sku] = None if room is None else room - quantity
            given[demand.line].append(Share(demand.line, demand.sku, source, quantity))
    return tuple(share for demand in demands for share in given[demand.line])


def _split(demand: Demand, rooms: Sequence[tuple[SourceId, int | None]]) -> list[tuple[SourceId, int]]:
    for source, room in rooms:
        if room is None or room >= demand.quantity:
            return [(source, demand.quantity)]
    wish, shares = demand.quantity, []
    for source, room in rooms:
        if room and (part := min(room, wish)) > 0:
            shares.append((source, part))
            wish -= part
    return shares


def _missing(shares: Iterable[Share], demands: Iterable[Demand]) -> dict[str, int]:
    left = {demand.line: demand.quantity for demand in demands}
    for share in shares:
        left[share.line] -= share.quantity
    return {line: quantity for line, quantity in left.items() if quantity > 0}


def _because(candidate: Candidate, chosen: set[SourceId], demands: Sequence[Demand], waits: bool) -> str:
    way = candidate.way
    if candidate.id in chosen:
        return "CHOSEN"
    if way.out or (way.late and not waits):
        return way.out or way.late
    gives = any(candidate.can_give(demand.sku, demand.quantity) for demand in demands)
    return "NOT_NEEDED" if gives else "NOTHING_TO_GIVE"
