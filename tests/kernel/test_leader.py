"""A duty is taken up at once by whoever leads, also where it was lost during a long pause."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from modules.kernel.errors import Unavailable
from modules.kernel.leader import Leading, repeat


class Throne:
    """For one at a time; it can be lost, and be away."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self.reign = 0
        self.away = False

    @asynccontextmanager
    async def lead(self) -> AsyncIterator[Leading]:
        async with self._turn:
            if self.away:
                raise Unavailable("The database")
            self.reign += 1
            reign = self.reign
            yield lambda: self.reign == reign

    def lose(self) -> None:
        """Nobody leads now."""
        self.reign += 1


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks often."""
    monkeypatch.setattr("modules.kernel.leader._LOOK_SECONDS", 0.01)


async def test_a_duty_that_is_lost_during_an_hours_pause_begins_anew_with_a_turn(quick: None) -> None:
    throne, turns = Throne(), asyncio.Semaphore(0)

    async def turn() -> None:
        turns.release()

    duty = asyncio.create_task(repeat(throne, turn, 3_600))
    async with asyncio.timeout(10):
        await turns.acquire()
        throne.lose()
        await turns.acquire()
    duty.cancel()
    with suppress(asyncio.CancelledError):
        await duty


async def test_turns_come_by_the_pause_while_nothing_is_lost(quick: None) -> None:
    throne, turns = Throne(), list[int]()

    async def turn() -> None:
        turns.append(throne.reign)

    duty = asyncio.create_task(repeat(throne, turn, 0.05))
    await asyncio.sleep(0.3)
    duty.cancel()
    with suppress(asyncio.CancelledError):
        await duty
    assert 2 <= len(turns) <= 7
    assert set(turns) == {1}


async def test_while_the_database_is_away_a_duty_waits_for_it(quick: None) -> None:
    throne, turns = Throne(), asyncio.Semaphore(0)
    throne.away = True
    failures = 1

    async def turn() -> None:
        nonlocal failures
        if failures:
            failures -= 1
            raise Unavailable("The database")
        turns.release()

    duty = asyncio.create_task(repeat(throne, turn, 3_600))
    await asyncio.sleep(0.05)
    assert not duty.done()
    throne.away = False
    async with asyncio.timeout(10):
        await turns.acquire()
    duty.cancel()
    with suppress(asyncio.CancelledError):
        await duty
