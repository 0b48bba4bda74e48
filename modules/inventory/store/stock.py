"""Sources, levels and buffers in the database."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from modules.inventory.model.levels import Count, Known, Level, Levels
from modules.inventory.model.sources import Setup
from modules.inventory.store.looking import LEVELS, Look, each, look
from modules.inventory.store.setup import SetupChange, read_setup
from modules.kernel.moments import to_us
from modules.kernel.names import Sku, SourceId
from modules.runtime.change import Change
from modules.runtime.database import AuditEntry, Database, Transaction
from modules.runtime.sql import upsert

Row = tuple[Any, ...]

_BACKORDERS = "SELECT sku, source FROM inventory_level WHERE sku IN :skus AND backorder_limit_micros > 0"
_HEARD = """
    INSERT INTO inventory_feed (system, source, heard_us, applied, ignored) VALUES (:system, :source, :now, 0, 0)
    ON CONFLICT (system, source) DO UPDATE SET heard_us = excluded.heard_us
"""
_HEARD_OF = "SELECT source, MAX(heard_us) FROM inventory_feed WHERE source IN :sources GROUP BY source"
_GAPS = """
    SELECT source, COUNT(*), MAX(gap_since_us) FROM inventory_feed_state WHERE gap_since_us >= 0
    GROUP BY source ORDER BY source
"""
_LOCK_SKU = "SELECT pg_advisory_xact_lock(hashtextextended(:sku, 8))"
BY_HAND: Final = ""
"""The system under whose name counts by hand are a telling of their source, too (F-6); no feed has this name."""
_NAMED = "SELECT sku, source FROM inventory_level WHERE sku IN :skus AND source IN :sources"
_COUNTED = "SELECT DISTINCT sku FROM inventory_level WHERE sku IN :skus"
_PLACE = """
    INSERT INTO inventory_level (sku, source, on_hand_micros, safety_stock_micros, track, backorder_limit_micros,
        incoming, version, as_of_us)
    VALUES (:sku, :source, 0, 0, TRUE, 0, '[]', 0, 0) ON CONFLICT (sku, source) DO NOTHING
"""
_WRITE = upsert(
    "inventory_level",
    (
        *("sku", "source", "on_hand_micros", "safety_stock_micros", "track", "backorder_limit_micros"),
        *("incoming", "version", "as_of_us", "held_micros", "committed_micros"),
    ),
    ("sku", "source"),
)


class InventoryStore:
    """Reads of one statement, and the two transactions of the module."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def levels(self, skus: Collection[Sku], sources: Collection[SourceId], now_us: int) -> Levels:
        """The levels there are of these skus at these sources, without holds that are due by `now_us` (R-3).

        One statement, none when a list is empty.
        """
        if not skus or not sources:
            return {}
        found, _ = await look(self._database.read, Look(skus, sources, now_us))
        return found

    async def look(self, asked: Look) -> tuple[Levels, Known]:
        """The levels, without due holds, and what else is known (R-3, F-6, I-3). One statement."""
        return await look(self._database.read, asked)

    async def heard(self, sources: Collection[SourceId]) -> Known:
        """When each of these was told of last; one statement, or none."""
        rows = await self._database.read(_HEARD_OF, sources=list(sources)) if sources else []
        return Known(heard=dict(rows))

    async def gaps(self) -> dict[SourceId, tuple[int, int]]:
        """Sources where deltas wait for one that is missing (F-2): of how many skus, and since when the last; one
        statement."""
        return {SourceId(source): (count, since) for source, count, since in await self._database.read(_GAPS)}

    async def counted(self, skus: Collection[Sku]) -> set[Sku]:
        """Which of these have a level anywhere; one statement."""
        return {sku for (sku,) in await self._database.read(_COUNTED, skus=list(skus))}

    async def setup(self) -> Setup:
        """All sources and buffers; two statements."""
        return await read_setup(self._database.read)

    @asynccontextmanager
    async def change_levels(self) -> AsyncIterator[LevelsChange]:
        """A transaction over levels."""
        async with self._database.transaction() as tx:
            yield LevelsChange(tx)

    @asynccontextmanager
    async def change_setup(self) -> AsyncIterator[SetupChange]:
        """A transaction that has sources and buffers to itself."""
        async with self._database.transaction() as tx:
            yield await SetupChange.begin(tx)


class LevelsChange(Change):
    """An open transaction over levels."""

    async def lock(self, counts: Sequence[Count]) -> Levels:
        """The levels of these counts, locked until the commit; one that has never been written has version 0.

        Every writer first places the rows it misses, then locks all of its rows, both in the same order: so a row
        that is new to two writers has one lock too, and no two writers wait for one another.
        """
        await self._lock_skus({count.sku for count in counts if count.backorder_limit})
        places = {(count.sku, count.source) for count in counts}
        return _filed(await lock_levels(self.tx, places, places))

    async def backorders(self, counts: Sequence[Count]) -> dict[Sku, list[SourceId]]:
        """Where the skus that are to be back-ordered somewhere may be back-ordered already (I-2)."""
        skus = sorted({count.sku for count in counts if count.backorder_limit})
        found: dict[Sku, list[SourceId]] = {}
        for sku, source in await self.tx.read(f"{_BACKORDERS} ORDER BY source", skus=skus) if skus else []:
            found.setdefault(Sku(sku), []).append(SourceId(source))
        return found

    async def heard(self, counts: Sequence[Count]) -> None:
        """Notes that these sources were told of just now, whether or not a figure changed."""
        now = await self.tx.now_us()
        rows = [{"system": BY_HAND, "source": name, "now": now} for name in sorted({one.source for one in counts})]
        if rows:
            await self.tx.run_many(_HEARD, rows)

    async def save(self, levels: Sequence[Level], before: Levels, principal: str, reason: str) -> None:
        """Writes locked levels, with an event and an audit entry for each."""
        if not levels:
            return
        await save_levels(self.tx, levels)
        self.tx.emit([level.event() for level in levels])
        self.tx.audit([_entry(level, before[level.sku][level.source], principal, reason) for level in levels])

    async def _lock_skus(self, skus: Collection[Sku]) -> None:
        # HAZARD: a back-order limit at another source stands in a row that is not locked, and may not be there yet.
        if skus and self.tx.database.dialect == "postgresql":
            await self.tx.run_many(_LOCK_SKU, [{"sku": sku} for sku in sorted(skus)])


async def lock_levels(
    tx: Transaction, places: Collection[tuple[str, str]], missing: Collection[tuple[str, str]] = ()
) -> list[Level]:
    """The levels of these places (sku, source), locked until the commit; those `missing` get one of version 0 first.

    Perhaps some more: all of these skus at all of these sources, always in the same order.
    """
    if not places:
        return []
    wanted = {"skus": sorted({sku for sku, _ in places}), "sources": sorted({source for _, source in places})}
    if tx.database.dialect == "sqlite":  # one writer at a time: no row is needed to hold a lock
        found = list(each(await tx.read(f"{LEVELS} ORDER BY sku, source", **wanted)))
        there = {(level.sku, level.source) for level in found}
        return [*found, *(Level(Sku(sku), SourceId(source)) for sku, source in missing if (sku, source) not in there)]
    if missing:
        absent = sorted(set(missing) - set(await tx.read(_NAMED, **wanted)))
        if absent:
            await tx.run_many(_PLACE, [{"sku": sku, "source": source} for sku, source in absent])
    return list(each(await tx.read(f"{LEVELS} ORDER BY sku, source FOR UPDATE", **wanted)))


async def save_levels(tx: Transaction, levels: Sequence[Level]) -> None:
    """Writes locked levels."""
    if levels:
        await tx.run_many(_WRITE, [_row(level) for level in levels])


def _filed(found: Iterable[Level]) -> Levels:
    levels: Levels = {}
    for level in found:
        levels.setdefault(level.sku, {})[level.source] = level
    return levels


def _row(level: Level) -> Mapping[str, object]:
    incoming = [(to_us(item.at), item.quantity) for item in level.incoming]
    text = json.dumps(incoming, separators=(",", ":")) if incoming else "[]"
    return {**level.state(), "incoming": text, "version": level.version}


def _entry(level: Level, before: Level, principal: str, reason: str) -> AuditEntry:
    former = before.state() if before.version else None
    return AuditEntry(
        principal, "inventory.set_stock_level", f"level:{level.sku}@{level.source}", former, level.state(), reason
    )
