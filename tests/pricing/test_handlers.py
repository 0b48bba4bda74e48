"""What other processes change reaches this one's memory."""

from __future__ import annotations

import asyncio

from modules.kernel.viewer import OPERATOR
from modules.pricing.events import TaxRulesChanged
from modules.pricing.handlers import follow
from modules.pricing.model.taxes import TaxRuleInput
from modules.pricing.service.taxes import TaxService
from modules.pricing.store.taxes import TaxStore
from modules.runtime.database import Database
from modules.runtime.feed import StreamFeed
from modules.runtime.outbox import Relay
from modules.runtime.redis import Redis
from tests.builders import a_viewer


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
