"""What other processes change reaches this one's memory."""

from __future__ import annotations

import asyncio

from modules.customers.events import CustomerChanged, SegmentChanged
from modules.customers.service import CustomerService
from modules.kernel.feed import ChangeKind, Feed, reload_on


async def follow(service: CustomerService, feed: Feed) -> None:
    """Forgets customers that changed, and reads all segments anew when one did; runs until it is cancelled."""
    async with asyncio.TaskGroup() as group:
        group.create_task(_follow_customers(service, feed))
        group.create_task(reload_on(feed, SegmentChanged.NAME, service.load))


async def _follow_customers(service: CustomerService, feed: Feed) -> None:
    async with feed.follow(CustomerChanged.NAME, lambda change: True) as deliveries:
        async for delivery in deliveries:
            if delivery.kind is not ChangeKind.CHANGE:
                service.forget_all()
            service.forget(change.key for change in delivery.changes)
