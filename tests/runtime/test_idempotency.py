"""A mutation with a key happens once."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from modules.kernel.errors import IdempotencyConflict
from modules.kernel.outcome import Repeatable
from modules.runtime.database import Database
from modules.runtime.idempotency import remember, replay

ASKED = Repeatable("key:erp", "setPrices", "k-1", ("body",))
OTHER_BODY = replace(ASKED, input=("other",))


async def test_the_same_key_and_body_have_the_same_outcome(database: Database) -> None:
    async with database.transaction() as tx:
        assert await replay(tx, ASKED) is None
        await remember(tx, ASKED, {"changed": 3, "ids": ["ü"]})
    async with database.transaction() as tx:
        assert await replay(tx, ASKED) == {"changed": 3, "ids": ["ü"]}


async def test_another_body_under_the_same_key_is_a_conflict(database: Database) -> None:
    async with database.transaction() as tx:
        await remember(tx, ASKED, {})
        with pytest.raises(IdempotencyConflict):
            await replay(tx, OTHER_BODY)


@pytest.mark.parametrize(
    "other",
    [
        replace(OTHER_BODY, principal="key:pim"),
        replace(OTHER_BODY, mutation="setStock"),
        replace(OTHER_BODY, key="k-2"),
    ],
)
async def test_another_principal_mutation_or_key_is_another_matter(database: Database, other: Repeatable) -> None:
    async with database.transaction() as tx:
        await remember(tx, ASKED, {})
        assert await replay(tx, other) is None


async def test_a_key_lives_for_a_day(database: Database) -> None:
    async with database.transaction() as tx:
        await remember(tx, ASKED, {"changed": 1})
        await tx.run("UPDATE runtime_idempotency SET remembered_us = remembered_us - 86400000000")
        assert await replay(tx, OTHER_BODY) is None
        await remember(tx, OTHER_BODY, {"changed": 2})
        assert await replay(tx, OTHER_BODY) == {"changed": 2}


async def test_of_two_at_once_one_acts_and_the_other_replays(database: Database) -> None:
    async def act(number: int) -> bool:
        async with database.transaction() as tx:
            if await replay(tx, ASKED) is not None:
                return False
            await asyncio.sleep(0.02)
            await remember(tx, ASKED, {"by": number})
            return True

    assert sorted(await asyncio.gather(*map(act, range(4)))) == [False, False, False, True]
