"""Constraints and boxes: how far the keys of a box may go, so that a constraint holds for every combination.

A box has a set of places for each key; a set of rows of a table is a whole number with a bit for each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from modules.configurator.engine.clauses import MOST_ROWS, Rows
from modules.configurator.engine.logic import NEVER, Both, In, Statement
from modules.configurator.engine.rows import SetRow, bits, merged, missing, prefix_tree, union

Point = Mapping[str, int]
"""By key the place that it has."""
Box = dict[str, int]
"""By key the places that it may have; a key that is not there may have any."""
_MOST_KNOWN: Final = 200
"""Sets of places of a column whose rows are remembered."""


class Condition:
    """A statement as a constraint."""

    def __init__(self, statement: Statement) -> None:
        self.statement = statement
        self.keys = list(dict.fromkeys(keys_of(statement)))

    def narrow(self, box: Box, point: Point) -> None:
        """Makes the box one in which this is so everywhere; the point stays in it."""
        _narrow(self.statement, box, point)


class Table:
    """Merged rows as a constraint, those that leave most first."""

    def __init__(self, table: Rows, wholes: Mapping[str, int]) -> None:
        self.keys = list(table.keys)
        self.reads = frozenset(self.keys)
        self.rows = sorted(table.rows, key=lambda row: -sum(places.bit_count() for places in row))
        self.unless, self._wholes = table.unless, wholes
        self.every = (1 << len(self.rows)) - 1
        """All rows, as a set."""
        self._having = {
            key: _having([row[column] for row in self.rows], wholes[key]) for column, key in enumerate(self.keys)
        }
        self._known: dict[str, dict[int, int]] = {key: {} for key in self.keys}

    def narrow(self, box: Box, point: Point) -> None:
        """As of a condition."""
        if self.unless != NEVER and _is_so(self.unless, point):
            _narrow(self.unless, box, point)
            return
        found = self.every
        for key, having in self._having.items():
            found &= having[point[key]]
        row = self._widest(found, box)
        for key, places in zip(self.keys, row, strict=True):
            box[key] = box.get(key, places) & places

    def _widest(self, found: int, box: Box) -> SetRow:
        """Of these rows the one that leaves most of the box."""
        rows = [self.rows[number] for number in bits(found)]
        if len(rows) == 1:
            return rows[0]
        return max(rows, key=lambda row: self._left(row, box))

    def _left(self, row: SetRow, box: Box) -> int:
        return sum((box.get(key, places) & places).bit_count() for key, places in zip(self.keys, row, strict=True))

    def places(self, key: str, box: Box) -> int:
        """The places of a key in the rows that meet the box."""
        return self.places_in(key, self._meeting(box))

    def places_in(self, key: str, rows: int) -> int:
        """The places of a key in a set of rows."""
        return union(1 << place for place, having in enumerate(self._having[key]) if having & rows)

    def having(self, key: str, places: int) -> int:
        """The rows that have one of these places of a key."""
        known = self._known[key]
        found = known.get(places)
        if found is None:
            if len(known) == _MOST_KNOWN:
                known.clear()
            found = known[places] = union(self._having[key][place] for place in bits(places))
        return found

    def _meeting(self, box: Box) -> int:
        found = self.every
        for key in self.keys:
            if key in box and box[key] != self._wholes[key]:
                found &= self.having(key, box[key])
        return found

    def meeting(self, box: Box) -> Iterator[SetRow]:
        """The rows that have something in common with the box."""
        return (self.rows[number] for number in bits(self._meeting(box)))

    def within(self, box: Box, row: SetRow) -> Box:
        """What the box has in common with a row that meets it."""
        return {**box, **{key: box.get(key, places) & places for key, places in zip(self.keys, row, strict=True)}}

    def leaves_free(self, key: str) -> bool:
        """Whether some value of the key keeps this, whatever the others are."""
        if self.unless != NEVER or not 0 < len(self.rows) <= MOST_ROWS:
            return False
        column = self.keys.index(key)
        others = merged(row[:column] + row[column + 1 :] for row in self.rows)
        wholes = [self._wholes[one] for one in self.keys if one != key]
        return not wholes or next(missing(prefix_tree(others), wholes), None) is None


def _having(column: Sequence[int], whole: int) -> list[int]:
    """By place the rows that have it."""
    found = [bytearray(len(column) // 8 + 1) for _ in range(whole.bit_length())]
    for number, places in enumerate(column):
        for place in bits(places):
            found[place][number >> 3] |= 1 << (number & 7)
    return [int.from_bytes(one, "little") for one in found]


def keys_of(statement: Statement) -> Iterator[str]:
    """The keys that a statement speaks of, as often as it does."""
    if isinstance(statement, In):
        yield statement.key
    else:
        for part in statement.parts:
            yield from keys_of(part)


def _narrow(statement: Statement, box: Box, point: Point) -> None:
    if isinstance(statement, In):
        box[statement.key] = box.get(statement.key, statement.places) & statement.places
        return
    if isinstance(statement, Both):
        for part in statement.parts:
            _narrow(part, box, point)
    else:
        _narrow(next(part for part in statement.parts if _is_so(part, point)), box, point)


def _is_so(statement: Statement, point: Point) -> bool:
    if isinstance(statement, In):
        return bool(statement.places >> point[statement.key] & 1)
    parts = (_is_so(part, point) for part in statement.parts)
    return all(parts) if isinstance(statement, Both) else any(parts)
