"""The waiting list in the database."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from modules.inventory.model.waiting import Waiter, WaiterState
from modules.kernel.names import ChannelId, Sku
from modules.kernel.quantity import Quantity
from modules.runtime.database import Database

_COLUMNS = "id, sku, channel, quantity_micros, owner, customer, state, since_us, hold, version, store"
_NAMES = _COLUMNS.split(", ")
_SELECT = f"SELECT {_COLUMNS} FROM inventory_waiter"
_JOIN = f"""
    INSERT INTO inventory_waiter ({_COLUMNS}) VALUES ({", ".join(f":{name}" for name in _NAMES)})
    ON CONFLICT (id) DO NOTHING
"""
_LEAVE = "UPDATE inventory_waiter SET state = 'gone', version = version + 1 WHERE id IN :ids AND state = 'waiting'"
# With its offer: until that is forgotten, who asks for either is told what became of it.
_RETIRE = """
    DELETE FROM inventory_waiter WHERE id IN (
        SELECT id FROM inventory_waiter w
        WHERE state NOT IN ('waiting', 'offered') AND since_us < :line
            AND NOT EXISTS (SELECT 1 FROM inventory_reservation r WHERE r.hold = w.hold)
        LIMIT :most)
"""
WAITERS: Final = f"{_SELECT} WHERE sku IN :skus AND state IN ('waiting', 'offered')"
"""Who waits for these skus or has an offer."""
TURN: Final = "UPDATE inventory_waiter SET state = :state, hold = :hold, version = :version WHERE id = :id"
"""What becomes of a waiter whose turn it is."""


class WaitingStore:
    """Who joins and leaves; whose turn it is, is decided with the reservations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def join(self, waiters: Collection[Waiter]) -> list[Waiter]:
        """Adds those that are not on the list yet, by the store's clock; all of them as they are now, by id."""
        async with self._database.transaction() as tx:
            now = await tx.now_us()
            joined = [waiter._replace(since_us=now) for waiter in waiters]
            await tx.run_many(_JOIN, [dict(zip(_NAMES, waiter, strict=True)) for waiter in joined])
            tx.emit([waiter.event() for waiter in joined])
        return await self.waiters([waiter.id for waiter in waiters])

    async def leave(self, ids: Collection[str]) -> list[Waiter]:
        """Takes those off the list that still wait; all of them as they are now, by id."""
        async with self._database.transaction() as tx:
            if await tx.run(_LEAVE, ids=list(ids)):
                gone = [waiter(row) for row in await tx.read(f"{_SELECT} WHERE id IN :ids", ids=list(ids))]
                tx.emit([item.event() for item in gone])
        return await self.waiters(ids)

    async def waiters(self, ids: Collection[str]) -> list[Waiter]:
        """Those of these ids, by id."""
        found = await self._database.read(f"{_SELECT} WHERE id IN :ids ORDER BY id", ids=list(ids))
        return [waiter(row) for row in found]

    async def wanted(self, most: int) -> list[Sku]:
        """Skus that somebody waits for, at most so many."""
        sql = "SELECT DISTINCT sku FROM inventory_waiter WHERE state = 'waiting' LIMIT :most"
        return [Sku(sku) for (sku,) in await self._database.read(sql, most=most)]

    async def retire(self, age_us: int, most: int) -> int:
        """Forgets places that ended and whose offer is forgotten, of who joined so long ago; at most so many."""
        async with self._database.transaction() as tx:
            return await tx.run(_RETIRE, line=await tx.now_us() - age_us, most=most)


def waiter(row: tuple[Any, ...]) -> Waiter:
    """The waiter of a row."""
    id, sku, channel, quantity, owner, customer, state, since, hold, version, store = row
    return Waiter(
        id,
        Sku(sku),
        ChannelId(channel),
        Quantity(quantity),
        owner,
        customer,
        WaiterState(state),
        since,
        hold,
        version,
        store,
    )


def turn(item: Waiter) -> dict[str, object]:
    """What `TURN` writes."""
    return {"id": item.id, "state": item.state, "hold": item.hold, "version": item.version}
