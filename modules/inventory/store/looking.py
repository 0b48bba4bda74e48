"""Reading what can be had: levels and all that bears on them, in one statement."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from modules.inventory.model.levels import Known, Level, Levels
from modules.kernel.moments import from_us
from modules.kernel.names import Sku, SourceId
from modules.kernel.quantity import Quantity
from modules.kernel.stock import IncomingStock

Row = tuple[Any, ...]

LEVELS: Final = """
    SELECT sku, source, on_hand_micros, safety_stock_micros, track, backorder_limit_micros, incoming, version, as_of_us,
        held_micros, committed_micros
    FROM inventory_level WHERE sku IN :skus AND source IN :sources
"""
_DUE, _OWN, _GAP, _HEARD, _PARCELS = -1, -2, -3, -4, -5
"""Versions of rows that are no levels, but stand in the same shape behind them."""


def _behind(kind: int, place: str, figure: str, source: str) -> str:
    columns = f"{place}, {figure}, 0, TRUE, 0, '[]', {kind}, 0, 0, 0"
    return f" UNION ALL SELECT {columns} FROM {source}"


_OPEN = "CAST(SUM(quantity_micros - shipped_micros) AS BIGINT)"
_PLACES = "sku IN :skus AND source IN :sources GROUP BY sku, source"
_LEGS: Final[Mapping[int, str]] = {
    _DUE: _behind(
        _DUE,
        "sku, source",
        _OPEN,
        f"inventory_reservation WHERE state = 'held' AND expires_at_us <= :now AND {_PLACES}",
    ),
    _OWN: _behind(
        _OWN,
        "sku, source",
        _OPEN,
        "inventory_reservation WHERE owner = :owner AND state = 'held'"
        f" AND (expires_at_us IS NULL OR expires_at_us > :now) AND {_PLACES}",
    ),
    _GAP: _behind(_GAP, "sku, source", "0", f"inventory_feed_state WHERE gap_since_us >= 0 AND {_PLACES}"),
    _HEARD: _behind(_HEARD, "'', source", "MAX(heard_us)", "inventory_feed WHERE source IN :limited GROUP BY source"),
}


@dataclass(frozen=True, slots=True)
class Look:
    """What is asked: levels of skus at sources by a moment. `owner`: whose holds are told apart; `limited`: sources
    whose figures grow stale; `since`: sources whose parcels are counted, each from a moment on."""

    skus: Collection[Sku]
    sources: Collection[SourceId]
    now_us: int
    owner: str = ""
    limited: Collection[SourceId] = ()
    since: Mapping[SourceId, int] = field(default_factory=dict)


async def look(read: Callable[..., Awaitable[list[Row]]], asked: Look) -> tuple[Levels, Known]:
    """The levels there are, without holds that are due (R-3), and what else is known; one statement."""
    given: dict[str, object] = {"skus": list(asked.skus), "sources": list(asked.sources), "now": asked.now_us}
    legs = [LEVELS, _LEGS[_DUE], _LEGS[_GAP]]
    if asked.owner:
        legs.append(_LEGS[_OWN])
        given["owner"] = asked.owner
    if asked.limited:
        legs.append(_LEGS[_HEARD])
        given["limited"] = list(asked.limited)
    if asked.since:
        legs.append(_parcels(asked.since, given))
    return _sorted_out(each(await read("".join(legs), **given)))


def _parcels(since: Mapping[SourceId, int], given: dict[str, object]) -> str:
    """Holds that leave with the next parcels, by source; those who fetch theirs need no parcel."""
    tests = []
    for number, (source, moment) in enumerate(since.items()):
        tests.append(f"(source = :from{number} AND created_us >= :since{number})")
        given |= {f"from{number}": source, f"since{number}": moment}
    live = "(state IN ('committed', 'shipped') OR (state = 'held' AND (expires_at_us IS NULL OR expires_at_us > :now)))"
    where = f"purpose <> 'pickup' AND {live} AND ({' OR '.join(tests)}) GROUP BY source"
    return _behind(_PARCELS, "'', source", "COUNT(DISTINCT hold)", f"inventory_reservation WHERE {where}")


def _sorted_out(found: Iterable[Level]) -> tuple[Levels, Known]:
    levels: Levels = {}
    beside: dict[int, dict[tuple[Sku, SourceId], int]] = {kind: {} for kind in range(_PARCELS, 0)}
    for level in found:
        if level.version >= 0:
            levels.setdefault(level.sku, {})[level.source] = level
        else:
            beside[level.version][level.sku, level.source] = level.on_hand
    for (sku, source), over in beside[_DUE].items():
        at = levels.get(sku, {})
        if source in at:
            at[source] = at[source]._replace(held=Quantity(at[source].held - over))
    heard = {source: at for (_, source), at in beside[_HEARD].items()}
    parcels = {source: count for (_, source), count in beside[_PARCELS].items()}
    return levels, Known(heard, frozenset(beside[_GAP]), beside[_OWN], parcels)


def each(rows: Iterable[Row]) -> Iterator[Level]:
    """Levels of rows."""
    for sku, source, on_hand, safety, track, beyond, incoming, version, as_of, held, committed in rows:
        goods = _incoming(incoming) if incoming != "[]" else ()
        figures = on_hand, safety, bool(track), beyond, goods, version, as_of, held, committed
        yield _new(Level, (sku, source, *figures))


_new = tuple.__new__
"""HAZARD: fields in their order. A page reads thousands of levels, and this makes them in a third of the time."""


def _incoming(text: str) -> tuple[IncomingStock, ...]:
    return tuple(IncomingStock(from_us(at), Quantity(quantity)) for at, quantity in json.loads(text))
