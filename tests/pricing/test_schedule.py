"""Weekday and hour windows by the market's clock (P-1, G-5)."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings, strategies as st

from modules.kernel.moments import format_moment, from_us, to_us
from modules.pricing.engine.schedule import edges_between, is_open, next_change
from modules.pricing.model.prices import Span

BERLIN = ZoneInfo("Europe/Berlin")
HAPPY_HOUR = Span((1, 2, 3, 4, 5), time(17), time(19))
FRIDAY_NIGHT = Span((5,), time(22), time(2))
ALL_SUNDAY = Span((7,), time(0), time(0))


def local(text: str) -> int:
    return to_us(datetime.fromisoformat(text).replace(tzinfo=BERLIN))


def opened(span: Span, text: str) -> bool:
    return is_open((span,), local(text), BERLIN)


@pytest.mark.parametrize(
    ("span", "at", "inside"),
    [
        (HAPPY_HOUR, "2026-03-02T16:59:59", False),
        (HAPPY_HOUR, "2026-03-02T17:00:00", True),
        (HAPPY_HOUR, "2026-03-02T18:59:59", True),
        (HAPPY_HOUR, "2026-03-02T19:00:00", False),
        (HAPPY_HOUR, "2026-03-07T18:00:00", False),  # Saturday
        (FRIDAY_NIGHT, "2026-03-06T21:59:00", False),
        (FRIDAY_NIGHT, "2026-03-06T22:00:00", True),
        (FRIDAY_NIGHT, "2026-03-07T01:59:00", True),  # belongs to Friday
        (FRIDAY_NIGHT, "2026-03-07T02:00:00", False),
        (FRIDAY_NIGHT, "2026-03-07T22:30:00", False),
        (FRIDAY_NIGHT, "2026-03-06T01:00:00", False),  # Thursday's night
        (ALL_SUNDAY, "2026-03-08T00:00:00", True),
        (ALL_SUNDAY, "2026-03-08T23:59:59", True),
        (ALL_SUNDAY, "2026-03-09T00:00:00", False),
    ],
)
def test_hours_run_over_midnight_and_belong_to_the_day_they_begin_on(span: Span, at: str, inside: bool) -> None:
    assert opened(span, at) is inside


def test_no_schedule_is_always_open() -> None:
    assert is_open((), 0, BERLIN)
    assert next_change((), 0, BERLIN) is None


@pytest.mark.parametrize(
    ("span", "at", "inside"),
    [
        # Spring, 2026-03-29: 02:00 to 03:00 does not exist; 02:30 is 03:30 summer time, 01:30 UTC.
        (Span((7,), time(1), time(2, 30)), "2026-03-29T01:29:59", True),
        (Span((7,), time(1), time(2, 30)), "2026-03-29T01:30:00", False),
        (Span((7,), time(2, 30), time(3)), "2026-03-29T01:15:00", False),  # nothing is left of it
        # Autumn, 2026-10-25: 02:30 comes twice, at 00:30 and 01:30 UTC; the earlier is meant.
        (Span((7,), time(2), time(2, 30)), "2026-10-25T00:29:59", True),
        (Span((7,), time(2), time(2, 30)), "2026-10-25T01:15:00", False),
        (Span((7,), time(2, 30), time(3)), "2026-10-25T01:45:00", True),
        (Span((6,), time(22), time(4)), "2026-10-25T02:59:59", True),  # seven hours long that night
        (Span((6,), time(22), time(4)), "2026-10-25T03:00:00", False),
    ],
)
def test_hours_follow_the_clock_over_both_changes(span: Span, at: str, inside: bool) -> None:
    assert is_open((span,), to_us(datetime.fromisoformat(at).replace(tzinfo=UTC)), BERLIN) is inside


@pytest.mark.parametrize(
    ("span", "at", "change"),
    [
        (HAPPY_HOUR, "2026-03-02T12:00:00", "2026-03-02T16:00:00Z"),
        (HAPPY_HOUR, "2026-03-02T17:00:00", "2026-03-02T18:00:00Z"),
        (HAPPY_HOUR, "2026-03-06T19:00:00", "2026-03-09T16:00:00Z"),  # over the weekend
        (FRIDAY_NIGHT, "2026-03-07T01:00:00", "2026-03-07T01:00:00Z"),
        (Span((1,), time(8), time(9)), "2026-03-02T09:00:00", "2026-03-09T07:00:00Z"),  # a week later
        # In the week of spring none of these hours is left: the Sunday after has the next.
        (Span((7,), time(2, 30), time(3)), "2026-03-22T03:00:00", "2026-04-05T00:30:00Z"),
    ],
)
def test_the_next_change_is_told(span: Span, at: str, change: str) -> None:
    moment = next_change((span,), local(at), BERLIN)
    assert moment is not None
    assert format_moment(from_us(moment)) == change


SPANS = st.builds(
    Span,
    st.lists(st.integers(1, 7), min_size=1, unique=True).map(tuple),
    st.times().map(lambda t: t.replace(microsecond=0)),
    st.times().map(lambda t: t.replace(microsecond=0)),
)
MOMENTS = st.datetimes(datetime(2026, 3, 20), datetime(2026, 11, 5), timezones=st.just(UTC)).map(to_us)


@given(st.lists(SPANS, min_size=1, max_size=3), MOMENTS, st.floats(0, 0.999))
@settings(max_examples=100)
def test_nothing_changes_before_the_next_change(spans: list[Span], at: int, share: float) -> None:
    moment = next_change(spans, at, BERLIN)
    assert moment is None or moment > at
    between = at + int(((moment or at) - at) * share)
    assert is_open(spans, between, BERLIN) == is_open(spans, at, BERLIN)


@given(SPANS, MOMENTS)
@settings(max_examples=50)
def test_edges_are_the_changes_one_after_the_other(span: Span, at: int) -> None:
    end = at + 10 * 86_400 * 10**6
    walked, moment = set(), next_change((span,), at - 1, BERLIN)
    while moment is not None and moment < end:
        walked.add(moment)
        moment = next_change((span,), moment, BERLIN)
    assert set(edges_between((span,), at, end, BERLIN)) == walked
