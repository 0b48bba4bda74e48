"""What other processes change reaches this one's memory."""

from __future__ import annotations

from typing import Protocol

from modules.kernel.feed import Feed


class Held(Protocol):
    """A service that keeps something in memory."""

    async def load(self) -> None:
        """Reads it anew."""
        ...


async def follow(service: Held, feed: Feed, event: str) -> None:
    """Lets the service read anew on each event of this name, and once at the start; runs until it is cancelled."""
    async with feed.follow(event, lambda change: True) as deliveries:
        async for _ in deliveries:
            await service.load()
