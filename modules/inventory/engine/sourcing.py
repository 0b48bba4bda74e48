"""From where an order is served: exact for small cases, greedy with one improving pass for large ones (4.3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from typing import Final

from modules.inventory.model.sources import Source, SourceType
from modules.kernel.names import Sku, SourceId

EXACT_SOURCES: Final = 12
EXACT_LINES: Final = 30
"""Up to so many candidates and lines every set of sources is looked at."""


class Strategy(StrEnum):
    """The order of goals by which sets of sources are compared; all fill as much as can be first."""

    MIN_SPLIT = "min_split"
    PRIORITY = "priority"
    NEAREST = "nearest"
    SHIP_FROM_STORE = "ship_from_store"
    HIGHEST_STOCK = "highest_stock"
    SINGLE_SOURCE_ONLY = "single_source_only"


class Goal(StrEnum):
    """What a set of sources is measured by; less is better."""

    UNFILLED = "unfilled"
    PARCELS = "parcels"
    STORES = "stores"
    PRIORITY = "priority"
    DISTANCE = "distance"
    SCARCITY = "scarcity"


_GOALS: Final[Mapping[Strategy, tuple[Goal, ...]]] = {
    Strategy.MIN_SPLIT: (Goal.UNFILLED, Goal.PARCELS, Goal.PRIORITY, Goal.DISTANCE),
    Strategy.PRIORITY: (Goal.UNFILLED, Goal.PRIORITY, Goal.PARCELS, Goal.DISTANCE),
    Strategy.NEAREST: (Goal.UNFILLED, Goal.DISTANCE, Goal.PARCELS, Goal.PRIORITY),
    Strategy.SHIP_FROM_STORE: (Goal.UNFILLED, Goal.STORES, Goal.PARCELS, Goal.PRIORITY, Goal.DISTANCE),
    Strategy.HIGHEST_STOCK: (Goal.UNFILLED, Goal.PARCELS, Goal.SCARCITY, Goal.PRIORITY, Goal.DISTANCE),
    Strategy.SINGLE_SOURCE_ONLY: (Goal.UNFILLED, Goal.PRIORITY, Goal.DISTANCE),
}


@dataclass(frozen=True, slots=True)
class Demand:
    """A line that is to be served: so much of a sku, in millionths."""

    line: str
    sku: Sku
    quantity: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A source that may serve: what can be had there (None: without limit), how far it is, and why it is out."""

    source: Source
    rooms: Mapping[Sku, int | None]
    metres: int | None = None
    out: str = ""
    """`CUT_OFF_PASSED`, `CAPACITY_USED`, `STALE`, `DOES_NOT_SHIP`; empty for one that takes part."""

    def can_give(self, sku: Sku, wish: int) -> int:
        """How much of a wish it has."""
        room = self.rooms.get(sku, 0)
        return wish if room is None else max(min(room, wish), 0)


@dataclass(frozen=True, slots=True)
class Share:
    """So much of a line from one source."""

    line: str
    sku: Sku
    source: SourceId
    quantity: int


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a source is in the plan, or is not. `because`: CHOSEN, NOT_NEEDED, NOTHING_TO_GIVE, or what put it out."""

    source: SourceId
    because: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Shares by line, then source; `score` by goal in the strategy's order; one reason per candidate, in their order.

    `missing` is what nobody has, by line. `is_exact`: no other set of sources is better.
    """

    shares: tuple[Share, ...]
    missing: Mapping[str, int]
    score: tuple[tuple[Goal, int], ...]
    reasons: tuple[Reason, ...]
    is_exact: bool


def plan(demands: Sequence[Demand], candidates: Sequence[Candidate], strategy: Strategy) -> Plan:
    """The best set of sources by the strategy's goals, the last of which is the sources' ids.

    With SINGLE_SOURCE_ONLY all comes from one source, or nothing does.
    """
    useful = [each for each in candidates if not each.out and _useful(each, demands)]
    small = len(useful) <= EXACT_SOURCES and len(demands) <= EXACT_LINES
    single = strategy is Strategy.SINGLE_SOURCE_ONLY
    sets = _sets(useful, 1 if single else len(useful)) if small or single else _grown(useful, demands, strategy)
    chosen = min(sets, key=lambda each: _rank(each, demands, strategy), default=())
    if single and _unfilled(chosen, demands):
        chosen = ()
    shares = _shares(chosen, demands, strategy)
    return Plan(
        shares,
        _missing(shares, demands),
        tuple(zip(_GOALS[strategy], _score(chosen, demands, strategy), strict=True)),
        tuple(Reason(each.source.id, _because(each, chosen, useful)) for each in candidates),
        small or single,
    )


def _useful(candidate: Candidate, demands: Iterable[Demand]) -> bool:
    return any(candidate.can_give(demand.sku, demand.quantity) for demand in demands)


def _sets(candidates: Sequence[Candidate], most: int) -> Iterator[tuple[Candidate, ...]]:
    for size in range(1, most + 1):
        yield from combinations(candidates, size)


def _grown(
    candidates: Sequence[Candidate], demands: Sequence[Demand], strategy: Strategy
) -> Iterator[tuple[Candidate, ...]]:
    """One set, grown by what helps most until nothing does, and all that differ from it by one source."""
    grown: tuple[Candidate, ...] = ()
    while len(grown) < len(candidates):
        rest = [each for each in candidates if each not in grown]
        wider = min(((*grown, each) for each in rest), key=lambda each: _rank(each, demands, strategy))
        if _unfilled(wider, demands) == _unfilled(grown, demands):
            break
        grown = wider
    yield grown
    for index in range(len(grown)):
        without = (*grown[:index], *grown[index + 1 :])
        yield without
        yield from ((*without, each) for each in candidates if each not in grown)


def _rank(chosen: Sequence[Candidate], demands: Sequence[Demand], strategy: Strategy) -> tuple[object, ...]:
    return (*_score(chosen, demands, strategy), sorted(each.source.id for each in chosen))


def _score(chosen: Sequence[Candidate], demands: Sequence[Demand], strategy: Strategy) -> tuple[int, ...]:
    return tuple(_measure(goal, chosen, demands) for goal in _GOALS[strategy])


def _measure(goal: Goal, chosen: Sequence[Candidate], demands: Sequence[Demand]) -> int:
    match goal:
        case Goal.UNFILLED:
            return _unfilled(chosen, demands)
        case Goal.PARCELS:
            return len(chosen)
        case Goal.STORES:
            return sum(each.source.type is SourceType.STORE for each in chosen)
        case Goal.PRIORITY:
            return sum(each.source.priority for each in chosen)
        case Goal.DISTANCE:
            # A source whose place nobody knows is taken to be on the other side of the earth.
            return sum(20_004_000 if each.metres is None else each.metres for each in chosen)
        case Goal.SCARCITY:
            return -sum(each.can_give(demand.sku, 1 << 60) for each in chosen for demand in demands)


def _unfilled(chosen: Sequence[Candidate], demands: Sequence[Demand]) -> int:
    """What these sources together lack; lines of one sku share what is there."""
    wishes: dict[Sku, int] = {}
    for demand in demands:
        wishes[demand.sku] = wishes.get(demand.sku, 0) + demand.quantity
    return sum(max(wish - sum(each.can_give(sku, wish) for each in chosen), 0) for sku, wish in wishes.items())


def _shares(chosen: Sequence[Candidate], demands: Sequence[Demand], strategy: Strategy) -> tuple[Share, ...]:
    """Each line from one source where one has it all, else piece by piece, the better source first."""
    ordered = sorted(chosen, key=lambda each: _rank((each,), (), strategy))
    left = {(each.source.id, sku): room for each in chosen for sku, room in each.rooms.items()}
    found: list[Share] = []
    for demand in demands:
        for source, quantity in _split(demand, ordered, left):
            room = left.get((source, demand.sku), 0)
            left[source, demand.sku] = None if room is None else room - quantity
            found.append(Share(demand.line, demand.sku, source, quantity))
    return tuple(found)


def _split(
    demand: Demand, ordered: Sequence[Candidate], left: Mapping[tuple[SourceId, Sku], int | None]
) -> list[tuple[SourceId, int]]:
    rooms = [(each.source.id, left.get((each.source.id, demand.sku), 0)) for each in ordered]
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


def _because(candidate: Candidate, chosen: Sequence[Candidate], useful: Sequence[Candidate]) -> str:
    if candidate.out:
        return candidate.out
    if candidate in chosen:
        return "CHOSEN"
    return "NOT_NEEDED" if candidate in useful else "NOTHING_TO_GIVE"
