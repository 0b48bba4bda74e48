"""What is over is forgotten by itself; the audit log only where it is told to be."""

from __future__ import annotations

import pytest

from modules.runtime.database import AuditEntry, Database
from modules.runtime.leader import leader_of
from modules.runtime.sweeper import Sweeper

DAY_US = 24 * 60 * 60 * 1_000_000
TABLES = {"runtime_idempotency": "remembered_us", "runtime_inbox": "seen_us", "runtime_audit": "at_us"}


async def left(database: Database) -> dict[str, int]:
    """Rows by table."""
    return {table: (await database.read(f"SELECT count(*) FROM {table}"))[0][0] for table in TABLES}


async def write(database: Database, days: int, audits: int = 1) -> None:
    """A row of each table, as old as this."""
    at = await database.now_us() - days * DAY_US
    async with database.transaction() as tx:
        await tx.run(
            "INSERT INTO runtime_idempotency (principal, mutation, key, body_hash, outcome, remembered_us)"
            " VALUES ('a', 'b', :key, '', '{}', :at)",
            key=f"{days}",
            at=at,
        )
        await tx.run("INSERT INTO runtime_inbox VALUES ('a', :event, :at)", event=f"{days}", at=at)
        tx.audit([AuditEntry("a", "b", f"{days}", None, None)] * audits)
    async with database.transaction() as tx:
        await tx.run("UPDATE runtime_audit SET at_us = :at WHERE target = :target", at=at, target=f"{days}")


@pytest.mark.parametrize(("days", "kept"), [(0, 2_104), (30, 1)])
async def test_what_is_over_is_forgotten_whole(database: Database, days: int, kept: int) -> None:
    await write(database, 0)
    await write(database, 31, audits=2_103)
    await Sweeper(database, leader_of(database, "sweeper"), days).sweep()
    assert await left(database) == {"runtime_idempotency": 1, "runtime_inbox": 1, "runtime_audit": kept}


async def test_others_chores_are_done_with_its_own(database: Database) -> None:
    done: list[str] = []

    async def chore() -> None:
        done.append("done")

    await Sweeper(database, leader_of(database, "sweeper"), 0, [chore, chore]).sweep()
    assert done == ["done", "done"]
