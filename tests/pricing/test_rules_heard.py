"""Whoever hears of a price sees it by rules that are as new as what is heard of."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import cast

from modules.kernel.names import Sku
from modules.kernel.viewer import OPERATOR
from modules.pricing.events import PromotionChanged
from modules.pricing.handlers import follow
from modules.pricing.model.promotions import Promotion
from modules.pricing.model.taxes import TaxRuleInput
from modules.pricing.service.pricing import PriceNews
from modules.pricing.store.promotions import PromotionStore
from modules.runtime.database import Database
from modules.runtime.feed import StreamFeed
from modules.runtime.outbox import Relay
from modules.runtime.redis import Redis
from tests.builders import a_viewer
from tests.pricing.builders import a_row_input
from tests.pricing.promotion_writers import a_shop, an_active

BOSS = a_viewer(OPERATOR)
TENTH = [{"itemPercentOff": {"percent": "10", "of": {"skus": ["A-1"]}}}]


class SlowStore(PromotionStore):
    """Reads the promotions when it may."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.asked, self.go = asyncio.Event(), asyncio.Event()
        self.go.set()

    async def current(self, now_us: int | None = None) -> list[Promotion]:
        self.asked.set()
        await self.go.wait()
        return await super().current(now_us)


async def amounts(news: AsyncGenerator[PriceNews, None]) -> list[str]:
    """Of the next delivery."""
    return [price.gross.amount for _, price in (await anext(news)).prices if price]


async def test_a_price_is_not_told_by_promotions_that_are_being_read_anew(database: Database, redis: Redis) -> None:
    here, there = a_shop(database), a_shop(database)
    await there.taxes.upsert_tax_rules(BOSS, [TaxRuleInput(country="DE", tax_class="standard", rate="0.19")], "law")
    await there.rows.set_prices(BOSS, [a_row_input()], "test")
    store, feed, relay = SlowStore(database), StreamFeed(redis), Relay(database, redis)
    here.books._store = store
    await relay.pass_on()
    jobs = feed.run(), follow(here.books, feed, PromotionChanged.NAME)
    running = [asyncio.create_task(job) for job in jobs]
    try:
        async with asyncio.timeout(20):
            await store.asked.wait()
            news = cast("AsyncGenerator[PriceNews, None]", here.answers.follow(a_viewer(), feed, [Sku("A-1")], None))
            assert await amounts(news) == ["10.00"]
            store.go.clear()
            await an_active(there, actions=TENTH)
            await there.history.tell_due()
            await relay.pass_on()
            heard = asyncio.create_task(amounts(news))
            await asyncio.wait([heard], timeout=0.5)
            store.go.set()
            assert await heard == ["9.00"]
            await news.aclose()
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
