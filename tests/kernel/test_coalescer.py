"""Calls that arrive together are decided together, and none suffers for another."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from modules.kernel.coalescer import Coalescer
from modules.kernel.errors import Unavailable


class Desk:
    """Doubles numbers; keeps the batches it was given."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.go = asyncio.Event()
        self.away = 0

    async def decide(self, calls: Sequence[int]) -> list[int]:
        self.batches.append(list(calls))
        await self.go.wait()
        if self.away:
            self.away -= 1
            raise Unavailable("The desk")
        if 13 in calls:
            raise ValueError("thirteen")
        return [2 * call for call in calls]


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def asked(coalescer: Coalescer[int, int], *calls: int) -> list[asyncio.Task[int]]:
    tasks = [asyncio.create_task(coalescer.ask(call)) for call in calls]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return tasks


async def test_calls_that_arrive_meanwhile_share_the_next_batch_in_order(desk: Desk) -> None:
    coalescer = Coalescer(desk.decide)
    first = await asked(coalescer, 1)
    rest = await asked(coalescer, 4, 2, 3)
    desk.go.set()
    assert await asyncio.gather(*first, *rest) == [2, 8, 4, 6]
    assert desk.batches == [[1], [4, 2, 3]]


async def test_a_batch_is_bounded(desk: Desk) -> None:
    coalescer = Coalescer(desk.decide, most=2)
    desk.go.set()
    assert await asyncio.gather(*(coalescer.ask(call) for call in range(5))) == [0, 2, 4, 6, 8]
    assert max(map(len, desk.batches)) == 2


async def test_a_failing_call_hurts_no_other(desk: Desk) -> None:
    coalescer = Coalescer(desk.decide)
    desk.go.set()
    answers = await asyncio.gather(*(coalescer.ask(call) for call in (1, 13, 2)), return_exceptions=True)
    assert answers[0] == 2
    assert isinstance(answers[1], ValueError)
    assert answers[2] == 4


async def test_a_batch_of_unknown_outcome_is_asked_again_as_a_whole(desk: Desk) -> None:
    coalescer = Coalescer(desk.decide)
    desk.away = 1
    desk.go.set()
    assert list(await asyncio.gather(coalescer.ask(1), coalescer.ask(2))) == [2, 4]
    assert desk.batches == [[1, 2], [1, 2]]


async def test_who_stays_away_is_said_to_everybody(desk: Desk) -> None:
    coalescer = Coalescer(desk.decide)
    desk.away = 99
    desk.go.set()
    answers = await asyncio.gather(coalescer.ask(1), coalescer.ask(2), return_exceptions=True)
    assert [type(answer) for answer in answers] == [Unavailable, Unavailable]


async def test_a_cancelled_caller_holds_up_nobody(desk: Desk) -> None:
    coalescer = Coalescer(desk.decide)
    first = await asked(coalescer, 1)
    waiting = await asked(coalescer, 2, 3)
    waiting[0].cancel()
    first[0].cancel()
    desk.go.set()
    assert await waiting[1] == 6
    assert desk.batches == [[1], [3]]
