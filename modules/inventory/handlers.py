"""What other processes change reaches this one's memory."""

from __future__ import annotations

import asyncio

from modules.inventory.events import BuffersChanged, HoldRulesChanged, SourcesChanged, SourcingRulesChanged
from modules.inventory.service.stock import InventoryService
from modules.kernel.events import Event
from modules.kernel.feed import Feed


async def follow(service: InventoryService, feed: Feed) -> None:
    """Reads sources and buffers anew on each change, and once at the start; runs until it is cancelled."""
    async with asyncio.TaskGroup() as group:
        for kind in (SourcesChanged, BuffersChanged, HoldRulesChanged, SourcingRulesChanged):
            group.create_task(_follow(service, feed, kind))


async def _follow(service: InventoryService, feed: Feed, kind: type[Event]) -> None:
    async with feed.follow(kind.NAME, lambda change: True) as deliveries:
        async for _ in deliveries:
            await service.load()
