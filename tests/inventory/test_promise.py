"""When goods leave a source, and how far it is (4.1, 4.3)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from modules.inventory.engine.distance import metres
from modules.inventory.engine.promise import Dispatch, dispatch, last_cut_off, why_late
from modules.inventory.model.sourcing import Destination
from tests.inventory.builders import a_source


def at(text: str) -> datetime:
    """A wall time in Berlin in the first week of March 2026, a Monday being the 2nd; winter time is UTC+1."""
    day, time = text.split()
    return datetime.fromisoformat(f"2026-{day}T{time}:00+01:00").astimezone(UTC)


AT_TWO: dict[str, Any] = {"cut_off": "14:00"}
EVERY_DAY: dict[str, Any] = {"working_days": (1, 2, 3, 4, 5, 6, 7)}


@pytest.mark.parametrize(
    ("source", "now", "day"),
    [
        (AT_TWO, "03-02 13:59", "2026-03-02"),
        (AT_TWO, "03-02 14:00", "2026-03-03"),
        (AT_TWO, "03-06 14:00", "2026-03-09"),
        (AT_TWO, "03-07 09:00", "2026-03-09"),
        (AT_TWO | EVERY_DAY, "03-06 14:00", "2026-03-07"),
        (AT_TWO | {"holidays": ("2026-03-03",)}, "03-02 14:00", "2026-03-04"),
        (AT_TWO | {"holidays": ("2026-03-02",)}, "03-02 09:00", "2026-03-03"),
        ({}, "03-02 23:59", "2026-03-02"),
        (AT_TWO | {"zone": "Asia/Tokyo"}, "03-02 13:59", "2026-03-03"),
        (AT_TWO | {"working_days": (3,)}, "03-05 09:00", "2026-03-11"),
    ],
)
def test_an_order_leaves_on_the_first_working_day_whose_cut_off_it_meets(
    source: dict[str, Any], now: str, day: str
) -> None:
    found = dispatch(a_source(**source), at(now), at(now), 0)
    assert found is not None
    assert found.day.isoformat() == day


@pytest.mark.parametrize(
    ("ready", "day"),
    [("03-02 09:00", "2026-03-02"), ("03-04 13:59", "2026-03-04"), ("03-04 14:00", "2026-03-05")],
)
def test_what_is_not_there_yet_leaves_once_it_is(ready: str, day: str) -> None:
    found = dispatch(a_source(**AT_TWO), at("03-02 10:00"), at(ready), 0)
    assert found is not None
    assert (found.day.isoformat(), found.same_day) == (day, day == "2026-03-02")


@pytest.mark.parametrize(("parcels", "same_day"), [(0, True), (9, True), (10, False), (11, False)])
def test_what_the_day_has_no_parcel_left_for_leaves_on_the_next(parcels: int, same_day: bool) -> None:
    source = a_source(**AT_TWO, ship_capacity_per_day=10)
    found = dispatch(source, at("03-02 10:00"), at("03-02 10:00"), parcels)
    assert found == Dispatch(at("03-02 10:00" if same_day else "03-03 10:00").date(), same_day)


def test_a_source_that_never_works_promises_nothing() -> None:
    days = tuple(f"2026-{month:02}-{day:02}" for month in range(1, 13) for day in range(1, 29))
    source = a_source(working_days=(1,), holidays=days)
    found = dispatch(source, at("03-02 10:00"), at("03-02 10:00"), 0)
    assert found is not None  # the 29th to 31st of a month are no holidays
    closed = a_source(working_days=())
    assert dispatch(closed, at("03-02 10:00"), at("03-02 10:00"), 0) is None


@pytest.mark.parametrize(
    ("source", "now", "parcels", "why"),
    [
        (AT_TWO, "03-02 13:59", 0, ""),
        (AT_TWO, "03-02 14:00", 0, "CUT_OFF_PASSED"),
        (AT_TWO, "03-01 09:00", 0, "CLOSED_TODAY"),
        (AT_TWO | {"ship_capacity_per_day": 3}, "03-02 09:00", 3, "CAPACITY_USED"),
        (AT_TWO | {"ship_capacity_per_day": 3}, "03-02 09:00", 2, ""),
    ],
)
def test_a_source_says_why_it_cannot_today(source: dict[str, Any], now: str, parcels: int, why: str) -> None:
    assert why_late(a_source(**source), at(now), parcels) == why


@pytest.mark.parametrize(
    ("now", "expected"),
    [("03-03 09:00", "03-02 14:00"), ("03-03 14:00", "03-03 14:00"), ("03-08 09:00", "03-06 14:00")],
)
def test_the_next_parcels_take_what_came_since_the_last_cut_off(now: str, expected: str) -> None:
    assert last_cut_off(a_source(**AT_TWO), at(now)) == at(expected)


BERLIN: dict[str, Any] = {"latitude_micros": 52_520_008, "longitude_micros": 13_404_954}


@pytest.mark.parametrize(
    ("destination", "km"),
    [
        (Destination("DE", 48_137_154, 11_576_124), 504),
        (Destination("AU", -33_868_820, 151_209_296), 16_095),
        (Destination("DE", 52_520_008, 13_404_954), 0),
        (Destination("FJ", -52_520_008, -166_595_046), 20_015),
    ],
)
def test_distances_are_those_on_the_globe(destination: Destination, km: int) -> None:
    found = metres(a_source(**BERLIN), destination)
    assert found is not None
    assert round(found / 1000) == km


def test_without_coordinates_the_country_is_all_that_counts() -> None:
    assert metres(a_source(**BERLIN), Destination("DE")) == 0
    assert metres(a_source(**BERLIN), Destination("FR")) is None
    assert metres(a_source(), Destination("FR", 0, 0)) is None
