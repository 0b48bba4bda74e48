"""What clients ask is counted over all processes, bounded, and forgotten when nobody asks it any more."""

from __future__ import annotations

import asyncio

from modules.runtime.database import Database
from modules.runtime.usage import KEPT_US, UsageLog, Use


async def known(log: UsageLog) -> dict[tuple[str, str, str], int]:
    """Times by client, version and document."""
    return {(use.client, use.version, use.document): use.times for use in await log.read()}


async def test_uses_of_all_processes_add_up_by_client_version_and_document(database: Database) -> None:
    here, there = UsageLog(database), UsageLog(database)
    await here.add([Use("web", "1", "{ a }", 2), Use("web", "2", "{ a }", 1)])
    await there.add([Use("web", "1", "{ a }", 3), Use("", "", "{ b }", 1)])
    await there.add([])
    assert await known(here) == {("web", "1", "{ a }"): 5, ("web", "2", "{ a }"): 1, ("", "", "{ b }"): 1}
    assert await database.read("SELECT count(*) FROM runtime_document") == [(2,)]


async def test_processes_that_saw_the_same_in_another_order_do_not_wait_for_each_other(database: Database) -> None:
    uses = [Use("web", "1", f"{{ f{number} }}", 1) for number in range(150)]
    here, there = UsageLog(database), UsageLog(database)
    for _ in range(5):
        await asyncio.gather(here.add(uses), there.add(uses[::-1]))
    assert set((await known(here)).values()) == {10}


async def test_beyond_the_bound_what_was_not_seen_for_longest_goes_with_its_document(database: Database) -> None:
    log = UsageLog(database)
    for number in range(4):
        await log.add([Use("web", "1", f"{{ f{number} }}", 1)], most=2)
        await log.add([Use("till", "1", "{ kept }", 1)], most=2)
    assert {client for client, _, _ in await known(log)} >= {"till"}
    assert len(await known(log)) <= 2
    assert await database.read("SELECT count(*) FROM runtime_document") == [(len(await known(log)),)]


async def test_what_is_seen_again_outlasts_what_strangers_make_up_once(database: Database) -> None:
    log = UsageLog(database)
    await log.add([Use("nightly", "1", "{ stock }", 1), Use("web", "1", "{ page }", 1)], most=8)
    await log.add([Use("nightly", "1", "{ stock }", 1), Use("web", "1", "{ page }", 40)], most=8)
    for number in range(10):
        await log.add([Use(f"n{number}{each}", "", f"{{ f{number}{each} }}", 1) for each in range(6)], most=8)
    found = await known(log)
    assert found[("nightly", "1", "{ stock }")] == 2
    assert found[("web", "1", "{ page }")] == 41
    assert len(found) == 8


async def test_what_nobody_sends_for_long_is_forgotten(database: Database) -> None:
    log = UsageLog(database)
    await log.add([Use("old", "1", "{ a }", 1)])
    async with database.transaction() as tx:
        await tx.run("UPDATE runtime_use SET last_us = last_us - :age", age=KEPT_US + 1)
    await log.add([Use("new", "1", "{ b }", 1)])
    await log.sweep()
    assert [use.client for use in await log.read()] == ["new"]
    assert await database.read("SELECT text FROM runtime_document") == [("{ b }",)]
