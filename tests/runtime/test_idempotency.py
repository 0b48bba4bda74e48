"""A mutation with a key happens once."""

from __future__ import annotations

import asyncio

import pytest

from modules.kernel.errors import IdempotencyConflict
from modules.runtime.database import Database
from modules.runtime.idempotency import remember, replay

WHO = ("key:erp", "setPrices", "k-1")


async def test_the_same_key_and_body_have_the_same_outcome(database: Database) -> None:
    async with database.transaction() as tx:
        assert await replay(tx, *WHO, b"body") is None
        await remember(tx, *WHO, b"body", {"changed": 3, "ids": ["ü"]})
    async with database.transaction() as tx:
        assert await replay(tx, *WHO, b"body") == {"changed": 3, "ids": ["ü"]}


async def test_another_body_under_the_same_key_is_a_conflict(database: Database) -> None:
    async with database.transaction() as tx:
        await remember(tx, *WHO, b"body", {})
        with pytest.raises(IdempotencyConflict):
            await replay(tx, *WHO, b"other")


@pytest.mark.parametrize("other", [("key:pim", "setPrices", "k-1"), ("key:erp", "setStock", "k-1"), ("a", "b", "k-2")])
async def test_another_principal_mutation_or_key_is_another_matter(
    database: Database, other: tuple[str, str, str]
) -> None:
    async with database.transaction() as tx:
        await remember(tx, *WHO, b"body", {})
        assert await replay(tx, *other, b"other") is None


async def test_a_key_lives_for_a_day(database: Database) -> None:
    async with database.transaction() as tx:
        await remember(tx, *WHO, b"body", {"changed": 1})
        await tx.run("UPDATE runtime_idempotency SET remembered_us = remembered_us - 86400000000")
        assert await replay(tx, *WHO, b"other") is None
        await remember(tx, *WHO, b"other", {"changed": 2})
        assert await replay(tx, *WHO, b"other") == {"changed": 2}


async def test_of_two_at_once_one_acts_and_the_other_replays(database: Database) -> None:
    async def act(number: int) -> bool:
        async with database.transaction() as tx:
            if await replay(tx, *WHO, b"body") is not None:
                return False
            await asyncio.sleep(0.02)
            await remember(tx, *WHO, b"body", {"by": number})
            return True

    assert sorted(await asyncio.gather(*map(act, range(4)))) == [False, False, False, True]
