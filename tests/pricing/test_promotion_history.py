"""Article promotions in the history: what they do to public prices, what may be said of it, and its proof."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.pricing import Pricing, wire_pricing
from modules.kernel.moments import to_us
from modules.kernel.names import Sku
from modules.kernel.place import Channel
from modules.kernel.policies import Policies, PriorPriceRule
from modules.kernel.viewer import OPERATOR, Viewer
from modules.pricing.engine.lifecycle import Step
from modules.pricing.model.codes import CodeInput
from modules.pricing.model.forecasts import Forecast
from modules.pricing.model.points import Verdict
from modules.pricing.model.prices import PriceAnswer
from modules.pricing.model.taxes import TaxRuleInput
from modules.pricing.service import forecasting
from modules.runtime.database import Database
from tests.builders import a_channel, a_market, a_store, a_viewer, an_article
from tests.pricing.builders import ArticlesInMemory, ChannelsInMemory, a_row_input
from tests.pricing.promotion_documents import a_document, euros, read

NOW = datetime(2096, 3, 5, 12, tzinfo=UTC)
"""A Monday noon, later than the database's clock will ever be: what is written there is in force by then."""
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
BOSS = a_viewer(OPERATOR)
GERMANY = TaxRuleInput(country="DE", tax_class="standard", rate="0.19")
GARDEN = [{"itemPercentOff": {"percent": "10", "of": {"categories": ["garden"]}}}]
WEB, APP = a_channel(), a_channel("app", price_lists=("app", "list"))


class Shop:
    """One process at a moment that the test moves. A-1 and A-2 are garden goods at 10.00, B-1 a book."""

    def __init__(self, database: Database, *channels: Channel) -> None:
        self.database = database
        self.now = NOW - 40 * DAY
        self.articles = ArticlesInMemory(
            an_article("A-1", categories=("garden",)), an_article("A-2", categories=("garden",)), an_article("B-1")
        )
        places = ChannelsInMemory(*(channels or (WEB, APP)))
        self.pricing: Pricing = wire_pricing(database, self.articles, places, clock=lambda: self.now)

    @property
    def boss(self) -> Viewer:
        return replace(BOSS, now=self.now)

    async def open(self) -> Shop:
        await self.pricing.taxes.upsert_tax_rules(BOSS, [GERMANY], "law")
        await self.price(*(a_row_input(sku=sku) for sku in ("A-1", "A-2", "B-1")))
        self.now = NOW
        return self

    async def price(self, *rows: Any) -> None:
        assert (await self.pricing.rows.set_prices(BOSS, rows, "test")).problems == ()

    async def write(self, id: str = "spring", **changes: Any) -> None:
        given = a_document(id, **{"actions": GARDEN, **changes})
        assert (await self.pricing.promotions.upsert(self.boss, [given], "test")).problems == ()

    async def step(self, step: Step, id: str = "spring") -> None:
        assert (await self.pricing.promotions.step(self.boss, step, [id], "test")).problems == ()

    async def run(self, id: str = "spring", **changes: Any) -> None:
        await self.write(id, **changes)
        await self.step(Step.ACTIVATE, id)
        await self.pricing.history.tell_due()

    async def at(self, delta: timedelta) -> None:
        self.now = NOW + delta
        await self.pricing.history.tell_due()

    async def told(self, sku: str = "A-1", channel: str = "web") -> list[tuple[Any, ...]]:
        found = await self.database.read(
            "SELECT from_us, to_us, amount_micros, announced FROM pricing_price_point"
            " WHERE sku = :sku AND channel = :channel AND store = '' ORDER BY from_us",
            sku=sku,
            channel=channel,
        )
        return [(hours(a), hours(b), micros // 10_000, bool(said)) for a, b, micros, said in found]

    async def asked(self, sku: str = "A-1", **more: Any) -> PriceAnswer:
        (found,) = await self.pricing.answers.prices([Sku(sku)], a_viewer(now=self.now, **more))
        assert found
        return found


def hours(us: int | None) -> int | None:
    return None if us is None else (us - to_us(NOW)) // (3_600 * 10**6)


@pytest.fixture
async def shop(database: Database) -> Shop:
    return await Shop(database).open()


async def test_a_promotion_makes_a_public_price_from_its_activation_on(shop: Shop) -> None:  # L-1, L-2
    await shop.run()
    assert await shop.told() == [(-960, 0, 1_000, False), (0, None, 900, True)]
    assert await shop.told("B-1") == [(-960, None, 1_000, False)]
    found = await shop.asked()
    assert (found.gross.amount, found.original and found.original.amount) == ("9.00", "10.00")
    assert (found.prior_price and found.prior_price.amount, found.allowed_percent) == ("10.00", 10)


async def test_the_price_is_judged_rightly_before_the_timer_comes(shop: Shop) -> None:
    with shop.pricing.shelf.tended(lambda: True):
        await shop.asked()
        await shop.write()
        await shop.step(Step.ACTIVATE)
        found = await shop.asked()
        assert (found.gross.amount, found.verdict, found.allowed_percent) == ("9.00", Verdict.ANNOUNCEABLE, 10)
    assert len(await shop.told()) == 1


async def test_a_promotion_paused_and_resumed_is_no_reduction_any_more(shop: Shop) -> None:
    await shop.run()
    await shop.at(10 * HOUR)
    await shop.step(Step.PAUSE)
    await shop.at(20 * HOUR)
    await shop.step(Step.RESUME)
    await shop.at(21 * HOUR)
    assert await shop.told() == [
        (-960, 0, 1_000, False),
        (0, 10, 900, True),
        (10, 20, 1_000, False),
        (20, None, 900, True),
    ]
    found = await shop.asked()
    assert (found.verdict, found.original, found.allowed_percent) == (Verdict.NOT_A_REDUCTION, None, None)


async def test_a_deeper_cut_without_a_break_keeps_the_price_before_its_first(shop: Shop) -> None:  # 3.3, step 3
    await shop.run()
    await shop.at(10 * HOUR)
    await shop.write(actions=[{"itemPercentOff": {"percent": "30", "of": {"categories": ["garden"]}}}])
    await shop.at(11 * HOUR)
    assert (await shop.told())[1:] == [(0, 10, 900, True), (10, None, 700, True)]
    assert (await shop.asked()).allowed_percent == 30


async def test_windows_and_hours_of_a_promotion_are_told_by_the_timer(shop: Shop) -> None:
    monday = [{"weekdays": ["MONDAY"], "since": "14:00", "until": "15:00"}]
    await shop.run(schedule=monday, validUntil=(NOW + 8 * DAY).isoformat())
    await shop.at(30 * DAY)
    assert [point[:3] for point in (await shop.told())[1:]] == [
        (1, 2, 900),
        (2, 169, 1_000),
        (169, 170, 900),
        (170, None, 1_000),
    ]


async def test_a_code_that_is_advertised_counts_though_nobody_has_entered_it(shop: Shop) -> None:  # L-2
    await shop.write(trigger="CODE")
    await shop.pricing.codes.upsert_codes(BOSS, [CodeInput(code="SPRING", promotion="spring")], "test")
    await shop.step(Step.ACTIVATE)
    await shop.at(HOUR)
    assert (await shop.told())[-1] == (0, None, 900, True)
    found = await shop.asked()
    assert (found.gross.amount, found.verdict) == ("10.00", Verdict.NO_REDUCTION)


async def test_a_market_may_leave_advertised_codes_out(database: Database) -> None:  # L-2, choice 17
    policies = Policies(prior_price=PriorPriceRule(public_codes=False))
    strict = a_channel(market=replace(a_market(), policies=policies))
    shop = await Shop(database, strict).open()
    await shop.write(trigger="CODE")
    await shop.pricing.codes.upsert_codes(BOSS, [CodeInput(code="SPRING", promotion="spring")], "test")
    await shop.step(Step.ACTIVATE)
    await shop.at(HOUR)
    assert await shop.told() == [(-960, None, 1_000, False)]


@pytest.mark.parametrize(
    "changes",
    [
        {"condition": {"customerSegment": {"segments": ["gardeners"]}}},
        {"condition": {"subtotal": {"amount": euros("50")}}},
        {"actions": [{"orderPercentOff": {"percent": "10"}}]},
        {"limits": {"total": 5}},
    ],
)
async def test_what_is_personal_conditional_or_limited_is_no_public_price(shop: Shop, changes: Any) -> None:  # L-2
    await shop.run(**changes)
    assert await shop.told() == [(-960, None, 1_000, False)]
    assert await shop.database.read("SELECT count(*) FROM pricing_due WHERE asked > 0") == [(0,)]


async def test_goods_that_expire_need_no_prior_price(shop: Shop) -> None:  # 3.3, step 9
    await shop.run(perishable=True)
    found = await shop.asked()
    assert (found.verdict, found.original and found.original.amount) == (Verdict.ANNOUNCEABLE, "10.00")
    assert (found.prior_price, found.allowed_percent) == (None, None)


async def test_a_change_of_rules_is_told_by_the_old_ones_until_its_moment(shop: Shop) -> None:
    await shop.run(validUntil=(NOW + 5 * HOUR).isoformat())
    shop.now = NOW + 8 * HOUR
    await shop.write(id="spring", validUntil=(NOW + DAY).isoformat())
    await shop.at(9 * HOUR)
    assert (await shop.told())[1:] == [(0, 5, 900, True), (5, 8, 1_000, False), (8, None, 900, True)]


async def forecast(shop: Shop, **changes: Any) -> list[Forecast]:
    found = await shop.pricing.history.dry_run(read(**{"actions": GARDEN, **changes}))
    assert not found.has_next_page
    return list(found.forecasts)


async def test_a_dry_run_lists_the_prior_price_of_each_sku_and_channel(shop: Shop) -> None:  # L-4, L-5
    await shop.price(a_row_input(sku="A-2", amount="9.50", price_list="app"))
    shop.now = NOW + HOUR
    found = await forecast(shop, announcedPercent=10)
    assert [(one.sku, one.channel, one.micros, one.prior.micros, one.prior.allowed_percent) for one in found] == [
        ("A-1", "web", 9_000_000, 10_000_000, 10),
        ("A-1", "app", 9_000_000, 10_000_000, 10),
        ("A-2", "web", 9_000_000, 10_000_000, 10),
        ("A-2", "app", 8_550_000, 9_500_000, 10),
    ]
    assert not any(one.warning for one in found)


async def test_a_dry_run_warns_of_a_badge_that_is_not_allowed_and_names_the_days(shop: Shop) -> None:  # L-4
    await shop.price(a_row_input(amount="9.20"))
    shop.now = NOW + DAY
    await shop.price(a_row_input(amount="10"))
    shop.now = NOW + 2 * DAY
    one, other = (found for found in await forecast(shop, announcedPercent=10) if found.channel == "web")
    assert (one.warning, one.prior.allowed_percent) == (True, 2)
    assert (hours(one.prior.low_from_us), hours(one.prior.low_to_us)) == (0, 24)
    assert (other.warning, other.prior.allowed_percent) == (False, 10)


async def test_a_dry_run_looks_at_the_moment_from_which_the_promotion_applies(shop: Shop) -> None:
    await shop.price(a_row_input(amount="9.20", valid_from=NOW + DAY, valid_until=NOW + 2 * DAY, id="dip"))
    now = await forecast(shop)
    later = await forecast(shop, validFrom=(NOW + 18 * DAY).isoformat())
    friday = [{"weekdays": ["FRIDAY"], "since": "14:00", "until": "15:00"}]
    assert [one[0].prior.micros for one in (now, later, await forecast(shop, schedule=friday))] == [
        10_000_000,
        9_200_000,
        9_200_000,
    ]


async def test_a_dry_run_is_paged_and_says_how_many_skus_it_looked_at(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    promotion = read(actions=GARDEN)
    one = await shop.pricing.history.dry_run(promotion, 1)
    assert ({f.sku for f in one.forecasts}, one.looked_at, one.has_next_page) == ({"A-1"}, 1, True)
    two = await shop.pricing.history.dry_run(promotion, 10, one.end_cursor)
    assert ({f.sku for f in two.forecasts}, two.looked_at, two.has_next_page) == ({"A-2"}, 2, False)
    monkeypatch.setattr(forecasting, "MOST_LOOKED_AT", 1)
    monkeypatch.setattr(forecasting, "AT_ONCE", 1)
    bounded = await shop.pricing.history.dry_run(promotion, 10)
    assert (bounded.looked_at, bounded.has_next_page) == (1, True)
    other = read(actions=[{"orderPercentOff": {"percent": "10"}}])
    assert (await shop.pricing.history.dry_run(other)).looked_at == 0


async def test_a_store_with_a_promotion_of_its_own_has_its_own_history(database: Database) -> None:  # L-2
    shop = await Shop(database).open()
    await shop.run(condition={"store": {"stores": ["berlin"]}})
    assert await shop.told() == [(-960, None, 1_000, False)]
    found = await database.read(
        "SELECT amount_micros FROM pricing_price_point WHERE sku = 'A-1' AND store = 'berlin' AND channel = 'web'"
    )
    assert found == [(9_000_000,)]
    assert (await shop.asked(store=a_store("berlin"))).gross.amount == "9.00"


async def test_a_stores_first_reduction_is_measured_by_what_its_channel_asked_before(shop: Shop) -> None:  # L-2
    shop.now = NOW - 20 * DAY
    await shop.price(a_row_input(sku="A-1", amount="7"))
    shop.now = NOW - 10 * DAY
    await shop.price(a_row_input(sku="A-1", amount="12"))
    shop.now = NOW
    here: dict[str, Any] = {"condition": {"store": {"stores": ["berlin"]}}}
    shown = {str(one.sku): (one.store, one.prior.verdict, one.prior.micros) for one in await forecast(shop, **here)}
    assert shown["A-1"] == ("berlin", Verdict.NOT_A_REDUCTION, 7_000_000)
    assert shown["A-2"] == ("berlin", Verdict.ANNOUNCEABLE, 10_000_000)
    await shop.run(**here)
    first, second = [await shop.asked(sku, store=a_store("berlin")) for sku in ("A-1", "A-2")]
    assert (first.verdict, first.prior_price and first.prior_price.amount) == (Verdict.NOT_A_REDUCTION, "7.00")
    assert (second.verdict, second.allowed_percent) == (Verdict.ANNOUNCEABLE, 10)
