"""Leader: one process at a time does what must not be done by two; and how it takes a duty up and goes on with it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress
from typing import Final, Protocol

from modules.kernel.errors import Unavailable

Leading = Callable[[], bool]
"""Whether this process still leads."""

_LOOK_SECONDS: Final = 1.0
"""How long nobody may have a duty that was lost during a pause."""


class Leader(Protocol):
    """Lets one process at a time through."""

    def lead(self) -> AbstractAsyncContextManager[Leading]:
        """Waits until this process leads; yields the question whether it still does. Raises Unavailable."""
        ...


async def whenever_leading(leader: Leader, work: Callable[[Leading], Awaitable[None]], pause: float = 1.0) -> None:
    """Does the work each time this process comes to lead, until it is cancelled; `work` returns when it leads no more.

    Where either raises Unavailable, as while the database is away, it stands for it again after the pause.
    """
    while True:
        with suppress(Unavailable):
            async with leader.lead() as leading:
                await work(leading)
        await asyncio.sleep(pause)


async def repeat(leader: Leader, turn: Callable[[], Awaitable[object]], seconds: float) -> None:
    """A turn as soon as this process leads, and one every so many seconds while it does, until it is cancelled.

    A duty that is lost during a pause is stood for again at once, not at the pause's end: whoever has it next, this
    process or another, begins with a turn.
    """

    async def take_turns(leading: Leading) -> None:
        while leading():
            await turn()
            await _pause(leading, seconds)

    await whenever_leading(leader, take_turns)


async def _pause(leading: Leading, seconds: float) -> None:
    clock = asyncio.get_running_loop().time
    end = clock() + seconds
    while leading() and (left := end - clock()) > 0:  # noqa: ASYNC110 - a lock that is lost tells nobody
        await asyncio.sleep(min(left, _LOOK_SECONDS))
