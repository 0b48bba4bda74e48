"""An event takes effect once."""

from __future__ import annotations

import asyncio

import pytest

from modules.runtime.database import Database
from modules.runtime.inbox import seen


async def test_an_event_is_new_once_for_each_consumer(database: Database) -> None:
    async with database.transaction() as tx:
        assert not await seen(tx, "crm", "event-1")
        assert await seen(tx, "crm", "event-1")
        assert not await seen(tx, "erp", "event-1")
    async with database.transaction() as tx:
        assert await seen(tx, "crm", "event-1")


async def test_an_effect_that_failed_leaves_its_event_new(database: Database) -> None:
    async def fail() -> None:
        async with database.transaction() as tx:
            await seen(tx, "crm", "event-1")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with database.transaction() as tx:
        assert not await seen(tx, "crm", "event-1")


async def test_of_two_consumers_at_once_one_takes_effect(database: Database) -> None:
    async def consume() -> bool:
        async with database.transaction() as tx:
            return await seen(tx, "crm", "event-1")

    assert sorted(await asyncio.gather(*(consume() for _ in range(5)))) == [False, True, True, True, True]
