"""Carts in the database: those that nobody has touched for a while."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from modules.cart.model.keys import Locator
from modules.runtime.database import Database

_LOAD: Final = "SELECT mark, document FROM cart_archive WHERE locator = :locator AND expires_us > :now"
# HAZARD: a process that was held up writes what it has read long ago; what is newer stays.
_SAVE: Final = """
    INSERT INTO cart_archive (locator, mark, expires_us, document) VALUES (:locator, :mark, :expires_us, :document)
    ON CONFLICT (locator) DO UPDATE
    SET mark = excluded.mark, expires_us = excluded.expires_us, document = excluded.document
    WHERE cart_archive.mark <= excluded.mark
"""
_EXPIRED: Final = "SELECT locator FROM cart_archive WHERE expires_us <= :now ORDER BY expires_us LIMIT :most"
_FORGET: Final = "DELETE FROM cart_archive WHERE locator IN :locators AND expires_us <= :now"
_FORGET_GONE: Final = (
    "DELETE FROM cart_claim WHERE locator IN :locators",
    "DELETE FROM cart_merge WHERE guest IN :locators",
    "DELETE FROM cart_parked WHERE locator IN :locators",
)


@dataclass(frozen=True, slots=True)
class Kept:
    """All of a cart: names and values in turn, as Redis tells them. `mark` rises with every change."""

    locator: Locator
    mark: int
    fields: Sequence[str]
    operations: Sequence[str]


class ArchivedCarts:
    """Rows that may be older than the cart in Redis: where there is one, it counts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load(self, locator: Locator, now_us: int) -> Kept | None:
        """What was kept of the cart; None when nothing was, or its time is over. One statement."""
        rows = await self._database.read(_LOAD, locator=locator, now=now_us)
        if not rows:
            return None
        mark, document = rows[0]
        held = orjson.loads(document)
        return Kept(locator, mark, held["fields"], held["operations"])

    async def save(self, carts: Sequence[tuple[Kept, int]]) -> None:
        """Keeps these until the moments beside them (us), unless something newer is kept; all at once."""
        async with self._database.transaction() as tx:
            await tx.run_many(_SAVE, [_row(kept, expires_us) for kept, expires_us in carts])

    async def expired(self, now_us: int, most: int) -> list[Locator]:
        """Some whose time is over, the oldest first."""
        rows = await self._database.read(_EXPIRED, now=now_us, most=most)
        return [Locator(locator) for (locator,) in rows]

    async def forget(self, locators: Collection[Locator], gone: Collection[Locator], now_us: int) -> None:
        """Deletes those of these whose time is over, and whatever leads to those that are `gone` from Redis too."""
        async with self._database.transaction() as tx:
            await tx.run(_FORGET, locators=list(locators), now=now_us)
            for statement in _FORGET_GONE:
                await tx.run(statement, locators=list(gone))


def _row(kept: Kept, expires_us: int) -> dict[str, object]:
    document = orjson.dumps({"fields": kept.fields, "operations": kept.operations}).decode()
    return {"locator": kept.locator, "mark": kept.mark, "expires_us": expires_us, "document": document}
