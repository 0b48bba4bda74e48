"""One leader for each duty among all processes on a database: who leads holds a lock that dies with the process."""

from __future__ import annotations

import asyncio
import fcntl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg

from modules.kernel.errors import Unavailable
from modules.kernel.leader import Leader
from modules.runtime.database import Database
from modules.runtime.postgresql import PostgresqlDriver
from modules.runtime.sqlite import SqliteDriver

_LOOK_SECONDS = 0.25
RELAY = "relay"
_LOCKS = {
    RELAY: 0x436F67776572,
    "timer": 0x436F67776573,
    "mail": 0x436F67776574,
    "carts": 0x436F67776575,
    "wishlists": 0x436F67776576,
    "sessions": 0x436F67776577,
    "sweeper": 0x436F67776578,
    "due": 0x436F67776579,
}
"""Any numbers, the same in every process."""


class FileLeader:
    """A lock on a file beside the database: for processes of one machine, which is all that SQLite serves."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @asynccontextmanager
    async def lead(self) -> AsyncIterator[Callable[[], bool]]:
        """Looks four times a second whether the lock is free."""
        with self._path.open("a") as lock:
            while not _taken(lock.fileno()):  # noqa: ASYNC110 - another process lets go
                await asyncio.sleep(_LOOK_SECONDS)
            yield lambda: True


class AdvisoryLeader:
    """A lock of the PostgreSQL session of a connection of its own."""

    def __init__(self, driver: PostgresqlDriver, duty: str = RELAY) -> None:
        self._driver = driver
        self._lock = _LOCKS[duty]

    @asynccontextmanager
    async def lead(self) -> AsyncIterator[Callable[[], bool]]:
        """Looks four times a second whether the lock is free."""
        connection = await self._driver.connect()
        try:
            # Waiting inside PostgreSQL would hold a snapshot, and with it back vacuum, for as long as another leads.
            while not await _locked(connection, self._lock):  # noqa: ASYNC110 - another process lets go
                await asyncio.sleep(_LOOK_SECONDS)
            yield lambda: not connection.is_closed()
        finally:
            connection.terminate()


def leader_of(database: Database, duty: str = RELAY) -> Leader:
    """The leader that fits the database. Duties are led apart, and by their names: `relay`, `timer`, `mail`."""
    driver = database.driver
    if isinstance(driver, SqliteDriver):
        return FileLeader(driver.path.with_name(f"{driver.path.name}.{duty}"))
    return AdvisoryLeader(driver, duty)


def _taken(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


async def _locked(connection: Any, lock: int) -> bool:
    try:
        return bool(await connection.fetchval("SELECT pg_try_advisory_lock($1)", lock))
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise Unavailable("The database") from error
