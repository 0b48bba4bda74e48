"""From a text to what a field holds: text, number, truth, moment, day. Exact; nothing passes through a float."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gateway.importing.errors import BadValue, WrongMapping
from gateway.importing.tables import Table
from gateway.importing.values import Scope
from modules.kernel.moments import at_local, from_us, to_us

CONVERSION_KEYS = ("zone", "date_format", "day_after", "decimal_comma", "thousands", "times", "true", "false")
_TRUE = frozenset("1 true yes y ja j wahr x".split())
_FALSE = frozenset("0 false no n nein falsch -".split())
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_RELATIVE = re.compile(r"today(?:([+-])([0-9]{1,5})d)?")


class Kind(StrEnum):
    """What a field holds."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    MOMENT = "moment"
    DAY = "day"


Converted = str | int | Decimal | bool | datetime
"""A field's value; moments are in UTC."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """How texts are read. A mapping sets these for all steps, for a step, or for one field."""

    zone: ZoneInfo | None = None
    date_format: str | None = None
    day_after: bool = False
    decimal_comma: bool = False
    thousands: str = ""
    times: Decimal = Decimal(1)
    true: frozenset[str] = _TRUE
    false: frozenset[str] = _FALSE

    def convert(self, text: str, kind: Kind, scope: Scope) -> Converted:
        """The value; raises BadValue with the reason."""
        match kind:
            case Kind.TEXT:
                return text
            case Kind.INTEGER:
                return self.integer(text)
            case Kind.DECIMAL:
                return self.decimal(text)
            case Kind.BOOLEAN:
                return self.boolean(text)
            case Kind.MOMENT:
                return self.moment(text, scope.now)
            case Kind.DAY:
                return self.day(text, scope.now)

    def integer(self, text: str) -> int:
        """A whole number; `12.00` is 12, `12.5` is refused."""
        number = self.decimal(text)
        if number != number.to_integral_value():
            raise BadValue(f"{text!r} is not a whole number")
        return int(number)

    def decimal(self, text: str) -> Decimal:
        """A decimal number in plain digits, multiplied by `times`; `.5` and `5.` pass, `1e3` does not."""
        plain = text.replace(self.thousands, "") if self.thousands else text
        if self.decimal_comma:
            plain = plain.replace(",", "·" if "." in plain else ".")
        if not _NUMBER.fullmatch(plain):
            raise BadValue(f"{text!r} is not a decimal number")
        number = Decimal(plain)
        return number if self.times == 1 else number * self.times

    def boolean(self, text: str) -> bool:
        """One of the words for true or false, capital letters or not."""
        word = text.casefold()
        if word in self.true or word in self.false:
            return word in self.true
        words = ", ".join(sorted(self.true | self.false))
        raise BadValue(f"{text!r} is neither true nor false; allowed: {words}")

    def moment(self, text: str, now: datetime) -> datetime:
        """An instant: ISO 8601 or `date_format`, `today`, `today-30d`. Without an offset it is wall time in `zone`.

        With `day_after`, the midnight that ends the text's day: an inclusive last day becomes an exclusive end.
        """
        found = self._relative(text, now) or self._parsed(text)
        if isinstance(found, datetime) and found.tzinfo is not None and not self.day_after:
            return from_us(to_us(found))
        zone = self.zone
        if zone is None:
            raise BadValue(f"{text!r} has no offset from UTC, and the mapping names no zone")
        if isinstance(found, datetime) and found.tzinfo is not None:
            found = found.astimezone(zone)
        day = date(found.year, found.month, found.day)
        if self.day_after:
            return at_local(day + timedelta(days=1), time(), zone)
        return at_local(day, found.time() if isinstance(found, datetime) else time(), zone)

    def day(self, text: str, now: datetime) -> str:
        """A day of a calendar, without a zone, in ISO 8601; `today-30d` is counted from the day in `zone`."""
        found = self._relative(text, now) or self._parsed(text)
        return date(found.year, found.month, found.day).isoformat()

    def relative(self, text: str, now: datetime) -> datetime | None:
        """The first moment of a day told as `today` or `today-30d`; None for any other text. Raises BadValue."""
        return self.moment(text, now) if _RELATIVE.fullmatch(text) else None

    def _relative(self, text: str, now: datetime) -> date | None:
        match = _RELATIVE.fullmatch(text)
        if not match:
            return None
        if self.zone is None:
            raise BadValue(f"{text!r} needs a zone to have a midnight")
        days = int(f"{match[1] or ''}{match[2] or 0}")
        return now.astimezone(self.zone).date() + timedelta(days=days)

    def _parsed(self, text: str) -> datetime:
        try:
            return datetime.strptime(text, self.date_format) if self.date_format else datetime.fromisoformat(text)
        except ValueError:
            form = f"written as {self.date_format}" if self.date_format else "in ISO 8601"
            raise BadValue(f"{text!r} is not a date {form}") from None


def read_conversion(table: Table, base: Conversion) -> Conversion:
    """The base with what the table sets; raises WrongMapping for an unknown zone or a wrong number."""
    return replace(
        base,
        zone=_zone(table) or base.zone,
        date_format=table.text("date_format", base.date_format),
        day_after=table.truth("day_after", base.day_after),
        decimal_comma=table.truth("decimal_comma", base.decimal_comma),
        thousands=table.text("thousands", base.thousands) or "",
        times=_times(table) or base.times,
        true=_words(table.texts("true")) or base.true,
        false=_words(table.texts("false")) or base.false,
    )


def _zone(table: Table) -> ZoneInfo | None:
    name = table.text("zone")
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise WrongMapping(
            table.spot.at("zone"), f"there is no time zone {name!r}; write it as Europe/Berlin"
        ) from None


def _times(table: Table) -> Decimal | None:
    text = next(iter(table.texts("times")), None)
    if text is None:
        return None
    if not _NUMBER.fullmatch(text) or not Decimal(text):
        raise WrongMapping(table.spot.at("times"), f"{text!r} is not a decimal number other than 0")
    return Decimal(text)


def _words(words: Sequence[str]) -> frozenset[str]:
    return frozenset(word.casefold() for word in words)
