"""PostgreSQL behind the database's face: a pool of connections that hold no state between two uses."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, Literal, Self
from urllib.parse import urlsplit

import asyncpg

from modules.kernel.errors import BadUserInput, Unavailable
from modules.runtime.misconfigured import Misconfigured
from modules.runtime.sql import Parameters, for_postgresql
from modules.runtime.unbroken import unbroken

_LOG = logging.getLogger(__name__)
_CHANNEL = "cogwerk_outbox"
_COMMAND_SECONDS = 60.0
_CONNECT_SECONDS = 10.0
_SESSION = {"application_name": "cogwerk", "timezone": "UTC", "jit": "off"}
_ASKED_FOR_LIFE = {"tcp_keepalives_idle": "4", "tcp_keepalives_interval": "2", "tcp_keepalives_count": "3"}
_NOW = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)"

_AWAY = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InternalClientError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    asyncpg.LockNotAvailableError,
)
_GONE = ("clos", "released back to the pool")
_REFUSED = (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError, ValueError)
Write = tuple[str, Sequence[Parameters]]
Statement = tuple[str, Parameters]


class Session:
    """One connection in a transaction."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._committed = False

    async def read(self, sql: str, values: Parameters) -> list[tuple[Any, ...]]:
        """All rows."""
        with _away():
            return await _read(self._connection, sql, values)

    async def read_each(self, statements: Sequence[Statement]) -> list[list[tuple[Any, ...]]]:
        """All rows of each, one after the other."""
        return [await self.read(*statement) for statement in statements]

    async def run(self, sql: str, values: Parameters) -> int:
        """The number of rows touched."""
        text, arguments = for_postgresql(sql, values)
        with _away():
            status: str = await self._connection.execute(text, *arguments)
        count = status.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0

    async def run_many(self, sql: str, rows: Sequence[Parameters]) -> None:
        """One statement for each row, sent together."""
        if not rows:
            return
        with _away():
            await self._connection.executemany(
                for_postgresql(sql, rows[0])[0], [for_postgresql(sql, row)[1] for row in rows]
            )

    async def now_us(self) -> int:
        """The clock of the server."""
        return int((await self.read(_NOW, {}))[0][0])

    async def commit_with(self, writes: Sequence[Write]) -> None:
        """The last writes and COMMIT; with writes, whoever watches is told."""
        for sql, rows in writes:
            await self.run_many(sql, rows)
        tell = f"SELECT pg_notify('{_CHANNEL}', ''); " if writes else ""
        with _away():
            status = await self._connection.execute(f"{tell}COMMIT")
        self._committed = True
        if status != "COMMIT":  # PostgreSQL takes the COMMIT of a broken transaction for a ROLLBACK, without an error
            raise RuntimeError("a statement of this transaction had failed: all of it was rolled back")

    async def roll_back(self) -> None:
        """Leaves no transaction behind; a connection that cannot do even that is given up."""
        if self._committed:
            return
        try:
            # Sent also when no transaction seems open: a BEGIN that was cancelled may still be on its way.
            await self._connection.execute("ROLLBACK")
        except (*_AWAY, asyncpg.PostgresError, asyncpg.InterfaceError):
            with suppress(asyncpg.InterfaceError):  # the pool has taken a dead one back already
                self._connection.terminate()


class PostgresqlDriver:
    """A server. When it goes away calls raise Unavailable; the pool connects again by itself."""

    dialect: Literal["postgresql"] = "postgresql"

    def __init__(self, url: str, pool: Any) -> None:
        self.url = url
        self._pool = pool

    @classmethod
    async def open(cls, url: str, connections: int = 10) -> Self:
        """Connects; raises Misconfigured when the server is not there or refuses."""
        # Without a least size asyncpg has no background work of its own, whose connection a close may leave open.
        pool = asyncpg.create_pool(
            url,
            min_size=0,
            max_size=connections,
            max_inactive_connection_lifetime=0,
            reset=_clean,
            statement_cache_size=512,
            max_cached_statement_lifetime=0,
            command_timeout=_COMMAND_SECONDS,
            timeout=_CONNECT_SECONDS,
            server_settings=_SESSION,
        )
        try:
            await pool
            await pool.fetchval("SELECT 1")
        except (*_AWAY, *_REFUSED) as error:
            pool.terminate()
            raise Misconfigured("DATABASE_URL", f"{_without_password(url)} does not let us in: {error}") from error
        return cls(url, pool)

    async def close(self) -> None:
        """Waits for running transactions, but not for ever."""
        try:
            await asyncio.wait_for(self._pool.close(), _CONNECT_SECONDS)
        except TimeoutError:
            self._pool.terminate()

    async def read(self, sql: str, values: Parameters) -> list[tuple[Any, ...]]:
        """One statement. Asked once more when its connection turns out to be dead: a read does no harm twice."""
        try:
            return await self._read(sql, values)
        except Unavailable:
            return await self._read(sql, values)

    async def now_us(self) -> int:
        """The clock of the server."""
        return int((await self.read(_NOW, {}))[0][0])

    async def _read(self, sql: str, values: Parameters) -> list[tuple[Any, ...]]:
        with _away():
            async with self._pool.acquire(timeout=_CONNECT_SECONDS) as connection:
                return await _read(connection, sql, values)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        """A connection in a READ COMMITTED transaction; whatever is not committed at the end is rolled back."""
        with _away():
            connection = await self._pool.acquire(timeout=_CONNECT_SECONDS)
        session = Session(connection)
        try:
            await session.run("BEGIN ISOLATION LEVEL READ COMMITTED", {})
            yield session
        finally:
            await unbroken(self._give_back(session, connection))

    async def _give_back(self, session: Session, connection: Any) -> None:
        await session.roll_back()
        await self._pool.release(connection)

    async def watch(self, changed: Callable[[], None]) -> None:
        """Calls `changed` when anyone has emitted, and after each loss of connection, until it is cancelled."""
        lost = asyncio.Event()
        connection = await self.connect()
        try:
            connection.add_termination_listener(lambda _: lost.set())
            await connection.add_listener(_CHANNEL, lambda *_: changed())
            changed()
            await lost.wait()
        finally:
            connection.terminate()
        raise Unavailable("The database")

    async def connect(self) -> Any:
        """A connection of one's own, outside the pool; raises Unavailable.

        Its locks are free within some ten seconds when this machine is gone without a word.
        """
        with _away():
            return await asyncpg.connect(
                self.url, timeout=_CONNECT_SECONDS, server_settings={**_SESSION, **_ASKED_FOR_LIFE}
            )


async def _read(connection: Any, sql: str, values: Parameters) -> list[tuple[Any, ...]]:
    text, arguments = for_postgresql(sql, values)
    return [tuple(row) for row in await connection.fetch(text, *arguments)]


async def _clean(connection: Any) -> None:
    """Instead of asyncpg's reset, which costs a round trip: no use of the pool leaves anything but transactions."""
    if connection.is_in_transaction():
        await connection.execute("ROLLBACK")


@contextmanager
def _away() -> Iterator[None]:
    try:
        yield
    except asyncpg.CharacterNotInRepertoireError as error:
        # The one character that GraphQL lets through and no text of PostgreSQL may hold.
        raise BadUserInput("A text holds the character U+0000.", "text", "texts without it") from error
    except (*_AWAY, asyncpg.InterfaceError) as error:
        # asyncpg says with one class that a connection is gone and that it does not like a call.
        if isinstance(error, asyncpg.InterfaceError) and not any(word in str(error) for word in _GONE):
            raise
        _LOG.warning("PostgreSQL: %s", error)
        raise Unavailable("The database") from error


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="").geturl()
