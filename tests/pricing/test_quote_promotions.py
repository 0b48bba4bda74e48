"""Promotions in a quote: what they take off, what they give, what is said about them (2.2 to 2.4, T-10)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from modules.kernel.basket import Basket, GiftChoice, Quote, QuoteLine
from modules.kernel.moments import to_us
from modules.kernel.names import LineId, Locale, MarketId, PromotionId, Sku, TaxClass
from modules.kernel.policies import Policies, TaxMode
from modules.kernel.quantity import pieces
from modules.pricing.engine.actions import (
    BuyGet,
    CheapestOff,
    FreeShipping,
    GiftOf,
    ItemPercentOff,
    OrderAmountOff,
    OrderPercentOff,
)
from modules.pricing.engine.answers import Goods
from modules.pricing.engine.book import PromotionBook
from modules.pricing.engine.case import CodeClaim, CodeResult
from modules.pricing.engine.conditions import Subtotal
from modules.pricing.engine.quote import Rules, quote
from modules.pricing.model.prices import PriceKind
from modules.pricing.model.promotions import Amounts, Percent, Promotion, Trigger
from modules.pricing.model.shipping import ShippingMethod
from tests.builders import NOW, a_basket, a_channel, a_market, a_viewer, an_article
from tests.pricing.builders import a_promotion, a_row, a_tax_rule, some_goods

HUNDRED = Amounts((("EUR", 10_000),))
MUG = Sku("MUG")
PARCEL = ShippingMethod(
    id="parcel",
    market=MarketId("de"),
    names=((Locale("de"), "Paket"),),
    amounts=(("EUR", 595),),
    tax_mode=TaxMode.GROSS,
    tax_class=TaxClass("standard"),
)


def goods() -> Goods:
    """A for 40.00, B for 25.00, a mug for 12.50 that is given away."""
    rows = [a_row("40", sku="A"), a_row("25", sku="B"), a_row("12.50", sku="MUG", version=7)]
    return some_goods(*rows)


def asked(
    basket: Basket, *promotions: Promotion, policies: Policies | None = None, locale: str = "de", **rules: Any
) -> Quote:
    """The quote in a market of these policies."""
    viewer = a_viewer(channel=a_channel(market=replace(a_market(), policies=policies or Policies())), locale=locale)
    known = rules.pop("goods", goods())
    return quote(basket, known, viewer, Rules(PromotionBook.of(promotions), gifts=frozenset({MUG}), **rules))


def steps(line: QuoteLine) -> list[tuple[str, str, str]]:
    return [(step.kind, step.amount.amount, step.result.amount) for step in line.steps]


GIFT = a_promotion(GiftOf(MUG), id="gift", condition=Subtotal(HUNDRED), version=4)


def test_every_third_is_free_and_the_way_there_is_shown() -> None:  # O-6
    found = asked(a_basket(("A", 2), ("B", 1)), a_promotion(BuyGet(2, 1), id="3for2", version=5))
    assert [steps(line) for line in found.lines] == [
        [("list_price", "80.00", "80.00")],
        [("list_price", "25.00", "25.00"), ("promotion", "-25.00", "0.00")],
    ]
    assert (found.lines[1].steps[1].label, found.lines[1].steps[1].rule) == ("Frühling", ("3for2", 5))
    (outcome,) = found.promotions
    assert (outcome.outcome.value, outcome.amount.amount, outcome.phase) == ("APPLIED", "25.00", "items")
    assert [(share.line, share.amount.amount) for share in outcome.lines] == [("2", "25.00")]
    assert sorted((used.line, used.units) for used in outcome.units) == [("1", 2), ("2", 1)]


def test_labels_are_in_the_language_of_the_viewer() -> None:
    (line,) = asked(a_basket(("A", 1)), a_promotion(CheapestOff(Percent(100_000))), locale="en").lines
    assert [step.label for step in line.steps] == ["List price", "Spring"]
    row = a_row("10", tax_mode=TaxMode.NET, tiers=[("2", "9")])
    (line,) = asked(a_basket(("A-1", 3)), goods=some_goods(row)).lines
    assert [step.label for step in line.steps] == ["Listenpreis", "Mengenpreis für 3", "Steuer 19 %"]


def test_a_gift_costs_its_list_price_less_as_much_and_bears_no_tax() -> None:  # T-10
    found = asked(a_basket(("A", 2), ("B", 1)), GIFT)
    *_, gift = found.lines
    assert (gift.line, gift.sku, gift.is_gift, gift.quantity) == (None, "MUG", True, pieces(1))
    assert (gift.unit.amount, gift.total.gross.amount, gift.total.tax.amount) == ("12.50", "0.00", "0.00")
    assert steps(gift) == [("list_price", "12.50", "12.50"), ("promotion", "-12.50", "0.00")]
    assert [step.rule for step in gift.steps] == [("row", 7), ("gift", 4)]
    assert found.total.gross.amount == "105.00"


def test_a_gift_is_gone_when_it_is_no_longer_earned_and_the_hint_says_what_is_missing() -> None:  # 2.4
    found = asked(a_basket(("A", 1), ("B", 1)), GIFT)
    assert len(found.lines) == 2
    (outcome,) = found.promotions
    (lack,) = outcome.missing
    assert (outcome.outcome.value, lack.kind, lack.basis) == ("NOT_ELIGIBLE", "amount", "EUR")
    assert (lack.required, lack.actual, lack.missing) == ("100.00", "65.00", "35.00")
    assert lack.text == "Noch 35,00 EUR bis zum Gratisgeschenk"


@pytest.mark.parametrize(
    ("rules", "outcome"),
    [({"stock": {MUG: 0}}, "OUT_OF_STOCK"), ({"stock": {MUG: pieces(1)}}, "APPLIED"), ({}, "APPLIED")],
)
def test_a_gift_needs_stock(rules: dict[str, Any], outcome: str) -> None:
    found = asked(a_basket(("A", 3)), GIFT, **rules)
    assert [each.outcome.value for each in found.promotions] == [outcome]
    assert [line.sku for line in found.lines if line.is_gift] == (["MUG"] if outcome == "APPLIED" else [])
    said = [(notice.code, notice.data) for notice in found.notices]
    assert said == ([] if outcome == "APPLIED" else [("GIFT_OUT_OF_STOCK", {"promotion": "gift"})])


def test_a_gift_that_is_out_of_stock_tells_nobody_of_a_promotion_that_is_not_public() -> None:  # 2.4
    found = asked(a_basket(("A", 3)), replace(GIFT, public=False), stock={MUG: 0})
    assert (found.promotions, found.notices) == ((), ())


def test_the_shopper_may_choose_among_gifts_and_one_without_a_price_is_a_gift_too() -> None:
    promotion = a_promotion(GiftOf(MUG, choice=(Sku("PEN"),)), id="gift")
    known = goods()
    with_pen = Goods({**known.articles, Sku("PEN"): an_article("PEN")}, known.rows, known.taxes)
    wished = replace(a_basket(("A", 1)), gifts=(GiftChoice(PromotionId("gift"), Sku("PEN")),))
    gift = asked(wished, promotion, goods=with_pen).lines[-1]
    assert (gift.sku, steps(gift)) == ("PEN", [("list_price", "0.00", "0.00"), ("promotion", "0.00", "0.00")])


@pytest.mark.parametrize(
    ("choice", "left", "given", "is_said"),
    [("PEN", 1, "PEN", False), ("PEN", 0, "MUG", True), ("CAR", 1, "MUG", True)],
    ids=["had", "out of stock", "not offered"],
)
def test_a_choice_of_gift_that_cannot_be_had_is_said(choice: str, left: int, given: str, is_said: bool) -> None:
    promotion = a_promotion(GiftOf(MUG, choice=(Sku("PEN"),)), id="gift")
    known = goods()
    with_pen = Goods({**known.articles, Sku("PEN"): an_article("PEN")}, known.rows, known.taxes)
    wished = replace(a_basket(("A", 1)), gifts=(GiftChoice(PromotionId("gift"), Sku(choice)),))
    found = asked(wished, promotion, goods=with_pen, stock={Sku("PEN"): pieces(left)})
    assert found.lines[-1].sku == given
    said = [("GIFT_CHOICE_NOT_GIVEN", {"promotion": "gift", "sku": choice, "given": [given]})]
    assert [(notice.code, notice.data) for notice in found.notices] == (said if is_said else [])


def test_what_is_paid_may_be_spread_over_goods_and_gift_of_different_tax_classes() -> None:  # T-10
    articles = [an_article("A"), an_article("MUG", tax_class="reduced")]
    rules = [a_tax_rule(), a_tax_rule("0.07", tax_class="reduced")]
    known = some_goods(a_row("90", sku="A"), a_row("10", sku="MUG"), articles=articles, rules=rules)
    promotion = a_promotion(GiftOf(MUG), id="gift")
    found = asked(a_basket(("A", 1)), promotion, goods=known, policies=Policies(gift_spread=True))
    assert [line.total.gross.amount for line in found.lines] == ["81.00", "9.00"]
    assert [steps(line)[-1] for line in found.lines] == [("promotion", "-9.00", "81.00"), ("promotion", "9.00", "9.00")]
    assert (found.total.gross.amount, len(found.taxes)) == ("90.00", 2)
    plain = asked(a_basket(("A", 1)), promotion, goods=known)
    assert [line.total.gross.amount for line in plain.lines] == ["90.00", "0.00"]


def test_order_discounts_reduce_the_taxable_amount_of_each_line() -> None:  # T-5
    found = asked(a_basket(("A", 1), ("B", 1)), a_promotion(OrderAmountOff(Amounts((("EUR", 1_000),)))))
    assert [line.total.gross.amount for line in found.lines] == ["33.85", "21.15"]
    assert (found.total.gross.amount, found.total.tax.amount) == ("55.00", "8.78")


def test_free_delivery_is_a_step_of_the_delivery() -> None:
    found = asked(replace(a_basket(("A", 1)), delivery="parcel"), a_promotion(FreeShipping()), shipping=PARCEL)
    assert found.delivery
    assert [(step.kind, step.amount.amount, step.result.amount) for step in found.delivery.steps] == [
        ("list_price", "5.95", "5.95"),
        ("promotion", "-5.95", "0.00"),
    ]
    assert (found.delivery.total.gross.amount, found.total.gross.amount) == ("0.00", "40.00")


def test_a_unit_costs_what_the_product_shows_also_when_the_article_is_reduced() -> None:  # O-1
    known = some_goods(a_row("9.99", sku="A"))
    sale, order = a_promotion(ItemPercentOff(Percent(150_000))), a_promotion(OrderPercentOff(Percent(100_000)), id="o")
    (line,) = asked(a_basket(("A", 3)), sale, order, goods=known).lines
    assert (line.unit.amount, line.total.gross.amount) == ("8.49", "22.92")
    assert [(kind, result) for kind, _, result in steps(line)][1:] == [("promotion", "25.47"), ("promotion", "22.92")]


def test_no_unit_is_sold_below_its_floor() -> None:  # O-10
    known = some_goods(a_row("40", sku="A"), a_row("35", id="floor", sku="A", kind=PriceKind.FLOOR))
    half = a_promotion(OrderPercentOff(Percent(500_000)))
    (line,) = asked(a_basket(("A", 2)), half, goods=known).lines
    assert line.total.gross.amount == "70.00"


@pytest.mark.parametrize(
    ("claim", "code", "data"),
    [
        (CodeClaim("x", "X ", None, CodeResult.UNKNOWN), "CODE_UNKNOWN", {"code": "X "}),
        (CodeClaim("x", "X", PromotionId("p"), CodeResult.EXPIRED), "CODE_EXPIRED", {"code": "X"}),
        (CodeClaim("x", "X", PromotionId("p"), CodeResult.LIMIT_REACHED), "CODE_LIMIT_REACHED", {"code": "X"}),
        (CodeClaim("x", "X", None, CodeResult.TOO_MANY_TRIES), "CODE_TOO_MANY_TRIES", {"code": "X"}),
    ],
)
def test_a_code_without_effect_is_said(claim: CodeClaim, code: str, data: dict[str, str]) -> None:  # C-2
    found = asked(a_basket(("A", 1)), a_promotion(FreeShipping(), id="p", trigger=Trigger.CODE), claims=(claim,))
    assert [(notice.code, notice.data) for notice in found.notices] == [(code, data)]


def test_a_code_whose_conditions_are_not_met_stays_and_says_what_is_missing() -> None:  # C-2
    half = a_promotion(OrderPercentOff(Percent(500_000)), id="p", trigger=Trigger.CODE, condition=Subtotal(HUNDRED))
    claims = (CodeClaim("half", "HALF", PromotionId("p")),)
    found = asked(a_basket(("A", 1)), half, claims=claims)
    (notice,) = found.notices
    assert notice.code == "CODE_CONDITIONS_NOT_MET"
    assert [lack["missing"] for lack in notice.data["missing"]] == ["60.00"]
    enough = asked(a_basket(("A", 3)), half, claims=claims)
    assert (enough.notices, enough.total.gross.amount) == ((), "60.00")


def test_a_window_of_a_promotion_bounds_the_quote_and_its_version_names_it() -> None:  # P-8
    off = OrderPercentOff(Percent(100_000))
    ending = a_promotion(off, valid_until_us=to_us(NOW + timedelta(hours=2)))
    coming = a_promotion(off, valid_from_us=to_us(NOW + timedelta(hours=1)))
    basket = a_basket(("A", 1))
    assert asked(basket, ending).valid_until == NOW + timedelta(hours=2)
    assert asked(basket, coming).valid_until == NOW + timedelta(hours=1)
    ids = {asked(basket, *promotions).id for promotions in ([], [ending], [replace(ending, version=2)])}
    assert len(ids) == 3
    assert asked(basket, coming).id == asked(basket).id, "what has no effect has no say"


def test_lines_of_one_sku_are_told_apart_by_their_ids_and_gifts_stand_behind_all() -> None:
    found = asked(a_basket(("B", 1), ("A", 3), ("B", 1)), GIFT)
    assert [line.line for line in found.lines] == [LineId("1"), LineId("2"), LineId("3"), None]
