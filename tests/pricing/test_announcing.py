"""Which reductions may be advertised with a percentage, judged before they hold (L-4, 3.3)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from gateway.pricing import Pricing, wire_pricing
from modules.kernel.errors import Refused
from modules.kernel.moments import format_moment, to_us
from modules.kernel.money import parse_micros
from modules.kernel.names import ChannelId, MarketId, Sku
from modules.kernel.viewer import OPERATOR
from modules.pricing.engine.announcing import NoPriorPrice, NotAReduction, objections
from modules.pricing.engine.lifecycle import Step
from modules.pricing.model.forecasts import Forecast
from modules.pricing.model.points import PriorPrice, Verdict
from modules.pricing.model.promotions import PromotionState
from modules.pricing.model.taxes import TaxRuleInput
from modules.pricing.service.promotions import MOST_OBJECTIONS
from modules.runtime.database import Database
from tests.builders import NOW, a_channel, a_viewer, an_article
from tests.pricing.builders import ArticlesInMemory, ChannelsInMemory, a_row_input
from tests.pricing.promotion_documents import GOODS, a_document, read

PATH = ("input", "ids", 0)
DAY = timedelta(days=1)
TOMORROW = NOW + DAY
NEW: dict[str, Any] = {"valid_from": TOMORROW}
"""Sold from tomorrow on."""
AT_ONCE: dict[str, Any] = {"validFrom": format_moment(TOMORROW)}
"""Reduced from the first moment on."""


def forecast(verdict: Verdict, allowed: int | None = None, prior: str | None = "10.00") -> Forecast:
    found = PriorPrice(
        verdict=verdict,
        micros=parse_micros(prior) if prior else None,
        allowed_percent=allowed,
        low_from_us=to_us(NOW - 9 * DAY),
        low_to_us=to_us(NOW - 2 * DAY),
    )
    return Forecast(
        sku=Sku("A-1"),
        market=MarketId("de"),
        channel=ChannelId("web"),
        currency="EUR",
        micros=parse_micros("9.00"),
        prior=found,
    )


@pytest.mark.parametrize(
    ("announced", "given", "kind"),
    [
        (10, forecast(Verdict.ANNOUNCEABLE, 10), None),
        (10, forecast(Verdict.ANNOUNCEABLE, 9), NotAReduction),
        (10, forecast(Verdict.ANNOUNCEABLE, 0), NotAReduction),
        (10, forecast(Verdict.ANNOUNCEABLE, None, None), None),
        (10, forecast(Verdict.NOT_A_REDUCTION), NotAReduction),
        (10, forecast(Verdict.NO_PRIOR_PRICE, None, None), NoPriorPrice),
        (10, forecast(Verdict.NO_REDUCTION), None),
        (None, forecast(Verdict.NOT_A_REDUCTION), None),
        (None, forecast(Verdict.NO_PRIOR_PRICE, None, None), None),
    ],
)
def test_what_is_announced_is_held_against_the_prior_price(
    announced: int | None, given: Forecast, kind: type[Refused] | None
) -> None:
    found = objections(read(announcedPercent=announced), [given], PATH)
    assert [type(problem) for problem in found] == ([kind] if kind else [])


def test_an_objection_names_product_place_prices_percentages_and_dates() -> None:
    (problem,) = objections(read(announcedPercent=10), [forecast(Verdict.ANNOUNCEABLE, 7)], PATH)
    assert isinstance(problem, NotAReduction)
    assert (problem.sku, problem.channel, problem.currency) == ("A-1", "web", "EUR")
    assert (problem.price, problem.prior_price) == ("9.00", "10.00")
    assert (problem.announced_percent, problem.allowed_percent) == (10, 7)
    assert (problem.lowest_from, problem.lowest_until) == ("2026-02-21T12:00:00Z", "2026-02-28T12:00:00Z")
    assert problem.code == "OMNIBUS_NOT_A_REDUCTION"
    assert "at most 7 percent" in problem.message
    assert problem.path == ("input", "ids", "0")


class Shop:
    """One shop at a moment that can be moved on."""

    def __init__(self, database: Database, *more: str) -> None:
        self.now = NOW
        goods = [*GOODS, *(an_article(sku) for sku in more)]
        channels = ChannelsInMemory(a_channel())
        self.pricing: Pricing = wire_pricing(database, ArticlesInMemory(*goods), channels, clock=lambda: self.now)

    @property
    def boss(self) -> Any:
        return a_viewer(OPERATOR, now=self.now)

    async def open(self) -> None:
        rule = TaxRuleInput(country="DE", tax_class="standard", rate="0.19")
        await self.pricing.taxes.upsert_tax_rules(self.boss, [rule], "law")

    async def priced(self, amount: str, *skus: str, **more: Any) -> None:
        rows = [a_row_input(sku=sku, amount=amount, **more) for sku in skus or ("A-1",)]
        assert (await self.pricing.rows.set_prices(self.boss, rows, "test")).problems == ()

    async def activate(self, id: str = "sale", **changes: Any) -> list[Refused]:
        given = a_document(id, **{"announcedPercent": 10, **changes})
        written = await self.pricing.promotions.upsert(self.boss, [given], "test")
        done = await self.pricing.promotions.step(self.boss, Step.ACTIVATE, [id], "test")
        return [*written.problems, *done.problems]

    async def state(self, id: str = "sale") -> PromotionState:
        (found,) = await self.pricing.promotion_reader.promotions(self.boss, [id])
        assert found
        return found.state


@pytest.fixture
async def shop(database: Database) -> Shop:
    shop = Shop(database)
    await shop.open()
    return shop


async def test_a_reduction_against_the_lowest_price_may_be_announced(shop: Shop) -> None:
    await shop.priced("10.00")
    shop.now += 9 * DAY
    assert await shop.activate() == []
    assert await shop.state() is PromotionState.ACTIVE


async def test_a_price_raised_before_the_sale_is_no_reduction(shop: Shop) -> None:
    """3.3: raise before the sale; C-330/23."""
    await shop.priced("8.00")
    shop.now += 9 * DAY
    await shop.priced("10.00")
    shop.now += 2 * DAY
    (problem,) = await shop.activate()
    assert isinstance(problem, NotAReduction)
    assert (problem.sku, problem.channel) == ("A-1", "web")
    assert (problem.price, problem.prior_price, problem.allowed_percent) == ("9.00", "8.00", None)
    assert (problem.lowest_from, problem.lowest_until) == (format_moment(NOW), format_moment(NOW + 9 * DAY))
    assert await shop.state() is PromotionState.DRAFT


async def test_more_than_the_prior_price_allows_may_not_be_announced(shop: Shop) -> None:
    await shop.priced("9.50")
    shop.now += 9 * DAY
    await shop.priced("10.00")
    shop.now += 2 * DAY
    (problem,) = await shop.activate()
    assert isinstance(problem, NotAReduction)
    assert problem.allowed_percent == 5
    assert await shop.activate(announcedPercent=5) == []


async def test_what_was_never_sold_may_not_be_announced(shop: Shop) -> None:
    await shop.priced("10.00", **NEW)
    (problem,) = await shop.activate(**AT_ONCE)
    assert isinstance(problem, NoPriorPrice)
    assert (problem.sku, problem.channel) == ("A-1", "web")
    assert problem.code == "OMNIBUS_NO_PRIOR_PRICE"


async def test_what_announces_nothing_may_reduce_anything(shop: Shop) -> None:
    await shop.priced("10.00", **NEW)
    assert await shop.activate(announcedPercent=None, **AT_ONCE) == []


async def test_an_edit_of_an_active_promotion_is_held_against_prior_prices_too(shop: Shop) -> None:
    await shop.priced("10.00", **NEW)
    assert await shop.activate(announcedPercent=None, **AT_ONCE) == []
    announcing = a_document("sale", announcedPercent=10, **AT_ONCE)
    done = await shop.pricing.promotions.upsert(shop.boss, [announcing], "test")
    (problem,) = done.problems
    assert isinstance(problem, NoPriorPrice)
    assert problem.path == ("input", "promotions", "0")


async def test_a_reduction_that_was_paused_is_none_against_itself(shop: Shop) -> None:
    """3.3: promotion paused and resumed: the prior price is the reduced one."""
    await shop.priced("10.00")
    shop.now += 9 * DAY
    assert await shop.activate() == []
    shop.now += 2 * DAY
    await shop.pricing.promotions.step(shop.boss, Step.PAUSE, ["sale"], "test")
    await shop.pricing.history.tell_due()
    shop.now += DAY
    done = await shop.pricing.promotions.step(shop.boss, Step.RESUME, ["sale"], "test")
    (problem,) = done.problems
    assert isinstance(problem, NotAReduction)
    assert problem.prior_price == "9.00"


async def test_a_refusal_that_is_repeated_says_the_same(shop: Shop) -> None:
    await shop.priced("10.00", **NEW)
    announcing = a_document("sale", announcedPercent=10, **AT_ONCE)
    await shop.pricing.promotions.upsert(shop.boss, [announcing], "test")
    wish = (shop.boss, Step.ACTIVATE, ["sale"], "test", "key")
    first, again = [await shop.pricing.promotions.step(*wish) for _ in range(2)]
    assert [vars(problem) for problem in again.problems] == [vars(problem) for problem in first.problems]
    assert isinstance(again.problems[0], NoPriorPrice)


async def test_so_many_objections_are_named_and_no_more(database: Database) -> None:
    skus = [f"C-{n}" for n in range(MOST_OBJECTIONS + 20)]
    shop = Shop(database, *skus)
    await shop.open()
    await shop.priced("10.00", *skus, **NEW)
    assert len(await shop.activate(**AT_ONCE)) == MOST_OBJECTIONS


async def test_a_dry_run_tells_before_what_an_activation_would_meet(shop: Shop) -> None:
    await shop.priced("8.00")
    shop.now += 9 * DAY
    await shop.priced("10.00")
    shop.now += 2 * DAY
    draft = a_document("sale", announcedPercent=10)
    of_draft = await shop.pricing.promotions.dry_run(shop.boss, draft, 10)
    await shop.pricing.promotions.upsert(shop.boss, [draft], "test")
    of_kept = await shop.pricing.promotions.dry_run(shop.boss, "sale", 10)
    assert of_draft
    assert of_draft == of_kept
    (found,) = of_draft.forecasts
    assert (found.sku, found.gross.amount, found.prior.verdict) == ("A-1", "9.00", Verdict.NOT_A_REDUCTION)
    assert found.warning
    assert await shop.pricing.promotions.dry_run(shop.boss, "nobody", 10) is None
    assert await shop.state() is PromotionState.DRAFT
