"""What other processes change reaches this one's memory."""

from __future__ import annotations

from modules.kernel.feed import Feed
from modules.pricing.events import TaxRulesChanged
from modules.pricing.service.taxes import TaxService


async def follow(service: TaxService, feed: Feed) -> None:
    """Reads the tax rules anew on each change, and once at the start; runs until it is cancelled."""
    async with feed.follow(TaxRulesChanged.NAME, lambda change: True) as deliveries:
        async for _ in deliveries:
            await service.load()
