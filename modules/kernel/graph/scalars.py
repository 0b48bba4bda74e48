"""Scalars: decimals and moments travel as strings; floats do not travel."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, NewType, overload

import strawberry
from graphql import GraphQLError

from modules.kernel.moments import format_moment, from_us, parse_moment

Decimal = NewType("Decimal", str)
"""Text in and text out: whoever uses it says with what scale (`parse_quantity`, `UnitPrice.parse`)."""
DateTime = NewType("DateTime", datetime)
JSON = NewType("JSON", object)

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_LONGEST = 40


@overload
def instant(us: int) -> DateTime: ...
@overload
def instant(us: int | None) -> DateTime | None: ...
def instant(us: int | None) -> DateTime | None:
    """A moment in microseconds since 1970, as the graph tells it; None for none."""
    return None if us is None else DateTime(from_us(us))


def _parse_decimal(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise GraphQLError('A Decimal is written as a string: "12.50".')
    text = str(value).strip() if isinstance(value, str) or abs(value) < 10**_LONGEST else "too long"
    if len(text) > _LONGEST or not _NUMBER.fullmatch(text):
        raise GraphQLError(f"{text[:_LONGEST]!r} is not a decimal number.")
    return text


def _parse_date_time(value: object) -> datetime:
    try:
        if not isinstance(value, str):
            raise ValueError("not a string")
        return parse_moment(value)
    except (ValueError, OverflowError) as error:
        raise GraphQLError('A DateTime is an ISO 8601 moment with an offset: "2026-11-22T10:00:00Z".') from error


def _as_it_is(value: Any) -> Any:
    return value


SCALARS: dict[object, Any] = {
    Decimal: strawberry.scalar(
        name="Decimal",
        description="A decimal number as a string, never a float.",
        serialize=str,
        parse_value=_parse_decimal,
    ),
    DateTime: strawberry.scalar(
        name="DateTime",
        description="ISO 8601 moment in UTC.",
        serialize=format_moment,
        parse_value=_parse_date_time,
    ),
    JSON: strawberry.scalar(name="JSON", description="A JSON object.", serialize=_as_it_is, parse_value=_as_it_is),
}
"""For the schema's configuration."""
