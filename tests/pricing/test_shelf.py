"""What is kept in memory of rows and standing prices is never older than what was heard of."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.pricing import Pricing, wire_pricing
from modules.kernel.moments import to_us
from modules.kernel.names import Sku
from modules.kernel.viewer import OPERATOR
from modules.pricing.events import PriceChanged, TaxRulesChanged
from modules.pricing.handlers import tend
from modules.pricing.model.prices import PriceKind, PriceRow
from modules.pricing.model.taxes import TaxRuleInput
from modules.pricing.service.shelf import Shelf
from modules.pricing.store.history import HistoryStore
from modules.pricing.store.prices import PricingStore
from modules.runtime.database import Database
from modules.runtime.feed import StreamFeed
from modules.runtime.outbox import Relay
from modules.runtime.redis import Redis
from tests.builders import NOW, a_channel, a_viewer, an_article
from tests.pricing.builders import ArticlesInMemory, ChannelsInMemory, a_row_input

BOSS, SHOPPER = a_viewer(OPERATOR), a_viewer()
DAY = timedelta(days=1)
SKUS = [Sku(f"A-{n}") for n in range(1, 25)]
GERMANY = TaxRuleInput(country="DE", tax_class="standard", rate="0.19")


def a_process(database: Database) -> Pricing:
    articles = ArticlesInMemory(*(an_article(sku) for sku in SKUS))
    return wire_pricing(database, articles, ChannelsInMemory(a_channel()), clock=lambda: NOW)


@pytest.fixture
async def pricing(database: Database) -> Pricing:
    pricing = a_process(database)
    await pricing.taxes.upsert_tax_rules(BOSS, [GERMANY], "law")
    await pricing.rows.set_prices(BOSS, [a_row_input(sku=sku) for sku in SKUS], "test")
    return pricing


async def cost(database: Database, pricing: Pricing, skus: Sequence[Sku] = SKUS) -> tuple[int, set[str]]:
    """Statements, and the prices."""
    before = database.statements
    found = await pricing.answers.prices(skus, SHOPPER)
    return database.statements - before, {price.gross.amount for price in found if price}


async def test_a_listing_costs_two_statements_once_and_then_none(pricing: Pricing, database: Database) -> None:
    with pricing.shelf.tended(lambda: True):
        assert await cost(database, pricing) == (2, {"10.00"})
        assert await cost(database, pricing) == (0, {"10.00"})
        assert await cost(database, pricing, SKUS[:3]) == (0, {"10.00"})


async def test_nothing_is_kept_while_nobody_listens(pricing: Pricing, database: Database) -> None:
    for _ in range(2):
        assert await cost(database, pricing) == (2, {"10.00"})
    sound = True
    with pricing.shelf.tended(lambda: sound):
        await cost(database, pricing)
        assert (await cost(database, pricing))[0] == 0
        sound = False
        assert (await cost(database, pricing))[0] == 2
        sound = True
        assert (await cost(database, pricing))[0] == 2
    assert (await cost(database, pricing))[0] == 2


async def test_own_writes_hold_at_once(pricing: Pricing, database: Database) -> None:
    with pricing.shelf.tended(lambda: True):
        await cost(database, pricing)
        await pricing.rows.set_prices(BOSS, [a_row_input(sku="A-2", amount="7")], "test")
        assert await cost(database, pricing) == (2, {"10.00", "7.00"})
        assert (await cost(database, pricing))[0] == 0


async def test_a_write_that_fails_changes_nothing(pricing: Pricing, database: Database) -> None:
    with pricing.shelf.tended(lambda: True):
        await cost(database, pricing)
        await pricing.rows.set_prices(BOSS, [a_row_input(sku="nobody")], "test")
        assert (await cost(database, pricing))[0] == 0


class SlowStore(PricingStore):
    """Its readings end when they may."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.read, self.go = asyncio.Event(), asyncio.Event()

    async def rows(self, skus: Sequence[Sku], currency: str, at_us: int) -> dict[Sku, list[PriceRow]]:
        found = await super().rows(skus, currency, at_us)
        self.read.set()
        await self.go.wait()
        return found


@pytest.mark.parametrize("forget", [lambda shelf: shelf.forget([Sku("A-2")]), Shelf.forget_all])
async def test_a_reading_that_began_before_a_change_is_not_kept(
    pricing: Pricing, database: Database, forget: Callable[[Shelf], None]
) -> None:
    store = SlowStore(database)
    shelf = Shelf(store, HistoryStore(database))
    with shelf.tended(lambda: True):
        reading = asyncio.create_task(shelf.load(SKUS[:3], "EUR", to_us(NOW)))
        await store.read.wait()
        await pricing.rows.set_prices(BOSS, [a_row_input(sku="A-2", amount="7")], "test")
        forget(shelf)
        store.go.set()
        assert (await reading)[Sku("A-2")].rows[0].micros == 10_000_000
        assert (await shelf.load(SKUS[:3], "EUR", to_us(NOW)))[Sku("A-2")].rows[0].micros == 7_000_000


async def test_those_asked_for_longest_ago_make_room(database: Database) -> None:
    shelf = Shelf(PricingStore(database), HistoryStore(database), most=2)
    with shelf.tended(lambda: True):
        for sku in ("a", "b", "a", "c"):
            await shelf.load([Sku(sku)], "EUR", 0)
        before = database.statements
        await shelf.load([Sku("a"), Sku("c")], "EUR", 0)
        assert database.statements == before
        await shelf.load([Sku("b")], "EUR", 0)
        assert database.statements == before + 2


async def test_what_ended_long_before_is_read_for_questions_about_then(pricing: Pricing, database: Database) -> None:
    old = a_row_input(amount="5", valid_until=NOW - 50 * DAY, kind=PriceKind.OVERRIDE)
    await pricing.rows.set_prices(BOSS, [old], "test")
    with pricing.shelf.tended(lambda: True):
        await cost(database, pricing)
        (then,) = await pricing.answers.prices(SKUS[:1], BOSS, at=NOW - 60 * DAY)
        assert then
        assert then.gross.amount == "5.00"


async def test_whoever_hears_of_a_change_never_reads_the_old_price(database: Database, redis: Redis) -> None:
    """The follower that tends the shelf may be behind the subscriber: here it never comes."""
    here, there = a_process(database), a_process(database)
    await here.taxes.upsert_tax_rules(BOSS, [GERMANY], "law")
    await there.rows.set_prices(BOSS, [a_row_input()], "test")
    feed, relay = StreamFeed(redis), Relay(database, redis)
    running = asyncio.create_task(feed.run())
    try:
        with here.shelf.tended(lambda: True):
            async with asyncio.timeout(20):
                news = here.answers.follow(SHOPPER, feed, SKUS[:1], None)
                await relay.pass_on()
                assert [price and price.gross.amount for _, price in (await anext(news)).prices] == ["10.00"]
                for amount in ("7.00", "6.00"):
                    await there.rows.set_prices(BOSS, [a_row_input(amount=amount)], "test")
                    await relay.pass_on()
                    while (found := await anext(news)).prices[0][1] is None:
                        pass
                    assert [price and price.gross.amount for _, price in found.prices] == [amount]
                await news.aclose()  # type: ignore[attr-defined]
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_what_another_process_writes_is_forgotten_when_it_is_heard_of(database: Database, redis: Redis) -> None:
    here, there = a_process(database), a_process(database)
    feed, relay = StreamFeed(redis), Relay(database, redis)
    heard = Heard(here.shelf)
    jobs = [feed.run(), tend(heard, feed, lambda: feed.sound)]
    running = [asyncio.create_task(job) for job in jobs]
    try:
        async with asyncio.timeout(20):
            await heard.until(lambda: heard.everything >= 3)
            await there.taxes.upsert_tax_rules(BOSS, [GERMANY], "law")
            await relay.pass_on()
            await heard.until(lambda: heard.everything >= 4)
            await here.taxes.load()
            await there.rows.set_prices(BOSS, [a_row_input()], "test")
            await relay.pass_on()
            await heard.until(lambda: Sku("A-1") in heard.skus)
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    assert PriceChanged.NAME != TaxRulesChanged.NAME


class Heard(Shelf):
    """Tells what it was told to forget."""

    def __init__(self, shelf: Shelf) -> None:
        super().__init__(shelf._prices, shelf._history)
        self.skus: list[Sku] = []
        self.everything = 0
        self.changed = asyncio.Event()

    def forget(self, skus: object) -> None:
        self.skus += list(skus)  # type: ignore[call-overload]
        self.changed.set()

    def forget_all(self) -> None:
        self.everything += 1
        self.changed.set()

    async def until(self, true: Callable[[], bool]) -> None:
        while not true():
            self.changed.clear()
            await self.changed.wait()


async def test_a_feed_is_sound_while_it_reads(redis: Redis) -> None:
    feed = StreamFeed(redis)
    heard = [feed.sound]
    running = asyncio.create_task(feed.run())
    async with feed.follow("pricing.x.v1", lambda change: True):
        heard.append(feed.sound)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert [*heard, feed.sound] == [False, True, False]


@pytest.mark.parametrize("scale", [0, 3])
async def test_a_reduction_is_judged_in_the_memory_of_a_page(database: Database, scale: int) -> None:
    """L-6: of goods sold by weight or volume it is the price of a kilogram or litre that is told and judged alike."""
    now = NOW - 40 * DAY
    articles = ArticlesInMemory(an_article("A-1", quantity_scale=scale))
    pricing = wire_pricing(database, articles, ChannelsInMemory(a_channel()), clock=lambda: now)
    await pricing.taxes.upsert_tax_rules(BOSS, [GERMANY], "law")
    await pricing.rows.set_prices(BOSS, [a_row_input(amount="12")], "test")
    now = NOW - 20 * DAY
    await pricing.rows.set_prices(BOSS, [a_row_input(amount="10")], "test")
    now = NOW - 10 * DAY
    await pricing.rows.set_prices(BOSS, [a_row_input(amount="12")], "test")
    now = NOW - DAY
    sale = a_row_input(amount="8", kind=PriceKind.SALE, valid_from=NOW - 2 * DAY, valid_until=NOW + DAY)
    await pricing.rows.set_prices(BOSS, [sale], "test")
    now = NOW
    with pricing.shelf.tended(lambda: True):
        for statements in (2, 0):
            before = database.statements
            (found,) = await pricing.answers.prices(SKUS[:1], SHOPPER)
            assert database.statements == before + statements
            assert found
            assert found.original
            assert found.prior_price
            assert (found.original.amount, found.prior_price.amount, found.allowed_percent) == ("12.00", "10.00", 20)


@pytest.mark.parametrize(
    ("days", "verdict", "prior"),
    [(0, "NO_REDUCTION", None), (5, "ANNOUNCEABLE", "10.00"), (-35, "NO_REDUCTION", None), (14, "NO_REDUCTION", None)],
)
async def test_another_moment_is_judged_by_the_history_carried_on_until_then(
    pricing: Pricing, database: Database, days: int, verdict: str, prior: str | None
) -> None:
    sale = a_row_input(amount="8", kind=PriceKind.SALE, valid_from=NOW + 3 * DAY, valid_until=NOW + 9 * DAY)
    await pricing.rows.set_prices(BOSS, [sale], "test")
    before = database.statements
    (found,) = await pricing.answers.prices(SKUS[:1], BOSS, at=NOW + days * DAY)
    assert database.statements <= before + 3
    assert found
    assert (found.verdict, found.prior_price and found.prior_price.amount) == (verdict, prior)
    assert replace(found, prior_price=None).sku == "A-1"
