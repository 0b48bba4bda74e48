"""Quantity prices: all units at one price, or each band at its own (P-2)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from modules.kernel.money import MICROS, parse_micros
from modules.kernel.names import Sku
from modules.kernel.policies import TierScope
from modules.kernel.quantity import parse_quantity
from modules.pricing.engine.prices import tallies
from modules.pricing.model.prices import PriceRow, TierMode
from tests.pricing.builders import a_row

ALL_UNITS = a_row("10", tiers=[("2", "9"), ("10", "8")])
GRADUATED = replace(ALL_UNITS, tier_mode=TierMode.GRADUATED)
A, B = Sku("A"), Sku("B")


def cost(row: PriceRow, quantity: str, before: str = "0", counted: str | None = None) -> int:
    """In millionths."""
    sum_ = row.cost(parse_quantity(quantity), parse_quantity(before), parse_quantity(counted) if counted else None)
    assert sum_ % MICROS == 0
    return sum_ // MICROS


@pytest.mark.parametrize(
    ("quantity", "each"), [("1", 10), ("1.999999", 10), ("2", 9), ("9", 9), ("10", 8), ("1000", 8)]
)
def test_the_largest_tier_within_the_quantity_prices_all_units(quantity: str, each: int) -> None:  # P-2
    assert ALL_UNITS.micros_at(parse_quantity(quantity)) == each * MICROS
    assert ALL_UNITS.cost(parse_quantity(quantity)) == parse_quantity(quantity) * each * MICROS


def test_what_counts_may_be_more_than_the_line() -> None:  # P-2
    assert cost(ALL_UNITS, "1", counted="10") == parse_micros("8")
    assert cost(GRADUATED, "1", counted="10") == parse_micros("10")


@pytest.mark.parametrize(
    ("quantity", "sum_"),
    [("1", "10"), ("2", "19"), ("9", "82"), ("10", "90"), ("11", "98"), ("0.5", "5"), ("1.5", "14.5"), ("9.5", "86")],
)
def test_graduated_tiers_price_each_band_of_units(quantity: str, sum_: str) -> None:  # P-2: the second unit costs 9
    assert cost(GRADUATED, quantity) == parse_micros(sum_)


@pytest.mark.parametrize(
    ("before", "quantity", "sum_"), [("1", "1", "9"), ("8", "3", "25"), ("20", "2", "16"), ("0.5", "1", "9.5")]
)
def test_a_line_goes_on_in_the_bands_where_the_one_before_it_ended(before: str, quantity: str, sum_: str) -> None:
    assert cost(GRADUATED, quantity, before) == parse_micros(sum_)  # P-2


def test_the_unit_price_of_graduated_tiers_is_that_of_the_last_unit() -> None:
    assert GRADUATED.micros_at(parse_quantity("9")) == parse_micros("9")


def test_a_row_without_tiers_costs_the_same_in_both_modes() -> None:
    row = a_row("10")
    assert row.cost(3 * MICROS) == replace(row, tier_mode=TierMode.GRADUATED).cost(3 * MICROS) == 30 * MICROS * MICROS


def test_a_tier_of_a_measured_quantity_begins_with_the_unit_it_falls_into() -> None:  # P-2
    row = replace(a_row("10", tiers=[("2.5", "8")]), tier_mode=TierMode.GRADUATED)
    assert cost(row, "3") == parse_micros("28")


@given(
    st.lists(st.integers(1, 5_000_000), min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(2, 20), st.integers(0, 12)), max_size=4, unique_by=lambda tier: tier[0]),
)
def test_bands_cost_the_same_however_the_quantity_is_split_over_lines(  # P-2
    quantities: list[int], tiers: list[tuple[int, int]]
) -> None:
    row = a_row("10", tiers=[(f"{least}", f"{amount}") for least, amount in sorted(tiers)])
    row = replace(row, tier_mode=TierMode.GRADUATED)
    lines = tallies([(A, quantity) for quantity in quantities], TierScope.SKU)
    parts = [row.cost(quantity, *tally) for quantity, tally in zip(quantities, lines, strict=True)]
    assert sum(parts) == row.cost(sum(quantities))


def test_quantities_count_per_sku_or_per_line_as_the_market_says() -> None:  # P-2
    lines = [(A, 2), (B, 5), (A, 3)]
    assert tallies(lines, TierScope.SKU) == [(0, 5), (0, 5), (2, 5)]
    assert tallies(lines, TierScope.LINE) == [(0, 2), (0, 5), (0, 3)]
