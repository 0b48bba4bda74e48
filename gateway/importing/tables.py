"""Table: a TOML table read key by key; whatever was not asked for is refused with the list of what is allowed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time

from gateway.importing.errors import Spot, WrongMapping

Raw = object
"""A TOML value; decimal numbers arrive as text, so that none becomes a float."""


class Table:
    """Reads one table. Each getter raises WrongMapping at its key when the value has another form."""

    def __init__(self, data: Raw, spot: Spot) -> None:
        if not isinstance(data, Mapping):
            raise WrongMapping(spot, "a table is expected here")
        self._data: Mapping[str, Raw] = data
        self.spot = spot

    def __contains__(self, key: str) -> bool:
        return key in self._data

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def only(self, allowed: Sequence[str], what: str = "key") -> None:
        """Refuses keys that mean nothing here."""
        for key in self._data:
            if key not in allowed:
                raise WrongMapping.unknown(self.spot.at(key), what, key, allowed)

    def raw(self, key: str) -> Raw:
        """The value as TOML has it; None when absent."""
        return self._data.get(key)

    def table(self, key: str) -> Table:
        """The table under the key; an empty one when absent."""
        return Table(self._data.get(key, {}), self.spot.at(key))

    def tables(self, key: str) -> list[Table]:
        """The tables of an array; none when absent."""
        return [Table(one, self.spot.at(key, index)) for index, one in enumerate(self._list(key))]

    def text(self, key: str, default: str | None = None) -> str | None:
        """A text."""
        value = self._data.get(key, default)
        if value is not None and not isinstance(value, str):
            raise WrongMapping(self.spot.at(key), "a text in quotes is expected here")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; one text alone is a list of one."""
        value = self._data.get(key)
        items = [value] if isinstance(value, str) else self._list(key)
        return tuple(scalar(item, self.spot.at(key)) for item in items)

    def truth(self, key: str, default: bool) -> bool:
        """true or false."""
        value = self._data.get(key, default)
        if not isinstance(value, bool):
            raise WrongMapping(self.spot.at(key), "true or false is expected here")
        return value

    def choice(self, key: str, allowed: Sequence[str]) -> str | None:
        """One of a few words."""
        value = self.text(key)
        if value is not None and value not in allowed:
            raise WrongMapping.unknown(self.spot.at(key), "choice", value, allowed)
        return value

    def _list(self, key: str) -> Sequence[Raw]:
        value = self._data.get(key, [])
        if not isinstance(value, list):
            raise WrongMapping(self.spot.at(key), "a list is expected here")
        return value


def scalar(value: Raw, spot: Spot) -> str:
    """A text, number, truth or date of TOML as text. Raises WrongMapping for a list or table."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, (str, int)):
        return str(value)
    raise WrongMapping(spot, "a text, number, truth or date is expected here")
