"""What other processes change reaches this one's memory."""

from __future__ import annotations

from modules.kernel.feed import Feed, reload_on
from modules.market.events import MarketChanged
from modules.market.service import MarketService


async def follow(service: MarketService, feed: Feed) -> None:
    """Reads everything anew on each change, and once at the start; runs until it is cancelled."""
    await reload_on(feed, MarketChanged.NAME, service.load)
