"""What is known of past demand, and what of it tells the base (S-5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import fmean


@dataclass(frozen=True, slots=True)
class Day:
    """What was sold on a day. `censored`: it could not be had all day, so nobody knows what was wanted."""

    day: date
    units: float
    censored: bool = False
    promoted: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """Demand day by day without gaps; None is a day that tells nothing about the base."""

    first: date
    units: tuple[float | None, ...]

    @classmethod
    def of(cls, days: Iterable[Day], until: date) -> History:
        """From what was recorded, up to and without `until`; a day without a record sold nothing.

        Days without stock and days of promotions are left out of the base (S-5). Days before the first record are not
        part of it: the article may not have been there.
        """
        told = {day.day: day for day in days if day.day < until}
        if not told:
            return cls(until, ())
        first = min(told)
        span = [first + timedelta(days=offset) for offset in range((until - first).days)]
        return cls(first, tuple(_base(told.get(day)) for day in span))

    @property
    def until(self) -> date:
        """The first day that is not part of it."""
        return self.first + timedelta(days=len(self.units))

    @property
    def known(self) -> list[float]:
        """The days that tell something, in order; the others are left out (S-5)."""
        return [units for units in self.units if units is not None]

    def filled(self) -> list[float]:
        """All days; those that tell nothing count as the mean (S-5). Weeks stay weeks so."""
        mean = fmean(self.known) if self.known else 0.0
        return [mean if units is None else units for units in self.units]

    def told(self) -> list[bool]:
        """Whether each day tells something."""
        return [units is not None for units in self.units]


def _base(day: Day | None) -> float | None:
    if day is None:
        return 0.0
    return None if day.censored or day.promoted else max(day.units, 0.0)
