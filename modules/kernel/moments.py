"""Moments are instants in UTC; tables keep them as whole microseconds since 1970; intervals are half open (G-5)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_us(moment: datetime) -> int:
    """Whole microseconds since 1970, exact. Raises ValueError for a time without a zone."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone")
    return (moment - _EPOCH) // _MICROSECOND


def from_us(microseconds: int) -> datetime:
    """The instant in UTC."""
    return _EPOCH + timedelta(microseconds=microseconds)


def parse_moment(text: str) -> datetime:
    """An ISO 8601 instant, in UTC. Raises ValueError when it is malformed or has no offset."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no offset from UTC")
    return moment.astimezone(UTC)


def format_moment(moment: datetime) -> str:
    """ISO 8601 in UTC, with `Z`."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def at_local(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """The instant of a wall time: one that does not exist moves forward, an ambiguous one is the earlier (G-5)."""
    return datetime.combine(day, wall, zone).replace(fold=0).astimezone(UTC)


def contains(valid_from: int | None, valid_until: int | None, at_us: int) -> bool:
    """Whether the half-open interval contains the instant; None is without bound."""
    return (valid_from is None or valid_from <= at_us) and (valid_until is None or at_us < valid_until)
