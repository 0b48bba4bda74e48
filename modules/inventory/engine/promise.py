"""When goods leave a source: working days, cut-off times, what the day's capacity leaves (4.1, 4.3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from modules.inventory.model.sources import Source
from modules.kernel.moments import at_local

LOOKED_AT: Final = 400
"""Days in which a source must work once, or it promises nothing."""
_DAY: Final = timedelta(days=1)

CLOSED_TODAY: Final = "CLOSED_TODAY"
CUT_OFF_PASSED: Final = "CUT_OFF_PASSED"
CAPACITY_USED: Final = "CAPACITY_USED"


@dataclass(frozen=True, slots=True)
class Dispatch:
    """The day, in the source's own calendar, on which goods leave; `same_day` when that is the day of the order."""

    day: date
    same_day: bool


def works(source: Source, day: date) -> bool:
    """Whether goods leave the source on this day of its calendar."""
    return day.isoweekday() in source.working_days and day.isoformat() not in source.holidays


def cut_off(source: Source, day: date) -> datetime:
    """The first moment of the day at which an order leaves on a later one: the cut-off, else the day's end."""
    zone = ZoneInfo(source.zone)
    if source.cut_off is None:
        return at_local(day + _DAY, time(), zone)
    return at_local(day, time.fromisoformat(source.cut_off), zone)


def why_late(source: Source, now: datetime, parcels: int) -> str:
    """Why an order of now does not leave today; empty if it does. `parcels` are those that leave today already."""
    today = _day(source, now)
    if not works(source, today):
        return CLOSED_TODAY
    if now >= cut_off(source, today):
        return CUT_OFF_PASSED
    full = source.ship_capacity_per_day is not None and parcels >= source.ship_capacity_per_day
    return CAPACITY_USED if full else ""


def dispatch(source: Source, now: datetime, ready: datetime, parcels: int) -> Dispatch | None:
    """When an order of now leaves whose goods are there from `ready` on; None: the source never works.

    A day's capacity is known for today only: what does not fit is promised for the next working day.
    """
    today, moment = _day(source, now), max(now, ready)
    day = first = _day(source, moment)
    for _ in range(LOOKED_AT):
        in_time = day > first or moment < cut_off(source, day)
        if works(source, day) and in_time and (day > today or not why_late(source, now, parcels)):
            return Dispatch(day, day == today)
        day += _DAY
    return None


def last_cut_off(source: Source, now: datetime) -> datetime:
    """Since when orders have come in that leave with the next parcels: the last cut-off of a working day."""
    day = _day(source, now)
    for _ in range(LOOKED_AT):
        if works(source, day) and cut_off(source, day) <= now:
            return cut_off(source, day)
        day -= _DAY
    return now - LOOKED_AT * _DAY


def _day(source: Source, moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(source.zone)).date()
