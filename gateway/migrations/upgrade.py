"""Bringing a database to the newest revision of every branch, under a lock, all or nothing."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from importlib import import_module
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData, event, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from gateway.migrations.branches import MODULES, folder, next_revision, revisions, standing
from gateway.settings import ROOT
from modules.runtime.write_ahead import use_write_ahead_log

_LOCK = 0x636F6777  # any number, the same in every process
_BUSY_SECONDS = 30.0


async def migrate(url: str) -> tuple[str, ...]:
    """Upgrades all branches in one transaction; answers the revisions applied. A second process waits its turn.

    Raises DatabaseMismatch when the database is ahead of the code.
    """
    async with _exclusive(url) as connection:
        return await connection.run_sync(_upgrade)


async def revise(url: str, module: str, message: str) -> None:
    """Writes the next revision of a module from what its tables have that the (current) database lacks."""
    async with _exclusive(url) as connection:
        await connection.run_sync(_revise, module, message)


async def differences(url: str) -> list[Any]:
    """What the modules' tables and the database disagree on; empty when the migrations tell the truth."""
    async with _exclusive(url) as connection:
        return await connection.run_sync(_differences)


@asynccontextmanager
async def _exclusive(url: str) -> AsyncIterator[AsyncConnection]:
    """One connection in one transaction that no other migration shares."""
    engine = create_async_engine(_driver_url(url))
    if engine.dialect.name == "sqlite":
        await asyncio.to_thread(_prepare, str(engine.url.database))
        # The driver's own transaction handling leaves half the tables of a failed migration behind.
        event.listen(engine.sync_engine, "connect", _plain_connection)
        event.listen(engine.sync_engine, "begin", _begin_immediate)
    try:
        async with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                await connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
            yield connection
    finally:
        await engine.dispose()


def _driver_url(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{'sqlite+aiosqlite' if scheme == 'sqlite' else 'postgresql+asyncpg'}://{rest}"


def _prepare(path: str) -> None:
    with closing(sqlite3.connect(path, timeout=_BUSY_SECONDS)) as raw:
        use_write_ahead_log(raw, _BUSY_SECONDS)


def _plain_connection(connection: Any, record: Any) -> None:
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {_BUSY_SECONDS * 1000:.0f}")


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _upgrade(connection: Connection) -> tuple[str, ...]:
    before = standing(MigrationContext.configure(connection).get_current_heads())
    before.require_known()
    if before.behind:
        command.upgrade(_configuration(connection), "heads")
    return before.behind


def _revise(connection: Connection, module: str, message: str) -> None:
    begun = bool(revisions(module))
    folder(module).mkdir(exist_ok=True)
    command.revision(
        _configuration(connection, module),
        message=message,
        autogenerate=True,
        head=f"{module}@head" if begun else "base",
        branch_label=None if begun else module,
        version_path=str(folder(module)),
        rev_id=next_revision(module),
    )


def _configuration(connection: Connection, module: str | None = None) -> Config:
    """Alembic's configuration, made in code: no ini file that could disagree with the settings."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "gateway" / "migrations"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(str(folder(name)) for name in MODULES))
    config.attributes.update(connection=connection, module=module)
    return config


def metadata() -> list[MetaData]:
    """The tables of all modules, in the order of MODULES."""
    return [import_module(f"modules.{module}.tables").metadata for module in MODULES]


def _differences(connection: Connection) -> list[Any]:
    found: list[Any] = []
    for module, tables in zip(MODULES, metadata(), strict=True):
        options = {"include_name": lambda name, kind, _, m=module: kind != "table" or (name or "").startswith(f"{m}_")}
        found += compare_metadata(MigrationContext.configure(connection, opts=options), tables)
    return found
