"""What a line costs by unit (O-11)."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from modules.kernel.basket import QuoteLine, TaxedMoney
from modules.kernel.money import Money, UnitPrice, allocate
from modules.kernel.names import LineId, Sku
from modules.kernel.quantity import pieces


def a_line(count: int, gross: int, tax: int, currency: str = "EUR") -> QuoteLine:
    """So many units for so much."""
    total = TaxedMoney(Money(gross - tax, currency), Money(tax, currency), Money(gross, currency))
    return QuoteLine(LineId("1"), Sku("A"), pieces(count), UnitPrice(0, currency), total, "0.19", (), pieces=count)


@pytest.mark.parametrize(
    ("line", "amounts"),
    [
        (a_line(1, 119, 19), [(1, 119, 19)]),
        (a_line(3, 300, 48), [(3, 100, 16)]),
        (a_line(3, 200, 32), [(2, 67, 11), (1, 66, 10)]),
        (a_line(4, 201, 34), [(1, 51, 9), (1, 50, 9), (2, 50, 8)]),
        (a_line(5, 0, 0), [(5, 0, 0)]),
    ],
)
def test_equal_units_cost_the_same_but_for_the_last_cents(line: QuoteLine, amounts: list[tuple[int, int, int]]) -> None:
    found = [(count, each.gross.minor, each.tax.minor) for count, each in line.unit_amounts()]
    assert found == amounts


@given(st.integers(1, 10**6), st.integers(0, 10**12), st.integers(0, 1000))
def test_units_sum_to_the_line_to_the_cent(count: int, gross: int, permille: int) -> None:
    tax = gross * permille // 1000
    found = a_line(count, gross, tax).unit_amounts()
    assert len(found) <= 3
    assert sum(units for units, _ in found) == count
    for part, whole in (("gross", gross), ("tax", tax), ("net", gross - tax)):
        assert sum(units * getattr(each, part).minor for units, each in found) == whole
    assert all(each.net + each.tax == each.gross and each.net.minor >= 0 for _, each in found)


@given(st.integers(1, 50), st.integers(0, 10**6))
def test_the_parts_are_those_of_the_largest_remainder(count: int, gross: int) -> None:  # G-7
    found = [each.gross.minor for units, each in a_line(count, gross, 0).unit_amounts() for _ in range(units)]
    assert found == allocate(gross, [1] * count)
