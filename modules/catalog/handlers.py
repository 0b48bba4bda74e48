"""What other processes change in the catalogue reaches this one's memory."""

from __future__ import annotations

import asyncio

from modules.catalog.events import CategoryChanged, GroupChanged, ProductChanged
from modules.catalog.service import CatalogService
from modules.kernel.feed import ChangeKind, Feed
from modules.kernel.names import Locale, Sku


async def follow(service: CatalogService, feed: Feed) -> None:
    """Forgets what changed, and everything when history was lost; runs until it is cancelled."""
    async with asyncio.TaskGroup() as group:
        group.create_task(_follow_products(service, feed))
        group.create_task(_follow_categories(service, feed))
        group.create_task(_follow_groups(service, feed))


async def _follow_products(service: CatalogService, feed: Feed) -> None:
    async with feed.follow(ProductChanged.NAME, lambda change: True) as deliveries:
        async for delivery in deliveries:
            if delivery.kind is not ChangeKind.CHANGE:
                service.forget_all()
            changed = [ProductChanged.read(change) for change in delivery.changes]
            service.forget(
                [Sku(event.sku) for event in changed], {Locale(locale) for event in changed for locale in event.locales}
            )


async def _follow_categories(service: CatalogService, feed: Feed) -> None:
    async with feed.follow(CategoryChanged.NAME, lambda change: True) as deliveries:
        async for delivery in deliveries:
            if delivery.kind is not ChangeKind.CHANGE:
                service.forget_all()
            changed = [CategoryChanged.read(change) for change in delivery.changes]
            service.forget_outline({event.id: event.parent for event in changed})


async def _follow_groups(service: CatalogService, feed: Feed) -> None:
    async with feed.follow(GroupChanged.NAME, lambda change: True) as deliveries:
        async for _ in deliveries:
            service.forget_groups()
