"""Coalescer: calls that arrive while others are being decided are decided together, in order of arrival."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from typing import Generic, TypeVar

from modules.kernel.errors import Unavailable

Call = TypeVar("Call")
Answer = TypeVar("Answer")

_PAUSES = (0.05, 0.25)
"""Seconds before a batch is tried again whose outcome is not known."""


class Coalescer(Generic[Call, Answer]):
    """One batch at a time; whoever calls meanwhile is in the next one.

    `decide` gives one answer per call, in order, and has them stored when it returns. It must find out by itself what
    it has stored already of a call: after Unavailable nobody knows whether the batch was, so all of it is asked again.
    Any other error is looked for call by call, so that it reaches the one whose it is and hurts no other.
    """

    def __init__(self, decide: Callable[[Sequence[Call]], Awaitable[Sequence[Answer]]], most: int = 256) -> None:
        self._decide = decide
        self._most = most
        self._waiting: list[tuple[Call, asyncio.Future[Answer]]] = []
        self._running: asyncio.Task[None] | None = None

    async def ask(self, call: Call) -> Answer:
        """The answer, once it is stored. A caller that is cancelled while its batch runs is decided nevertheless."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Answer] = loop.create_future()
        self._waiting.append((call, answer))
        if self._running is None:
            # HAZARD: in the caller's own context the batch would find the caller's open transaction.
            self._running = loop.create_task(self._run(), context=Context())
        return await answer

    async def _run(self) -> None:
        try:
            while self._waiting:
                batch = self._waiting[: self._most]
                del self._waiting[: self._most]
                await self._settle([(call, answer) for call, answer in batch if not answer.done()])
        finally:
            self._running = None

    async def _settle(self, batch: Sequence[tuple[Call, asyncio.Future[Answer]]]) -> None:
        try:
            answers = await self._ask([call for call, _ in batch]) if batch else ()
        except Exception as error:
            if len(batch) == 1 or isinstance(error, Unavailable):
                _fail(batch, error)
                return
            for item in batch:
                await self._settle([item])
            return
        for (_, waiting), answer in zip(batch, answers, strict=True):
            if not waiting.done():
                waiting.set_result(answer)

    async def _ask(self, calls: Sequence[Call]) -> Sequence[Answer]:
        for pause in _PAUSES:
            try:
                return await self._decide(calls)
            except Unavailable:
                await asyncio.sleep(pause)
        return await self._decide(calls)


def _fail(batch: Sequence[tuple[Call, asyncio.Future[Answer]]], error: Exception) -> None:
    for _, waiting in batch:
        if not waiting.done():
            waiting.set_exception(error)
