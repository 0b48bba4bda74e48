"""What is handed in, checked value by value."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import pytest

from modules.kernel.errors import InvalidInput
from modules.kernel.policies import TaxMode
from modules.pricing.engine import intake
from modules.pricing.model.prices import PriceKind, PriceRow, Span, SpanInput, TierInput
from tests.builders import NOW, a_channel, a_market, a_store
from tests.pricing.builders import a_row_input

PATH = ("input", "prices", 0)


def read(**changes: Any) -> PriceRow:
    return intake.price_row(a_row_input(**changes), PATH)


def a_span(**changes: Any) -> SpanInput:
    return SpanInput(**{"weekdays": [1], "since": "08:00", "until": "20:00", **changes})


def tiers(*pairs: tuple[str, str]) -> list[TierInput]:
    return [TierInput(min_quantity=least, amount=amount) for least, amount in pairs]


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"sku": " A"}, "sku"),
        ({"sku": ""}, "sku"),
        ({"price_list": "a list"}, "priceList"),
        ({"currency": "eur"}, "currency"),
        ({"amount": "-0.01"}, "amount"),
        ({"amount": "1000000000.01"}, "amount"),
        ({"amount": "1.0000001"}, "amount"),
        ({"amount": "ten"}, "amount"),
        ({"amount": ""}, "amount"),
        ({"market": "d e"}, "market"),
        ({"customer_group": ""}, "customerGroup"),
        ({"contract": "x" * 65}, "contract"),
        ({"valid_from": datetime(2026, 1, 1)}, "validFrom"),
        ({"valid_from": NOW, "valid_until": NOW}, "validUntil"),
        ({"valid_from": NOW, "valid_until": NOW - timedelta(1)}, "validUntil"),
        ({"id": "a b"}, "id"),
        ({"schedule": [a_span(weekdays=[])]}, "schedule.0.weekdays"),
        ({"schedule": [a_span(), a_span(weekdays=[0])]}, "schedule.1.weekdays"),
        ({"schedule": [a_span(weekdays=[8])]}, "schedule.0.weekdays"),
        ({"schedule": [a_span(since="8:00")]}, "schedule.0.since"),
        ({"schedule": [a_span(until="24:00")]}, "schedule.0.until"),
        ({"schedule": [a_span()] * 101}, "schedule"),
        ({"tiers": tiers(("1", "9"))}, "tiers.0.minQuantity"),
        ({"tiers": tiers(("1.999999", "9"))}, "tiers.0.minQuantity"),
        ({"tiers": tiers(("3", "9"), ("3.0", "8"))}, "tiers.1.minQuantity"),
        ({"tiers": tiers(("many", "9"))}, "tiers.0.minQuantity"),
        ({"tiers": tiers(("3", "-9"))}, "tiers.0.amount"),
    ],
)
def test_each_bad_value_is_refused_at_its_place(changes: dict[str, Any], place: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(**changes)
    assert caught.value.path == ("input", "prices", "0", *place.split("."))
    assert caught.value.allowed


SWISS = a_market("ch", country="CH", currencies=("CHF", "EUR"))
SHOP = intake.Shop.of(
    [(a_channel(), [a_store()]), (a_channel("app"), []), (a_channel("web-ch", market=SWISS), [a_store("bern")])],
    segments=["vip"],
)


@pytest.mark.parametrize(
    ("changes", "place", "allowed"),
    [
        ({"currency": "USD"}, "currency", "CHF, EUR"),
        ({"market": "de", "currency": "CHF"}, "currency", "EUR"),
        ({"channel": "web", "currency": "CHF"}, "currency", "EUR"),
        ({"store": "berlin", "currency": "CHF"}, "currency", "EUR"),
        ({"market": "at"}, "market", "ch, de"),
        ({"market": "ch", "channel": "web"}, "channel", "web-ch"),
        ({"market": "ch", "store": "berlin"}, "store", "bern"),
        ({"channel": "web-ch", "store": "berlin"}, "store", "bern"),
        ({"channel": "app", "store": "berlin"}, "store", "none yet"),
        ({"segment": "nobody"}, "segment", "vip"),
    ],
)
def test_a_row_that_could_never_hold_here_is_refused(changes: dict[str, Any], place: str, allowed: str) -> None:
    """P-3, P-6, P-7: places that never meet, a currency that nobody pays there in, an unknown segment."""
    with pytest.raises(InvalidInput) as caught:
        SHOP.row(a_row_input(**changes), PATH)
    assert caught.value.path == (*map(str, PATH), place)
    assert caught.value.allowed == f"one of: {allowed}"


@pytest.mark.parametrize(
    "changes",
    [
        {"market": "de", "channel": "web", "store": "berlin"},
        {"store": "bern", "currency": "CHF"},
        {"market": "ch", "store": "bern"},
        {"currency": "CHF"},
        {"segment": "vip", "customer": "comes-later"},
    ],
)
def test_a_row_whose_places_go_together_is_taken(changes: dict[str, Any]) -> None:  # P-3
    assert SHOP.row(a_row_input(**changes), PATH).keys == read(**changes).keys


def test_a_row_is_read_with_all_it_says() -> None:
    row = read(
        amount="33.6442",
        kind=PriceKind.SALE,
        market="de",
        customer="c1",
        schedule=[a_span(weekdays=[5, 1, 5], since="22:00", until="02:30")],
        tiers=tiers(("10", "30"), ("2.5", "31.5")),
        source="erp",
    )
    assert row.micros == 33_644_200
    assert row.keys == (("customer", "c1"), ("market", "de"))
    assert row.schedule == (Span((1, 5), time(22), time(2, 30)),)
    assert [(tier.min_quantity, tier.micros) for tier in row.tiers] == [
        (2_500_000, 31_500_000),
        (10_000_000, 30_000_000),
    ]
    assert (row.source, row.version) == ("erp", 1)


def test_zero_is_a_price() -> None:  # P-6
    assert read(amount="0.00").micros == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": "11"},
        {"tax_mode": TaxMode.NET},
        {"valid_until": NOW},
        {"tiers": tiers(("3", "9"))},
        {"source": "erp"},
    ],
)
def test_what_may_change_does_not_make_another_row(changes: dict[str, Any]) -> None:
    assert read(**changes).id == read().id


@pytest.mark.parametrize(
    "changes",
    [
        {"sku": "B"},
        {"price_list": "vip"},
        {"currency": "USD"},
        {"kind": PriceKind.SALE},
        {"market": "de"},
        {"channel": "de"},
        {"store": "de"},
        {"segment": "de"},
        {"customer_group": "de"},
        {"customer": "de"},
        {"contract": "de"},
        {"valid_from": NOW},
        {"schedule": [a_span()]},
        {"id": "mine"},
    ],
)
def test_what_a_row_is_known_by_makes_another(changes: dict[str, Any]) -> None:
    assert read(**changes).id != read().id


def test_the_order_of_hours_does_not_make_another_row() -> None:
    one, two = a_span(), a_span(weekdays=[2])
    assert read(schedule=[one, two]).id == read(schedule=[two, one]).id


def test_only_what_differs_is_changed_and_gets_the_next_version() -> None:
    same, other, new = read(), read(sku="B"), read(sku="C")
    held = {row.id: row for row in intake.changed([same, read(sku="B", amount="3")], {})}
    found = intake.changed([same, other, new], held)
    assert [(row.sku, row.version) for row in found] == [("B", 2), ("C", 1)]
