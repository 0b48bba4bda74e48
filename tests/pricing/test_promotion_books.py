"""Promotions in memory: as they are, as they were, and in every process."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest

from gateway.pricing import Pricing
from modules.kernel.moments import from_us
from modules.kernel.names import PromotionId
from modules.pricing.engine.lifecycle import Step
from modules.pricing.events import PromotionChanged
from modules.pricing.handlers import follow
from modules.pricing.model.promotions import PromotionState
from modules.runtime.database import Database
from modules.runtime.feed import StreamFeed
from modules.runtime.outbox import Relay
from modules.runtime.redis import Redis
from tests.pricing.promotion_documents import a_document
from tests.pricing.promotion_writers import a_shop, an_active, in_book, step, upsert

DAY = timedelta(days=1)
DRAFT, SCHEDULED, ACTIVE, PAUSED, ENDED = PromotionState


@pytest.fixture
async def pricing(database: Database) -> Pricing:
    return a_shop(database)


async def test_the_book_of_a_past_moment_has_what_held_then(pricing: Pricing, database: Database) -> None:
    await an_active(pricing)
    at_us = await database.now_us()
    await asyncio.sleep(0.002)
    await upsert(pricing, a_document(priority=9))
    await step(pricing, Step.END, "spring")
    entry = (await pricing.books.book_at(at_us)).entry(PromotionId("spring"))
    assert entry
    assert (entry.promotion.version, entry.promotion.priority) == (2, 0)
    assert (await pricing.books.book_at(await database.now_us())).entry(PromotionId("spring")) is None


async def test_drafts_are_their_newest_versions_whatever_their_state(pricing: Pricing) -> None:
    await upsert(pricing, a_document("spring"), a_document("summer"))
    await step(pricing, Step.END, "summer")
    found = await pricing.books.drafts([PromotionId(id) for id in ("summer", "nobody", "spring")])
    assert [(one.id, one.state) if one else None for one in found] == [("summer", ENDED), None, ("spring", DRAFT)]


async def test_another_process_reads_the_book_when_it_hears_of_it(pricing: Pricing, database: Database) -> None:
    other = a_shop(database)
    assert await in_book(other) == []
    await an_active(pricing)
    assert await in_book(other) == []
    await other.books.load()
    assert await in_book(other) == [("spring", 2)]


async def test_the_book_keeps_what_will_come_and_knows_what_is_gone(pricing: Pricing, database: Database) -> None:
    now = from_us(await database.now_us())
    await an_active(pricing, "coming", validFrom=f"{now + 9 * DAY:%Y-%m-%dT00:00:00Z}")
    await an_active(pricing, "paused")
    await an_active(pricing, "ended")
    await step(pricing, Step.PAUSE, "paused")
    await step(pricing, Step.END, "ended")
    book = await pricing.books.book()
    assert book.entry(PromotionId("coming"))
    assert [book.has_left(PromotionId(id)) for id in ("coming", "paused", "ended", "nobody")] == [
        False,
        True,
        True,
        False,
    ]
    async with database.transaction() as tx:
        month = 31 * DAY // timedelta(microseconds=1)
        await tx.run("UPDATE pricing_promotion SET written_at_us = written_at_us - :month", month=month)
    await pricing.books.load()
    book = await pricing.books.book()
    assert [book.has_left(PromotionId(id)) for id in ("paused", "ended")] == [True, False]


async def test_a_document_of_a_newer_program_does_not_take_the_others_with_it(
    pricing: Pricing, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    await an_active(pricing, "new")
    await an_active(pricing, "old")
    async with database.transaction() as tx:
        document = json.dumps(a_document("new", actions=[{"teleport": {}}]))
        await tx.run("UPDATE pricing_promotion SET document = :document WHERE id = 'new'", document=document)
    await pricing.books.load()
    assert await in_book(pricing) == [("old", 2)]
    assert "'new'" in caplog.text


async def until(process: Pricing, book: list[tuple[str, int]]) -> None:
    async with asyncio.timeout(20):
        while await in_book(process) != book:  # noqa: ASYNC110 - the handler says nothing when it is done
            await asyncio.sleep(0.01)


async def test_another_process_hears_of_a_change_and_reads_the_book(
    pricing: Pricing, database: Database, redis: Redis
) -> None:
    other, feed, relay = a_shop(database), StreamFeed(redis), Relay(database, redis)
    hearing = follow(other.books, feed, PromotionChanged.NAME)
    running = [asyncio.create_task(work) for work in (feed.run(), hearing)]
    try:
        await an_active(pricing)
        await relay.pass_on()
        await until(other, [("spring", 2)])
        await step(pricing, Step.PAUSE, "spring")
        await relay.pass_on()
        await until(other, [])
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
