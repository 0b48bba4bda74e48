"""From the outbox to the streams: what a transaction emitted reaches Redis after its commit, at least once, in order.

The relay takes rows that are unsent, oldest first. It never asks for ids above the last one: on PostgreSQL an id may
become visible after a greater one (`test_an_envelope_that_becomes_visible_late_is_not_lost`).
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from redis.exceptions import ResponseError

from modules.kernel.errors import Unavailable
from modules.kernel.leader import Leader, Leading, whenever_leading
from modules.runtime.database import Database
from modules.runtime.leader import leader_of
from modules.runtime.redis import Command, Redis
from modules.runtime.streams import epoch_key, parse_id, stream_key
from modules.runtime.unbroken import unbroken

_LOG = logging.getLogger(__name__)
_BATCH = 100
_KEPT_ENTRIES = 100_000
_KEPT_MS = 24 * 60 * 60 * 1000
_TRIM_SECONDS = 60.0
_TRIM_AT_ONCE = 5_000
_PAUSE_SECONDS = 0.25

_UNSENT = "SELECT id, module, envelope FROM runtime_outbox ORDER BY id LIMIT :batch"
_SENT = "DELETE FROM runtime_outbox WHERE id IN :ids"
_OLDEST = "SELECT min(created_us) FROM runtime_outbox"


class Relay:
    """Moves envelopes to the streams `events.<module>`. Any number may run; one of them leads.

    A stream keeps what is younger than 24 hours, at most about 100,000 entries, and what a consumer group has not
    acknowledged yet.
    """

    def __init__(self, database: Database, redis: Redis, leader: Leader | None = None) -> None:
        self._database = database
        self._redis = redis
        self._leader = leader or leader_of(database)
        self._wake = asyncio.Event()
        self._trimmed: dict[str, float] = {}
        database.on_commit(self._wake.set)

    async def run(self) -> None:
        """Works until it is cancelled; while the database or Redis is away it waits, and loses nothing."""
        await whenever_leading(self._leader, self._lead, _PAUSE_SECONDS)

    async def lag(self) -> float:
        """The age of the oldest envelope that waits, in seconds; 0.0 when none does."""
        ((oldest,),) = await self._database.read(_OLDEST)
        if oldest is None:
            return 0.0
        return max(0.0, (await self._database.now_us() - int(oldest)) / 1_000_000)

    async def pass_on(self) -> int:
        """Moves the oldest envelopes, at most one batch; how many. Raises Unavailable, and they stay.

        Between the two steps a crash sends them twice, which subscribers bear; the other way round it would lose them.
        """
        rows = await self._database.read(_UNSENT, batch=_BATCH)
        if rows:
            await self._redis.execute_many(_commands(rows))
            async with self._database.transaction() as transaction:
                await transaction.run(_SENT, ids=[int(id) for id, _, _ in rows])
            await self._trim({stream_key(module) for _, module, _ in rows})
        return len(rows)

    async def _lead(self, leading: Leading) -> None:
        _LOG.info("This process relays events.")
        self._wake.set()
        watch = asyncio.create_task(self._database.watch(self._wake.set))
        try:
            while leading() and not watch.done():
                await self._woken(watch)
                while leading() and await self._try_to_pass_on() == _BATCH:
                    pass
            if watch.done():
                watch.result()
        finally:
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)

    async def _woken(self, watch: asyncio.Task[None]) -> None:
        waking = asyncio.create_task(self._wake.wait())
        try:
            await asyncio.wait({waking, watch}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waking.cancel()
        self._wake.clear()

    async def _try_to_pass_on(self) -> int:
        try:
            # A relay that is stopped in good order sends nothing twice.
            return await unbroken(self.pass_on())
        except Unavailable:
            await asyncio.sleep(_PAUSE_SECONDS)
            self._wake.set()
            return 0

    async def _trim(self, streams: Iterable[str]) -> None:
        now = asyncio.get_running_loop().time()
        for stream in streams:
            if now - self._trimmed.get(stream, -_TRIM_SECONDS) >= _TRIM_SECONDS:
                self._trimmed[stream] = now
                with suppress(ResponseError):  # a stream that was lost meanwhile needs no trimming
                    await trim(self._redis, stream)


async def trim(redis: Redis, stream: str, entries: int = _KEPT_ENTRIES, age_ms: int = _KEPT_MS) -> None:
    """Drops what is over the count or the age, whole nodes of some hundred entries, and nothing that a group needs."""
    (seconds, microseconds), length, groups = await redis.execute_many(
        [("TIME",), ("XLEN", stream), ("XINFO", "GROUPS", stream)],
    )
    line = (int(seconds) * 1000 + int(microseconds) // 1000 - age_ms, 0)
    if length > entries:
        # A few thousand at a time: they travel, and more come back within the minute.
        surplus = await redis.execute("XRANGE", stream, "-", "+", "COUNT", min(length - entries, _TRIM_AT_ONCE))
        line = max(line, parse_id(surplus[-1][0]))
    for group in groups:
        line = min(line, await _acknowledged(redis, stream, group))
    if line > (0, 0):
        await redis.execute("XTRIM", stream, "MINID", "~", f"{line[0]}-{line[1]}")


async def _acknowledged(redis: Redis, stream: str, group: Sequence[Any]) -> tuple[int, int]:
    """The first entry that a group still needs: its oldest pending one, else the last it was given."""
    facts = dict(zip(group[::2], group[1::2], strict=True))
    if not facts["pending"]:
        return parse_id(facts["last-delivered-id"])
    pending = await redis.execute("XPENDING", stream, facts["name"])
    return parse_id(pending[1])


def _commands(rows: Sequence[tuple[Any, ...]]) -> list[Command]:
    """An epoch for every stream that has none, then the envelopes in order."""
    modules = dict.fromkeys(module for _, module, _ in rows)
    epochs: list[Command] = [("SET", epoch_key(stream_key(name)), secrets.token_hex(8), "NX") for name in modules]
    return [*epochs, *(("XADD", stream_key(module), "*", "e", envelope) for _, module, envelope in rows)]
