"""Rates of shipping methods: by zone, weight and value (T-2, T-9)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, strategies as st

from modules.kernel.basket import Destination, Notice, Quote
from modules.kernel.money import Money
from modules.kernel.names import MarketId, TaxClass
from modules.kernel.policies import TaxMode
from modules.kernel.quantity import parse_quantity
from modules.pricing.engine.quote import Rules, quote
from modules.pricing.engine.rates import Parcel, Tariff, closest, tariff
from modules.pricing.model.shipping import ShippingMethod, ShippingRate
from tests.builders import a_basket, a_store, a_viewer, an_article
from tests.pricing.builders import a_row, a_tax_rule, some_goods


def a_rate(minor: int = 490, up_to_g: int | None = None, **changes: Any) -> ShippingRate:
    """So many cents in EUR."""
    return ShippingRate(**{"amounts": (("EUR", minor),), "weight_up_to_g": up_to_g, **changes})


def by_rates(*rates: ShippingRate, **changes: Any) -> ShippingMethod:
    """A method that costs what these say."""
    method = ShippingMethod(
        id="parcel",
        market=MarketId("de"),
        names=(),
        amounts=(),
        tax_mode=TaxMode.GROSS,
        tax_class=TaxClass("standard"),
        rates=rates,
        days=(2, 4),
        version=1,
    )
    return replace(method, **changes)


def a_parcel(weight_grams: int = 0, cents: int = 0, country: str = "DE", region: str = "", code: str = "") -> Parcel:
    """A parcel of this weight and value, to Germany."""
    return Parcel(Destination(country, region, code), weight_grams, Money(cents, "EUR"))


def said(found: Tariff | Notice) -> tuple[str, dict[str, Any]]:
    """Code and figures of a refusal."""
    assert isinstance(found, Notice)
    return found.code, {name: value for name, value in found.data.items() if name != "delivery"}


HOME = by_rates(
    a_rate(490, 5_000, countries=("DE",)),
    a_rate(990, 30_000, countries=("DE",)),
    a_rate(1_490, 5_000, countries=("DE",), postal_prefixes=("25", "2749"), days=(4, 7)),
    a_rate(2_990, 5_000, countries=("ES",)),
    a_rate(4_990, 5_000, countries=("ES",), regions=("ES-CN",)),
)


@pytest.mark.parametrize(
    ("parcel", "minor", "days"),
    [
        (a_parcel(5_000), 490, (2, 4)),
        (a_parcel(5_001), 990, (2, 4)),
        (a_parcel(30_000), 990, (2, 4)),
        (a_parcel(1, code="27498"), 1_490, (4, 7)),
        (a_parcel(1, code="2 5 999"), 1_490, (4, 7)),
        (a_parcel(1, code="10115"), 490, (2, 4)),
        (a_parcel(1, country="ES", code="28001"), 2_990, (2, 4)),
        (a_parcel(1, country="ES", region="ES-CN"), 4_990, (2, 4)),
    ],
)
def test_the_closest_zone_and_in_it_the_tightest_weight_decide(
    parcel: Parcel, minor: int, days: tuple[int, int]
) -> None:
    assert tariff(HOME, parcel) == Tariff(minor, days)


def test_an_island_is_not_served_at_the_price_of_the_mainland() -> None:
    heavy = a_parcel(20_000, code="27498")
    assert said(tariff(HOME, heavy)) == ("DELIVERY_TOO_HEAVY", {"weightGrams": 20_000, "limitGrams": 5_000})


@pytest.mark.parametrize(
    ("method", "parcel", "refusal"),
    [
        (HOME, a_parcel(country="FR"), ("DELIVERY_NOT_POSSIBLE", {})),
        (replace(HOME, countries=("ES",)), a_parcel(), ("DELIVERY_NOT_POSSIBLE", {})),
        (by_rates(a_rate(postal_prefixes=("1",))), a_parcel(), ("DELIVERY_NOT_POSSIBLE", {})),
        (by_rates(a_rate(amounts=(("CHF", 1),))), a_parcel(), ("CURRENCY_MISMATCH", {})),
        (HOME, a_parcel(30_001), ("DELIVERY_TOO_HEAVY", {"weightGrams": 30_001, "limitGrams": 30_000})),
        (
            by_rates(a_rate(value_up_to=(("EUR", 50_000),))),
            a_parcel(cents=50_001),
            ("DELIVERY_VALUE_TOO_HIGH", {"value": "500.01", "limit": "500.00", "currency": "EUR"}),
        ),
    ],
)
def test_what_cannot_be_served_says_why_in_figures(
    method: ShippingMethod, parcel: Parcel, refusal: tuple[str, dict[str, Any]]
) -> None:
    assert said(tariff(method, parcel)) == refusal


def test_where_a_method_does_not_deliver_is_not_told_to_whoever_sees_the_notice() -> None:
    refusal = tariff(replace(HOME, countries=("ES",)), a_parcel(code="25980"))
    assert isinstance(refusal, Notice)
    assert "25980" not in repr(refusal)


def test_of_rates_that_bear_the_weight_the_tightest_value_holds() -> None:
    method = by_rates(a_rate(0), a_rate(490, value_up_to=(("EUR", 4_999),)))
    assert [tariff(method, a_parcel(cents=cents)) for cents in (4_999, 5_000)] == [
        Tariff(490, (2, 4)),
        Tariff(0, (2, 4)),
    ]


def test_a_method_without_rates_costs_the_same_everywhere() -> None:
    method = by_rates(amounts=(("EUR", 490),), days=None)
    assert tariff(method, a_parcel(10**8, 10**8, "FR")) == Tariff(490, None)


PLACES = st.builds(
    Destination, st.sampled_from(["DE", "AT"]), st.sampled_from(["", "DE-BY"]), st.sampled_from(["", "10", "101", "2"])
)
RATES = st.lists(
    st.builds(
        a_rate,
        st.integers(0, 9),
        st.sampled_from([None, 10, 20]),
        countries=st.sampled_from([(), ("AT",), ("DE",), ("AT", "DE")]),
        regions=st.sampled_from([(), ("DE-BY",)]),
        postal_prefixes=st.sampled_from([(), ("1",), ("10", "2")]),
    ),
    min_size=1,
    max_size=6,
)


@given(RATES, PLACES)
def test_the_order_of_rates_moves_no_zone_and_a_place_lies_in_all_of_its_zone(
    rates: list[ShippingRate], place: Destination
) -> None:
    zone = closest(rates, place)
    assert sorted(zone, key=repr) == sorted(closest(rates[::-1], place), key=repr)
    for rate in zone:
        assert not rate.countries or place.country in rate.countries
        assert not rate.regions or place.region in rate.regions
        assert not rate.postal_prefixes or place.postal_code.startswith(rate.postal_prefixes)
    everywhere = any(not (rate.countries or rate.regions or rate.postal_prefixes) for rate in rates)
    assert zone or not everywhere


@given(RATES, PLACES, st.integers(0, 30))
def test_a_lighter_parcel_is_never_refused_where_a_heavier_one_is_taken(
    rates: list[ShippingRate], place: Destination, weight: int
) -> None:
    method = by_rates(*rates)
    heavier = tariff(method, Parcel(place, weight + 1, Money(0, "EUR")))
    if isinstance(heavier, Tariff):
        assert isinstance(tariff(method, Parcel(place, weight, Money(0, "EUR"))), Tariff)


def sent(method: ShippingMethod, **changes: Any) -> Quote:
    """Two hammers of 750 g each at 11.90 and a length of rope at 20 g a metre, by this method."""
    articles = [replace(an_article("HAMMER"), weight_grams=750), replace(an_article("ROPE"), weight_grams=20)]
    rules = [a_tax_rule(), a_tax_rule("0.20", country="AT")]
    goods = some_goods(a_row("11.90", sku="HAMMER"), a_row("1.00", sku="ROPE"), articles=articles, rules=rules)
    basket = replace(a_basket(("HAMMER", 2), ("ROPE", "0.25")), delivery=method.id)
    viewer = a_viewer(store=changes.pop("store", None))
    return quote(replace(basket, **changes), goods, viewer, Rules(shipping=method))


@pytest.mark.parametrize(("limit", "served"), [(1_505, True), (1_504, False)])
def test_goods_weigh_what_their_quantities_weigh(limit: int, served: bool) -> None:
    found = sent(by_rates(a_rate(490, limit)))
    assert (found.delivery is not None) is served


def test_a_part_of_a_gram_is_a_gram() -> None:
    articles = [replace(an_article("ROPE", quantity_scale=3), weight_grams=20)]
    goods = some_goods(a_row("1.00", sku="ROPE"), articles=articles)
    basket = replace(a_basket(("ROPE", "0.051")), delivery="parcel")
    assert parse_quantity("0.051") * 20 == 1_020_000
    found = quote(basket, goods, a_viewer(), Rules(shipping=by_rates(a_rate(490, 1))))
    assert [notice.code for notice in found.notices] == ["DELIVERY_TOO_HEAVY"]


def test_while_the_destination_is_not_known_rates_go_by_the_one_tax_assumes() -> None:  # T-2
    method = by_rates(a_rate(490, countries=("DE",)), a_rate(990, countries=("AT",)))
    assumed, known = sent(method), sent(method, destination=Destination("AT"))
    assert assumed.delivery
    assert known.delivery
    assert (assumed.tax_estimated, assumed.delivery.total.gross.amount) == (True, "4.90")
    assert (known.tax_estimated, known.delivery.total.gross.amount, known.delivery.days) == (False, "9.90", (2, 4))


def test_goods_that_are_picked_up_cost_what_the_zone_of_the_store_says() -> None:  # T-2
    method = by_rates(a_rate(0, countries=("AT",)), pickup=True)
    vienna = a_store("wien", country="AT")
    found = sent(method, store=vienna, destination=Destination("DE"))
    assert found.delivery
    assert found.delivery.total.gross.amount == "0.00"


def test_the_cost_of_a_rate_is_taxed_like_any_other() -> None:  # T-8, T-9
    found = sent(by_rates(a_rate(595)))
    assert found.delivery
    total = found.delivery.total
    assert (total.net.amount, total.tax.amount, total.gross.amount) == ("5.00", "0.95", "5.95")
    assert found.total == found.subtotal + total
