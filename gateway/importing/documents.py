"""Documents: JSON values taken as they stand, in a column, in the mapping, or as a file that is a list of rows.

A text that is `today`, `today-30d` or `today+5d` and nothing else becomes that day's first moment in the zone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final

from gateway.importing.conversions import Conversion
from gateway.importing.errors import BadValue, Spot, WrongMapping
from gateway.importing.tables import Raw, Table
from gateway.importing.values import Row, Scope, Value
from modules.kernel.moments import format_moment

MOST_BYTES: Final = 50_000_000
"""A file of documents is read whole; masses belong into CSV."""


@dataclass(frozen=True, slots=True)
class DocumentField:
    """A document: the text of a column, or `constant` when no column is named."""

    value: Value | None
    constant: Any
    conversion: Conversion

    def read(self, rows: Sequence[Row], scope: Scope) -> Any:
        """The document with its days told; None when there is none. Raises BadValue for a text that is no JSON."""
        if self.value is None:
            return _told(self.constant, self.conversion, scope.now)
        text = self.value.text(rows[0], scope)
        return None if text is None else _told(_parsed(text), self.conversion, scope.now)

    def columns(self) -> Iterator[str]:
        """Those of its value."""
        yield from self.value.columns if self.value else ()


def read_documents(path: Path, spot: Spot) -> list[Table]:
    """The rows of a JSON file, each a table; what is null in them is absent. Raises WrongMapping for any other file."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise WrongMapping(spot, f"{path} is larger than {MOST_BYTES} bytes; hand in masses as CSV")
        found = json.loads(path.read_text("utf-8-sig"), parse_float=str)
    except (OSError, ValueError, RecursionError) as error:
        raise WrongMapping(spot, f"{path} cannot be read: {error}") from None
    if not isinstance(found, list):
        raise WrongMapping(spot, f"{path} is not a list of rows: [{{...}}, {{...}}]")
    tables = [Table(row, spot.at(index)) for index, row in enumerate(found)]
    return [Table({key: table.raw(key) for key in table if table.raw(key) is not None}, table.spot) for table in tables]


def constant(raw: Raw, conversion: Conversion) -> DocumentField:
    """A document written into the mapping or into a file of rows."""
    return DocumentField(None, raw, conversion)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text, parse_float=str)
    except (ValueError, RecursionError):
        raise BadValue(f"{text[:100]!r} is not JSON") from None


def _told(value: Any, conversion: Conversion, now: datetime) -> Any:
    if isinstance(value, dict):
        return {name: _told(one, conversion, now) for name, one in value.items()}
    if isinstance(value, list):
        return [_told(one, conversion, now) for one in value]
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    day = conversion.relative(value, now) if isinstance(value, str) else None
    return value if day is None else format_moment(day)
