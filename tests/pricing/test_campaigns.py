"""Promotions tried on baskets of the past: what they would have cost."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from gateway.pricing import by_field
from gateway.schema import GraphSchema
from modules.kernel.basket import Basket
from modules.kernel.configuration import Surcharge, Surcharges, Unpriced
from modules.kernel.errors import BadUserInput, Forbidden, Unauthenticated
from modules.kernel.graph import GraphContext
from modules.kernel.moments import to_us
from modules.kernel.names import ChannelId, ConfigurationId, PromotionId, StoreId
from modules.kernel.policies import Exclusivity, Policies
from modules.kernel.viewer import Principal
from modules.pricing.engine.campaigns import seen
from modules.pricing.engine.lifecycle import Step
from modules.pricing.graph import PART
from modules.pricing.model.campaigns import Replay, ReplayInput, SeenBasket
from modules.pricing.service import campaigns as service
from modules.pricing.store.campaigns import BasketStore
from modules.runtime.database import Database
from modules.runtime.feed import StreamFeed
from tests.builders import NOW, a_basket, a_channel, a_market, a_viewer
from tests.pricing.promotion_documents import a_document, euros
from tests.pricing.test_quotes import BOSS, GIFT, TEN_OFF, Shop

DAY = timedelta(days=1)
LAST_WEEK = NOW - 7 * DAY


class Past(Shop):
    """The shop with baskets of last week."""

    async def remember(self, *baskets: Basket, **changes: Any) -> list[SeenBasket]:
        """One after the other."""
        found = [
            seen(f"b{number:03d}", basket, a_viewer(now=LAST_WEEK + number * timedelta(seconds=1)), ())
            for number, basket in enumerate(baskets)
        ]
        kept = [replace(basket, **changes) for basket in found]
        await BasketStore(self.database).save(kept)
        return kept

    async def written(self, promotion: str, version: int, at: datetime) -> None:
        """This version was written then."""
        sql = "UPDATE pricing_promotion_version SET written_at_us = :at WHERE promotion = :id AND version = :version"
        async with self.database.transaction() as tx:
            await tx.run(sql, at=to_us(at), id=promotion, version=version)

    async def replay(self, promotion: str, **changes: Any) -> Replay:
        """Of the week."""
        given = ReplayInput(PromotionId(promotion), LAST_WEEK, NOW)
        return await self.pricing.campaigns.replay_promotion(BOSS, replace(given, **changes))


@pytest.fixture
async def past(database: Database) -> Past:
    shop = Past(database)
    await shop.open()
    return shop


def told(found: Replay) -> tuple[Any, ...]:
    """In short."""
    return found.baskets, found.uses, [money.amount for money in found.cost], found.worse


async def test_a_draft_is_priced_with_and_without_itself(past: Past) -> None:
    await past.remember(a_basket(("A", 1)), a_basket(("A", 2), ("B", 1)), a_basket(("B", 1)))
    await past.draft(a_document(**TEN_OFF, condition={"subtotal": {"amount": euros("40.00")}}))
    found = await past.replay("spring")
    assert told(found) == (3, 2, ["14.50"], 0)
    assert [(one.without.amount, one.with_it.amount) for one in found.examples] == [
        ("105.00", "94.50"),
        ("40.00", "36.00"),
    ]
    assert (found.promotion, found.has_more, found.left_out) == (("spring", 1), False, 0)


async def test_a_configured_line_is_tried_with_what_its_configuration_added_and_no_word_of_it_kept(past: Past) -> None:
    first, second = a_basket(("A", 1), ("A", 1)).lines
    engraved = Basket((replace(first, configuration=ConfigurationId("c-7.f0f0")), second))
    added = Surcharges((Surcharge("Engraving: Anna", 10_000_000), Surcharge("Gilt", 2_500_000)))
    basket = seen("b1", engraved, a_viewer(now=LAST_WEEK), (), {first.id: added})
    nobody_knew = seen("b2", engraved, a_viewer(now=LAST_WEEK), (), {first.id: Unpriced("E_BUDGET", "Too hard.")})
    await BasketStore(past.database).save([basket, nobody_knew])
    await past.draft(a_document(**TEN_OFF))
    found = await past.replay("spring")
    assert sorted((one.without.amount, one.with_it.amount) for one in found.examples) == [
        ("40.00", "36.00"),
        ("92.50", "83.25"),
    ]
    rows = str(await past.database.read("SELECT * FROM pricing_seen_basket"))
    assert "Anna" not in rows
    assert "c-7" not in rows


async def test_the_window_of_a_promotion_that_is_to_come_is_no_obstacle(past: Past) -> None:
    await past.remember(a_basket(("A", 1)))
    await past.draft(a_document(**TEN_OFF, validFrom=(NOW + 30 * DAY).isoformat()))
    assert told(await past.replay("spring")) == (1, 1, ["4.00"], 0)


async def test_a_gift_costs_the_customer_nothing_and_the_shop_its_price(past: Past) -> None:
    await past.remember(a_basket(("A", 1)), a_basket(("B", 1)))
    await past.draft(a_document("gift", **GIFT))
    found = await past.replay("gift")
    assert told(found) == (2, 2, ["0.00"], 0)
    assert [money.amount for money in found.gift_worth] == ["25.00"]
    assert len(found.examples) == 2


async def test_a_promotion_that_keeps_a_better_one_out_makes_baskets_dearer(database: Database) -> None:  # O-8
    policies = Policies(exclusivity=Exclusivity.PRIORITY)
    shop = Past(database, a_channel(market=replace(a_market(), policies=policies)), LAST_WEEK)
    await shop.open()
    await shop.remember(a_basket(("A", 1)), a_basket(("B", 2)))
    await shop.promote(a_document("half", actions=[{"orderPercentOff": {"percent": "50"}}]))
    await shop.draft(a_document("less", **TEN_OFF, stack="EXCLUSIVE", priority=9))
    found = await shop.replay("less")
    assert told(found) == (2, 2, ["-36.00"], 2)
    assert [one.cost.amount for one in found.examples] == ["-20.00", "-16.00"]


async def test_an_active_promotion_is_tried_as_if_it_had_not_been_there(database: Database) -> None:
    shop = Past(database, now=LAST_WEEK)
    await shop.open()
    await shop.remember(a_basket(("A", 1)))
    await shop.promote(a_document(**TEN_OFF))
    assert told(await shop.replay("spring")) == (1, 1, ["4.00"], 0)


async def test_each_basket_is_tried_beside_the_promotions_of_its_own_moment(past: Past) -> None:
    """Among six baskets, one a second, another promotion runs from the third to the fourth."""
    await past.remember(*[a_basket(("A", 1))] * 6)
    await past.draft(a_document("fixed", actions=[{"orderAmountOff": {"amount": euros("5.00")}}], priority=-1))
    await past.promote(a_document("half", actions=[{"orderPercentOff": {"percent": "50"}}], stack="EXCLUSIVE"))
    assert (await past.pricing.promotions.step(BOSS, Step.PAUSE, ["half"], "test")).problems == ()
    for version, second in ((1, 0), (2, 2), (3, 4)):
        await past.written("half", version, LAST_WEEK + timedelta(seconds=second))
    assert told(await past.replay("fixed")) == (6, 4, ["20.00"], 0)


async def test_codes_are_remembered_by_what_they_stood_for(past: Past) -> None:
    await past.remember(a_basket(("A", 1)), promotions=(PromotionId("club"),))
    await past.remember(a_basket(("B", 1)), id="other")
    await past.draft(a_document("club", **TEN_OFF, trigger="CODE"))
    assert told(await past.replay("club")) == (2, 1, ["4.00"], 0)


async def test_baskets_of_places_that_are_gone_are_left_out_and_counted(past: Past) -> None:
    await past.draft(a_document(**TEN_OFF))
    changes: list[dict[str, Any]] = [
        {},
        {"channel": ChannelId("gone")},
        {"store": StoreId("gone")},
        {"currency": "CHF"},
        {"store": StoreId("berlin")},
    ]
    for number, change in enumerate(changes):
        await past.remember(a_basket(("A", 1)), id=str(number), **change)
    found = await past.replay("spring")
    assert (told(found), found.left_out) == ((2, 2, ["8.00"], 0), 3)
    assert told(await past.replay("spring", channel=ChannelId("gone"))) == (0, 0, [], 0)


async def test_only_the_time_that_is_asked_for_is_looked_at(past: Past) -> None:
    await past.draft(a_document(**TEN_OFF))
    await past.remember(*[a_basket(("A", 1))] * 3)
    second = timedelta(seconds=1)
    found = await past.replay("spring", since=LAST_WEEK + second, until=LAST_WEEK + 2 * second)
    assert found.baskets == 1


async def test_a_replay_is_bounded_loads_in_chunks_and_lets_others_in(
    past: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_BASKETS", 4)
    monkeypatch.setattr(service, "_CHUNK", 2)
    await past.draft(a_document(**TEN_OFF))
    await past.remember(*[a_basket(("A", 1))] * 5)
    others = 0

    async def somebody_else() -> None:
        nonlocal others
        while True:
            others += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(somebody_else())
    before = past.database.statements
    found = await past.replay("spring")
    task.cancel()
    assert (found.baskets, found.has_more) == (4, True)
    assert past.database.statements - before == 2 + 2 * 3, "promotion, turns; per chunk baskets, promotions and rows"
    assert others >= found.baskets


async def test_replays_are_for_those_who_may_and_of_promotions_that_exist(past: Past) -> None:
    given = ReplayInput(PromotionId("nothing"), LAST_WEEK, NOW)
    for viewer, error in ((a_viewer(), Unauthenticated), (a_viewer(Principal("somebody")), Forbidden)):
        with pytest.raises(error):
            await past.pricing.campaigns.replay_promotion(viewer, given)
    with pytest.raises(BadUserInput, match="nothing"):
        await past.replay("nothing")
    with pytest.raises(BadUserInput) as caught:
        await past.replay("nothing", since=NOW, until=NOW)
    assert caught.value.argument == "input.until"


REPLAY = """query ($input: ReplayPromotionInput!) { replayPromotion(input: $input) {
  version baskets leftOut hasMore uses worse cost { amount currency } giftWorth { amount }
  examples { at channel without { amount } with { amount } lines { quantity product { sku } } } } }"""


async def test_a_replay_over_the_graph(past: Past, feed: StreamFeed) -> None:
    await past.remember(a_basket(("A", 2)))
    await past.draft(a_document(**TEN_OFF))
    schema = GraphSchema([PART])
    context = GraphContext(BOSS, feed, by_field(past.pricing), schema.parts, schema.owners)
    given = {"promotion": "spring", "from": LAST_WEEK.isoformat(), "until": NOW.isoformat()}
    result = await schema.execute(REPLAY, {"input": given}, context)
    assert result.errors is None
    assert result.data
    found = result.data["replayPromotion"]
    assert found["cost"] == [{"amount": "8.00", "currency": "EUR"}]
    (example,) = found["examples"]
    assert (example["without"], example["with"]) == ({"amount": "80.00"}, {"amount": "72.00"})
    assert example["lines"] == [{"quantity": "2", "product": {"sku": "A"}}]
