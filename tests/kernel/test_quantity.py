"""Quantities: millionths of a product's unit."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from modules.kernel.quantity import MOST, ONE, ZERO, format_quantity, parse_quantity, pieces


@pytest.mark.parametrize(
    ("text", "scale", "micros"),
    [("1", 0, 1_000_000), ("2.5", 1, 2_500_000), ("2.50", 1, 2_500_000), ("-3", 0, -3_000_000), ("0.000001", 6, 1)],
)
def test_quantities_are_read_at_the_scale_of_the_product(text: str, scale: int, micros: int) -> None:
    assert parse_quantity(text, scale) == micros


@pytest.mark.parametrize(
    ("text", "scale"), [("1.5", 0), ("0.25", 1), ("1000000.1", 1), ("-1000001", 0), ("many", 0), ("", 0)]
)
def test_half_a_piece_and_more_than_the_most_are_refused(text: str, scale: int) -> None:
    with pytest.raises(ValueError, match=r"decimals|more than|not a decimal"):
        parse_quantity(text, scale)


@pytest.mark.parametrize(
    ("micros", "text"), [(0, "0"), (7_000_000, "7"), (2_500_000, "2.5"), (-7_000_000, "-7"), (-500_000, "-0.5")]
)
def test_quantities_are_written_in_the_shortest_way(micros: int, text: str) -> None:
    assert format_quantity(micros) == text


@given(st.integers(-MOST, MOST))
def test_what_is_written_is_read_again(micros: int) -> None:
    assert parse_quantity(format_quantity(micros)) == micros


def test_pieces_are_whole_units() -> None:
    assert (pieces(0), pieces(1)) == (ZERO, ONE)
    assert format_quantity(pieces(12)) == "12"
