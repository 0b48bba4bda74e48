"""Following a session: everybody who has it open sees what anybody of them did."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from modules.configurator.engine.news import NOTHING, News, news
from modules.configurator.events import SessionChanged
from modules.configurator.model.steps import Step
from modules.configurator.service.door import Handle
from modules.configurator.service.sessions import SessionService, Shown
from modules.kernel.errors import BadUserInput
from modules.kernel.events import Change
from modules.kernel.feed import Delivery, Feed
from modules.kernel.moments import from_us
from modules.kernel.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Sight:
    """A followed session as it was read, what is new in it since the sight before, and the delivery that led to it."""

    delivery: Delivery
    shown: Shown
    news: News


class FollowingService:
    """One per process."""

    def __init__(self, sessions: SessionService) -> None:
        self._sessions = sessions

    @asynccontextmanager
    async def follow(
        self, viewer: Viewer, feed: Feed, handle: Handle, after: str | None
    ) -> AsyncIterator[AsyncIterator[Sight]]:
        """The session now and after each change by anybody; ends when the right to it does.

        Raises BadUserInput for what opens nothing or a malformed cursor.
        """
        opened = await self._sessions.door.find(viewer, handle)
        if opened is None:
            raise BadUserInput("There is no configuration session that this opens.", "key")
        id = opened.session.id

        def wanted(change: Change) -> bool:
            return change.key == id

        async with feed.follow(SessionChanged.NAME, wanted, after) as deliveries:
            yield self._sights(viewer, handle, until(deliveries, opened.access.expires_us))

    async def _sights(
        self, viewer: Viewer, handle: Handle, deliveries: AsyncIterator[Delivery]
    ) -> AsyncIterator[Sight]:
        last: Step | None = None
        async for delivery in deliveries:
            shown = await self._sessions.get(viewer, handle)
            if shown is None:
                return
            yield Sight(delivery, shown, news(last, shown.step) if last else NOTHING)
            last = shown.step


async def until(deliveries: AsyncIterator[Delivery], expires_us: int | None) -> AsyncIterator[Delivery]:
    """The deliveries as long as a right lasts that ends at this moment."""
    while True:
        try:
            async with asyncio.timeout(_seconds_to(expires_us)):
                delivery = await anext(deliveries)
        except (TimeoutError, StopAsyncIteration):
            return
        yield delivery


def _seconds_to(expires_us: int | None) -> float | None:
    if expires_us is None:
        return None
    return max(0.0, (from_us(expires_us) - datetime.now(UTC)).total_seconds())
