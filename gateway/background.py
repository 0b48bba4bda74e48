"""Background work of a process: kept running, and stopped together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from modules.kernel.leader import Leader

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
    """Waits until this process leads, and runs the jobs for as long as it does. Raises Unavailable."""
    async with leader.lead() as leading, running(**jobs):
        while leading():  # noqa: ASYNC110 - a lock that is lost tells nobody
            await asyncio.sleep(_LOOK_SECONDS)


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
