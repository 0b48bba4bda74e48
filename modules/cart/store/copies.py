"""Copies of all carts, made while shoppers go on, and put back into a shop that serves nobody yet.

HAZARD: carts move while they are copied. What follows from that, and the test of each is in `test_copying`:
- An idle one goes to the database. So carts are copied before the database is, never after it.
- One that comes back from there, or is new, may be missed. So all are looked at twice.
- A guest's goods go into a customer's cart, and the guest's is emptied. So the second look takes no closed cart: the
  goods are in what the first one saw, or in the customer's, or in both, which `engine.copying` can tell.
- What is on its way is noted in rows that go when it is done. So they are read between the two looks.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

import orjson

from modules.cart.engine.copying import CartCopy
from modules.cart.model.keys import Locator
from modules.cart.store.active import ActiveCarts
from modules.cart.store.addresses import Address, buckets, touched_in
from modules.cart.store.archive import ArchivedCarts, Kept
from modules.cart.store.idle import Idle, idle_of
from modules.cart.store.scripts import COPY
from modules.runtime.database import Database

_AT_ONCE: Final = 200
_NOTED: Final = {
    "cart_merge": ("guest", "customer", "channel", "digest", "strategy"),
    "cart_parked": ("locator", "id", "store", "label", "digest", "customer", "nonce", "parked_us", "taken"),
}
"""Rows that say what is on its way, by table."""
_AS_NOTED: Final = {
    "cart_merge": "DO NOTHING",
    # A till that resumed it meanwhile has a key that the copy of the cart may not know: it waits again.
    "cart_parked": "(locator) DO UPDATE SET taken = excluded.taken WHERE cart_parked.nonce = excluded.nonce",
}
_PAGE: Final = """
    SELECT locator, mark, expires_us, document FROM cart_archive
    WHERE locator > :after ORDER BY locator LIMIT :most
"""

Notes = Mapping[str, list[dict[str, Any]]]
"""Rows by table."""


class CopyStore:
    """Reads all carts in Redis; what is put back lies in the database, and comes to Redis when it is touched."""

    def __init__(self, database: Database, active: ActiveCarts) -> None:
        self._database = database
        self._redis = active.redis
        self._archive = ArchivedCarts(database)
        self._copy = active.script(COPY)

    async def look(self) -> AsyncIterator[list[Idle]]:
        """All carts that are in Redis from the beginning to the end, and some of the others."""
        async for locators in self._locators():
            yield await self._read([(locator, -1) for locator in locators])

    async def look_again(self, marks: Mapping[Locator, int]) -> AsyncIterator[list[Idle]]:
        """Those that are not what they were at these marks, and the new ones; closed ones never."""
        async for locators in self._locators():
            yield await self._read([(locator, marks.get(locator, -1)) for locator in locators], {"open": True})

    async def notes(self) -> Notes:
        """What is on its way between carts and the database."""
        return {
            table: [
                dict(zip(columns, row, strict=True))
                for row in await self._database.read(f"SELECT {', '.join(columns)} FROM {table}")
            ]
            for table, columns in _NOTED.items()
        }

    async def put_back(self, copies: Sequence[CartCopy]) -> None:
        """Into the database, unless something newer is there; all at once."""
        kept = [(Kept(copy.locator, copy.mark, copy.fields, copy.operations), copy.expires_us) for copy in copies]
        await self._archive.save(kept)

    async def note(self, notes: Notes) -> None:
        """Lets be on its way what was when it was read."""
        async with self._database.transaction() as tx:
            for table, columns in _NOTED.items():
                names = ", ".join(f":{column}" for column in columns)
                sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({names}) ON CONFLICT {_AS_NOTED[table]}"
                await tx.run_many(sql, notes.get(table, []))

    async def archived(self) -> AsyncIterator[list[CartCopy]]:
        """All that are in the database, page by page."""
        after = ""
        while rows := await self._database.read(_PAGE, after=after, most=_AT_ONCE):
            yield [_copy_of(*row) for row in rows]
            after = rows[-1][0]

    async def _locators(self) -> AsyncIterator[list[Locator]]:
        for bucket in buckets():
            cursor = "0"
            while True:
                cursor, found = await self._redis.execute("ZSCAN", touched_in(bucket), cursor, "COUNT", _AT_ONCE)
                yield [Locator(name) for name in found[::2]]
                if cursor == "0":
                    break

    async def _read(self, wanted: Sequence[tuple[Locator, int]], call: Mapping[str, Any] | None = None) -> list[Idle]:
        found = await asyncio.gather(*(self._copied(locator, mark, call or {}) for locator, mark in wanted))
        return [idle for idle in found if idle is not None]

    async def _copied(self, locator: Locator, mark: int, call: Mapping[str, Any]) -> Idle | None:
        known = orjson.dumps({"locator": locator, "mark": mark, **call})
        found = await self._copy(keys=Address(locator).keys, args=[known])
        return idle_of(locator, *found) if found else None


def _copy_of(locator: str, mark: int, expires_us: int, document: str) -> CartCopy:
    held = orjson.loads(document)
    return CartCopy(Locator(locator), mark, expires_us, held["fields"], held["operations"])
