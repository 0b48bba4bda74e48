"""S-1 to S-4 as tables: each row is worked out by hand from the rule it cites."""

from __future__ import annotations

import random
from math import inf, sqrt

import pytest

from modules.inventory.engine.forecast import backtest
from modules.inventory.engine.forecast.demand_class import DemandClass, classify, interval, is_dying, size_variation
from modules.inventory.engine.forecast.methods import METHODS, candidates, croston, sba, seasonal_naive, tsb
from modules.inventory.engine.forecast.safety import Supply, empirical, normal, spread

SERIES = (0.0, 3.0, 0.0, 0.0, 5.0, 0.0, 4.0)
"""Demands of 3, 5 and 4 at the positions 2, 5 and 7: intervals of 2, 3 and 2."""


def close(value: float) -> object:
    return pytest.approx(value, abs=1e-9)


def test_the_worked_example_of_the_rule_comes_out_to_its_last_digit() -> None:
    """S-1: d 40, sigma_d 12, L 4, sigma_L 1, z 1.645 is sigma 46.65, safety 76.7, reorder point 236.7."""
    supply = Supply(lead_time=4, lead_deviation=1, service_level=0.95)
    assert spread(40, 12, supply) == pytest.approx(46.65, abs=0.005)
    buffer = normal(40, 12, supply)
    assert buffer.safety == pytest.approx(76.7, abs=0.05)
    assert buffer.reorder_point == pytest.approx(236.7, abs=0.05)


@pytest.mark.parametrize(
    ("supply", "safety", "reorder_point"),
    [
        (Supply(4, 0, service_level=0.5), 0, 40),  # z is 0
        (Supply(4, 0, service_level=0.3), 0, 40),  # z is negative: nothing is kept
        (Supply(4, 0, service_level=0.8413447460685429), 6, 46),  # z is 1: sqrt(4 * 9)
        (Supply(2, 0, review=2, service_level=0.8413447460685429), 6, 46),  # L + R instead of L
        (Supply(4, 0.8, service_level=0.8413447460685429), 10, 50),  # sqrt(4 * 9 + 100 * 0.64)
        (Supply(0, 0, service_level=0.99), 0, 0),
    ],
)
def test_safety_stock_is_z_times_the_spread_until_goods_are_there(
    supply: Supply, safety: float, reorder_point: float
) -> None:
    """S-1 with d 10 and sigma_d 3."""
    buffer = normal(10, 3, supply)
    assert (buffer.safety, buffer.reorder_point) == (close(safety), close(reorder_point))


@pytest.mark.parametrize(
    ("units", "adi", "cv2", "kind"),
    [
        ([1.0] * 7, 1, 0, DemandClass.NEW),  # S-6: under 8 periods
        ([0.0] * 8, inf, 0, DemandClass.NONE),
        ([2.0] * 8, 1, 0, DemandClass.SMOOTH),
        ([1.0, 0.0, 1.0, 1.0] * 8, 4 / 3, 0, DemandClass.INTERMITTENT),
        ([1.0, 1.0, 0.0, 1.0, 1.0] * 8, 1.25, 0, DemandClass.SMOOTH),
        ([1.0, 9.0] * 4, 1, 0.64, DemandClass.ERRATIC),
        ([3.0, 17.0] * 4, 1, 0.49, DemandClass.ERRATIC),  # the bound belongs to the irregular side
        ([1.0, 0.0, 9.0, 0.0] * 4 + [1.0], 2 - 1 / 9, 0.64 * 0.987654320988, DemandClass.LUMPY),
        ([0.0, 4.0] * 8, 2, 0, DemandClass.INTERMITTENT),
        ([4.0] * 8 + [0.0] * 8, 1, 0, DemandClass.SMOOTH),  # the silence after it is no interval between demands
    ],
)
def test_the_class_goes_by_interval_and_size(units: list[float], adi: float, cv2: float, kind: DemandClass) -> None:
    """S-2."""
    assert interval(units) == close(adi)
    assert classify(units) is kind
    if kind is not DemandClass.LUMPY:
        assert size_variation(units) == close(cv2)


@pytest.mark.parametrize(
    ("kind", "dying", "methods"),
    [
        (DemandClass.SMOOTH, False, ("exponential_smoothing", "seasonal_naive")),
        (DemandClass.ERRATIC, False, ("exponential_smoothing", "seasonal_naive")),
        (DemandClass.INTERMITTENT, False, ("sba", "tsb", "croston")),
        (DemandClass.LUMPY, False, ("sba", "tsb", "croston")),
        (DemandClass.LUMPY, True, ("tsb",)),
        (DemandClass.SMOOTH, True, ("tsb",)),
        (DemandClass.NEW, False, ()),
        (DemandClass.NONE, False, ()),
    ],
)
def test_the_class_decides_what_is_tried(kind: DemandClass, dying: bool, methods: tuple[str, ...]) -> None:
    """S-2."""
    assert candidates(kind, dying) == methods


@pytest.mark.parametrize(
    ("units", "dying"),
    [
        ([1.0] * 20 + [0.0] * 8, False),  # a week's holiday is no death
        ([1.0] * 20 + [0.0] * 9, True),
        ([0.0, 0.0, 1.0] * 10 + [0.0] * 12, False),
        ([0.0, 0.0, 1.0] * 10 + [0.0] * 13, True),
        ([0.0] * 30, False),
    ],
)
def test_a_demand_dies_that_is_silent_for_longer_than_chance_allows(units: list[float], dying: bool) -> None:
    """S-2: dying articles are TSB's."""
    assert is_dying(units) is dying


def test_croston_sba_and_tsb_are_what_a_hand_works_out() -> None:
    """S-3 with a 0.1 on 0 3 0 0 5 0 4."""
    size = 3 + 0.1 * (5 - 3)  # 3.2
    size += 0.1 * (4 - size)  # 3.28
    gaps = 2 + 0.1 * (3 - 2)  # 2.1
    gaps += 0.1 * (2 - gaps)  # 2.09
    assert croston(SERIES, 2) == [close(3.28 / 2.09)] * 2
    assert (size, gaps) == (close(3.28), close(2.09))
    assert sba(SERIES, 1) == [close(3.28 / 2.09 * 0.95)]
    chance = 0.5  # the first demand is at position 2
    for demand in (0, 0, 1, 0, 1):
        chance += 0.1 * (demand - chance)
    assert chance == close(0.476245)
    assert tsb(SERIES, 1) == [close(3.28 * 0.476245)]


def test_tsb_alone_hears_of_the_end() -> None:
    """S-3: Croston is told at demands only; TSB's probability falls by a tenth every period."""
    dead = [*SERIES, *[0.0] * 50]
    assert croston(dead, 1) == croston(SERIES, 1)
    assert tsb(dead, 1) == [close(tsb(SERIES, 1)[0] * 0.9**50)]


def test_a_week_is_repeated_from_its_own_weekday() -> None:
    """S-2: the day after the seventh of 1 to 7 is like the first."""
    week = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]
    assert seasonal_naive([9.0, *week], 9) == [*week, 1.0, 2.0]
    assert seasonal_naive([2.0, 4.0], 2) == [3.0, 3.0]


def test_exponential_smoothing_takes_the_constant_that_would_have_done_best() -> None:
    """S-2: a jump is followed by the fastest constant: 10 + 0.5 * (20 - 10), and so on."""
    assert METHODS["exponential_smoothing"]([10.0, 20.0, 20.0, 20.0], 2) == [18.75, 18.75]
    assert METHODS["exponential_smoothing"]([], 2) == [0.0, 0.0]


def test_lumpy_demand_is_covered_by_what_has_happened() -> None:
    """S-4: one day in four asks for 8; in any two days on end it is 8 or 0, so 99 in 100 needs 8."""
    units = [8.0, 0.0, 0.0, 0.0] * 10
    buffer = empirical(units, 2.0, Supply(2, service_level=0.99))
    assert buffer is not None
    assert (buffer.reorder_point, buffer.safety, buffer.basis) == (8.0, 4.0, "empirical")
    half = empirical(units, 2.0, Supply(2, service_level=0.3))
    assert half is not None
    assert (half.reorder_point, half.safety) == (4.0, 0.0)  # never under the mean


@pytest.mark.parametrize(("days", "told"), [(31, True), (30, False)])
def test_the_quantile_needs_thirty_stretches_of_the_lead_time(days: int, told: bool) -> None:
    """S-4: a past of 31 days holds 30 stretches of two."""
    assert (empirical([1.0] * days, 1.0, Supply(2)) is not None) is told


def test_an_unsure_lead_time_asks_for_more_of_lumpy_demand_too() -> None:
    """S-1 and S-4: what is drawn is the demand until goods are there, whenever that is."""
    draw = random.Random(3)
    units = [draw.choice((0.0, 0.0, 0.0, 1.0, 20.0)) for _ in range(200)]
    sure, unsure = (empirical(units, 4.2, Supply(5, deviation)) for deviation in (0, 4))
    assert sure is not None
    assert unsure is not None
    assert unsure.reorder_point > sure.reorder_point


def test_the_score_is_the_error_over_that_of_naming_yesterday() -> None:
    """0 2 0 2 ... steps by 2 each day, a mean square of 4; what never changes is scaled by 1."""
    assert backtest.scale([0.0, 2.0] * 10) == close(4)
    assert backtest.scale([5.0] * 10) == backtest.scale([5.0]) == 1
    (smoothed,) = backtest.score([5.0] * 20, 4, ["exponential_smoothing"])
    assert (smoothed.rmsse, smoothed.bias, smoothed.deviation) == (0, 0, 0)


def test_rmsse_bias_and_deviation_are_what_a_hand_works_out() -> None:
    """One origin: 8 days of 1 3 1 3 ..., then 4 and 6. Their last week is 3 1 3 1 3 1 3, so 3 and 1 are forecast."""
    units = [1.0, 3.0] * 4 + [4.0, 6.0]
    (found,) = backtest.score(units, 2, ["seasonal_naive"])
    assert found.rmsse == close(sqrt((1 + 25) / 2 / 4))
    assert found.bias == close(-3)
    assert found.deviation == close(sqrt(13))
    (told,) = backtest.score(units, 2, ["seasonal_naive"], [True] * 9 + [False])
    assert (told.rmsse, told.bias) == (close(0.5), close(-1))  # S-5: a day that was filled in proves nothing


@pytest.mark.parametrize(
    ("length", "horizon", "expected"),
    [
        (9, 2, []),  # under 8 days of past
        (10, 2, [8]),
        (13, 2, [11, 10, 9, 8]),
        (400, 28, [372 - 30 * step for step in range(12)]),
    ],
)
def test_forecasts_are_tried_at_evenly_spaced_moments(length: int, horizon: int, expected: list[int]) -> None:
    assert backtest.origins(length, horizon) == expected


@pytest.mark.parametrize("seed", range(3))
def test_the_backtest_names_the_weekly_rhythm_where_there_is_one(seed: int) -> None:
    draw = random.Random(seed)
    week = (10, 12, 11, 13, 20, 35, 4)
    rhythmic = [week[day % 7] + draw.gauss(0, 1) for day in range(200)]
    even = [20 + draw.gauss(0, 5) for _ in range(200)]
    names = candidates(DemandClass.SMOOTH)
    assert [found.method for found in backtest.score(rhythmic, 28, names)] == [
        "seasonal_naive",
        "exponential_smoothing",
    ]
    best, other = backtest.score(even, 28, names)
    assert best.method == "exponential_smoothing"
    assert best.rmsse < 1 < other.rmsse + 0.2
    assert best.deviation == pytest.approx(5, rel=0.15)
    assert abs(best.bias) < 1


@pytest.mark.parametrize("seed", range(3))
def test_a_demand_that_fades_is_told_best_by_tsb(seed: int) -> None:
    """S-2 and S-3: the chance of a demand falls from one in two to one in thirty."""
    draw = random.Random(seed)
    fading = [float(draw.random() < (0.5 if day < 200 else 0.03)) * 4 for day in range(400)]
    assert backtest.score(fading, 28, candidates(DemandClass.INTERMITTENT))[0].method == "tsb"
