"""What other processes change reaches this one's memory."""

from __future__ import annotations

import asyncio

from modules.inventory.events import BuffersChanged, HoldRulesChanged, SourcesChanged, SourcingRulesChanged
from modules.inventory.service.stock import InventoryService
from modules.kernel.feed import Feed, reload_on


async def follow(service: InventoryService, feed: Feed) -> None:
    """Reads sources and buffers anew on each change, and once at the start; runs until it is cancelled."""
    async with asyncio.TaskGroup() as group:
        for kind in (SourcesChanged, BuffersChanged, HoldRulesChanged, SourcingRulesChanged):
            group.create_task(reload_on(feed, kind.NAME, service.load))
