"""Readers of SQLite: what waits is read together, in one hop to a thread.

Threads of one interpreter pay for every change of hands, and pay more the more of them want it: three readers that
took one statement each cost a loaded process a third of its time.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

Rows = list[tuple[Any, ...]]
_SLOW_SECONDS = 0.005
"""A reader that has been at one hop for so long has met a long statement; others do not wait behind it."""

T = TypeVar("T")


class Hopping(Protocol):
    """A connection with a thread."""

    def hop(self, step: Callable[[sqlite3.Connection], T]) -> Awaitable[T]:
        """Runs the step on the thread."""
        ...


class Reader:
    """One connection; statements are answered in the order in which they were asked."""

    def __init__(self, connection: Hopping) -> None:
        self._connection = connection
        self._asked: list[tuple[str, Mapping[str, Any], asyncio.Future[Rows]]] = []
        self._work: asyncio.Task[None] | None = None
        self._since = 0.0

    def read(self, text: str, values: Mapping[str, Any]) -> Awaitable[Rows]:
        """The rows, or what sqlite3 raises. What one turn of the loop asks goes together."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Rows] = loop.create_future()
        self._asked.append((text, values, future))
        if self._work is None:
            self._since = loop.time()
            self._work = loop.create_task(self._run())
        return future

    def load(self) -> tuple[bool, int]:
        """Whether it is held up, and by how many others one would wait: the least is the one to ask."""
        slow = self._work is not None and asyncio.get_running_loop().time() - self._since > _SLOW_SECONDS
        return slow, len(self._asked) if slow else 0

    async def _run(self) -> None:
        try:
            while self._asked:
                batch, self._asked = self._asked, []
                self._since = asyncio.get_running_loop().time()
                await self._answer(batch)
        finally:
            self._work = None

    async def _answer(self, batch: Sequence[tuple[str, Mapping[str, Any], asyncio.Future[Rows]]]) -> None:
        questions = [(text, values) for text, values, future in batch if not future.done()]
        futures = [future for _, _, future in batch if not future.done()]
        try:
            answers = await self._connection.hop(lambda raw: [_attempt(raw, *question) for question in questions])
        except Exception as error:
            answers = [error] * len(futures)
        for future, answer in zip(futures, answers, strict=True):
            if future.done():  # whoever asked was cancelled meanwhile
                continue
            if isinstance(answer, Exception):
                future.set_exception(answer)
            else:
                future.set_result(answer)


def _attempt(raw: sqlite3.Connection, text: str, values: Mapping[str, Any]) -> Rows | Exception:
    """A statement that fails must not take its neighbours along."""
    try:
        return raw.execute(text, values).fetchall()
    except Exception as error:
        return error
