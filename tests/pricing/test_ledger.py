"""The unit ledger: units are told apart without being counted one by one, and no cent is lost (O-5, O-11)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from modules.kernel.money import allocate
from modules.kernel.names import PromotionId, Sku
from modules.kernel.quantity import pieces
from modules.pricing.engine.actions import (
    BuyGet,
    FreeShipping,
    GiftOf,
    Grouping,
    ShippingAmountOff,
    ShippingPercentOff,
)
from modules.pricing.engine.ledger import Ledger, Pick, Run, respread
from tests.pricing.builders import a_promotion
from tests.pricing.cases import a_ware, apply, euros, left, off, outcome, percent

RUNS = st.lists(st.builds(Run, st.integers(1, 5), st.integers(0, 50)), min_size=1, max_size=6)


def _spelt_out(runs: list[Run]) -> list[int]:
    return [run.unit for run in runs for _ in range(run.number)]


@settings(max_examples=100)
@given(RUNS, st.integers(0, 500))
def test_runs_are_respread_as_their_units_would_be(runs: list[Run], total: int) -> None:
    """G-7: the same as allocating over single units, as many of each amount."""
    units = _spelt_out(runs)
    assert sorted(_spelt_out(respread(runs, total))) == sorted(allocate(total, units))


@settings(max_examples=100)
@given(st.integers(1, 30), st.integers(0, 500), st.lists(st.tuples(st.integers(1, 6), st.integers(0, 40)), max_size=5))
def test_a_line_is_always_the_sum_of_its_units(units: int, minor: int, uses: list[tuple[int, int]]) -> None:
    """O-11: whatever is picked, cut and consumed, amounts and units add up, and consumed units stay consumed."""
    ledger, consumed = Ledger([minor], [None], [units], [False]), 0
    for number, most in uses:
        free = next((at for at, run in enumerate(ledger.of(0)) if run.user is None), None)
        if free is None:
            break
        run = ledger.of(0)[free]
        taken = min(number, run.number)
        pick = Pick(0, free, taken, run.unit)
        ledger.settle([pick], min(most, taken * run.unit), PromotionId("p"), "g", is_consumed=True)
        consumed += taken
        runs = ledger.of(0)
        assert sum(run.number * run.unit for run in runs) == ledger.minor[0] >= 0
        assert (sum(run.number for run in runs), sum(run.number for run in runs if run.user)) == (units, consumed)


def test_a_copy_goes_its_own_way() -> None:
    """O-12."""
    ledger = Ledger([900], [None], [3], [False], freight=490)
    copy = ledger.copy()
    copy.settle([Pick(0, 0, 1, 300)], 300, PromotionId("p"), "", is_consumed=True)
    assert (ledger.minor, ledger.of(0), copy.minor) == ([900], (Run(3, 300),), [600])


@pytest.mark.parametrize(
    ("action", "taken"),
    [(FreeShipping(), 490), (ShippingPercentOff(percent(50)), 245), (ShippingAmountOff(euros(900)), 490)],
)
def test_delivery_is_reduced_but_not_below_zero(action: Any, taken: int) -> None:
    """O-4."""
    promoted = apply(a_promotion(action), to=[a_ware()], freight=490)
    assert [reduction.shares for reduction in promoted.reductions] == [((None, taken),)]
    assert off(promoted) == outcome(promoted).amount.minor == taken


def test_a_discount_is_split_over_the_units_of_a_line_exactly() -> None:
    """O-11: 3 units at 4.19, 4.18, 4.18; the cheapest is free."""
    wares = [a_ware("A", 3, 1_255)]
    assert left(wares, apply(a_promotion(BuyGet(2, 1)), to=wares)) == {"A": 837}


def test_a_million_units_are_as_quick_as_three() -> None:
    """O-5: runs, not units, are counted."""
    wares = [a_ware("A", 999_999, 99_999_900), a_ware("B", 1, 100)]
    promoted = apply(a_promotion(BuyGet(2, 1, grouping=Grouping.DEAREST_DOWN)), to=wares)
    assert off(promoted) == 33_333_300
    assert sum(one.units for one in outcome(promoted).units) == 999_999


def test_a_gift_is_given_once_for_each_amount_up_to_its_bound() -> None:
    wares = [a_ware("A", 1, 17_000)]
    promoted = apply(a_promotion(GiftOf(Sku("G"), each_amount=euros(5_000), max=2)), to=wares)
    assert [(gift.sku, gift.quantity) for gift in promoted.gifts] == [("G", pieces(2))]
