"""What other processes change reaches this one's memory."""

from __future__ import annotations

from modules.access.events import KeysChanged
from modules.access.service import AccessService
from modules.kernel.feed import ChangeKind, Feed


async def follow(service: AccessService, feed: Feed) -> None:
    """Forgets keys that changed, and all of them when history was lost; runs until it is cancelled."""
    async with feed.follow(KeysChanged.NAME, lambda change: True) as deliveries:
        async for delivery in deliveries:
            if delivery.kind is not ChangeKind.CHANGE:
                service.forget_all()
            service.forget(change.key for change in delivery.changes)
