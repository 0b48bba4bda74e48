"""Migrations: they tell the truth about the tables, and a database that differs is named."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.migrations.branches import MODULES, DatabaseMismatch, examine, revisions, standing
from gateway.migrations.upgrade import differences, migrate
from gateway.process import ensure_current
from gateway.settings import Mode, Settings
from modules.runtime.database import Database

NEWEST = [revisions(module)[-1] for module in MODULES]


@pytest.fixture
async def bare(tmp_path: Path) -> AsyncIterator[tuple[Settings, Database]]:
    """A database without a table."""
    settings = Settings(data=tmp_path)
    database = await Database.open(settings.database)
    yield settings, database
    await database.close()


async def test_the_migrations_make_exactly_the_tables_that_the_modules_declare(database_url: str) -> None:
    assert await differences(database_url) == []


async def test_a_database_that_is_current_is_left_alone(database: Database, database_url: str) -> None:
    assert await migrate(database_url) == ()
    (await examine(database)).require_current()


async def test_development_brings_an_empty_database_up_to_date(bare: tuple[Settings, Database]) -> None:
    settings, database = bare
    assert set((await examine(database)).behind) >= set(NEWEST)
    await ensure_current(settings, database)
    (await examine(database)).require_current()


async def test_production_says_what_a_database_lacks_and_touches_nothing(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, mode=Mode.PRODUCTION)
    database = await Database.open(settings.database)
    with pytest.raises(DatabaseMismatch, match=r"behind.*catalog_0001.*python -m gateway migrate"):
        await ensure_current(settings, database)
    assert await database.read("SELECT count(*) FROM sqlite_master") == [(0,)]
    await database.close()


@pytest.mark.parametrize("mode", list(Mode))
async def test_a_database_of_a_newer_program_is_refused_by_name(database: Database, mode: Mode) -> None:
    async with database.transaction() as transaction:
        await transaction.run(
            "UPDATE alembic_version SET version_num = 'pricing_9999' WHERE version_num LIKE 'pricing%'"
        )
    with pytest.raises(DatabaseMismatch, match=r"ahead.*pricing_9999"):
        await ensure_current(Settings(data=Path("unused"), mode=mode), database)


async def test_processes_that_start_together_migrate_once(tmp_path: Path) -> None:
    for attempt in range(5):
        url = f"sqlite:///{tmp_path / f'shared-{attempt}.db'}"
        applied = await asyncio.gather(*(migrate(url) for _ in range(3)))
        assert sorted(len(names) for names in applied)[:2] == [0, 0]
        assert {name for names in applied for name in names} >= set(NEWEST)


async def test_a_migration_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "half.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE pricing_price_row (taken TEXT)")
    connection.close()
    with pytest.raises(Exception, match="already exists"):
        await migrate(f"sqlite:///{path}")
    with sqlite3.connect(path) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    connection.close()
    assert tables == [("pricing_price_row",)]


def test_a_database_is_behind_by_what_stands_above_what_it_holds() -> None:
    held = [name for name in NEWEST if not name.startswith("market")]
    assert standing(held).behind == tuple(revisions("market"))
    assert standing(NEWEST).behind == ()
    assert standing([*held, "market_9999"]).behind == ()
    assert standing([*held, "market_9999"]).ahead == ("market_9999",)
