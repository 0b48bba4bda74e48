"""The answer to "can I have it, where from, and when": availability, plan and departures together (4.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from modules.inventory.engine.availability import ready
from modules.inventory.engine.promise import dispatch
from modules.inventory.engine.sourcing import plan
from modules.inventory.model.levels import Known
from modules.inventory.model.sources import Source
from modules.inventory.model.sourcing import Candidate, Demand, Departure, Share, Sourced, Way
from modules.inventory.model.strategies import Strategy
from modules.kernel.names import Sku, SourceId
from modules.kernel.stock import Availability, SourceAvailability


def sourced(
    demands: Sequence[Demand],
    answers: Sequence[Availability],
    ways: Mapping[SourceId, Way],
    strategy: Strategy,
    known: Known,
    now: datetime,
    pick_up_at: SourceId | None = None,
) -> Sourced:
    """The plan for these demands, of which each has its answer.

    Who fetches the goods is promised what is left above the store's pick-up buffer, and nothing where it is stale.
    """
    parts = {(answer.sku, part.source): part for answer in answers for part in answer.sources}
    candidates = [Candidate(way, _rooms(way.source, parts, pick_up_at)) for way in ways.values()]
    found = plan(demands, candidates, strategy)
    stale = any(part.stale for (_, source), part in parts.items() if source == pick_up_at)
    departures = _departures(found.shares, parts, ways, known, now)
    return Sourced(tuple(demands), tuple(answers), found, departures, stale)


def _rooms(
    source: Source, parts: Mapping[tuple[Sku, SourceId], SourceAvailability], pick_up_at: SourceId | None
) -> dict[Sku, int | None]:
    rooms: dict[Sku, int | None] = {}
    for (sku, at), part in parts.items():
        if at != source.id:
            continue
        rooms[sku] = part.available
        if pick_up_at is not None and part.available is not None:
            rooms[sku] = 0 if part.stale else max(part.available - source.pickup_buffer_micros, 0)
    return rooms


def _departures(
    shares: Sequence[Share],
    parts: Mapping[tuple[Sku, SourceId], SourceAvailability],
    ways: Mapping[SourceId, Way],
    known: Known,
    now: datetime,
) -> tuple[Departure, ...]:
    """One per source of the plan, in the order in which the plan names them."""
    taken: dict[SourceId, dict[Sku, int]] = {}
    for share in shares:
        goods = taken.setdefault(share.source, {})
        goods[share.sku] = goods.get(share.sku, 0) + share.quantity
    return tuple(_departure(ways[at].source, goods, parts, known, now) for at, goods in taken.items())


def _departure(
    source: Source,
    goods: Mapping[Sku, int],
    parts: Mapping[tuple[Sku, SourceId], SourceAvailability],
    known: Known,
    now: datetime,
) -> Departure:
    moments = [ready(parts[sku, source.id], quantity, now) for sku, quantity in goods.items()]
    if None in moments:
        return Departure(source.id, None, None, False)
    moment = max(each for each in moments if each)
    leaves = dispatch(source, now, moment, known.parcels.get(source.id, 0))
    return Departure(source.id, moment, leaves.day if leaves else None, bool(leaves and leaves.same_day))
