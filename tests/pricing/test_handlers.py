"""What other processes change reaches this one's memory."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import ClassVar

from gateway.pricing import wire_pricing
from modules.kernel.events import Event
from modules.kernel.names import Sku
from modules.kernel.viewer import OPERATOR
from modules.pricing.events import TaxRulesChanged
from modules.pricing.handlers import follow, hear
from modules.pricing.model.taxes import TaxRuleInput
from modules.pricing.service.taxes import TaxService
from modules.pricing.store.taxes import TaxStore
from modules.runtime.database import Database
from modules.runtime.feed import StreamFeed
from modules.runtime.outbox import Relay
from modules.runtime.redis import Redis
from tests.builders import a_channel, a_viewer, an_article
from tests.pricing.builders import ArticlesInMemory, ChannelsInMemory, a_row_input


class Watched(TaxService):
    """Tells when it has read the rules."""

    loaded = 0

    async def load(self) -> None:
        await super().load()
        self.loaded += 1


async def until_loaded(service: Watched, times: int) -> None:
    async with asyncio.timeout(20):
        while service.loaded < times:  # noqa: ASYNC110 - the handler says nothing when it is done
            await asyncio.sleep(0.01)


async def test_tax_rules_of_another_process_are_read_again(database: Database, redis: Redis) -> None:
    here, there = (Watched(TaxStore(database)) for _ in range(2))
    feed, relay = StreamFeed(redis), Relay(database, redis)
    running = [asyncio.create_task(feed.run()), asyncio.create_task(follow(here, feed, TaxRulesChanged.NAME))]
    try:
        await until_loaded(here, 1)
        rule = TaxRuleInput(country="DE", tax_class="standard", rate="0.19")
        await there.upsert_tax_rules(a_viewer(OPERATOR), [rule], "law")
        await relay.pass_on()
        await until_loaded(here, 2)
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def test_a_change_of_an_article_is_told_once_and_made_up_for_when_it_was_missed(
    database: Database, redis: Redis
) -> None:
    skus = [Sku("A-1"), Sku("A-2")]
    articles = ArticlesInMemory(*(an_article(sku) for sku in skus))
    pricing = wire_pricing(database, articles, ChannelsInMemory(a_channel()))
    await pricing.rows.set_prices(a_viewer(OPERATOR), [a_row_input(sku=sku) for sku in skus], "test")
    feed, relay = StreamFeed(redis), Relay(database, redis)

    async def asked() -> list[tuple[str, int]]:
        found = await database.read("SELECT sku, asked FROM pricing_due ORDER BY sku")
        return [(str(sku), int(count)) for sku, count in found]

    async def hear_until(expected: list[tuple[str, int]], change: Event | None = None) -> None:
        jobs = feed.run(), hear(pricing.history, feed, ["test.goods.v1"], ["test.places.v1"])
        running = [asyncio.create_task(job) for job in jobs]
        try:
            async with asyncio.timeout(20):
                while change and not await pricing.history.followed("test.places.v1"):  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
                await emit(database, relay, change)
                while await asked() != expected:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    # The first that ever hears does not know what was missed; both names say so.
    await hear_until([("A-1", 2), ("A-2", 2)])
    while await pricing.history.tell_due():
        pass
    await hear_until([("A-1", 0), ("A-2", 1)], Goods(name="A-2", version=1))
    await emit(database, relay, Goods(name="A-1", version=1))
    await hear_until([("A-1", 1), ("A-2", 1)])
    await hear_until([("A-1", 2), ("A-2", 2)], Places(name="web", version=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods(Event):
    """Something about a sku."""

    NAME: ClassVar[str] = "test.goods.v1"
    name: str

    @property
    def key(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Places(Event):
    """Something about a place."""

    NAME: ClassVar[str] = "test.places.v1"
    name: str

    @property
    def key(self) -> str:
        return self.name


async def emit(database: Database, relay: Relay, event: Event | None) -> None:
    async with database.transaction() as tx:
        tx.emit([event] if event else [])
    await relay.pass_on()
