"""Keeping: sessions that nobody has touched for long are forgotten; specifications stay."""

from __future__ import annotations

from typing import Final

from modules.configurator.store.sessions import SessionStore
from modules.kernel.leader import Leader, repeat

DAYS: Final = 90
_DAY_US: Final = 24 * 60 * 60 * 1_000_000
_AT_ONCE: Final = 500
_PAUSE_SECONDS: Final = 3_600


class KeepingService:
    """One process of all cleans up, every hour."""

    def __init__(self, store: SessionStore, leader: Leader, days: int = DAYS) -> None:
        """`days` without a touch, and a session is gone."""
        self._store = store
        self._leader = leader
        self._days = days

    async def run(self) -> None:
        """Runs until it is cancelled."""
        await repeat(self._leader, self._sweep_all, _PAUSE_SECONDS)

    async def _sweep_all(self) -> None:
        while await self.sweep() == _AT_ONCE:
            pass

    async def sweep(self) -> int:
        """Forgets the oldest of the untouched sessions, some hundreds at a time; how many."""
        line = await self._store.now_us() - self._days * _DAY_US
        ids = await self._store.untouched(line, _AT_ONCE)
        if not ids:
            return 0
        async with self._store.change() as change:
            return await change.purge(ids, line)
