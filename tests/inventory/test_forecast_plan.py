"""The whole plan: what is left out of the base (S-5), too little past (S-6), proof by simulation, and invariants."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import pytest
from hypothesis import given, settings, strategies as st

from modules.inventory.engine.forecast.demand_class import DemandClass
from modules.inventory.engine.forecast.history import Day, History
from modules.inventory.engine.forecast.methods import METHODS
from modules.inventory.engine.forecast.plan import Plan, cold_start, plan
from modules.inventory.engine.forecast.safety import Buffer, Supply, empirical, normal
from modules.inventory.engine.forecast.simulation import simulate

MONDAY = date(2026, 1, 5)
SUPPLY = Supply(lead_time=5, lead_deviation=1, service_level=0.95)
SERIES = st.lists(st.integers(0, 60).map(float), min_size=8, max_size=90)
LEVELS = st.floats(0.5, 0.999)


def past(units: Sequence[float], **marks: set[int]) -> History:
    """Day by day from a Monday; `censored` and `promoted` name days by number."""
    days = [
        Day(
            MONDAY + timedelta(days=number),
            each,
            number in marks.get("censored", ()),
            number in marks.get("promoted", ()),
        )
        for number, each in enumerate(units)
    ]
    return History.of(days, MONDAY + timedelta(days=len(units)))


def planned(units: Sequence[float], supply: Supply = SUPPLY, **marks: set[int]) -> Plan:
    found = plan(past(units, **marks), supply)
    assert found is not None
    return found


def poisson(mean: float, days: int, seed: int) -> list[float]:
    """Whole units a day, from the gaps between buyers."""
    draw = random.Random(seed)
    units = [0.0] * days
    at = draw.expovariate(mean)
    while at < days:
        units[int(at)] += 1
        at += draw.expovariate(mean)
    return units


def test_days_without_stock_and_of_promotions_tell_nothing_about_the_base() -> None:
    """S-5: they are left out, or count as the mean where weeks must stay weeks."""
    history = past([4.0, 0.0, 90.0, 6.0], censored={1}, promoted={2})
    assert history.units == (4.0, None, None, 6.0)
    assert (history.known, history.filled()) == ([4.0, 6.0], [4.0, 5.0, 5.0, 6.0])
    assert history.told() == [True, False, False, True]


def test_a_day_between_records_sold_nothing_and_one_before_them_is_no_part() -> None:
    days = [Day(MONDAY, 2.0), Day(MONDAY + timedelta(days=2), 3.0), Day(MONDAY + timedelta(days=9), 7.0)]
    history = History.of(days, MONDAY + timedelta(days=4))
    assert (history.first, history.units, history.until) == (MONDAY, (2.0, 0.0, 3.0, 0.0), MONDAY + timedelta(days=4))
    assert History.of(days, MONDAY).units == ()


@pytest.mark.parametrize("units", [[10.0] * 60, [0.0, 0.0, 5.0] * 30, [1.0, 0.0, 9.0, 0.0] * 20])
def test_a_promotion_changes_no_forecast(units: list[float]) -> None:
    """S-5: what is sold on promoted days does not matter at all."""
    marks = {3, 17, 40}
    wild = [each * 20 + 7 if number in marks else each for number, each in enumerate(units)]
    assert planned(wild, promoted=marks) == planned(units, promoted=marks)


def test_a_filled_day_is_no_demand_of_an_article_that_is_seldom_wanted() -> None:
    """S-5 and S-3: with the mean of one and a half filled in on ten days, every third interval would be cut short."""
    units = [0.0, 0.0, 5.0] * 30
    dry = set(range(60, 70))
    found = planned(units, censored=dry)
    assert found.demand_class is DemandClass.INTERMITTENT
    assert sum(found.daily) / 28 == pytest.approx(5 / 3 * 0.95, rel=0.1)


@pytest.mark.parametrize("gap", [2, 5, 9])
def test_a_past_that_begins_with_a_demand_is_no_sign_of_many(gap: int) -> None:
    """S-3: one in so many days, from the first record on; with a first interval of 1, six demands later half as much
    again would be forecast."""
    units = [4.0, *([0.0] * (gap - 1) + [4.0]) * 6]
    found = planned(units)
    forecast = {score.method: METHODS[score.method](units[1:], 1)[0] for score in found.scores}
    assert forecast["croston"] == pytest.approx(4 / gap)
    assert found.daily[0] == forecast[found.method]


@pytest.mark.parametrize("units", [[], [3.0] * 7, [0.0] * 50])
def test_with_too_little_past_nothing_is_forecast(units: list[float]) -> None:
    """S-6: least stock is set by hand."""
    assert plan(past(units), SUPPLY) is None


def test_eight_periods_that_are_known_are_needed() -> None:
    """S-5 and S-6: a day without stock is none of them."""
    assert plan(past([3.0] * 8, censored={2}), SUPPLY) is None
    assert planned([3.0] * 8).method == "mean"


def test_a_new_article_sells_like_the_median_of_its_category() -> None:
    """S-6."""
    assert cold_start([1.0, 100.0, 3.0]) == 3.0
    assert cold_start([]) is None


@pytest.mark.parametrize(
    ("units", "kind", "methods", "basis"),
    [
        (poisson(20, 200, 1), DemandClass.SMOOTH, {"exponential_smoothing", "seasonal_naive"}, "normal"),
        ([0.0, 0.0, 5.0] * 40, DemandClass.INTERMITTENT, {"sba", "tsb", "croston"}, "normal"),
        ([1.0, 0.0, 9.0, 0.0] * 30, DemandClass.LUMPY, {"sba", "tsb", "croston"}, "empirical"),
        ([5.0] * 100 + [0.0] * 40, DemandClass.SMOOTH, {"tsb"}, "normal"),
    ],
)
def test_a_plan_says_how_it_was_made(units: list[float], kind: DemandClass, methods: set[str], basis: str) -> None:
    """S-2 and S-4."""
    found = planned(units)
    assert found.demand_class is kind
    assert {score.method for score in found.scores} == methods
    assert found.method == found.scores[0].method
    assert found.buffer.basis == basis
    assert len(found.daily) == 28


def test_the_error_of_the_forecast_is_what_is_covered() -> None:
    """S-1: a weekly rhythm that is known needs no buffer, though its days differ widely."""
    week = [10.0, 12.0, 11.0, 13.0, 20.0, 35.0, 4.0]
    found = planned(week * 20, replace(SUPPLY, lead_deviation=0))
    assert found.method == "seasonal_naive"
    assert found.buffer.safety == 0
    assert found.buffer.reorder_point == pytest.approx(15 * 5)


def test_a_dead_article_is_reordered_no_more() -> None:
    """S-2: one that has just fallen silent is still kept a little of."""
    dead, silent = planned([5.0] * 100 + [0.0] * 90).buffer, planned([5.0] * 100 + [0.0] * 10).buffer
    assert (dead.safety, dead.reorder_point, dead.basis) == (0, 0, "dying")
    assert 0 < silent.reorder_point < planned([5.0] * 100).buffer.reorder_point


@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
@pytest.mark.parametrize("deviation", [0.0, 1.0])
def test_the_promised_service_level_is_kept_in_the_simulation(level: float, deviation: float) -> None:
    """S-1: over twenty years of even demand, with a sure and with an unsure lead time."""
    units = poisson(20, 7_300, 4)
    supply = Supply(lead_time=5, lead_deviation=deviation, service_level=level)
    outcome = simulate(units, normal(20, 20**0.5, supply).reorder_point, 200, supply)
    assert outcome.service_level == pytest.approx(level, abs=0.03)
    assert outcome.service_level <= outcome.fill_rate <= 1


def test_the_simulation_is_what_a_hand_works_out() -> None:
    """Reorder point 4, orders of 10, two days. 14 fall to 4 at the end of day two: ordered, there after day four. On
    day three 4 are sold of 5, on day four none; then 10 lie there, of which 5 are sold."""
    outcome = simulate([5.0] * 5, 4, 10, Supply(lead_time=2))
    assert outcome.service_level == 0.5
    assert outcome.fill_rate == (5 + 5 + 4 + 0 + 5) / 25
    assert outcome.mean_stock == (9 + 4 + 0 + 0 + 5) / 5


def test_goods_that_arrive_at_noon_serve_the_afternoon() -> None:
    """From 7 the order goes out when 3 are sold, at noon of the day of 6; 1 is short until noon of the next."""
    outcome = simulate([6.0, 6.0], 4, 3, Supply(lead_time=1))
    assert outcome.fill_rate == 12 / 12 - 0 / 12 - (3 - 1) / 12 - (3 - 3) / 12


def test_stock_that_is_looked_at_once_a_week_is_ordered_once_a_week() -> None:
    """S-1: a reorder point for L alone lets it run dry, one for L + R does not."""
    units = [5.0] * 70
    weekly = Supply(lead_time=4, review=7)
    assert simulate(units, 5 * 4, 36, weekly).fill_rate < 1
    assert simulate(units, 5 * 11, 36, weekly).fill_rate == 1


def buffers(units: Sequence[float]) -> tuple[Callable[[Supply], Buffer | None], ...]:
    """Both ways to a reorder point, for a demand of 9 a day."""
    return partial(normal, 9, 4), partial(empirical, units, 9)


@given(units=SERIES, low=LEVELS, high=LEVELS)
def test_more_service_never_needs_less_stock(units: list[float], low: float, high: float) -> None:
    low, high = sorted((low, high))
    for buffer in buffers(units):
        less, more = (buffer(Supply(5, 1, service_level=level)) for level in (low, high))
        assert (less is None) is (more is None)
        if less and more:
            assert less.safety <= more.safety
            assert less.reorder_point <= more.reorder_point


@given(units=SERIES, days=st.integers(0, 20), longer=st.integers(0, 20), review=st.integers(0, 7))
def test_a_longer_way_never_needs_less_stock(units: list[float], days: int, longer: int, review: int) -> None:
    for buffer in buffers(units):
        less, more = buffer(Supply(days, 2, review)), buffer(Supply(days + longer, 2, review))
        if less and more:
            assert less.reorder_point <= more.reorder_point
    assert normal(9, 4, Supply(days, 2)).safety <= normal(9, 4, Supply(days + longer, 2)).safety


@given(units=SERIES, horizon=st.integers(1, 40))
def test_no_forecast_is_negative_and_none_is_above_all_that_was_ever_wanted(units: list[float], horizon: int) -> None:
    for method in METHODS.values():
        forecast = method(units, horizon)
        assert len(forecast) == horizon
        assert all(0 <= each <= max(units) + 1e-9 for each in forecast)


@settings(max_examples=30)
@given(units=SERIES, times=st.sampled_from([2.0, 8.0, 0.5]))
def test_twice_the_demand_needs_twice_of_everything(units: list[float], times: float) -> None:
    """Powers of two, so that no rounding of the machine decides between methods."""
    one, more = plan(past(units), SUPPLY), plan(past([each * times for each in units]), SUPPLY)
    if one is None or more is None:
        assert one is more is None
        return
    assert (more.demand_class, more.buffer.basis) == (one.demand_class, one.buffer.basis)
    if any(score.deviation for score in one.scores):  # a scale of 1 stands in where nothing ever changed
        assert more.method == one.method
    assert more.daily == pytest.approx([each * times for each in one.daily])
    assert more.buffer.safety == pytest.approx(one.buffer.safety * times)
    assert more.buffer.reorder_point == pytest.approx(one.buffer.reorder_point * times)
    assert (more.proof.service_level, more.proof.fill_rate) == pytest.approx(
        (one.proof.service_level, one.proof.fill_rate)
    )


@given(days=st.permutations([(0, 3.0), (1, 0.0), (2, 5.0), (4, 1.0), (7, 2.0)]))
def test_records_may_come_in_any_order(days: list[tuple[int, float]]) -> None:
    told = [Day(MONDAY + timedelta(days=number), units) for number, units in days]
    assert History.of(told, MONDAY + timedelta(days=9)) == past([3.0, 0.0, 5.0, 0.0, 1.0, 0.0, 0.0, 2.0, 0.0])


@given(units=SERIES)
def test_the_same_past_makes_the_same_plan(units: list[float]) -> None:
    assert plan(past(units), SUPPLY) == plan(past(units), SUPPLY)
