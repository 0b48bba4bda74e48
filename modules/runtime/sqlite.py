"""SQLite behind the database's face: one writer, a few readers, each a connection with a thread of its own."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

import aiosqlite

from modules.kernel.errors import Unavailable
from modules.runtime.misconfigured import Misconfigured
from modules.runtime.readers import Reader
from modules.runtime.sql import Parameters, by_place, for_sqlite
from modules.runtime.unbroken import unbroken
from modules.runtime.write_ahead import use_write_ahead_log

_LOG = logging.getLogger(__name__)
_READERS = 2
"""The second is for when the first meets a long statement."""
_BUSY_SECONDS = 10.0
_POLL_SECONDS = 0.04
"""How often a commit of another process is looked for: within 50 ms, for less than one hundredth of a core."""

_AWAY = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_PROTOCOL,
}
_PRAGMAS = (
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA mmap_size = 268435456",
    "PRAGMA cache_size = -32768",
    "PRAGMA wal_autocheckpoint = 4000",
    "PRAGMA journal_size_limit = 67108864",
)
T = TypeVar("T")
Write = tuple[str, Sequence[Parameters]]
Statement = tuple[str, Parameters]
Answer = tuple[list[tuple[Any, ...]], int]
"""All rows, and the number of rows touched."""


class Connection(aiosqlite.Connection):
    """A connection whose every step is one hop to its thread; steps run in the order in which they were asked."""

    def __init__(self, path: Path) -> None:
        super().__init__(lambda: _connect(path), iter_chunk_size=64)
        self._thread.daemon = True  # a process that dies of an error must not wait for its store

    async def hop(self, step: Callable[[sqlite3.Connection], T]) -> T:
        """Runs the step on the thread. It runs to its end even when the caller is cancelled."""
        try:
            return await self._execute(step, self._conn)  # type: ignore[no-untyped-call, no-any-return]
        except sqlite3.OperationalError as error:
            _raise_if_away(error)
            raise

    async def read(self, sql: str, values: Parameters) -> list[tuple[Any, ...]]:
        """All rows."""
        text, bound = for_sqlite(sql, values)
        return await self.hop(lambda raw: raw.execute(text, bound).fetchall())

    async def run(self, sql: str, values: Parameters) -> int:
        """The number of rows touched."""
        text, bound = for_sqlite(sql, values)
        return await self.hop(lambda raw: raw.execute(text, bound).rowcount)


class Session:
    """The writer while a transaction is open.

    Rows of `run_many` wait for the next statement or the commit, and go to the thread with it: a hop costs more than
    most statements. So what is wrong with them is raised there.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._waiting: list[Write] = []

    async def read(self, sql: str, values: Parameters) -> list[tuple[Any, ...]]:
        """All rows."""
        return (await self._steps([(sql, values)]))[0][0]

    async def read_each(self, statements: Sequence[Statement]) -> list[list[tuple[Any, ...]]]:
        """All rows of each, in one hop."""
        return [rows for rows, _ in await self._steps(statements)]

    async def run(self, sql: str, values: Parameters) -> int:
        """The number of rows touched."""
        return (await self._steps([(sql, values)]))[0][1]

    async def run_many(self, sql: str, rows: Sequence[Parameters]) -> None:
        """One statement for each row."""
        self._waiting.append((sql, rows))

    async def now_us(self) -> int:
        """The clock of the machine: the store lives in this process."""
        return time.time_ns() // 1000

    async def commit_with(self, writes: Sequence[Write]) -> None:
        """The last writes and COMMIT, in one hop."""
        waiting = self._taken()
        await self._connection.hop(lambda raw: _commit_with(raw, (*waiting, *writes)))

    async def _steps(self, statements: Sequence[Statement]) -> list[Answer]:
        waiting, bound = self._taken(), [for_sqlite(*statement) for statement in statements]
        return await self._connection.hop(lambda raw: _answers(raw, waiting, bound))

    def _taken(self) -> list[Write]:
        waiting, self._waiting = self._waiting, []
        return waiting


class SqliteDriver:
    """A file. Writers of other processes are waited for up to ten seconds, then Unavailable is raised."""

    dialect: Literal["sqlite"] = "sqlite"

    def __init__(self, path: Path, writer: Connection, readers: Sequence[Connection]) -> None:
        self.path = path
        self._writer = writer
        self._connections = (*readers, writer)
        self._readers = [Reader(connection) for connection in readers]
        self._turn = asyncio.Lock()

    @classmethod
    async def open(cls, path: Path) -> Self:
        """Opens or makes the file; raises Misconfigured when that cannot be."""
        path = await asyncio.to_thread(path.absolute)
        opened: list[Connection] = []
        try:
            for _ in range(1 + _READERS):
                opened.append(await _open(path))  # noqa: PERF401 - what is open must be closed on an error
            await opened[0].hop(lambda raw: raw.execute("SELECT count(*) FROM sqlite_master").fetchone())
            for reader in opened[1:]:
                await reader.run("PRAGMA query_only = ON", {})
        except (sqlite3.Error, Unavailable) as error:
            for connection in opened:
                await connection.close()
            raise Misconfigured("DATABASE_URL", await asyncio.to_thread(_complaint, path, error)) from error
        return cls(path, opened[0], opened[1:])

    async def close(self) -> None:
        """Waits for the running transaction; the writer goes last, it takes the log into the file."""
        async with self._turn:
            for connection in self._connections:
                await connection.close()

    async def read(self, sql: str, values: Parameters) -> list[tuple[Any, ...]]:
        """One statement, on the first reader that is not held up."""
        text, bound = for_sqlite(sql, values)
        try:
            return await min(self._readers, key=Reader.load).read(text, bound)
        except sqlite3.OperationalError as error:
            _raise_if_away(error)
            raise

    async def now_us(self) -> int:
        """The clock of the machine: the store lives in this process."""
        return time.time_ns() // 1000

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        """The writer, in a transaction; whatever is not committed at the end is rolled back."""
        async with self._turn:
            try:
                await self._writer.run("BEGIN IMMEDIATE", {})
                yield Session(self._writer)
            except BaseException:
                await unbroken(self._writer.hop(_roll_back))
                raise

    async def watch(self, changed: Callable[[], None]) -> None:
        """Calls `changed` when anyone has committed, until it is cancelled."""
        connection = await _open(self.path)
        try:
            seen = None
            while True:
                ((version,),) = await connection.read("PRAGMA data_version", {})
                if version != seen:
                    seen = version
                    changed()
                await asyncio.sleep(_POLL_SECONDS)
        finally:
            await unbroken(connection.close())


async def _open(path: Path) -> Connection:
    connection = Connection(path)
    await connection
    return connection


def _connect(path: Path) -> sqlite3.Connection:
    raw = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, cached_statements=512)
    try:
        use_write_ahead_log(raw, _BUSY_SECONDS)
        for pragma in _PRAGMAS:
            raw.execute(pragma).fetchall()
    except BaseException:
        raw.close()
        raise
    return raw


def _run_many(raw: sqlite3.Connection, sql: str, rows: Sequence[Parameters]) -> None:
    if not rows:
        return
    if placed := by_place(sql):
        text, values = placed
        raw.executemany(text, map(values, rows))
    else:
        text = for_sqlite(sql, rows[0])[0]
        raw.executemany(text, (for_sqlite(sql, row)[1] for row in rows))


def _answers(raw: sqlite3.Connection, writes: Sequence[Write], statements: Sequence[Statement]) -> list[Answer]:
    _write(raw, writes)
    answers = []
    for text, values in statements:
        cursor = raw.execute(text, values)
        answers.append((cursor.fetchall(), cursor.rowcount))
    return answers


def _write(raw: sqlite3.Connection, writes: Sequence[Write]) -> None:
    for sql, rows in writes:
        _run_many(raw, sql, rows)


def _commit_with(raw: sqlite3.Connection, writes: Sequence[Write]) -> None:
    _write(raw, writes)
    raw.execute("COMMIT")


def _roll_back(raw: sqlite3.Connection) -> None:
    if raw.in_transaction:
        raw.execute("ROLLBACK")


def _raise_if_away(error: sqlite3.OperationalError) -> None:
    """Raises Unavailable for a file that cannot be had now."""
    if getattr(error, "sqlite_errorcode", 0) & 0xFF in _AWAY:
        _LOG.warning("SQLite: %s", error)
        raise Unavailable("The database") from error


def _complaint(path: Path, error: Exception) -> str:
    if not path.parent.is_dir():
        return f"the directory {path.parent} does not exist (three slashes start in the working directory, four at /)."
    if isinstance(error.__cause__, sqlite3.Error):
        error = error.__cause__
    return f"{path} cannot be used as a SQLite database: {error}."
