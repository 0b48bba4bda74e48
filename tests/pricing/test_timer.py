"""The history tells itself: boundaries in time, by a timer and without a request (L-1)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.pricing import Pricing, wire_pricing
from modules.kernel.events import Envelope
from modules.kernel.moments import to_us
from modules.kernel.names import Sku
from modules.kernel.policies import TaxMode
from modules.kernel.viewer import OPERATOR
from modules.pricing.model.points import Cause
from modules.pricing.model.prices import PriceKind, PriceRowInput
from modules.pricing.model.taxes import TaxRuleInput
from modules.pricing.service.history import AT_ONCE
from modules.pricing.service.timer import Timer
from modules.runtime.database import Database
from tests.builders import NOW, a_channel, a_store, a_viewer, an_article
from tests.pricing.builders import ArticlesInMemory, ChannelsInMemory, a_row_input

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
BOSS = a_viewer(OPERATOR)
GERMANY = TaxRuleInput(country="DE", tax_class="standard", rate="0.19", valid_from=None)


class Shop:
    """Processes on one database, all at the same moment, which the test moves."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now = NOW
        self.articles = ArticlesInMemory(*(an_article(f"A-{n}") for n in range(1, 1_001)))
        self.here, self.there = self.process(), self.process()

    def process(self) -> Pricing:
        channels = ChannelsInMemory(a_channel())
        return wire_pricing(self.database, self.articles, channels, clock=lambda: self.now)

    async def set(self, *rows: PriceRowInput, process: Pricing | None = None) -> None:
        done = await (process or self.here).rows.set_prices(BOSS, rows, "test")
        assert done.problems == ()

    async def told(self, sku: str = "A-1", store: str = "") -> list[tuple[Any, ...]]:
        """(hour of the beginning, hour of the end, euros, announced, cause) from NOW."""
        found = await self.database.read(
            "SELECT from_us, to_us, amount_micros, announced, cause FROM pricing_price_point"
            " WHERE sku = :sku AND store = :store ORDER BY from_us",
            sku=sku,
            store=store,
        )
        return [(hours(a), hours(b), micros // 10**6, bool(said), cause) for a, b, micros, said, cause in found]

    async def events(self) -> list[tuple[str, int]]:
        rows = await self.database.read("SELECT envelope FROM runtime_outbox ORDER BY id")
        found = [Envelope.decode(envelope) for (envelope,) in rows]
        changes = [change for one in found if one.name == "pricing.price_changed.v1" for change in one.changes]
        return [(change.key, change.version) for change in changes]


def hours(us: int | None) -> int | None:
    return None if us is None else (us - to_us(NOW)) // (3_600 * 10**6)


@pytest.fixture
async def shop(database: Database) -> Shop:
    shop = Shop(database)
    await shop.here.taxes.upsert_tax_rules(BOSS, [GERMANY], "law")
    return shop


def a_sale(amount: str = "8", since: timedelta = DAY, until: timedelta = 2 * DAY, **more: Any) -> PriceRowInput:
    return a_row_input(amount=amount, kind=PriceKind.SALE, valid_from=NOW + since, valid_until=NOW + until, **more)


async def test_nothing_is_told_before_its_moment_and_each_at_its_own(shop: Shop) -> None:
    await shop.set(a_row_input(), a_sale())
    assert await shop.here.history.tell_due() == 0
    assert await shop.here.history.next_due() == 24 * 3_600 * 10**6
    shop.now = NOW + DAY
    assert await shop.here.history.tell_due() == 1
    assert await shop.told() == [(0, 24, 10, False, "manual"), (24, None, 8, True, "time")]
    assert await shop.here.history.tell_due() == 0


async def test_after_hours_of_downtime_every_moment_is_told_exactly_and_in_order(shop: Shop) -> None:
    await shop.set(a_row_input(), a_sale(), a_sale("9", 36 * HOUR, 40 * HOUR, id="short"))
    shop.now = NOW + 30 * DAY
    await shop.here.history.tell_due()
    assert [point[:4] for point in await shop.told()] == [
        (0, 24, 10, False),
        (24, 36, 8, True),
        (36, 40, 9, True),
        (40, 48, 8, True),
        (48, None, 10, False),
    ]
    assert await shop.here.history.next_due() is None


async def test_a_moment_that_comes_is_heard_of_without_a_request(shop: Shop) -> None:
    await shop.set(a_row_input(), a_sale())
    before = await shop.events()
    shop.now = NOW + DAY
    await shop.there.history.tell_due()
    assert (await shop.events())[len(before) :] == [("A-1", before[-1][1] + 1)]


async def test_whoever_watches_a_personal_price_hears_of_its_moment_too(shop: Shop) -> None:
    await shop.set(a_row_input(), a_sale(segment="staff"))
    before = await shop.events()
    shop.now = NOW + DAY
    await shop.here.history.tell_due()
    assert len(await shop.events()) == len(before) + 1
    assert [point[:3] for point in await shop.told()] == [(0, None, 10)]


async def test_two_timers_write_nothing_twice(shop: Shop) -> None:
    skus = [f"A-{n}" for n in range(1, 41)]
    await shop.set(*(a_row_input(sku=sku) for sku in skus), *(a_sale(sku=sku) for sku in skus))
    before = len(await shop.events())
    shop.now = NOW + 3 * DAY
    await asyncio.gather(*(process.history.tell_due() for process in (shop.here, shop.there, shop.process())))
    assert len(await shop.events()) == before + 40
    for sku in skus:
        assert [point[:3] for point in await shop.told(sku)] == [(0, 24, 10), (24, 48, 8), (48, None, 10)]


async def test_a_write_after_a_missed_moment_tells_the_missed_one_first_by_the_old_rows(shop: Shop) -> None:
    await shop.set(a_row_input(), a_sale())
    shop.now = NOW + 36 * HOUR
    await shop.set(a_sale("7", 25 * HOUR, 2 * DAY, id="mine"), a_row_input(amount="11"))
    assert [point[:4] for point in await shop.told()] == [(0, 24, 10, False), (24, 36, 8, True), (36, None, 7, True)]
    assert await shop.here.history.next_due() == 12 * 3_600 * 10**6


async def test_a_new_tax_rate_reaches_every_sku_at_its_moment_by_the_old_rate_before(shop: Shop) -> None:
    net = TaxMode.NET
    two = a_row_input(sku="A-2", amount="200", tax_mode=net)
    await shop.set(a_row_input(amount="100", tax_mode=net), a_sale("50", tax_mode=net), two)
    shop.now = NOW + 30 * HOUR
    rule = replace(GERMANY, rate="0.07")
    await shop.there.taxes.upsert_tax_rules(BOSS, [rule], "law")
    assert await shop.told() == [(0, 24, 119, False, "manual"), (24, None, 59, True, "time")]
    shop.now = NOW + 31 * HOUR
    assert await shop.here.history.tell_due() == 2
    assert (await shop.told())[1:] == [(24, 30, 59, True, "time"), (30, None, 53, True, "rules")]
    assert await shop.told("A-2") == [(0, 30, 238, False, "manual"), (30, None, 214, False, "rules")]


async def test_a_rate_with_a_future_beginning_is_told_at_that_moment(shop: Shop) -> None:
    await shop.set(a_row_input(amount="100", tax_mode=TaxMode.NET))
    old = replace(GERMANY, valid_until=NOW + DAY)
    new = replace(GERMANY, rate="0.07", valid_from=NOW + DAY)
    done = await shop.here.taxes.upsert_tax_rules(BOSS, [old, new], "law")
    assert done.problems == ()
    await shop.here.history.tell_due()
    shop.now = NOW + 40 * HOUR
    await shop.here.history.tell_due()
    assert [point[:3] for point in await shop.told()] == [(0, 24, 119), (24, None, 107)]


async def test_an_article_that_leaves_the_shop_ends_its_history_there(shop: Shop) -> None:
    await shop.set(a_row_input())
    shop.articles.held[Sku("A-1")] = an_article("A-1", active_until_us=to_us(NOW + DAY))
    shop.now = NOW + HOUR
    await shop.here.history.follow_changes("catalog", [Sku("A-1")], "7")
    await shop.here.history.tell_due()
    assert (await shop.here.history.followed("catalog"), await shop.here.history.followed("x")) == ("7", None)
    shop.now = NOW + 2 * DAY
    await shop.here.history.tell_due()
    assert await shop.told() == [(0, 24, 10, False, "manual")]
    del shop.articles.held[Sku("A-1")]
    await shop.here.history.follow_changes("catalog", None, "8")
    assert await shop.here.history.tell_due() == 1


async def test_what_is_asked_for_while_a_sku_is_told_stays_due(shop: Shop) -> None:
    await shop.set(a_row_input())
    async with shop.here.history._store.writing() as writing:
        await writing.enqueue([Sku("A-1")], to_us(NOW))
        (seen,) = (await writing.due_of([Sku("A-1")])).values()
        await writing.enqueue([Sku("A-1")], to_us(NOW + HOUR))
        await writing.set_due([replace(seen, due_us=None)])
        assert [(one.due_us, one.asked) for one in (await writing.due_of([Sku("A-1")])).values()] == [(to_us(NOW), 2)]


async def test_every_sku_is_enqueued_by_statements_of_bounded_size(shop: Shop) -> None:
    await shop.set(*(a_row_input(sku=f"A-{n}") for n in range(1, 1_001)))
    before = shop.database.statements
    async with shop.here.history._store.writing() as writing:
        await writing.enqueue_all(to_us(NOW), 300)
    assert shop.database.statements == before + 5
    assert await shop.database.read("SELECT count(*) FROM pricing_due WHERE asked = 1") == [(1_000,)]


async def test_a_stores_own_rows_have_their_own_history(database: Database) -> None:
    shop = Shop(database)
    await shop.here.taxes.upsert_tax_rules(BOSS, [GERMANY], "law")
    await shop.set(a_row_input(), a_row_input(amount="9", store="berlin"))
    assert await shop.told() == [(0, None, 10, False, "manual")]
    assert await shop.told(store="berlin") == [(0, None, 9, False, "manual")]
    assert a_store().id == "berlin"


class Leader:
    """Lets through when it is told to."""

    def __init__(self) -> None:
        self.led = asyncio.Semaphore(1)
        self.leads: list[str] = []

    def of(self, name: str) -> Any:
        outer = self

        class Candidate:
            @asynccontextmanager
            async def lead(self) -> AsyncIterator[Callable[[], bool]]:
                async with outer.led:
                    outer.leads.append(name)
                    yield lambda: True

        return Candidate()


async def test_a_turn_tells_all_batches_and_names_the_next_moment(shop: Shop) -> None:
    skus = [f"A-{n}" for n in range(1, 2 * AT_ONCE + 11)]
    await shop.set(*(a_row_input(sku=sku) for sku in skus))
    await shop.set(*(a_sale(sku=sku) for sku in skus))
    timer = Timer(shop.here.history, Leader().of("one"))
    assert await timer.turn() == 1_000_000
    shop.now = NOW + DAY
    assert await timer.turn() == 1_000_000
    assert await shop.database.read("SELECT count(*) FROM pricing_price_point WHERE announced") == [(len(skus),)]
    shop.now = NOW + 2 * DAY - timedelta(milliseconds=20)
    assert await timer.turn() == 20_000


async def test_when_the_holder_dies_another_one_goes_on_where_it_stood(shop: Shop) -> None:
    await shop.set(a_row_input(), a_sale())
    leader = Leader()
    timers = [Timer(process.history, leader.of(name)) for name, process in (("a", shop.here), ("b", shop.there))]
    tasks = [asyncio.create_task(timer.run()) for timer in timers]
    try:
        async with asyncio.timeout(20):
            await until(lambda: leader.leads == ["a"])
            tasks[0].cancel()
            await until(lambda: leader.leads == ["a", "b"])
            shop.now = NOW + DAY
            shop.there.history._written(())
            while len(await shop.told()) < 2:  # noqa: ASYNC110 - nor when it has told
                await asyncio.sleep(0.01)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    assert await shop.told() == [(0, 24, 10, False, "manual"), (24, None, 8, True, "time")]


async def until(true: Callable[[], bool]) -> None:
    while not true():  # noqa: ASYNC110 - the timer says nothing when it has begun
        await asyncio.sleep(0.01)


async def test_history_is_kept_for_400_days_and_longer_for_a_running_reduction(shop: Shop) -> None:  # L-3
    for sku in ("A-1", "A-2"):
        for start, amount in ((0, "10"), (10, "11"), (20, "12")):
            shop.now = NOW + start * DAY
            await shop.set(a_row_input(sku=sku, amount=amount))
    shop.now = NOW + 25 * DAY
    await shop.set(a_row_input(sku="A-2", amount="8", kind=PriceKind.SALE))
    shop.now = NOW + 425 * DAY
    assert await shop.here.history.prune() == 2
    assert [point[2] for point in await shop.told("A-1")] == [12]
    assert [point[2] for point in await shop.told("A-2")] == [10, 11, 12, 8]
    (prior,) = await shop.database.read(
        "SELECT prior_micros, allowed_percent, verdict FROM pricing_price_point WHERE sku = 'A-2' AND announced"
    )
    assert prior == (10_000_000, 20, "ANNOUNCEABLE")
    assert Cause.TIME.value == "time"


async def test_a_change_of_rules_tells_no_more_than_a_bounded_backlog_itself(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modules.pricing.service.history.AT_ONCE", 2)
    monkeypatch.setattr("modules.pricing.service.history.CAUGHT_UP", 4)
    skus = [f"A-{n}" for n in range(1, 8)]
    await shop.set(*(a_row_input(sku=sku) for sku in skus), *(a_sale(sku=sku) for sku in skus))
    shop.now = NOW + 30 * HOUR
    await shop.here.taxes.upsert_tax_rules(BOSS, [replace(GERMANY, rate="0.2")], "law")
    assert await shop.database.read("SELECT count(*) FROM pricing_price_point WHERE announced") == [(4,)]
    while await shop.here.history.tell_due():
        pass
    for sku in skus:
        assert [point[:3] for point in await shop.told(sku)] == [(0, 24, 10), (24, None, 8)]
