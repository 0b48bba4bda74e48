"""How long single steps of the event loop take: CPU time of the thread, so that a busy machine does not count."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch


async def longest_step(work: Callable[[], Awaitable[Any]], tries: int = 3) -> tuple[float, Any]:
    """Milliseconds of the longest step while `work` ran, in the least disturbed of the tries, and its last answer."""
    found = []
    for _ in range(tries):
        with _watched() as steps:
            # A task of its own, as this step has begun before anybody watched.
            answer = await asyncio.create_task(_run(work))
        found.append(max(steps))
    return min(found) * 1000, answer


async def _run(work: Callable[[], Awaitable[Any]]) -> Any:
    return await work()


@contextmanager
def _watched() -> Iterator[list[float]]:
    steps, run = [0.0], asyncio.Handle._run

    def timed(self: asyncio.Handle) -> Any:
        begun = time.thread_time()
        try:
            return run(self)
        finally:
            steps.append(time.thread_time() - begun)

    gc.collect()
    gc.disable()  # what a collection takes depends on the other tests of this process
    try:
        with patch.object(asyncio.Handle, "_run", timed):
            yield steps
    finally:
        gc.enable()
