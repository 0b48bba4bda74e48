"""Delivery, cash and the place of tax in a quote (T-2, T-3, T-9, T-11)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from modules.kernel.basket import Basket, Destination, Quote
from modules.kernel.customer import Profile, VatId
from modules.kernel.names import CustomerId, Locale, MarketId, TaxClass
from modules.kernel.policies import Policies, ShippingTax, TaxMode, TaxRounding
from modules.pricing.engine.answers import Goods
from modules.pricing.engine.quote import Rules, quote
from modules.pricing.model.shipping import ShippingMethod
from tests.builders import NOW, a_basket, a_channel, a_market, a_store, a_viewer, an_article
from tests.pricing.builders import a_row, a_tax_rule, some_goods

PARCEL = ShippingMethod(
    id="parcel",
    market=MarketId("de"),
    names=((Locale("de"), "Paket"), (Locale("en"), "Parcel")),
    amounts=(("EUR", 595),),
    tax_mode=TaxMode.GROSS,
    tax_class=TaxClass("standard"),
    version=3,
)
PICKUP = replace(PARCEL, id="pickup", amounts=(("EUR", 0),), pickup=True)


def mixed_goods() -> Goods:
    """A at 19 percent for 11.90, B at 7 percent for 32.10."""
    articles = [an_article("A"), an_article("B", tax_class="reduced")]
    rules = [a_tax_rule(), a_tax_rule("0.07", tax_class="reduced")]
    return some_goods(a_row("11.90", sku="A"), a_row("32.10", sku="B"), articles=articles, rules=rules)


def delivered(
    policies: Policies | None = None, method: ShippingMethod | None = PARCEL, locale: str = "de", **changes: Any
) -> Quote:
    """One A and one B, sent by parcel."""
    market = replace(a_market(), policies=policies or Policies())
    asked = replace(a_basket(("A", 1), ("B", 1)), delivery=method.id if method else "gone", **changes)
    viewer = a_viewer(channel=a_channel(market=market), locale=locale)
    return quote(asked, mixed_goods(), viewer, Rules(shipping=method))


def sums_hold(found: Quote) -> None:
    """T-8 at every level."""
    parts = [line.total for line in found.lines] + ([found.delivery.total] if found.delivery else [])
    for part in (*parts, found.subtotal, found.total):
        assert part.net + part.tax == part.gross
    for name in ("net", "tax", "gross"):
        assert sum(getattr(part, name).minor for part in parts) == getattr(found.total, name).minor
    assert sum(tax.tax.minor for tax in found.taxes) == found.total.tax.minor
    assert sum(tax.base.minor for tax in found.taxes) == found.total.net.minor


def test_delivery_is_part_of_the_total_and_not_of_the_goods() -> None:
    found = delivered()
    assert found.delivery
    assert (found.delivery.method, found.delivery.label, found.delivery.total.gross.amount) == (
        "parcel",
        "Paket",
        "5.95",
    )
    assert [(step.kind, step.label, step.rule) for step in found.delivery.steps] == [
        ("list_price", "Lieferung", ("parcel", 3))
    ]
    assert (found.subtotal.gross.amount, found.total.gross.amount, found.payable.amount) == ("44.00", "49.95", "49.95")
    assert delivered(locale="en").delivery.label == "Parcel"  # type: ignore[union-attr]
    sums_hold(found)


@pytest.mark.parametrize(
    ("policy", "taxes"),
    [
        (ShippingTax.OWN_CLASS, [("0.19", "2.85"), ("0.07", "2.10")]),
        (ShippingTax.HIGHEST, [("0.19", "2.85"), ("0.07", "2.10")]),
        # 595 by 1190 : 3210 is 161 and 434: tax 0.26 and 0.28
        (ShippingTax.PROPORTIONAL, [("0.19", "2.16"), ("0.07", "2.38")]),
    ],
)
def test_delivery_is_taxed_as_the_market_says(policy: ShippingTax, taxes: list[tuple[str, str]]) -> None:  # T-9
    found = delivered(Policies(shipping_tax=policy))
    assert [(tax.rate, tax.tax.amount) for tax in found.taxes] == taxes
    sums_hold(found)


def test_sums_hold_with_delivery_when_tax_is_rounded_once_per_rate() -> None:  # T-6, T-8
    policies = Policies(shipping_tax=ShippingTax.PROPORTIONAL, tax_mode=TaxMode.NET)
    market = replace(a_market(tax_rounding=TaxRounding.TOTAL), policies=policies)
    asked = replace(a_basket(("A", 3), ("B", 7)), delivery="parcel")
    found = quote(asked, mixed_goods(), a_viewer(channel=a_channel(market=market)), Rules(shipping=PARCEL))
    assert found.delivery
    assert found.delivery.steps[-1].kind == "tax"
    assert found.delivery.steps[-1].result == found.delivery.total.gross
    sums_hold(found)


@pytest.mark.parametrize(
    ("method", "changes", "code"),
    [
        (None, {}, "DELIVERY_NOT_FOUND"),
        (replace(PARCEL, amounts=(("CHF", 900),)), {}, "CURRENCY_MISMATCH"),
        (replace(PARCEL, countries=("DE",)), {"destination": Destination("AT")}, "DELIVERY_NOT_POSSIBLE"),
        (replace(PARCEL, tax_class=TaxClass("odd")), {}, "TAX_RATE_NOT_FOUND"),
    ],
)
def test_a_delivery_that_cannot_be_had_is_said_and_costs_nothing_yet(
    method: ShippingMethod | None, changes: dict[str, Any], code: str
) -> None:
    found = delivered(method=method, **changes)
    assert found.delivery is None
    assert [notice.code for notice in found.notices if notice.line is None] == [code]


@pytest.mark.parametrize(
    ("payment", "amount", "rounding", "payable"),
    [
        ("cash", "11.92", "-0.02", "11.90"),
        ("cash", "11.93", "0.02", "11.95"),
        ("cash", "11.95", "0.00", "11.95"),
        ("card", "11.92", None, "11.92"),
        (None, "11.92", None, "11.92"),
    ],
)
def test_cash_is_rounded_on_the_amount_due_without_tax(
    payment: str | None, amount: str, rounding: str | None, payable: str
) -> None:  # T-11
    market = a_market("ch", country="CH", currencies=("CHF",))
    market = replace(market, policies=Policies(cash_steps=(("CHF", 5),)))
    goods = some_goods(a_row(amount, currency="CHF"), rules=[a_tax_rule("0.081", country="CH")])
    found = quote(replace(a_basket(), payment=payment), goods, a_viewer(channel=a_channel(market=market)))
    assert (found.rounding.amount if found.rounding else None) == rounding
    assert (found.total.gross.amount, found.payable.amount) == (amount, payable)
    assert found.total.tax == found.lines[0].total.tax


def test_a_currency_without_coins_to_round_to_has_no_rounding() -> None:
    assert quote(replace(a_basket(), payment="cash"), some_goods(a_row()), a_viewer()).rounding is None


def test_the_destination_decides_the_tax_and_until_it_is_known_it_is_estimated() -> None:  # T-2
    goods = some_goods(a_row("12.00"), rules=[a_tax_rule(), a_tax_rule("0.20", country="AT")])
    here, abroad = quote(a_basket(), goods, a_viewer()), to_austria(goods)
    assert (here.tax_estimated, here.total.tax.amount) == (True, "1.92")
    assert (abroad.tax_estimated, abroad.total.tax.amount, abroad.total.gross.amount) == (False, "2.00", "12.00")


def to_austria(goods: Goods, **who: Any) -> Quote:
    """One A-1, sent to Vienna."""
    viewer = replace(a_viewer(), **who)
    return quote(replace(a_basket(), destination=Destination("AT", postal_code="1010")), goods, viewer)


def test_goods_that_are_picked_up_are_taxed_where_the_store_is() -> None:  # T-2
    goods = some_goods(a_row("12.00"), rules=[a_tax_rule(), a_tax_rule("0.20", country="AT")])
    asked = replace(a_basket(), delivery="pickup", destination=Destination("DE"))
    viewer = a_viewer(store=a_store("wien", country="AT"))
    assert quote(asked, goods, viewer, Rules(shipping=PICKUP)).total.tax.amount == "2.00"


def test_a_business_abroad_with_a_validated_id_pays_no_tax_and_the_invoice_says_why() -> None:  # T-3
    goods = some_goods(a_row("10.00", tax_mode=TaxMode.NET), rules=[a_tax_rule(), a_tax_rule("0.20", country="AT")])
    number = VatId("ATU12345678", True, NOW)
    found = to_austria(goods, customer=Profile(CustomerId("c"), is_business=True, vat_id=number))
    assert (found.total.tax.amount, found.total.gross.amount) == ("0.00", "10.00")
    assert [(tax.rate, tax.code, bool(tax.text)) for tax in found.taxes] == [("0", "AE", True)]
    unproven = to_austria(goods, customer=Profile(CustomerId("c"), is_business=True, vat_id=VatId("ATU12345678")))
    assert unproven.total.tax.amount == "2.00"
    assert [notice.code for notice in unproven.notices] == ["VAT_ID_NOT_VALIDATED"]


def test_the_id_names_the_version_of_the_method() -> None:  # P-8
    before, after = delivered(), delivered(method=replace(PARCEL, version=4))
    assert (before.id != after.id, before.total) == (True, after.total)


def test_an_empty_basket_with_a_delivery_costs_the_delivery() -> None:
    found = quote(replace(Basket(()), delivery="parcel"), mixed_goods(), a_viewer(), Rules(shipping=PARCEL))
    assert (found.subtotal.gross.amount, found.total.gross.amount) == ("0.00", "5.95")
    sums_hold(found)
