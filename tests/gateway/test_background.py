"""Background jobs: started again when they fail, stopped together."""

from __future__ import annotations

import asyncio

from gateway.background import running


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
