"""Moments: instants in UTC, wall times by a market's zone (G-5)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from modules.kernel.moments import at_local, contains, format_moment, from_us, parse_moment, to_us

BERLIN = ZoneInfo("Europe/Berlin")


@given(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))
def test_microseconds_keep_the_instant(moment: datetime) -> None:
    assert from_us(to_us(moment)) == moment
    assert parse_moment(format_moment(moment)) == moment


def test_an_instant_is_the_same_in_every_zone() -> None:
    assert to_us(datetime(2026, 1, 1, 1, tzinfo=BERLIN)) == to_us(datetime(2026, 1, 1, 0, tzinfo=UTC))
    assert to_us(datetime(1970, 1, 1, tzinfo=timezone(timedelta(hours=-1)))) == 3_600_000_000


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        to_us(datetime(2026, 1, 1))
    with pytest.raises(ValueError, match="no offset"):
        parse_moment("2026-01-01T00:00:00")


@pytest.mark.parametrize("text", ["2026-11-22T10:00:00Z", "2026-11-22T11:00:00+01:00", "2026-11-22T10:00Z"])
def test_moments_are_read_in_any_offset_and_written_in_utc(text: str) -> None:
    assert format_moment(parse_moment(text)) == "2026-11-22T10:00:00Z"


@pytest.mark.parametrize(
    ("day", "wall", "utc"),
    [
        (date(2026, 1, 15), time(12), "2026-01-15T11:00:00Z"),
        (date(2026, 7, 15), time(12), "2026-07-15T10:00:00Z"),
        # Spring: 02:00 to 03:00 does not exist on that day and moves forward.
        (date(2026, 3, 29), time(2, 30), "2026-03-29T01:30:00Z"),
        (date(2026, 3, 29), time(3, 30), "2026-03-29T01:30:00Z"),
        # Autumn: 02:30 comes twice, the earlier is meant.
        (date(2026, 10, 25), time(2, 30), "2026-10-25T00:30:00Z"),
        (date(2026, 10, 25), time(3), "2026-10-25T02:00:00Z"),
    ],
)
def test_wall_times_become_instants_over_both_clock_changes(day: date, wall: time, utc: str) -> None:  # G-5
    assert format_moment(at_local(day, wall, BERLIN)) == utc


def test_the_fold_of_the_caller_does_not_matter() -> None:
    assert at_local(date(2026, 10, 25), time(2, 30, fold=1), BERLIN) == at_local(
        date(2026, 10, 25), time(2, 30), BERLIN
    )


def test_the_days_of_the_clock_changes_have_23_and_25_hours() -> None:
    for day, hours in ((date(2026, 3, 29), 23), (date(2026, 10, 25), 25)):
        length = at_local(day + timedelta(days=1), time(), BERLIN) - at_local(day, time(), BERLIN)
        assert length == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("since", "until", "at", "inside"),
    [
        (None, None, 0, True),
        (10, 20, 10, True),
        (10, 20, 19, True),
        (10, 20, 20, False),
        (10, 20, 9, False),
        (10, None, 10**18, True),
        (None, 20, -(10**18), True),
        (10, 10, 10, False),
    ],
)
def test_intervals_are_half_open(since: int | None, until: int | None, at: int, inside: bool) -> None:  # G-5
    assert contains(since, until, at) is inside
