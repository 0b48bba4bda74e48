"""Following a session: everybody who has it open sees what anybody of them did."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from modules.configurator.engine.news import NOTHING, News, news
from modules.configurator.events import ModelChanged, SessionChanged
from modules.configurator.model.steps import Step
from modules.configurator.service.door import Handle
from modules.configurator.service.sessions import SessionService, Shown
from modules.kernel.errors import BadUserInput
from modules.kernel.events import Change
from modules.kernel.feed import ChangeKind, Delivery, Feed
from modules.kernel.moments import from_us
from modules.kernel.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Sight:
    """A followed session as it was read, what is new in it since the sight before, and the delivery that led to it."""

    delivery: Delivery
    shown: Shown
    news: News
    by_model: bool = False
    """Whether it was the model that changed, not the session; the cursor is that of the sight before."""


class FollowingService:
    """One per process."""

    def __init__(self, sessions: SessionService) -> None:
        self._sessions = sessions

    @asynccontextmanager
    async def follow(
        self, viewer: Viewer, feed: Feed, handle: Handle, after: str | None
    ) -> AsyncIterator[AsyncIterator[Sight]]:
        """The session now, after each change by anybody, and when its model changes; ends when the right to it does.

        Raises BadUserInput for what opens nothing or a malformed cursor.
        """
        opened = await self._sessions.door.find(viewer, handle)
        if opened is None:
            raise BadUserInput("There is no configuration session that this opens.", "key")
        id = opened.session.id

        def edited(change: Change) -> bool:
            return change.key.rpartition("#")[0] == opened.session.part

        async with (
            feed.follow(SessionChanged.NAME, lambda change: change.key == id, after, keys={id}) as deliveries,
            feed.follow(ModelChanged.NAME, edited) as models,
            aclosing(_merged(until(deliveries, opened.access.expires_us), models)) as merged,
        ):
            yield self._sights(viewer, handle, merged)

    async def _sights(
        self, viewer: Viewer, handle: Handle, deliveries: AsyncIterator[tuple[Delivery, bool]]
    ) -> AsyncIterator[Sight]:
        last: Step | None = None
        async for delivery, by_model in deliveries:
            shown = await self._sessions.get(viewer, handle)
            if shown is None:
                return
            yield Sight(delivery, shown, news(last, shown.step) if last else NOTHING, by_model)
            last = shown.step


async def _merged(
    own: AsyncIterator[Delivery], models: AsyncIterator[Delivery]
) -> AsyncGenerator[tuple[Delivery, bool], None]:
    """The session's deliveries, and between them one for each change of its model; ends with the session's."""
    cursor = ""
    coming, edited = _next(own), _next(models)
    try:
        while True:
            await asyncio.wait({coming, edited}, return_when=asyncio.FIRST_COMPLETED)
            if coming.done():
                delivery = coming.result()
                if delivery is None:
                    return
                cursor, coming = delivery.cursor, _next(own)
                yield delivery, False
            elif (edit := edited.result()) is None:
                return
            else:
                edited = _next(models)
                if cursor and edit.kind is not ChangeKind.SNAPSHOT:
                    yield Delivery(ChangeKind.CHANGE, cursor), True
    finally:
        for task in (coming, edited):
            task.cancel()
        await asyncio.gather(coming, edited, return_exceptions=True)


def _next(deliveries: AsyncIterator[Delivery]) -> asyncio.Task[Delivery | None]:
    return asyncio.create_task(_taken(deliveries), name="open configuration")


async def _taken(deliveries: AsyncIterator[Delivery]) -> Delivery | None:
    return await anext(deliveries, None)


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
