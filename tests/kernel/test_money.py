"""Money (G-1 to G-4, G-7)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings, strategies as st

from modules.kernel.money import (
    MICROS,
    Money,
    Rounding,
    UnitPrice,
    allocate,
    divide,
    exponent,
    format_micros,
    is_currency,
    parse_micros,
)

CURRENCIES = st.sampled_from(["JPY", "EUR", "KWD", "CLF"])
WHOLE = st.integers(-(10**15), 10**15)


@pytest.mark.parametrize(
    ("currency", "places"),
    [("JPY", 0), ("KRW", 0), ("EUR", 2), ("CHF", 2), ("HUF", 2), ("KWD", 3), ("TND", 3), ("CLF", 4), ("UYW", 4)],
)
def test_exponents_come_from_the_table_not_from_a_default_of_two(currency: str, places: int) -> None:  # G-2
    assert exponent(currency) == places


@pytest.mark.parametrize(
    ("text", "is_one"), [("EUR", True), ("eur", False), ("EU", False), ("EURO", False), ("ÄUR", False), ("E1R", False)]
)
def test_a_currency_is_three_capital_letters(text: str, is_one: bool) -> None:
    assert is_currency(text) is is_one


@pytest.mark.parametrize(
    ("numerator", "denominator", "up", "even", "down"),
    [
        (5, 2, 3, 2, 2),
        (7, 2, 4, 4, 3),
        (-5, 2, -3, -2, -2),
        (-7, 2, -4, -4, -3),
        (1, 3, 0, 0, 0),
        (2, 3, 1, 1, 1),
        (-2, 3, -1, -1, -1),
        (0, 7, 0, 0, 0),
        (6, 3, 2, 2, 2),
    ],
)
def test_half_a_unit_goes_where_the_market_says(
    numerator: int, denominator: int, up: int, even: int, down: int
) -> None:
    """G-4: half up goes away from zero, for negatives too."""
    assert divide(numerator, denominator, Rounding.HALF_UP) == up
    assert divide(numerator, denominator, Rounding.HALF_EVEN) == even
    assert divide(numerator, denominator, Rounding.HALF_DOWN) == down


@given(WHOLE, st.integers(1, 10**9), st.sampled_from(Rounding))
def test_division_is_never_off_by_more_than_a_half(numerator: int, denominator: int, rounding: Rounding) -> None:
    assert abs(Fraction(numerator, denominator) - divide(numerator, denominator, rounding)) <= Fraction(1, 2)


@given(WHOLE, st.integers(1, 10**9), st.sampled_from(Rounding))
def test_rounding_is_symmetric_around_zero(numerator: int, denominator: int, rounding: Rounding) -> None:
    assert divide(-numerator, denominator, rounding) == -divide(numerator, denominator, rounding)


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("0", 0),
        ("-0", 0),
        ("12.50", 12_500_000),
        ("0.0899", 89_900),
        ("-3.000001", -3_000_001),
        ("1e3", 1_000_000_000),
        ("1.0000000000", 1_000_000),
        (".5", 500_000),
        ("999999999999.999999", 999_999_999_999_999_999),
        (Decimal("33.6442"), 33_644_200),
    ],
)
def test_decimal_strings_are_read_exactly(text: str | Decimal, micros: int) -> None:
    assert parse_micros(text) == micros


@pytest.mark.parametrize(
    "text", ["", "abc", "1,5", "NaN", "Infinity", "-inf", "0.0000001", "1e12", "1e999999", "1000000000000"]
)
def test_what_is_no_exact_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a decimal|decimals|digits"):
        parse_micros(text)


@pytest.mark.parametrize(
    ("micros", "decimals", "text"),
    [
        (0, 0, "0"),
        (0, 2, "0.00"),
        (89_900, 2, "0.0899"),
        (12_000_000, 2, "12.00"),
        (12_500_000, 0, "12.5"),
        (-500_000, 2, "-0.50"),
        (-1, 0, "-0.000001"),
        (1_234_000, 3, "1.234"),
    ],
)
def test_millionths_are_written_with_no_needless_zeros(micros: int, decimals: int, text: str) -> None:
    assert format_micros(micros, decimals) == text


@given(st.integers(-(10**17), 10**17), st.integers(0, 4))
def test_what_is_written_is_read_again(micros: int, decimals: int) -> None:
    assert parse_micros(format_micros(micros, decimals)) == micros


@given(st.integers(-(10**9), 10**9), CURRENCIES)
def test_money_survives_its_decimal_string(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert Money.parse(money.amount, currency) == money
    assert len(money.amount.partition(".")[2]) == exponent(currency)


@pytest.mark.parametrize(
    ("money", "amount"),
    [
        (Money(1250, "EUR"), "12.50"),
        (Money(-5, "EUR"), "-0.05"),
        (Money(1250, "JPY"), "1250"),
        (Money(-1, "JPY"), "-1"),
        (Money(1, "KWD"), "0.001"),
        (Money(0, "EUR"), "0.00"),
    ],
)
def test_amounts_stand_at_the_exponent_of_the_currency(money: Money, amount: str) -> None:
    assert money.amount == amount


def test_money_with_too_many_decimals_is_refused() -> None:
    with pytest.raises(ValueError, match="more decimals"):
        Money.parse("1.5", "JPY")


def test_two_currencies_do_not_add_up() -> None:  # P-7
    with pytest.raises(ValueError, match="do not add up"):
        Money(1, "EUR") + Money(1, "USD")
    with pytest.raises(ValueError, match="do not add up"):
        Money(1, "EUR") - Money(1, "USD")


def test_money_adds_subtracts_and_turns_its_sign() -> None:
    assert Money(3, "EUR") + Money(4, "EUR") == Money(7, "EUR")
    assert Money(3, "EUR") - Money(4, "EUR") == -Money(1, "EUR")
    assert Money.zero("EUR") == Money(0, "EUR")


@pytest.mark.parametrize(
    ("unit", "currency", "quantity", "minor"),
    [
        ("0.0899", "EUR", 1 * MICROS, 9),
        ("0.0899", "EUR", 1000 * MICROS, 8990),
        ("12.50", "EUR", 500_000, 625),
        ("0.005", "EUR", 1 * MICROS, 1),
        ("19.90", "JPY", 3 * MICROS, 60),
        ("0.0005", "KWD", 1 * MICROS, 1),
        ("33.6442", "USD", 3 * MICROS, 10093),
    ],
)
def test_only_the_line_amount_is_rounded(unit: str, currency: str, quantity: int, minor: int) -> None:  # G-3
    assert UnitPrice.parse(unit, currency).times(quantity) == Money(minor, currency)


def test_line_amounts_are_multiples_of_the_step_of_the_market() -> None:  # G-2, HUF in shops
    assert UnitPrice.parse("149.50", "HUF").times(1 * MICROS, step=100) == Money(15_000, "HUF")
    assert UnitPrice.parse("149.49", "HUF").times(1 * MICROS, step=100) == Money(14_900, "HUF")


def test_unit_prices_show_at_least_the_decimals_of_the_currency() -> None:
    assert UnitPrice.parse("12.5", "EUR").amount == "12.50"
    assert UnitPrice.parse("0.0899", "EUR").amount == "0.0899"
    assert UnitPrice.parse("12", "JPY").amount == "12"


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (100, [0, 1, 1, 1], [0, 34, 33, 33]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (1, [1, 1], [1, 0]),
        (0, [3, 4], [0, 0]),
        (10, [0, 0], [0, 0]),
        (10, [], []),
        (5, [1, 2, 7], [1, 1, 3]),
        (800, [6000, 2000], [600, 200]),
    ],
)
def test_totals_are_split_by_largest_remainder(total: int, weights: list[int], parts: list[int]) -> None:  # G-7
    assert allocate(total, weights) == parts


@pytest.mark.parametrize(
    ("total", "weights", "caps", "parts"),
    [
        (10, [1, 1], [3, 100], [3, 7]),
        (10, [1, 1], [3, 4], [3, 4]),
        (-10, [1, 1], [3, 100], [-3, -7]),
        (10, [1, 0], [3, 100], [3, 0]),
        (10, [1, 1, 1], [0, 0, 0], [0, 0, 0]),
        (7, [5, 1, 1], [1, 9, 9], [1, 3, 3]),
    ],
)
def test_what_does_not_fit_goes_to_those_with_room(  # G-7 with caps
    total: int, weights: list[int], caps: list[int], parts: list[int]
) -> None:
    assert allocate(total, weights, caps) == parts


WEIGHTS = st.lists(st.integers(0, 10**6), max_size=12)


@given(st.integers(-(10**9), 10**9), WEIGHTS)
def test_parts_sum_to_the_whole(total: int, weights: list[int]) -> None:
    parts = allocate(total, weights)
    assert sum(parts) == (total if any(weights) else 0)
    assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if weight == 0)


@given(st.integers(0, 10**9), WEIGHTS.filter(any))
def test_no_part_is_a_whole_unit_away_from_its_share(total: int, weights: list[int]) -> None:
    for part, weight in zip(allocate(total, weights), weights, strict=True):
        assert abs(part - Fraction(total * weight, sum(weights))) < 1


@given(
    st.integers(-(10**6), 10**6),
    st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 10**5)), min_size=1, max_size=8),
)
@settings(max_examples=200)
def test_caps_are_kept_and_all_room_is_used(total: int, pairs: list[tuple[int, int]]) -> None:
    weights, caps = [weight for weight, _ in pairs], [cap for _, cap in pairs]
    parts = allocate(total, weights, caps)
    room = sum(cap for weight, cap in pairs if weight)
    assert all(abs(part) <= cap for part, cap in zip(parts, caps, strict=True))
    assert abs(sum(parts)) == min(abs(total), room)
    assert all(part * total >= 0 for part in parts)


@pytest.mark.parametrize(("weights", "caps"), [([-1], None), ([1], [-1]), ([1, 1], [1])])
def test_weights_and_caps_that_make_no_sense_are_refused(weights: list[int], caps: list[int] | None) -> None:
    with pytest.raises(ValueError, match="weights and caps"):
        allocate(1, weights, caps)
