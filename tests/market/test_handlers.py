"""What one process writes, the others know: through the outbox, the relay and the feed."""

from __future__ import annotations

import asyncio

from modules.kernel.viewer import OPERATOR
from modules.market.handlers import follow
from modules.market.model import ChannelInput, MarketInput
from modules.market.service import MarketService
from modules.market.store import MarketStore
from modules.runtime.database import Database
from modules.runtime.feed import StreamFeed
from modules.runtime.outbox import Relay
from tests.builders import a_viewer

GERMANY = MarketInput(id="de", country="DE", zone="Europe/Berlin", currencies=["EUR"], locales=["de"])


async def test_a_channel_that_another_process_opened_is_known(
    database: Database, feed: StreamFeed, relay: Relay
) -> None:
    here, there = MarketService(MarketStore(database)), MarketService(MarketStore(database))
    following = asyncio.create_task(follow(there, feed))
    await here.upsert_markets(a_viewer(OPERATOR), [GERMANY], "begin")
    for id in ("web", "till"):
        await here.upsert_channels(a_viewer(OPERATOR), [ChannelInput(id=id, market="de")], "opened")
        await known(there, id)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)


async def known(service: MarketService, channel: str) -> None:
    """Waits until the channel is known there, five seconds at most."""
    async with asyncio.timeout(5):
        while True:
            if channel in [held.id for held in service.channels()]:
                return
            await asyncio.sleep(0.01)
