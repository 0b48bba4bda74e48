"""What clients have asked: documents, and how often each client sent them; bounded, and forgotten after a while."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from modules.runtime.database import Database

KEPT_US: Final = 90 * 24 * 60 * 60 * 1_000_000
MOST: Final = 20_000
"""Uses that are kept: names and documents come from strangers too, and what was seen but once goes before others."""

_ADD_DOCUMENT: Final = "INSERT INTO runtime_document (id, text) VALUES (:id, :text) ON CONFLICT (id) DO NOTHING"
_ADD_USE: Final = """
    INSERT INTO runtime_use (client, version, document, times, first_us, last_us)
    VALUES (:client, :version, :document, :times, :now, :now)
    ON CONFLICT (client, version, document) DO UPDATE
    SET times = runtime_use.times + excluded.times, last_us = excluded.last_us
"""
_USE: Final = ("client", "version", "document", "times")
_COUNT: Final = "SELECT count(*) FROM runtime_use"
_MAKE_ROOM: Final = """
    DELETE FROM runtime_use WHERE (client, version, document) IN (
        SELECT client, version, document FROM runtime_use
        ORDER BY CASE WHEN times > 1 THEN 1 ELSE 0 END, last_us LIMIT :excess)
"""
_FORGET: Final = "DELETE FROM runtime_use WHERE last_us < :line"
_FORGET_DOCUMENTS: Final = """
    DELETE FROM runtime_document WHERE NOT EXISTS (SELECT 1 FROM runtime_use WHERE document = runtime_document.id)
"""
_READ: Final = """
    SELECT u.client, u.version, d.text, u.times, u.first_us, u.last_us
    FROM runtime_use u JOIN runtime_document d ON d.id = u.document
    WHERE u.last_us >= :since ORDER BY u.client, u.version, u.times DESC, u.document
"""


@dataclass(frozen=True, slots=True)
class Use:
    """A document that a client of this name and version (empty where it says none) has sent so often, and when."""

    client: str
    version: str
    document: str
    times: int
    first_us: int = 0
    last_us: int = 0


class UsageLog:
    """Uses of all processes together. Every call raises Unavailable while the database is away."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, uses: Sequence[Use], most: int = MOST) -> None:
        """Adds to what is known; `first_us` and `last_us` are now. Beyond `most` goes what was seen but once,
        then what was not seen for longest."""
        async with self._database.transaction() as tx:
            now = await tx.now_us()
            named = {use.document: hashlib.sha256(use.document.encode()).hexdigest() for use in uses}
            rows = [(use.client, use.version, named[use.document], use.times) for use in uses]
            # In one order everywhere: two processes that lock the same rows in different ones wait for each other.
            documents = sorted((id, text) for text, id in named.items())
            await tx.run_many(_ADD_DOCUMENT, [{"id": id, "text": text} for id, text in documents])
            await tx.run_many(_ADD_USE, [{**dict(zip(_USE, row, strict=True)), "now": now} for row in sorted(rows)])
            ((count,),) = await tx.read(_COUNT)
            if count > most:
                await tx.run(_MAKE_ROOM, excess=count - most)
                await tx.run(_FORGET_DOCUMENTS)

    async def read(self, since_us: int = 0) -> list[Use]:
        """Those seen since, by client and version, the most frequent first."""
        return [Use(*row) for row in await self._database.read(_READ, since=since_us)]

    async def sweep(self) -> None:
        """Forgets what nobody has sent for 90 days."""
        line = await self._database.now_us() - KEPT_US
        async with self._database.transaction() as tx:
            await tx.run(_FORGET, line=line)
            await tx.run(_FORGET_DOCUMENTS)
