"""Corrections and proof: mistakes are declared, skus linked, and what promotions made of prices is kept (L-3, 3.3)."""

from __future__ import annotations

import argparse
import csv
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway import evidence
from gateway.pricing import Pricing, wire_pricing
from gateway.settings import SettingsError, read_settings
from modules.kernel.errors import Forbidden, IdempotencyConflict
from modules.kernel.moments import to_us
from modules.kernel.names import ChannelId, PromotionId, Sku
from modules.kernel.policies import Policies, PriorPriceRule
from modules.kernel.viewer import OPERATOR, Permission, Principal
from modules.pricing.engine.lifecycle import Step
from modules.pricing.model.points import LinkInput, Verdict, VoidInput
from modules.pricing.model.prices import PriceAnswer, PriceKind
from modules.pricing.model.taxes import TaxRuleInput
from modules.runtime.database import Database
from tests.builders import NOW, a_channel, a_market, a_viewer, an_article
from tests.pricing.builders import ArticlesInMemory, ChannelsInMemory, a_row_input
from tests.pricing.promotion_documents import a_document

DAY = timedelta(days=1)
BOSS = a_viewer(OPERATOR)
GERMANY = TaxRuleInput(country="DE", tax_class="standard", rate="0.19")
STRICT = a_channel()
LAX = a_channel("lax", market=replace(a_market("lax"), policies=Policies(prior_price=PriorPriceRule(error_void=True))))


class Shop:
    """One process at a moment that the test moves."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now = NOW - 40 * DAY
        articles = ArticlesInMemory(*(an_article(sku) for sku in ("A-1", "A-2", "A-3")))
        self.pricing: Pricing = wire_pricing(database, articles, ChannelsInMemory(STRICT, LAX), clock=lambda: self.now)

    async def price(self, amount: str, at: timedelta, sku: str = "A-1", **more: Any) -> None:
        self.now = NOW + at
        row = a_row_input(amount=amount, sku=sku, **more)
        assert (await self.pricing.rows.set_prices(BOSS, [row], "test")).problems == ()

    async def asked(self, sku: str = "A-1", channel: Any = STRICT) -> PriceAnswer:
        (found,) = await self.pricing.answers.prices([Sku(sku)], a_viewer(now=self.now, channel=channel))
        assert found
        return found


@pytest.fixture
async def shop(database: Database) -> Shop:
    """A-1 was free for an hour by mistake ten days before it went on sale."""
    shop = Shop(database)
    await shop.pricing.taxes.upsert_tax_rules(BOSS, [GERMANY], "law")
    await shop.price("10", -40 * DAY)
    await shop.price("0", -10 * DAY)
    await shop.price("10", -10 * DAY + timedelta(hours=1))
    await shop.price("8", timedelta(0), kind=PriceKind.SALE)
    return shop


def a_mistake(**changes: Any) -> VoidInput:
    given: dict[str, Any] = {"sku": "A-1", "channel": "web", "currency": "EUR", "from_": NOW - 10 * DAY}
    return VoidInput(**{**given, **changes})


async def test_a_voided_mistake_stays_and_counts_only_where_the_market_says_so(shop: Shop) -> None:  # L-3
    assert [(await shop.asked(channel=there)).verdict for there in (STRICT, LAX)] == [Verdict.NOT_A_REDUCTION] * 2
    done = await shop.pricing.corrections.void_points(BOSS, [a_mistake(), a_mistake(channel="lax")], "typing error")
    assert (done.changed, done.problems) == (2, ())
    assert (await shop.asked()).verdict is Verdict.NOT_A_REDUCTION
    found = await shop.asked(channel=LAX)
    assert (found.verdict, found.allowed_percent) == (Verdict.ANNOUNCEABLE, 20)
    points = await shop.pricing.corrections.points(BOSS, Sku("A-1"), 100, None)
    assert [(point.channel, point.micros, point.voided) for point in points if not point.micros] == [
        ("web", 0, True),
        ("lax", 0, True),
    ]
    assert len(points) == 8


async def test_a_correction_is_told_to_whoever_watches_and_kept_with_reason_user_and_time(shop: Shop) -> None:
    ((before,),) = await shop.database.read("SELECT count(*) FROM runtime_outbox")
    await shop.pricing.corrections.void_points(BOSS, [a_mistake(channel="lax")], "typing error")
    ((after,),) = await shop.database.read("SELECT count(*) FROM runtime_outbox")
    assert after == before + 1
    ((reason, by, at_us),) = await shop.database.read("SELECT reason, voided_by, voided_at_us FROM pricing_price_void")
    assert (reason, by, at_us > 0) == ("typing error", OPERATOR.id, True)
    assert await shop.database.read("SELECT target FROM runtime_audit WHERE action = 'pricing.void_point'") == [
        ("point:A-1",)
    ]


async def test_a_point_is_voided_once_and_one_that_is_not_there_is_refused(shop: Shop) -> None:
    await shop.pricing.corrections.void_points(BOSS, [a_mistake()], "typing error")
    wrong = [a_mistake(from_=NOW - 9 * DAY), a_mistake(channel="nowhere"), a_mistake(sku=" "), a_mistake(sku="A-2")]
    done = await shop.pricing.corrections.void_points(BOSS, [a_mistake(), *wrong], "again")
    assert (done.changed, done.unchanged) == (0, 1)
    assert [problem.path[2:] for problem in done.problems] == [
        ("1", "from"),
        ("2", "channel"),
        ("3", "sku"),
        ("4", "from"),
    ]


async def test_a_key_that_came_before_answers_as_it_did_then(shop: Shop) -> None:
    first = await shop.pricing.corrections.void_points(BOSS, [a_mistake()], "typing error", "k")
    assert await shop.pricing.corrections.void_points(BOSS, [a_mistake()], "typing error", "k") == first
    other = await shop.pricing.corrections.void_points(BOSS, [a_mistake()], "another", "k")
    assert [type(problem) for problem in other.problems] == [IdempotencyConflict]


async def test_correcting_and_reading_the_history_need_their_rights(shop: Shop) -> None:
    nobody = a_viewer(Principal("n", permissions=frozenset({Permission.STOCK_READ})))
    corrections = shop.pricing.corrections
    for call in (
        corrections.void_points(nobody, [], "x"),
        corrections.link_history(nobody, [], "x"),
        corrections.points(nobody, Sku("A-1"), 1, None),
        corrections.evidence(nobody, PromotionId("p"), 1, None),
        corrections.announcements(nobody, [], []),
    ):
        with pytest.raises(Forbidden):
            await call


async def test_a_new_sku_goes_on_with_the_history_of_the_old_one(shop: Shop) -> None:  # history_of
    await shop.price("10", timedelta(0), "A-2")
    await shop.price("8", DAY, "A-2", kind=PriceKind.SALE)
    assert (await shop.asked("A-2")).allowed_percent == 20
    links = [LinkInput(sku="A-2", history_of="A-1"), LinkInput(sku="A-3", history_of="A-2")]
    done = await shop.pricing.corrections.link_history(BOSS, links, "renamed")
    assert (done.changed, done.problems) == (2, ())
    assert (await shop.asked("A-2")).verdict is Verdict.NOT_A_REDUCTION
    again = await shop.pricing.corrections.link_history(BOSS, links, "renamed")
    assert (again.changed, again.unchanged) == (0, 2)


@pytest.mark.parametrize("links", [[("A-1", "A-1")], [("A-2", "A-1"), ("A-1", "A-2")], [("A-1", "\n")]])
async def test_a_history_does_not_lead_back_to_itself(shop: Shop, links: list[tuple[str, str]]) -> None:
    wished = [LinkInput(sku=sku, history_of=of) for sku, of in links]
    done = await shop.pricing.corrections.link_history(BOSS, wished, "renamed")
    assert [problem.path[2:] for problem in done.problems] == [(str(len(links) - 1), "historyOf")]
    assert done.changed == len(links) - 1


async def test_an_announcement_over_channels_goes_by_the_lowest_prior_price(shop: Shop) -> None:  # L-5
    await shop.price("9", timedelta(0), "A-2", channel="lax")
    await shop.price("10", timedelta(0), "A-2")
    await shop.price("7", DAY, "A-2", kind=PriceKind.SALE)
    channels = [ChannelId("web"), ChannelId("lax")]
    one, two, three = await shop.pricing.corrections.announcements(BOSS, [Sku("A-1"), Sku("A-2"), Sku("A-3")], channels)
    assert one
    assert (one.verdict, one.allowed_percent) == (Verdict.NOT_A_REDUCTION, None)
    assert two
    assert (two.micros, two.allowed_percent) == (10_000_000, 30)
    assert three is None


async def a_promotion(shop: Shop) -> None:
    await shop.price("20", timedelta(0), "A-2")
    await shop.price("30", timedelta(0), "A-3")
    shop.now = NOW + DAY
    boss = replace(BOSS, now=shop.now)
    for version in ("10", "20"):
        await shop.pricing.promotions.upsert(
            boss, [a_document(actions=[{"itemPercentOff": {"percent": version}}])], "t"
        )
        await shop.pricing.promotions.step(boss, Step.ACTIVATE, ["spring"], "test")
        await shop.pricing.history.tell_due()
        shop.now += DAY


async def test_every_version_of_a_promotion_leaves_proof_of_its_prices(shop: Shop) -> None:
    await a_promotion(shop)
    pages, after = [], None
    while page := await shop.pricing.corrections.evidence(BOSS, PromotionId("spring"), 5, after):
        pages.append(page)
        after = page[-1].position
    proofs = [proof for page in pages for proof in page]
    assert [len(page) for page in pages] == [5, 5, 2]
    web = [proof for proof in proofs if proof.point.channel == "web"]
    assert [(proof.point.sku, proof.version, proof.point.micros) for proof in web] == [
        ("A-1", 2, 7_200_000),
        ("A-1", 3, 6_400_000),
        ("A-2", 2, 18_000_000),
        ("A-2", 3, 16_000_000),
        ("A-3", 2, 27_000_000),
        ("A-3", 3, 24_000_000),
    ]
    assert [proof.point.prior.allowed_percent for proof in web[2:]] == [10, 20, 10, 20]
    assert {proof.point.prior.low_from_us for proof in web[2:]} == {to_us(NOW)}


async def test_evidence_is_written_to_a_file(
    database: Database, database_url: str, shop: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await a_promotion(shop)
    settings = read_settings({"DATABASE_URL": database_url, "COGWERK_DATA": str(tmp_path / "data")})
    for kind in evidence.FORMATS:
        options = argparse.Namespace(promotion="spring", format=kind, out=tmp_path / f"proof.{kind}")
        assert await evidence.export(settings, options) == 0
        with pytest.raises(SettingsError):
            await evidence.export(settings, options)
    assert capsys.readouterr().out.count("12 prices of spring") == 2
    with (tmp_path / "proof.csv").open(encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    document = json.loads((tmp_path / "proof.json").read_text(encoding="utf-8"))
    assert len(table) == len(document) == 12
    (row,) = (row for row in document if (row["sku"], row["channel"], row["version"]) == ("A-2", "web", 2))
    assert (row["price"], row["prior_price"], row["allowed_percent"], row["verdict"]) == (
        "18.00",
        "20.00",
        10,
        "ANNOUNCEABLE",
    )
    assert {"" if value is None else str(value) for value in row.values()} == {*table[document.index(row)].values()}
    assert database.dialect


async def test_a_market_that_chooses_another_rule_has_its_open_prices_judged_anew(database: Database) -> None:
    shop, market = Shop(database), a_market()
    channels = ChannelsInMemory(a_channel(market=market))
    shop.pricing = wire_pricing(database, ArticlesInMemory(an_article("A-1")), channels, clock=lambda: shop.now)
    await shop.pricing.taxes.upsert_tax_rules(BOSS, [GERMANY], "law")
    await shop.price("9", -60 * DAY)
    await shop.price("12", -40 * DAY)
    await shop.price("8", timedelta(0), kind=PriceKind.SALE)
    assert (await shop.asked()).allowed_percent == 33
    longer = a_channel(market=replace(market, policies=Policies(prior_price=PriorPriceRule(days=60))))
    channels.held = [longer]
    await shop.pricing.history.follow_changes("market", None, "0")
    assert await shop.pricing.history.tell_due() == 1
    assert (await shop.asked(channel=longer)).allowed_percent == 11
    await shop.pricing.history.follow_changes("market", None, "1")
    await shop.pricing.history.tell_due()
    assert await database.read("SELECT rule FROM pricing_price_point WHERE to_us IS NULL") == [
        ("60d progressive perishable outside=last_price",)
    ]


async def test_a_chain_that_grows_too_old_is_judged_anew_at_its_moment(database: Database) -> None:  # 3.3, step 3
    shop = Shop(database)
    policies = Policies(prior_price=PriorPriceRule(chain_max_days=20))
    finland = a_channel(market=replace(a_market("fi"), policies=policies))
    shop.pricing = wire_pricing(
        database, ArticlesInMemory(an_article("A-1")), ChannelsInMemory(finland), clock=lambda: shop.now
    )
    await shop.pricing.taxes.upsert_tax_rules(BOSS, [GERMANY], "law")
    await shop.price("12", -40 * DAY)
    await shop.price("10", timedelta(0), kind=PriceKind.SALE)
    await shop.price("9", 5 * DAY, kind=PriceKind.SALE)
    assert (await shop.asked(channel=finland)).allowed_percent == 25
    assert await shop.pricing.history.next_due() == 15 * 86_400 * 10**6
    shop.now = NOW + 20 * DAY
    assert (await shop.asked(channel=finland)).allowed_percent == 10
    await shop.pricing.history.tell_due()
    assert await database.read("SELECT allowed_percent FROM pricing_price_point WHERE to_us IS NULL") == [(10,)]
    assert await shop.pricing.history.next_due() is None
    assert await shop.pricing.history.tell_due() == 0
