"""Transfers and stock takes in the database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from modules.inventory.model.levels import Level
from modules.inventory.model.movements import Move
from modules.inventory.model.transfers import Transfer, TransferState
from modules.inventory.store.movements import own_moves, save_moves
from modules.inventory.store.stock import lock_levels, save_levels
from modules.kernel.names import Sku, SourceId
from modules.kernel.quantity import Quantity
from modules.runtime.database import AuditEntry, Database, Transaction

Place = tuple[str, str]
_COLUMNS = "id, sku, origin, target, quantity_micros, received_micros, state, sent_us, expected_us, version"
_NAMES = _COLUMNS.split(", ")
_SELECT = f"SELECT {_COLUMNS} FROM inventory_transfer"
_SAVE = f"""
    INSERT INTO inventory_transfer ({_COLUMNS}) VALUES ({", ".join(f":{name}" for name in _NAMES)})
    ON CONFLICT (id) DO UPDATE SET received_micros = excluded.received_micros, state = excluded.state,
        version = excluded.version
"""


class TransferStore:
    """Transactions over levels and transfers; the levels' rows are the locks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def moving(self) -> AsyncIterator[Moving]:
        """A transaction; what was saved in it holds when the block ends."""
        async with self._database.transaction() as tx:
            yield Moving(tx)

    async def transfers(self, ids: Collection[str]) -> dict[str, Transfer]:
        """Those of these ids."""
        rows = await self._database.read(f"{_SELECT} WHERE id IN :ids", ids=list(ids))
        return {row[0]: _transfer(row) for row in rows}

    async def on_their_way(self, most: int) -> list[Transfer]:
        """Those that have not arrived, the one expected first first."""
        sql = f"{_SELECT} WHERE state = 'sent' ORDER BY expected_us, id LIMIT :most"
        return [_transfer(row) for row in await self._database.read(sql, most=most)]


class Moving:
    """An open transaction over levels and transfers."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self._before: dict[Place, Level] = {}

    async def lock(self, places: Collection[Place]) -> dict[Place, Level]:
        """The levels of these places, locked; one that has never been written has version 0."""
        self._before = {(level.sku, level.source): level for level in await lock_levels(self._tx, places, places)}
        return dict(self._before)

    async def now_us(self) -> int:
        """The store's clock."""
        return await self._tx.now_us()

    async def transfers(self, ids: Collection[str]) -> dict[str, Transfer]:
        """Those of these ids, as they stand in this transaction."""
        rows = await self._tx.read(f"{_SELECT} WHERE id IN :ids", ids=list(ids))
        return {row[0]: _transfer(row) for row in rows}

    async def moved_since(self, places: Collection[Place], since_us: int) -> Mapping[Place, int]:
        """What we moved ourselves after the moment, by place."""
        found = await own_moves(self._tx, places, since_us)
        return {place: sum(quantity for _, quantity in moves) for place, moves in found.items()}

    async def save(
        self, levels: Iterable[Level], transfers: Sequence[Transfer], moves: Sequence[Move], by: str, reason: str
    ) -> None:
        """Writes what changed, with events, movements and audit entries."""
        now = await self.now_us()
        pairs = [(level, self._before[level.sku, level.source]) for level in levels]
        changed = [
            after._replace(version=before.version + 1, as_of_us=now) for after, before in pairs if after != before
        ]
        await save_levels(self._tx, changed)
        if transfers:
            await self._tx.run_many(_SAVE, [dict(zip(_NAMES, transfer, strict=True)) for transfer in transfers])
            self._tx.emit([transfer.event() for transfer in transfers])
        await save_moves(self._tx, moves, now)
        if changed:
            self._tx.emit([level.event() for level in changed])
            self._tx.audit([self._entry(level, by, reason) for level in changed])

    def _entry(self, level: Level, by: str, reason: str) -> AuditEntry:
        before = self._before[level.sku, level.source]
        former = before.state() if before.version else None
        return AuditEntry(by, "inventory.move", f"level:{level.sku}@{level.source}", former, level.state(), reason)


def _transfer(row: tuple[Any, ...]) -> Transfer:
    id, sku, origin, target, quantity, received, state, *rest = row
    ends = SourceId(origin), SourceId(target)
    return Transfer(id, Sku(sku), *ends, Quantity(quantity), Quantity(received), TransferState(state), *rest)
