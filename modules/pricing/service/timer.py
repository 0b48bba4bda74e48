"""The timer: tells the history when its moments come, without anybody asking (L-1)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Final

from modules.kernel.errors import Unavailable
from modules.kernel.leader import Leader, Leading, whenever_leading
from modules.pricing.service.history import AT_ONCE, HistoryService

_LOG = logging.getLogger(__name__)
_LOOK_US: Final = 1_000_000
"""How long a moment that another process has made due may stay unseen."""
_PAUSE_US: Final = 250_000
_PRUNE_US: Final = 24 * 60 * 60 * 1_000_000


class Timer:
    """Any number may run; one of them leads, and when its process dies another one goes on where it stood."""

    def __init__(
        self, history: HistoryService, leader: Leader, hear: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        """`hear` runs beside it while it leads: what it hears of is told by this process, which has heard of it."""
        self._history = history
        self._leader = leader
        self._hear = hear
        self._wake = asyncio.Event()
        self._slept_us = 0
        history.on_written(lambda skus: self._wake.set())

    async def run(self) -> None:
        """Works until it is cancelled; while the database is away it waits, and loses nothing."""
        await whenever_leading(self._leader, self._lead, timedelta(microseconds=_PAUSE_US).total_seconds())

    async def turn(self) -> int:
        """Tells all that is due, batch by batch; in how many microseconds to look again, a second at most."""
        self._wake.clear()
        while await self._history.tell_due() == AT_ONCE:
            pass
        due = await self._history.next_due()
        return _LOOK_US if due is None else min(due, _LOOK_US)

    async def _lead(self, leading: Leading) -> None:
        _LOG.info("This process keeps the price history.")
        hearing = asyncio.create_task(self._keep_hearing())
        self._slept_us = _PRUNE_US
        try:
            while leading():
                if hearing.done():
                    hearing.result()
                if self._slept_us >= _PRUNE_US:
                    self._slept_us = 0
                    await self._history.prune()
                await self._sleep(await self.turn())
        finally:
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)

    async def _keep_hearing(self) -> None:
        while self._hear:
            with suppress(Unavailable):
                await self._hear()
            await asyncio.sleep(timedelta(microseconds=_PAUSE_US).total_seconds())

    async def _sleep(self, microseconds: int) -> None:
        self._slept_us += microseconds
        with suppress(TimeoutError):
            async with asyncio.timeout(timedelta(microseconds=microseconds).total_seconds()):
                await self._wake.wait()
