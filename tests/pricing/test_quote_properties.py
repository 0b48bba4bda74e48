"""What holds for every quote, whatever is bought, promoted, rounded and taxed (section 8)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from hypothesis import given, settings, strategies as st

from modules.kernel.basket import Basket, Destination, PromotionResult, Quote
from modules.kernel.money import Rounding, exponent
from modules.kernel.names import Locale, MarketId, PromotionId, Sku, TaxClass
from modules.kernel.policies import AbroadPrice, Policies, ShippingTax, TaxMode, TaxRounding
from modules.kernel.viewer import Viewer
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
from modules.pricing.engine.case import CodeClaim
from modules.pricing.engine.conditions.subtotal import Subtotal
from modules.pricing.engine.quote import Rules, quote
from modules.pricing.model.prices import PriceKind
from modules.pricing.model.promotions import Amounts, Filter, Percent, Stack, Trigger
from modules.pricing.model.shipping import ShippingMethod
from tests.builders import a_basket, a_channel, a_market, a_viewer, an_article
from tests.pricing.builders import a_promotion, a_row, a_tax_rule, some_goods

SKUS = ["A", "B", "C", "D"]
GIFT = Sku("GIFT")
CURRENCIES = ["JPY", "EUR", "KWD", "CLF"]
ROWS = st.fixed_dictionaries(
    {
        "micros": st.integers(0, 10**9),
        "mode": st.sampled_from(TaxMode),
        "rate": st.sampled_from(["0", "0.07", "0.19", "0.255"]),
        "sale": st.none() | st.integers(0, 10**9),
        "tier": st.none() | st.integers(0, 10**9),
        "floor": st.none() | st.integers(0, 10**8),
        "scale": st.sampled_from([0, 0, 3]),
    }
)
WISHES = st.lists(st.tuples(st.sampled_from(SKUS), st.integers(1, 20)), min_size=1, max_size=8)
POLICIES = st.builds(
    Policies,
    tax_mode=st.none() | st.sampled_from(TaxMode),
    abroad_price=st.sampled_from(AbroadPrice),
    shipping_tax=st.sampled_from(ShippingTax),
    gift_spread=st.booleans(),
    cash_steps=st.sampled_from([(), (("EUR", 5), ("KWD", 5))]),
)
PERCENTS = st.sampled_from([70_000, 100_000, 333_333, 1_000_000]).map(Percent)
FILTERS = st.sampled_from([Filter(), Filter(skus=(Sku("A"),)), Filter(skus=(Sku("B"), Sku("C")))])


@dataclass(frozen=True)
class Asked:
    """Everything a quote is made of."""

    basket: Basket
    goods: Goods
    viewer: Viewer
    rules: Rules

    def answer(self, **changes: Any) -> Quote:
        """The quote, with another basket or other rules."""
        asked = replace(self, **changes)
        return quote(asked.basket, asked.goods, asked.viewer, asked.rules)


@st.composite
def books(draw: st.DrawFn, currency: str) -> PromotionBook:
    """Up to four promotions of different kinds; one needs a code."""
    amounts = Amounts(((currency, draw(st.integers(1, 5_000))),))
    kinds = st.one_of(
        st.builds(ItemPercentOff, percent=PERCENTS, of=FILTERS),
        st.builds(BuyGet, buy=st.integers(1, 3), get=st.integers(1, 2), buy_of=FILTERS),
        st.builds(CheapestOff, percent=PERCENTS),
        st.builds(OrderPercentOff, percent=PERCENTS),
        st.just(OrderAmountOff(amounts)),
        st.just(FreeShipping()),
        st.just(GiftOf(GIFT)),
    )
    chosen = draw(st.lists(st.tuples(kinds, st.booleans(), st.sampled_from(Stack)), max_size=4))
    return PromotionBook.of(
        a_promotion(
            action,
            id=f"p{number}",
            condition=Subtotal(amounts) if conditional else None,
            stack=stack,
            trigger=Trigger.CODE if number == 3 else Trigger.AUTOMATIC,
        )
        for number, (action, conditional, stack) in enumerate(chosen)
    )


@st.composite
def questions(draw: st.DrawFn) -> Asked:
    currency = draw(st.sampled_from(CURRENCIES))
    market = a_market(
        currencies=(currency,),
        tax_rounding=draw(st.sampled_from(TaxRounding)),
        rounding=draw(st.sampled_from(Rounding)),
    )
    viewer = a_viewer(channel=a_channel(market=replace(market, policies=draw(POLICIES))))
    shipping = ShippingMethod(
        id="parcel",
        market=MarketId("de"),
        names=((Locale("de"), "Paket"),),
        amounts=((currency, draw(st.integers(0, 2_000))),),
        tax_mode=draw(st.sampled_from(TaxMode)),
        tax_class=TaxClass("0.19"),
    )
    basket = replace(
        a_basket(*draw(WISHES)),
        delivery=draw(st.sampled_from([None, "parcel"])),
        payment=draw(st.sampled_from([None, "cash"])),
        destination=draw(st.sampled_from([None, Destination("AT"), Destination("CH")])),
    )
    claims = (CodeClaim("x", "x", PromotionId("p3")),) if draw(st.booleans()) else ()
    rules = Rules(book=draw(books(currency)), claims=claims, gifts=frozenset({GIFT}), shipping=shipping)
    return Asked(basket, draw(goods(currency)), viewer, rules)


@st.composite
def goods(draw: st.DrawFn, currency: str) -> Goods:
    """Rows of all kinds in both tax modes, and rates at home and abroad."""
    rows, articles = [], []
    for sku in (*SKUS, GIFT):
        given = draw(ROWS)
        tiers = () if given["tier"] is None else (("5", f"{given['tier']}e-6"),)
        common: dict[str, Any] = {"sku": sku, "currency": currency}
        rows.append(a_row(f"{given['micros']}e-6", id=sku, tax_mode=given["mode"], tiers=tiers, **common))
        articles.append(an_article(sku, tax_class=given["rate"], quantity_scale=given["scale"]))
        given_kinds = [kind for kind in ("sale", "floor") if given[kind] is not None]
        rows += [a_row(f"{given[kind]}e-6", id=f"{sku}-{kind}", kind=PriceKind(kind), **common) for kind in given_kinds]
    rates = {"0.19", *(article.tax_class for article in articles)}
    rules = [a_tax_rule(rate, tax_class=rate) for rate in rates]
    rules += [a_tax_rule("0.2", tax_class=rate, country="AT") for rate in rates]
    return some_goods(*rows, articles=articles, rules=rules)


def check_sums(found: Quote, currency: str) -> None:
    parts = [line.total for line in found.lines] + ([found.delivery.total] if found.delivery else [])
    for part in (*parts, found.subtotal, found.total):
        assert part.net + part.tax == part.gross
        assert min(part.net.minor, part.tax.minor, part.gross.minor) >= 0
    for name in ("net", "tax", "gross"):
        assert sum(getattr(part, name).minor for part in parts) == getattr(found.total, name).minor
    assert sum(tax.base.minor for tax in found.taxes) == found.total.net.minor
    assert sum(tax.tax.minor for tax in found.taxes) == found.total.tax.minor
    assert len(found.total.gross.amount.partition(".")[2]) == exponent(currency)
    assert found.payable.minor >= 0


def check_steps(found: Quote) -> None:
    """From list price to amount due, without a gap (2.4)."""
    ways = [(line.steps, line.total) for line in found.lines]
    ways += [(found.delivery.steps, found.delivery.total)] if found.delivery else []
    for steps, total in ways:
        assert steps[-1].result == total.gross
        reached = 0
        for step in steps:
            reached += step.amount.minor
            assert step.result.minor == reached >= 0


def totals(found: Quote) -> Any:
    return found.total, found.taxes, found.payable, found.delivery and found.delivery.total


@given(questions())
@settings(max_examples=200)
def test_net_and_tax_are_gross_at_every_level_and_nothing_is_negative(asked: Asked) -> None:
    found = asked.answer()
    assert len([line for line in found.lines if not line.is_gift]) == len(asked.basket.lines)
    check_sums(found, asked.viewer.currency)
    check_steps(found)


@given(questions(), st.randoms(use_true_random=False))
@settings(max_examples=150)
def test_the_order_of_adding_moves_no_cent(asked: Asked, random: Any) -> None:  # O-5a
    lines = list(asked.basket.lines)
    random.shuffle(lines)
    here, there = asked.answer(), asked.answer(basket=replace(asked.basket, lines=tuple(lines)))
    assert totals(here) == totals(there)
    assert here.promotions == there.promotions
    assert {line.line: line.total for line in here.lines} == {line.line: line.total for line in there.lines}


@given(questions())
@settings(max_examples=100)
def test_asking_twice_is_the_same_as_asking_once(asked: Asked) -> None:  # O-12, P-8
    first = asked.answer()
    assert asked.answer() == first
    assert asked.answer(viewer=replace(asked.viewer)).id == first.id


@given(questions())
@settings(max_examples=100)
def test_a_code_taken_out_and_entered_again_restores_the_cart(asked: Asked) -> None:  # section 8
    with_code = replace(asked.rules, claims=(CodeClaim("x", "x", PromotionId("p3")),))
    without = replace(asked.rules, claims=())
    before, between = asked.answer(rules=with_code), asked.answer(rules=without)
    assert asked.answer(rules=with_code) == before
    assert between == asked.answer(rules=without)
    assert all(outcome.promotion[0] != "p3" for outcome in between.promotions if outcome.amount.minor)


@given(questions())
@settings(max_examples=100)
def test_without_promotions_the_cart_is_as_if_they_had_never_been_there(asked: Asked) -> None:  # O-12
    bare = asked.answer(rules=replace(asked.rules, book=PromotionBook.of(()), claims=()))
    found = asked.answer()
    applied = [outcome for outcome in found.promotions if outcome.outcome is PromotionResult.APPLIED]
    if not applied:
        assert totals(found) == totals(bare)
    listed = {line.line: line.steps[0] for line in bare.lines}
    assert {line.line: line.steps[0] for line in found.lines if not line.is_gift} == listed
