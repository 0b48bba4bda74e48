"""How long single steps of the event loop take: CPU time of the thread, so that a busy machine does not count."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

_TRIES = 3


async def longest_step(work: Callable[[int], Awaitable[Any]], enough: float) -> tuple[float, Any]:
    """Milliseconds of the longest step while `work` ran, and its answer.

    It runs once, and only where that took `enough` or more again, as neighbours on the machine can make a step longer
    and none shorter: the least counts. `work` is told which try it is, and brings what nobody has seen before.
    """
    least = float("inf")
    for number in range(_TRIES):
        with _watched() as steps:
            # A task of its own, as this step has begun before anybody watched.
            answer = await asyncio.create_task(_run(work, number))
        least = min(least, max(steps) * 1000)
        if least < enough:
            break
    return least, answer


async def _run(work: Callable[[int], Awaitable[Any]], number: int) -> Any:
    return await work(number)


@contextmanager
def _watched() -> Iterator[list[float]]:
    steps, run = [0.0], asyncio.Handle._run

    def timed(self: asyncio.Handle) -> Any:
        begun = time.thread_time()
        try:
            return run(self)
        finally:
            steps.append(time.thread_time() - begun)

    gc.disable()  # what a collection takes depends on the other tests of this process
    try:
        with patch.object(asyncio.Handle, "_run", timed):
            yield steps
    finally:
        gc.enable()
