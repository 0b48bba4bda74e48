"""Background work of a process: kept running, and stopped together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from modules.kernel.leader import Leader, Leading, whenever_leading

_log = logging.getLogger(__name__)
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
_LOOK_SECONDS = 0.25


@asynccontextmanager
async def running(**jobs: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Runs the jobs beside the block and cancels them at its end; one that fails is logged and started again."""
    tasks = [asyncio.create_task(_keep(name, job), name=name) for name, job in jobs.items()]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def led(leader: Leader, **jobs: Callable[[], Awaitable[None]]) -> None:
    """Runs the jobs whenever this process leads, for as long as it does; until it is cancelled."""

    async def run(leading: Leading) -> None:
        async with running(**jobs):
            while leading():  # noqa: ASYNC110 - a lock that is lost tells nobody
                await asyncio.sleep(_LOOK_SECONDS)

    await whenever_leading(leader, run)


async def _keep(name: str, job: Callable[[], Awaitable[None]]) -> None:
    pause = _FIRST_PAUSE
    loop = asyncio.get_running_loop()
    while True:
        began = loop.time()
        try:
            await job()
        except Exception:
            _log.exception("%s failed and is started again", name)
        if loop.time() - began > _LONGEST_PAUSE:
            pause = _FIRST_PAUSE
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)
