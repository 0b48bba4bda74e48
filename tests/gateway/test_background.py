"""Background jobs: started again when they fail, stopped together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from gateway.background import led, running


async def test_a_job_that_fails_is_started_again() -> None:
    attempts = asyncio.Semaphore(0)

    async def fragile() -> None:
        attempts.release()
        raise ConnectionError("gone")

    async with asyncio.timeout(5), running(fragile=fragile):
        for _ in range(3):
            await attempts.acquire()


async def test_one_failing_job_does_not_disturb_another() -> None:
    steady_runs = 0

    async def fragile() -> None:
        raise ConnectionError("gone")

    async def steady() -> None:
        nonlocal steady_runs
        steady_runs += 1
        await asyncio.Event().wait()

    async with running(fragile=fragile, steady=steady):
        await asyncio.sleep(0.3)
    assert steady_runs == 1


async def test_the_end_of_the_block_stops_every_job() -> None:
    stopped = asyncio.Event()

    async def patient() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    async with running(patient=patient):
        await asyncio.sleep(0)
    assert stopped.is_set()


async def test_what_one_process_does_for_all_goes_on_in_another_when_it_leads_no_more() -> None:
    work: list[str] = []
    lost = asyncio.Event()
    turn = asyncio.Lock()

    class Turn:
        def __init__(self, lost: asyncio.Event) -> None:
            self.lost = lost

        @asynccontextmanager
        async def lead(self) -> AsyncIterator[Callable[[], bool]]:
            async with turn:
                yield lambda: not self.lost.is_set()

    async def note(name: str) -> None:
        work.append(name)
        await asyncio.Event().wait()

    async with running(
        first=lambda: led(Turn(lost), job=lambda: note("first")),
        second=lambda: led(Turn(asyncio.Event()), job=lambda: note("second")),
    ):
        await asyncio.sleep(0.1)
        assert work == ["first"]
        lost.set()
        async with asyncio.timeout(10):
            while len(work) < 2:  # noqa: ASYNC110 - the second has nobody to tell
                await asyncio.sleep(0.01)
    assert work == ["first", "second"]
