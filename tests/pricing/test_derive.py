"""Derived price lists: amounts in another currency, their endings, and rows that follow their sources (P-7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

import pytest
from hypothesis import given, strategies as st

from modules.kernel.money import MICROS, exponent, parse_micros
from modules.kernel.names import PriceListId
from modules.kernel.policies import TaxMode
from modules.kernel.quantity import parse_quantity
from modules.pricing.engine.derive import Lists, converted, mirror
from modules.pricing.model.lists import Ending, Rate, Toward
from modules.pricing.model.prices import PriceKind, PriceRow, Span, Tier, TierMode
from tests.builders import NOW
from tests.pricing.builders import a_derived_list, a_row, some_rates

CURRENCIES = ("JPY", "EUR", "KWD", "CLF")
"""With 0, 2, 3 and 4 digits (G-2)."""


def an_ending(text: str, toward: Toward = Toward.NEAREST) -> Ending:
    return Ending(MICROS, parse_micros(text), toward)


def a_step(text: str, toward: Toward = Toward.NEAREST) -> Ending:
    return Ending(parse_micros(text), 0, toward, is_step=True)


@pytest.mark.parametrize(
    ("amount", "rate", "ending", "result"),
    [
        ("10.00", "1.0834", None, "10.83"),
        ("10.00", "1.0835", None, "10.84"),  # half up
        ("10.00", "1.0834", an_ending(".95"), "10.95"),
        ("10.00", "1.0834", an_ending(".99", Toward.UP), "10.99"),
        ("10.00", "1.0834", an_ending(".99", Toward.DOWN), "9.99"),
        ("10.00", "1.0834", an_ending(".00"), "11.00"),
        ("10.00", "1.0834", an_ending(".00", Toward.DOWN), "10.00"),
        ("10.00", "1.0834", a_step("0.05"), "10.85"),
        ("10.00", "1.0834", a_step("0.05", Toward.DOWN), "10.80"),
        ("10.00", "1.095", an_ending(".95"), "10.95"),
        ("10.00", "1.045", an_ending(".95"), "10.95"),  # 9.95 and 10.95 are equally near: the higher one
        ("10.00", "1.1", a_step("0.5", Toward.UP), "11.00"),  # what ends right already stays
        ("0.30", "1", an_ending(".00"), "1.00"),  # never free
        ("0.30", "1", an_ending(".00", Toward.DOWN), "1.00"),
        ("0.10", "1", an_ending(".95", Toward.DOWN), "0.95"),  # never negative
        ("0.02", "1", a_step("0.05", Toward.DOWN), "0.05"),
        ("0.01", "0.001", None, "0.01"),
        ("0", "1.0834", an_ending(".95"), "0"),  # free stays free (P-6)
        ("0.0899", "1.0834", an_ending(".95"), "0.097398"),  # finer than its currency: no ending
        ("0.000001", "0.1", None, "0.000001"),
    ],
)
def test_an_amount_is_converted_exactly_once_rounded_and_ended(  # P-7
    amount: str, rate: str, ending: Ending | None, result: str
) -> None:
    found = converted(parse_micros(amount), Rate("EUR", "USD", parse_micros(rate)), ending)
    assert found == parse_micros(result)


@pytest.mark.parametrize(
    ("source", "target", "amount", "rate", "per", "result"),
    [
        ("EUR", "JPY", "10.00", "163.255", 1, "1633"),
        ("JPY", "EUR", "1633", "0.613", 100, "10.01"),
        ("EUR", "KWD", "10.00", "0.33215", 1, "3.322"),
        ("KWD", "EUR", "3.322", "3.0107", 1, "10.00"),
        ("EUR", "CLF", "10.00", "0.02761", 1, "0.2761"),
        ("EUR", "EUR", "10.00", "0.9", 1, "9.00"),
    ],
)
def test_amounts_have_the_digits_of_their_currency(  # G-2
    source: str, target: str, amount: str, rate: str, per: int, result: str
) -> None:
    assert converted(parse_micros(amount), Rate(source, target, parse_micros(rate), per)) == parse_micros(result)


AMOUNTS = st.integers(0, 10**9 * MICROS)
RATES = st.builds(
    Rate, st.sampled_from(CURRENCIES), st.sampled_from(CURRENCIES), st.integers(1, 10**9), st.sampled_from((1, 100))
)
ENDINGS = st.none() | st.builds(
    lambda offset, toward: an_ending(offset, toward), st.sampled_from((".00", ".95", ".99")), st.sampled_from(Toward)
)


@given(AMOUNTS, RATES, ENDINGS)
def test_no_conversion_makes_a_price_negative_or_free(micros: int, rate: Rate, ending: Ending | None) -> None:  # P-7
    found = converted(micros, rate, ending)
    assert (found > 0) is (micros > 0)


@given(st.integers(1, 10**6), RATES, st.sampled_from(Toward), st.sampled_from((".00", ".95", ".99")))
def test_an_ended_amount_ends_so_and_lies_where_it_was_told_to(  # P-7
    minor: int, rate: Rate, toward: Toward, text: str
) -> None:
    micros = minor * (MICROS // 10 ** exponent(rate.currency_from))
    ending = an_ending(text, toward)
    found = converted(micros, rate, ending)
    exact, whole = micros * rate.micros, MICROS * rate.per
    assert found % MICROS == ending.offset
    is_lowest = found == (ending.offset or MICROS)
    assert is_lowest or toward is not Toward.DOWN or found * whole <= exact < (found + MICROS) * whole
    assert is_lowest or toward is not Toward.UP or (found - MICROS) * whole < exact <= found * whole
    assert is_lowest or toward is not Toward.NEAREST or 2 * abs(found * whole - exact) <= MICROS * whole


@given(st.lists(st.integers(0, 10**9), min_size=2, max_size=2), RATES, ENDINGS)
def test_the_dearer_of_two_prices_never_becomes_the_cheaper_one(
    minors: list[int], rate: Rate, ending: Ending | None
) -> None:
    unit = MICROS // 10 ** exponent(rate.currency_from)
    low, high = (converted(minor * unit, rate, ending) for minor in sorted(minors))
    assert low <= high


def lists(version: int = 1, rate: str = "1.1", ending: Ending | None = None) -> Lists:
    return Lists(
        {one.id: one for one in [a_derived_list("us", ending=ending)]},
        {"ecb": some_rates("ecb", ("EUR", "USD", rate), version=version)},
    )


def by_id(*rows: PriceRow) -> dict[str, PriceRow]:
    return {row.id: row for row in rows}


def test_a_derived_row_says_all_its_source_row_says_and_whence_it_comes() -> None:  # P-7
    source = a_row(
        "10.00",
        id="source",
        kind=PriceKind.SALE,
        tax_mode=TaxMode.NET,
        valid_from=NOW,
        schedule=[Span((1,), time(8), time(20))],
        tiers=[("10", "9.00")],
        segment="staff",
        version=7,
    )
    source = replace(source, tier_mode=TierMode.GRADUATED)
    (row,) = lists(3, ending=an_ending(".99")).rows([source])
    assert row == replace(
        source,
        id=row.id,
        price_list=PriceListId("us"),
        currency="USD",
        micros=parse_micros("10.99"),
        tiers=(Tier(parse_quantity("10"), parse_micros("9.99")),),
        derived_from="source",
        rate="ecb:3",
        version=0,
    )
    assert row.id not in ("source", "")


@pytest.mark.parametrize("row", [a_row(currency="CHF"), a_row(price_list="other"), a_row("1000000000")])
def test_rows_of_other_currencies_and_lists_are_not_derived_nor_those_beyond_all_measure(row: PriceRow) -> None:
    assert lists().rows([row]) == []


def test_without_its_rate_nothing_is_derived() -> None:  # P-7: never implicit
    known = lists()
    assert replace(known, rates={}).rows([a_row()]) == []
    assert replace(known, rates={"ecb": some_rates("ecb", ("USD", "EUR", "0.9"))}).rows([a_row()]) == []


def test_a_floor_is_converted_without_an_ending() -> None:  # O-10
    (row,) = lists(ending=an_ending(".99")).rows([a_row("10.00", kind=PriceKind.FLOOR)])
    assert row.micros == parse_micros("11.00")


def test_derived_rows_mirror_their_sources_and_the_same_again_changes_nothing() -> None:
    source = a_row("10.00", id="source")
    first = mirror(by_id(source), lists())
    assert [(row.micros, row.version, row.derived_from) for row in first.changed] == [(11_000_000, 1, "source")]
    held = by_id(source, *first.changed)
    again = mirror(held, lists())
    assert (again.changed, again.gone) == ([], [])
    dearer = replace(source, micros=parse_micros("20.00"), version=2)
    (row,) = mirror({**held, "source": dearer}, lists()).changed
    assert (row.micros, row.version) == (22_000_000, 2)


def test_new_rates_that_change_no_amount_leave_the_row_with_the_rates_it_was_made_with() -> None:
    source = a_row("10.00", id="source")
    held = by_id(source, *mirror(by_id(source), lists(1)).changed)
    assert mirror(held, lists(2)).changed == []
    (row,) = mirror(held, lists(3, "1.2")).changed
    assert (row.micros, row.rate) == (12_000_000, "ecb:3")


def test_a_row_whose_source_is_derived_no_more_goes() -> None:
    source = a_row("10.00", id="source")
    (row,) = mirror(by_id(source), lists()).changed
    assert list(mirror(by_id(source, row), Lists()).gone) == [row]
    moved = replace(source, currency="CHF")
    assert list(mirror(by_id(moved, row), lists()).gone) == [row]
