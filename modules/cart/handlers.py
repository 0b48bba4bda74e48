"""What others publish reaches the carts that are open in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from modules.cart.engine.news import Cause, News, Reading
from modules.cart.service.opened import OpenCarts
from modules.kernel.events import Change
from modules.kernel.feed import ChangeKind, Feed

Topics = Mapping[str, tuple[Cause, Reading]]
"""By name of the event: what it changes, and how it is read."""


async def follow(opened: OpenCarts, feed: Feed, topics: Topics, settled: Callable[[], Awaitable[None]]) -> None:
    """Touches open carts with all that concerns them; where history was lost, with everything. Carts are touched once
    this process knows what has changed, which `settled` waits for. Runs until it is cancelled."""
    async with asyncio.TaskGroup() as group:
        for name, (cause, read) in topics.items():
            group.create_task(_follow(opened, feed, name, cause, read, settled))


async def _follow(
    opened: OpenCarts, feed: Feed, name: str, cause: Cause, read: Reading, settled: Callable[[], Awaitable[None]]
) -> None:
    def wanted(change: Change) -> bool:
        news = read(change)
        # What concerns everybody is heard of in any case: a cart that opens while rules are read anew is among them.
        return news is not None and (news.sku is None or bool(opened.concerned(news)))

    async with feed.follow(name, wanted) as deliveries:
        async for delivery in deliveries:
            await settled()
            if delivery.kind is not ChangeKind.CHANGE:
                opened.hear(News(cause))
            for news in map(read, delivery.changes):
                if news is not None:
                    opened.hear(news)
