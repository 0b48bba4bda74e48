"""The database: reads of one statement, and transactions that emit and audit with their effect.

SQL is one text for SQLite and PostgreSQL: parameters `:name`, lists `sku IN :skus` (see `sql.py`).
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, Self

from modules.kernel.events import Envelope, Event
from modules.kernel.moments import from_us
from modules.runtime.misconfigured import Misconfigured
from modules.runtime.postgresql import PostgresqlDriver
from modules.runtime.sql import Parameters
from modules.runtime.sqlite import SqliteDriver
from modules.runtime.unbroken import unbroken

Row = tuple[Any, ...]
Write = tuple[str, Sequence[Parameters]]
Statement = tuple[str, Parameters]

_EMIT = "INSERT INTO runtime_outbox (module, envelope, created_us) VALUES (:module, :envelope, :created_us)"
_AUDIT = (
    "INSERT INTO runtime_audit (at_us, principal, action, target, before, after, reason)"
    " VALUES (:at_us, :principal, :action, :target, :before, :after, :reason)"
)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what, to what: `before` and `after` are JSON objects, None where there was or is nothing."""

    principal: str
    action: str
    target: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    reason: str | None = None


class Session(Protocol):
    """What a driver gives while a transaction is open."""

    async def read(self, sql: str, values: Parameters) -> list[Row]:
        """All rows."""

    async def read_each(self, statements: Sequence[Statement]) -> list[list[Row]]:
        """All rows of each."""

    async def run(self, sql: str, values: Parameters) -> int:
        """The number of rows touched."""

    async def run_many(self, sql: str, rows: Sequence[Parameters]) -> None:
        """One statement for each row."""

    async def now_us(self) -> int:
        """The store's clock."""

    async def commit_with(self, writes: Sequence[Write]) -> None:
        """The last writes and COMMIT."""


class Transaction:
    """Open until its block ends: committed then, or rolled back when the block raises or is cancelled."""

    def __init__(self, database: Database, session: Session) -> None:
        self.database = database
        self.open = True
        self._session = session
        self._events: list[Event] = []
        self._entries: list[AuditEntry] = []
        self._afterwards: list[Callable[[], None]] = []

    async def read(self, sql: str, **params: object) -> list[Row]:
        """The rows, with what this transaction has written."""
        self._count()
        return await self._session.read(sql, params)

    async def read_each(self, *statements: Statement) -> list[list[Row]]:
        """The rows of several statements, in order; on SQLite they go together."""
        self._count(len(statements))
        return await self._session.read_each(statements)

    async def run(self, sql: str, **params: object) -> int:
        """Runs one statement; the number of rows touched."""
        self._count()
        return await self._session.run(sql, params)

    async def run_many(self, sql: str, rows: Sequence[Mapping[str, object]]) -> None:
        """Runs one statement for each row of parameters, in one go; nothing for no rows.

        On SQLite they may wait for the next statement or the commit, which then raises what is wrong with them.
        """
        self._count()
        await self._session.run_many(sql, rows)

    def emit(self, events: Sequence[Event]) -> None:
        """Publishes the events if and when this transaction commits: one envelope for each name, in order."""
        self._events.extend(events)

    def audit(self, entries: Sequence[AuditEntry]) -> None:
        """Writes the entries into the audit trail if and when this transaction commits."""
        self._entries.extend(entries)

    def afterwards(self, act: Callable[[], None]) -> None:
        """Calls this right after the commit, if there is one; it must not block."""
        self._afterwards.append(act)

    def committed(self) -> None:
        """Calls what was to be called after the commit."""
        for act in self._afterwards:
            act()

    async def now_us(self) -> int:
        """Microseconds since 1970 by the store's clock, which all processes share."""
        return await self._session.now_us()

    async def commit(self) -> bool:
        """Writes what was emitted and audited, and commits; whether anything was emitted."""
        writes: list[Write] = []
        if self._events or self._entries:
            now = await self._session.now_us()
            writes = [write for write in (self._trail(now), self._outbox(now)) if write[1]]
        await self._session.commit_with(writes)
        return bool(self._events)

    def _outbox(self, now: int) -> Write:
        names: dict[str, list[Event]] = {}
        for event in self._events:
            names.setdefault(event.NAME, []).append(event)
        envelopes = [Envelope.of(events, from_us(now)) for events in names.values()]
        return _EMIT, [
            {"module": envelope.module, "envelope": envelope.encode().decode(), "created_us": now}
            for envelope in envelopes
        ]

    def _trail(self, now: int) -> Write:
        return _AUDIT, [
            {
                "at_us": now,
                "principal": entry.principal,
                "action": entry.action,
                "target": entry.target,
                "before": _document(entry.before),
                "after": _document(entry.after),
                "reason": entry.reason,
            }
            for entry in self._entries
        ]

    def _count(self, statements: int = 1) -> None:
        if not self.open:
            raise RuntimeError("the transaction is over")
        self.database.statements += statements


_current: ContextVar[Transaction | None] = ContextVar("transaction", default=None)


class Database:
    """SQLite or PostgreSQL. Every call raises Unavailable while it does not answer, and works again when it does."""

    def __init__(self, driver: SqliteDriver | PostgresqlDriver) -> None:
        self.driver = driver
        self.dialect: Literal["sqlite", "postgresql"] = driver.dialect
        self.statements = 0
        self._listeners: list[Callable[[], None]] = []

    @classmethod
    async def open(cls, url: str) -> Self:
        """Opens `sqlite:////absolute/path.db` (three slashes: relative) or `postgresql://user@host/name`.

        Raises Misconfigured, naming DATABASE_URL, when that cannot be; it makes a missing SQLite file, but no
        directory and no tables.
        """
        scheme, _, rest = url.partition("://")
        if scheme == "sqlite" and rest.startswith("/") and len(rest) > 1:
            return cls(await SqliteDriver.open(Path(rest[1:])))
        if scheme in ("postgresql", "postgres"):
            return cls(await PostgresqlDriver.open(url))
        raise Misconfigured("DATABASE_URL", "must be sqlite:///file.db or postgresql://user:password@host/name.")

    async def close(self) -> None:
        """Waits for what is running, then closes."""
        await self.driver.close()

    async def read(self, sql: str, **params: object) -> list[Row]:
        """The rows of one statement, of what is committed; `statements` counts it."""
        self.statements += 1
        return await self.driver.read(sql, params)

    async def now_us(self) -> int:
        """Microseconds since 1970 by the store's clock, which all processes share."""
        return await self.driver.now_us()

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """A transaction: on SQLite the only one that writes, on PostgreSQL READ COMMITTED.

        A cancellation rolls back, unless COMMIT has begun, which is always carried to its end. A transaction inside
        another of the same database raises RuntimeError: it would wait for itself.
        """
        held = _current.get()
        if held is not None and held.open and held.database is self:
            raise RuntimeError("a transaction is open already; transactions do not nest")
        return self._transaction()

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Transaction]:
        async with self.driver.session() as session:
            transaction = Transaction(self, session)
            _current.set(transaction)
            try:
                yield transaction
                await unbroken(self._commit(transaction))
            finally:
                transaction.open = False

    async def _commit(self, transaction: Transaction) -> None:
        emitted = await transaction.commit()
        transaction.committed()
        if emitted:
            for listener in self._listeners:
                listener()

    def on_commit(self, listener: Callable[[], None]) -> None:
        """Calls the listener after every commit of this process that emitted something; it must not block."""
        self._listeners.append(listener)

    async def watch(self, changed: Callable[[], None]) -> None:
        """Calls `changed` within 50 ms of a commit of any process, until it is cancelled; raises Unavailable."""
        await self.driver.watch(changed)


def _document(value: Mapping[str, Any] | None) -> str | None:
    return None if value is None else json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=str)


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    """The database, closed at the block's end. Raises what `Database.open` raises."""
    database = await Database.open(url)
    try:
        yield database
    finally:
        await database.close()
