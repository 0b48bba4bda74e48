"""Pick-ups in the database: a step and what it does to reservations are one transaction."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from modules.inventory.model.pickups import ENDED, Pickup, PickupLine, PickupState
from modules.inventory.model.reservations import Call, Decision
from modules.inventory.model.waiting import Reaches
from modules.inventory.store.reservations import decide_in
from modules.kernel.names import ChannelId, Sku, SourceId
from modules.kernel.quantity import Quantity
from modules.runtime.change import Change
from modules.runtime.database import AuditEntry, Database, Transaction
from modules.runtime.sql import upsert

_COLUMNS = (
    "id, store, channel, order_id, owner, state, lines, hold, resourced, code_hash, tries, deadline_us, extended, "
    "created_us, version"
)
_NAMES = _COLUMNS.split(", ")
_SELECT = f"SELECT {_COLUMNS} FROM inventory_pickup"
_SAVE = upsert("inventory_pickup", _NAMES, ("id",), _NAMES[5:])
_DUE = "SELECT id FROM inventory_pickup WHERE state = 'ready' AND deadline_us <= :now ORDER BY deadline_us LIMIT :most"
_AT = f"{_SELECT} WHERE store = :store AND state IN :states"
_OF = "AND order_id IN :orders"
_OLDEST = "ORDER BY created_us, id LIMIT :most"
OPEN: Final = tuple(state for state in PickupState if state not in ENDED)


class PickupStore:
    """Reads pick-ups, and changes them with their reservations. `reach` says where waiters' goods may come from."""

    def __init__(self, database: Database, reach: Reaches) -> None:
        self._database = database
        self._reach = reach

    @asynccontextmanager
    async def changing(self) -> AsyncIterator[PickupChange]:
        """A transaction over pick-ups and reservations."""
        async with self._database.transaction() as tx:
            yield PickupChange(tx, self._reach)

    async def pickup(self, id: str) -> Pickup | None:
        """The one of this id."""
        rows = await self._database.read(f"{_SELECT} WHERE id = :id", id=id)
        return _pickup(rows[0]) if rows else None

    async def at(
        self,
        store: str,
        states: Collection[PickupState] = OPEN,
        most: int = 1_000,
        orders: Collection[str] | None = None,
    ) -> list[Pickup]:
        """Those of a store in these states, of these orders where some are named, the oldest first."""
        given: dict[str, Any] = {"store": store, "states": [state.value for state in states], "most": most}
        if orders is None:
            rows = await self._database.read(f"{_AT} {_OLDEST}", **given)
        else:
            rows = await self._database.read(f"{_AT} {_OF} {_OLDEST}", **given, orders=list(orders))
        return [_pickup(row) for row in rows]

    async def due(self, most: int) -> list[str]:
        """Ids of some that nobody has fetched in time, by the store's clock."""
        rows = await self._database.read(_DUE, now=await self._database.now_us(), most=most)
        return [id for (id,) in rows]


class PickupChange(Change):
    """An open transaction over pick-ups and reservations. Pick-ups are locked before levels, by everybody."""

    def __init__(self, tx: Transaction, reach: Reaches) -> None:
        super().__init__(tx)
        self._reach = reach

    async def pickup(self, id: str) -> Pickup | None:
        """The one of this id, locked until the commit."""
        locked = " FOR UPDATE" if self.tx.database.dialect == "postgresql" else ""
        rows = await self.tx.read(f"{_SELECT} WHERE id = :id{locked}", id=id)
        return _pickup(rows[0]) if rows else None

    async def decide(self, calls: Sequence[Call]) -> list[Decision]:
        """What becomes of these calls, in this transaction: all are done, or none."""
        return await decide_in(self.tx, calls, self._reach, together=True) if calls else []

    async def save(self, pickup: Pickup, before: Pickup | None, by: str, action: str, reason: str | None) -> Pickup:
        """Writes a pick-up that is new or other than before, with an event and an audit entry."""
        after = pickup._replace(version=before.version + 1) if before else pickup
        lines = json.dumps([list(line) for line in after.lines], separators=(",", ":"))
        await self.tx.run_many(_SAVE, [{**dict(zip(_NAMES, after, strict=True)), "lines": lines}])
        self.tx.emit([after.event()])
        former = before.state_of() if before else None
        self.tx.audit([AuditEntry(by, f"inventory.{action}", f"pickup:{after.id}", former, after.state_of(), reason)])
        return after


def _pickup(row: tuple[Any, ...]) -> Pickup:
    values = dict(zip(Pickup._fields, row, strict=True))
    lines = tuple(
        PickupLine(line, Sku(sku), Quantity(quantity), Quantity(picked))
        for line, sku, quantity, picked in json.loads(values["lines"])
    )
    return Pickup(
        **{
            **values,
            "store": SourceId(values["store"]),
            "channel": ChannelId(values["channel"]),
            "state": PickupState(values["state"]),
            "lines": lines,
            "extended": bool(values["extended"]),
        }
    )
