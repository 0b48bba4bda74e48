"""Quotes on both databases: what is loaded for them, and what if it were otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from gateway.pricing import Pricing, wire_pricing
from modules.kernel.basket import Basket, PromotionResult, Quote
from modules.kernel.customer import Profile
from modules.kernel.errors import BadUserInput, Forbidden, Unauthenticated
from modules.kernel.moments import to_us
from modules.kernel.names import CustomerId, PromotionId, Sku
from modules.kernel.place import Channel
from modules.kernel.policies import TaxMode
from modules.kernel.quantity import pieces
from modules.kernel.viewer import OPERATOR, Permission, Principal, Viewer
from modules.pricing.engine.lifecycle import Step
from modules.pricing.model.codes import CodeInput
from modules.pricing.model.prices import PriceKind
from modules.pricing.model.shipping import ShippingMethodInput, ShippingRateInput
from modules.pricing.model.taxes import TaxRuleInput
from modules.runtime.database import Database
from tests.builders import NOW, a_basket, a_channel, a_viewer, an_article
from tests.pricing.builders import (
    ArticlesInMemory,
    ChannelsInMemory,
    CustomersInMemory,
    StockInMemory,
    a_row_input,
)
from tests.pricing.promotion_documents import a_document, euros

DAY = timedelta(days=1)
BOSS = a_viewer(OPERATOR)
SHOPPER = a_viewer()
GIFT: dict[str, Any] = {"actions": [{"gift": {"sku": "MUG"}}]}
TEN_OFF: dict[str, Any] = {"actions": [{"orderPercentOff": {"percent": "10"}}]}


class Shop:
    """A for 40.00, B for 25.00 and a mug for 12.50, with whatever promotions a test makes."""

    def __init__(
        self,
        database: Database,
        channel: Channel | None = None,
        now: datetime = NOW,
        customers: CustomersInMemory | None = None,
    ) -> None:
        self.database = database
        self.stock = StockInMemory()
        self.customers = customers or CustomersInMemory(Profile(CustomerId("anna"), segments=frozenset({"vip"})))
        self.articles = ArticlesInMemory(*(an_article(sku) for sku in ("A", "B", "MUG")))
        channels = ChannelsInMemory(channel or a_channel())
        self.pricing: Pricing = wire_pricing(
            database, self.articles, channels, lambda: now, stock=self.stock, customers=self.customers
        )

    async def open(self) -> Shop:
        """With its prices and taxes."""
        await self.pricing.load()
        rules = [TaxRuleInput(country="DE", tax_class="standard", rate="0.19")]
        await self.pricing.taxes.upsert_tax_rules(BOSS, rules, "law")
        rows = [a_row_input(sku=sku, amount=amount) for sku, amount in (("A", "40"), ("B", "25"), ("MUG", "12.50"))]
        assert (await self.pricing.rows.set_prices(BOSS, rows, "test")).problems == ()
        return self

    async def draft(self, *documents: Mapping[str, Any]) -> None:
        """Promotions that nobody has activated."""
        assert (await self.pricing.promotions.upsert(BOSS, documents, "test")).problems == ()

    async def promote(self, *documents: Mapping[str, Any]) -> None:
        """Active promotions."""
        await self.draft(*documents)
        ids = [document["id"] for document in documents]
        assert (await self.pricing.promotions.step(BOSS, Step.ACTIVATE, ids, "test")).problems == ()

    async def quote(self, basket: Basket | None = None, viewer: Viewer = SHOPPER, **changes: Any) -> Quote:
        """For one A unless told otherwise."""
        return await self.pricing.quotes.quote(replace(basket or a_basket(("A", 1)), **changes), viewer)

    async def due(self, basket: Basket | None = None, viewer: Viewer = SHOPPER, **changes: Any) -> str:
        """What is to be paid."""
        return (await self.quote(basket, viewer, **changes)).payable.amount

    async def cost(self, basket: Basket, **changes: Any) -> int:
        """Statements."""
        before = self.database.statements
        await self.quote(basket, **changes)
        return self.database.statements - before


@pytest.fixture
async def shop(database: Database) -> Shop:
    return await Shop(database).open()


async def test_only_what_a_basket_may_need_is_loaded(shop: Shop) -> None:
    basket = a_basket(("A", 1), ("B", 2))
    await shop.promote(*(a_document(f"p{number:02d}", **TEN_OFF, priority=number) for number in range(20)))
    assert await shop.cost(basket) == 1
    assert shop.stock.calls == 0
    assert await shop.cost(Basket(())) == 0
    await shop.promote(a_document("gift", **GIFT))
    assert (await shop.cost(basket), shop.stock.calls) == (1, 1)
    await shop.promote(a_document("rare", **TEN_OFF, limits={"total": 5}))
    assert (await shop.cost(basket), shop.stock.calls) == (2, 2)
    await shop.pricing.codes.upsert_codes(BOSS, [CodeInput(code="GOOD", promotion="rare")], "test")
    assert await shop.cost(basket, codes=("good",)) == 3


async def test_codes_bring_promotions_and_stay_with_their_results(shop: Shop) -> None:  # C-2
    club = a_document("club", **TEN_OFF, trigger="CODE")
    await shop.draft(club)
    await shop.pricing.codes.upsert_codes(BOSS, [CodeInput(code="Club10", promotion="club")], "test")
    await shop.promote(club)
    assert await shop.due() == "40.00"
    assert await shop.due(codes=("CLUB10 ",)) == "36.00"
    found = await shop.quote(codes=("club10", "nonsense"))
    assert [(notice.code, notice.data) for notice in found.notices] == [("CODE_UNKNOWN", {"code": "nonsense"})]
    assert await shop.due() == "40.00", "taken out again (O-12)"


async def test_a_promotion_whose_uses_are_gone_does_not_apply(shop: Shop) -> None:  # C-3
    await shop.promote(a_document("rare", **TEN_OFF, limits={"budget": euros("3.00")}))
    found = await shop.quote()
    assert [outcome.outcome.value for outcome in found.promotions] == ["BUDGET_EXHAUSTED"]
    assert found.payable.amount == "40.00"
    assert await shop.due(a_basket(("B", 1))) == "22.50"


@pytest.mark.parametrize(
    ("held", "basket", "gifts"),
    [
        ({}, a_basket(("A", 1)), ["MUG"]),
        ({"MUG": 1}, a_basket(("A", 1)), ["MUG"]),
        ({"MUG": 0}, a_basket(("A", 1)), []),
        ({"MUG": 2}, a_basket(("A", 1), ("MUG", 2)), []),
        ({"MUG": 3}, a_basket(("A", 1), ("MUG", 2)), ["MUG"]),
    ],
)
@pytest.mark.parametrize("limits", [{}, {"limits": {"total": 5}}], ids=["at last", "beside limits"])
async def test_a_gift_must_be_in_stock_beside_what_is_bought(
    shop: Shop, held: dict[str, int], basket: Basket, gifts: list[str], limits: dict[str, Any]
) -> None:
    shop.stock.held = held
    await shop.promote(a_document("gift", **GIFT, **limits))
    found = await shop.quote(basket)
    assert [line.sku for line in found.lines if line.is_gift] == gifts


async def test_a_gift_that_is_not_on_sale_is_none_and_silence_about_stock_is_no_obstacle(shop: Shop) -> None:
    await shop.promote(a_document("gift", **GIFT))
    shop.stock.answers = False
    assert [line.sku for line in (await shop.quote()).lines] == ["A", "MUG"]
    shop.articles.held[Sku("MUG")] = an_article("MUG", active_until_us=1)
    assert [line.sku for line in (await shop.quote()).lines] == ["A"]
    del shop.articles.held[Sku("MUG")]
    assert [line.sku for line in (await shop.quote()).lines] == ["A"]


async def test_delivery_is_chosen_by_its_id(shop: Shop) -> None:
    method = ShippingMethodInput(
        id="parcel",
        market="de",
        names={"de": "Paket"},
        amounts={"EUR": "5.95"},
        tax_mode=TaxMode.GROSS,
        tax_class="standard",
    )
    assert (await shop.pricing.shipping.upsert_shipping_methods(BOSS, [method], "test")).problems == ()
    assert await shop.due(delivery="parcel") == "45.95"
    found = await shop.quote(delivery="ship")
    assert [notice.code for notice in found.notices] == ["DELIVERY_NOT_FOUND"]
    francs = replace(SHOPPER, currency="CHF")
    found = await shop.quote(Basket(()), francs, delivery="parcel")
    assert [notice.code for notice in found.notices] == ["CURRENCY_MISMATCH"]


async def test_a_draft_is_judged_beside_the_active_ones_and_instead_of_its_own_version(shop: Shop) -> None:
    await shop.promote(a_document("spring", **TEN_OFF))
    await shop.draft(a_document("summer", actions=[{"orderAmountOff": {"amount": euros("6.00")}}]))
    assert await shop.due() == "36.00"
    assert await shop.due(viewer=BOSS, drafts=(PromotionId("summer"),)) == "30.00"
    before = (await shop.quote()).id
    assert (await shop.quote(viewer=BOSS, drafts=(PromotionId("spring"),))).payable.amount == "36.00"
    assert await shop.due() == "36.00", "nothing was kept"
    assert (await shop.quote()).id == before


async def test_a_draft_that_is_not_earned_says_how_near_it_is(shop: Shop) -> None:
    gift = a_document("gift", **GIFT, condition={"subtotal": {"amount": euros("100.00")}})
    await shop.draft(gift)
    found = await shop.quote(viewer=BOSS, drafts=(PromotionId("gift"),))
    (outcome,) = found.promotions
    assert [(lack.missing, lack.basis) for lack in outcome.missing] == [("60.00", "EUR")]


async def test_a_draft_that_has_not_begun_says_so_and_holds_when_it_has(shop: Shop) -> None:  # 2.4
    await shop.draft(a_document("later", **TEN_OFF, validFrom=(NOW + DAY).isoformat()))
    drafts = (PromotionId("later"),)
    found = await shop.quote(viewer=BOSS, drafts=drafts)
    assert [one.outcome for one in found.promotions] == [PromotionResult.NOT_STARTED]
    assert found.valid_until == NOW + DAY
    assert await shop.due(viewer=replace(BOSS, now=NOW + DAY), drafts=drafts) == "36.00"


async def test_drafts_and_customers_are_for_those_who_may_and_must_exist(shop: Shop) -> None:
    drafts, anna = (PromotionId("summer"),), CustomerId("anna")
    somebody = a_viewer(Principal("somebody", permissions=frozenset({Permission.TIME_TRAVEL})))
    for changes in ({"drafts": drafts}, {"customer": anna}):
        with pytest.raises(Unauthenticated):
            await shop.quote(**changes)
        with pytest.raises(Forbidden):
            await shop.quote(viewer=somebody, **changes)
    with pytest.raises(BadUserInput, match="summer"):
        await shop.quote(viewer=BOSS, drafts=drafts)
    with pytest.raises(BadUserInput, match="nobody"):
        await shop.quote(viewer=BOSS, customer=CustomerId("nobody"))


NEW = Profile(CustomerId("ben"), segments=frozenset({"new"}), until_us=to_us(NOW + DAY))


class Newcomers(CustomersInMemory):
    """Everybody is new for a day from NOW."""

    async def profiles(self, ids: Sequence[CustomerId], at: datetime) -> list[Profile | None]:
        return [NEW if at < NOW + DAY else Profile(id) for id in ids]


async def test_prices_and_quotes_end_with_the_segment_of_the_customer(database: Database) -> None:  # P-8
    shop = await Shop(database, customers=Newcomers(NEW)).open()
    await shop.promote(a_document("hello", **TEN_OFF, condition={"customerSegment": {"segments": ["new"]}}))
    row = a_row_input(sku="A", amount="30", segment="new")
    assert (await shop.pricing.rows.set_prices(BOSS, [row], "test")).problems == ()
    ben = replace(BOSS, customer=NEW)
    for hours, due in ((23, "27.00"), (24, "40.00")):
        there = replace(ben, now=NOW + timedelta(hours=hours))
        found = await shop.quote(viewer=there)
        (price,) = await shop.pricing.answers.prices([Sku("A")], ben, at=there.now)
        assert found.payable.amount == due
        assert price
        assert (price.gross.amount, price.valid_until) == (("30.00", NOW + DAY) if hours == 23 else ("40.00", None))
        assert found.valid_until == (NOW + DAY if hours == 23 else there.now + DAY)


async def test_a_quote_for_a_customer_has_the_customers_promotions(shop: Shop) -> None:
    await shop.promote(a_document("vip", **TEN_OFF, condition={"customerSegment": {"segments": ["vip"]}}))
    assert await shop.due() == "40.00"
    assert await shop.due(viewer=BOSS, customer=CustomerId("anna")) == "36.00"


async def test_another_moment_has_its_own_prices_taxes_and_promotions(shop: Shop) -> None:
    later = NOW + 10 * DAY
    rows = [a_row_input(sku="A", amount="30", kind=PriceKind.SALE, valid_from=later)]
    assert (await shop.pricing.rows.set_prices(BOSS, rows, "test")).problems == ()
    await shop.promote(a_document("autumn", **TEN_OFF, validFrom=later.isoformat()))
    assert (await shop.due(), await shop.due(viewer=replace(BOSS, now=later))) == ("40.00", "27.00")


async def test_a_moment_of_the_past_knows_the_promotions_of_then(shop: Shop) -> None:
    await shop.promote(a_document("spring", **TEN_OFF))
    ((then,),) = await shop.database.read("SELECT MAX(written_at_us) FROM pricing_promotion_version")
    await shop.pricing.promotions.step(BOSS, Step.END, ["spring"], "over")
    assert await shop.due() == "40.00"
    book = await shop.pricing.books.book_at(then)
    assert book.entry(PromotionId("spring"))
    assert await shop.due(viewer=replace(BOSS, now=NOW - DAY)) == "40.00", "it was not there yet"


async def test_only_what_is_asked_now_becomes_a_sample(shop: Shop) -> None:
    offered: list[Basket] = []

    def offer(basket: Basket, *_: object) -> None:
        offered.append(basket)

    shop.pricing.baskets.offer = offer  # type: ignore[method-assign, assignment]
    await shop.draft(a_document("summer", **TEN_OFF))
    await shop.quote(viewer=replace(BOSS, now=NOW + DAY))
    await shop.quote(viewer=BOSS, drafts=(PromotionId("summer"),))
    assert offered == []
    await shop.quote()
    assert [line.quantity for line in offered[0].lines] == [pieces(1)]


async def test_the_ways_of_delivery_cost_what_the_quote_says_and_the_cheapest_comes_first(shop: Shop) -> None:  # T-9
    given: dict[str, Any] = {"market": "de", "names": {}, "tax_mode": TaxMode.GROSS, "tax_class": "standard"}
    methods: list[tuple[str, dict[str, str], dict[str, Any]]] = [
        ("express", {"EUR": "9.90"}, {"latest_days": 1}),
        ("parcel", {"EUR": "4.90"}, {"latest_days": 4}),
        ("fast", {"EUR": "4.90"}, {"latest_days": 2}),
        ("letter", {}, {"rates": [ShippingRateInput(amounts={"EUR": "1"}, value_up_to={"EUR": "39.99"})]}),
        ("off", {"EUR": "0"}, {"active": False}),
    ]
    sent = [
        ShippingMethodInput(**{**given, "id": id, "names": {"en": id.title()}, "amounts": amounts, **changes})
        for id, amounts, changes in methods
    ]
    assert (await shop.pricing.shipping.upsert_shipping_methods(BOSS, sent, "test")).problems == ()
    free = {
        "condition": {"delivery": {"methods": ["express"]}},
        "actions": [{"shippingPercentOff": {"percent": "100"}}],
    }
    await shop.promote(a_document("free-express", **free))
    basket = a_basket(("A", 1))
    before = shop.database.statements
    options = await shop.pricing.quotes.deliveries(basket, SHOPPER)
    assert shop.database.statements - before == 1, "for all of them together"
    found = [(option.method, option.cost and option.cost.total.gross.amount) for option in options]
    assert found == [("express", "0.00"), ("fast", "4.90"), ("parcel", "4.90"), ("letter", None)]
    hindrance = options[-1].hindrance
    assert hindrance
    assert (hindrance.code, hindrance.data["value"]) == ("DELIVERY_VALUE_TOO_HIGH", "40.00")
    for option in options:
        assert (await shop.quote(basket, delivery=option.method)).delivery == option.cost
