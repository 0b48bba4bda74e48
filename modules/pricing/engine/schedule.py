"""Weekday and hour windows by the market's clock (P-1, G-5)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from modules.kernel.moments import at_local, from_us, to_us
from modules.pricing.model.prices import Span

DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(days=7)


def is_open(spans: Sequence[Span], at_us: int, zone: ZoneInfo) -> bool:
    """Whether a span contains the instant; no spans at all: always."""
    if not spans:
        return True
    today = from_us(at_us).astimezone(zone).date()
    # A span that began yesterday may run over midnight.
    return any(since <= at_us < until for since, until in occurrences(spans, today - DAY, today, zone))


def next_change(spans: Sequence[Span], at_us: int, zone: ZoneInfo) -> int | None:
    """The first beginning or end of a span after the instant; None when there are no spans."""
    if not spans:
        return None
    today = from_us(at_us).astimezone(zone).date()
    for first, last in ((today - DAY, today + WEEK), (today + WEEK, today + 2 * WEEK)):
        edges = (edge for pair in occurrences(spans, first, last, zone) for edge in pair)
        if (change := min((edge for edge in edges if edge > at_us), default=None)) is not None:
            return change
        # HAZARD: the only hours of the week may be those that are missing in spring; the week after has them again.
    return None


def edges_between(spans: Sequence[Span], from_us_: int, until_us: int, zone: ZoneInfo) -> Iterator[int]:
    """All beginnings and ends within [from, until), in no particular order."""
    if not spans:
        return
    first = from_us(from_us_).astimezone(zone).date() - DAY
    last = from_us(until_us).astimezone(zone).date()
    for pair in occurrences(spans, first, last, zone):
        yield from (edge for edge in pair if from_us_ <= edge < until_us)


def occurrences(spans: Sequence[Span], first: date, last: date, zone: ZoneInfo) -> Iterator[tuple[int, int]]:
    """The spans that begin on the days from first to last, both included, as [since, until) in microseconds."""
    day = first
    while day <= last:
        for span in spans:
            if day.isoweekday() in span.weekdays:
                since, until = _on(span, day, zone)
                # In spring an hour is missing: a span inside it may be left with nothing.
                if since < until:
                    yield since, until
        day += DAY


def _on(span: Span, day: date, zone: ZoneInfo) -> tuple[int, int]:
    end_day = day if span.since < span.until else day + DAY
    return to_us(at_local(day, span.since, zone)), to_us(at_local(end_day, span.until, zone))
