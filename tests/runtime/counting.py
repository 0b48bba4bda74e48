"""A trade of two events, for the runtime's tests."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import ClassVar

from modules.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted(Event):
    """A counter stands at its version."""

    NAME: ClassVar[str] = "counting.counted.v1"
    name: str

    @property
    def key(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Renamed(Event):
    """Another fact of the same module."""

    NAME: ClassVar[str] = "counting.renamed.v1"
    name: str

    @property
    def key(self) -> str:
        return self.name


async def until(look: Callable[[], Awaitable[bool]], seconds: float = 10.0) -> None:
    """Returns when it is so; raises TimeoutError when it does not come to be."""
    async with asyncio.timeout(seconds):
        while not await look():  # noqa: ASYNC110 - what is looked at lives in another process
            await asyncio.sleep(0.01)
