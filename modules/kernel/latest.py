"""What is read whole into memory and read again when it changes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Latest(Generic[T]):
    """A value as it was last read. Of reads that overlap, the one that began last holds, whichever ends last.

    So a process that reads after its own write and when it hears of a change never falls behind what it has shown.
    """

    def __init__(self, read: Callable[[], Awaitable[T]], value: T) -> None:
        self.value = value
        self._read = read
        self._begun = 0
        self._held = 0
        self._least = 0
        self._read_anew = asyncio.Event()

    async def load(self) -> None:
        """Reads anew."""
        self._begun += 1
        number = self._begun
        value = await self._read()
        if number > self._held:
            self._held, self.value = number, value
            self._read_anew.set()

    def outdate(self) -> None:
        """Says that something else is true by now, and that somebody will `load` it."""
        self._least = self._begun + 1

    async def settled(self) -> None:
        """Waits for a reading that began after `outdate` was called last."""
        while self._held < self._least:
            self._read_anew.clear()
            await self._read_anew.wait()


class OnDemand(Generic[T]):
    """A value that is read when it is first asked for, and then stands as it was last read, as in `Latest`."""

    def __init__(self, read: Callable[[], Awaitable[T]]) -> None:
        self._latest: Latest[T | None] = Latest(read, None)

    async def load(self) -> None:
        """Reads anew."""
        await self._latest.load()

    def outdate(self) -> None:
        """As in `Latest`."""
        self._latest.outdate()

    async def settled(self) -> None:
        """As in `Latest`."""
        await self._latest.settled()

    async def get(self) -> T:
        """From memory, once it was read."""
        if self._latest.value is None:
            await self.load()
        assert self._latest.value is not None
        return self._latest.value
