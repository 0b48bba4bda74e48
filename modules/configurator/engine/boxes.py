"""From one whole configuration to many: what else is possible around it, without asking the solver (section 11).

A box has a set of places for each key, such that every combination of one place from each keeps all constraints. Around
a configuration there is one: where it keeps a table by a row, that row's sets; where a condition is so, the sets that
make it so. Many keys never narrow the box: a characteristic that one table alone speaks of, and that the table leaves a
value whatever the others are, can be chosen last. Such a free key narrows it, with its table, only where
it is given or read by one that does; and each row of the table that meets the box shows values that are possible.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from modules.configurator.engine.clauses import MOST_ROWS, Held, Rows
from modules.configurator.engine.domains import Domain
from modules.configurator.engine.logic import NEVER, Both, In, Statement
from modules.configurator.engine.rows import SetRow, bits, merged, missing, prefix_tree, union

Point = Mapping[str, int]
"""By key the place that it has."""
_MOST_TRIES: Final = 200
"""Rows that are tried for one key."""
Box = dict[str, int]
"""By key the places that it may have; a key that is not there may have any."""


class Boxes:
    """Of one model. What is told possible is possible; not all that is possible is told."""

    def __init__(self, domains: Mapping[str, Domain], held: Iterable[Held]) -> None:
        self._wholes = {key: domain.whole for key, domain in domains.items()}
        every = [_Table(one, self._wholes) if isinstance(one, Rows) else _Condition(one) for one in held]
        self._free = _free(every)
        self.are_wide = 2 * len(self._free) > len(self._wholes)
        """Whether most keys can be chosen last; else it is not worth to look for a box."""
        tables = set(self._free.values())
        self._core = [one for one in every if one not in tables]

    def around(self, point: Point, given: Iterable[str], wanted: Mapping[str, int]) -> Iterator[tuple[str, int]]:
        """Which places of those wanted, by key, are possible beside what the keys `given` have in a configuration."""
        fixed = list(given)
        box: Box = {key: 1 << point[key] for key in fixed}
        for one in self._core:
            one.narrow(box, point)
        active = set[_Table]()
        self._activate(fixed, box, point, active)
        for key, places in wanted.items():
            table = self._free.get(key)
            if table is None or table in active:
                yield key, places & box.get(key, self._wholes[key])
            else:
                yield key, places & self._of_free(key, table, places, box, active)

    def _activate(self, keys: Iterable[str], box: Box, point: Point, active: set[_Table]) -> None:
        """Narrows the box by the tables of the free ones among these keys, and of those that these tables read."""
        todo = list(keys)
        while todo:
            table = self._free.get(todo.pop())
            if table is not None and table not in active:
                active.add(table)
                table.narrow(box, point)
                todo += table.keys

    def _of_free(self, key: str, table: _Table, wanted: int, box: Box, active: set[_Table]) -> int:
        """Row by row of its table: whether what the row reads of other free keys has a row too, and so on."""
        read = self._read(table, active)
        if not read:
            return table.places(key, box)
        column, found, tries = table.keys.index(key), 0, _Tries(_MOST_TRIES)
        for row in table.meeting(box):
            if row[column] & wanted & ~found and _reach(read, 0, table.within(box, row), tries):
                found |= row[column]
        return found

    def _read(self, table: _Table, active: set[_Table]) -> list[_Table]:
        """The tables of the free keys that a table reads, directly or not, each after one that reads it."""
        found, todo = {table: None}, [table]
        for one in todo:
            for other in one.keys:
                more = self._free.get(other)
                if more is not None and more not in found and more not in active:
                    found[more] = None
                    todo.append(more)
        return list(found)[1:]


@dataclass(slots=True)
class _Tries:
    left: int


def _reach(tables: Sequence[_Table], place: int, box: Box, tries: _Tries) -> bool:
    """Whether one row of each of these tables can be had together within the box; False also when it takes too long."""
    if place == len(tables):
        return True
    for row in tables[place].meeting(box):
        tries.left -= 1
        if tries.left < 0:
            return False
        if _reach(tables, place + 1, tables[place].within(box, row), tries):
            return True
    return False


class _Condition:
    """A statement as a constraint."""

    def __init__(self, statement: Statement) -> None:
        self._statement = statement
        self.keys = list(dict.fromkeys(_keys(statement)))

    def narrow(self, box: Box, point: Point) -> None:
        """Makes the box one in which this is so everywhere; the point stays in it."""
        _narrow(self._statement, box, point)


class _Table:
    """Merged rows as a constraint. A set of rows is a whole number with a bit for each."""

    def __init__(self, table: Rows, wholes: Mapping[str, int]) -> None:
        self.keys = list(table.keys)
        self._rows, self._unless, self._wholes = table.rows, table.unless, wholes
        self._every = (1 << len(table.rows)) - 1
        self._having = [
            _having([row[column] for row in table.rows], wholes[key]) for column, key in enumerate(self.keys)
        ]

    def narrow(self, box: Box, point: Point) -> None:
        """As of a condition."""
        if self._unless != NEVER and _is_so(self._unless, point):
            _narrow(self._unless, box, point)
            return
        found = self._every
        for key, having in zip(self.keys, self._having, strict=True):
            found &= having[point[key]]
        row = self._widest(found, box)
        for key, places in zip(self.keys, row, strict=True):
            box[key] = box.get(key, places) & places

    def _widest(self, found: int, box: Box) -> SetRow:
        """Of these rows the one that leaves most of the box."""
        rows = [self._rows[number] for number in bits(found)]
        if len(rows) == 1:
            return rows[0]
        return max(rows, key=lambda row: self._left(row, box))

    def _left(self, row: SetRow, box: Box) -> int:
        return sum((box.get(key, places) & places).bit_count() for key, places in zip(self.keys, row, strict=True))

    def places(self, key: str, box: Box) -> int:
        """The places of a key in the rows that meet the box."""
        found, own = self._meeting(box), self._having[self.keys.index(key)]
        return union(1 << place for place, rows in enumerate(own) if rows & found)

    def _meeting(self, box: Box) -> int:
        found = self._every
        for key, having in zip(self.keys, self._having, strict=True):
            if key in box and box[key] != self._wholes[key]:
                found &= union(having[place] for place in bits(box[key]))
        return found

    def meeting(self, box: Box) -> Iterator[SetRow]:
        """The rows that have something in common with the box."""
        return (self._rows[number] for number in bits(self._meeting(box)))

    def within(self, box: Box, row: SetRow) -> Box:
        """What the box has in common with a row that meets it."""
        return {**box, **{key: box.get(key, places) & places for key, places in zip(self.keys, row, strict=True)}}

    def leaves_free(self, key: str) -> bool:
        """Whether some value of the key keeps this, whatever the others are."""
        if self._unless != NEVER or not 0 < len(self._rows) <= MOST_ROWS:
            return False
        column = self.keys.index(key)
        others = merged(row[:column] + row[column + 1 :] for row in self._rows)
        wholes = [self._wholes[one] for one in self.keys if one != key]
        return not wholes or next(missing(prefix_tree(others), wholes), None) is None


def _having(column: Sequence[int], whole: int) -> list[int]:
    """By place the rows that have it."""
    found = [bytearray(len(column) // 8 + 1) for _ in range(whole.bit_length())]
    for number, places in enumerate(column):
        for place in bits(places):
            found[place][number >> 3] |= 1 << (number & 7)
    return [int.from_bytes(one, "little") for one in found]


def _free(every: Sequence[_Table | _Condition]) -> dict[str, _Table]:
    """Again and again the keys of which one table alone speaks, of those that are not set aside yet, and that it leaves
    a value. They are chosen in the contrary order: each after all that its table reads."""
    uses: dict[str, list[_Table | _Condition]] = defaultdict(list)
    for one in every:
        for key in one.keys:
            uses[key].append(one)
    found: dict[str, _Table] = {}
    todo = list(uses)
    while todo:
        key = todo.pop()
        table = uses[key][0] if len(uses[key]) == 1 else None
        if isinstance(table, _Table) and table.leaves_free(key):
            found[key] = table
            for other in table.keys:
                uses[other].remove(table)
                todo.append(other)
    return found


def _keys(statement: Statement) -> Iterator[str]:
    if isinstance(statement, In):
        yield statement.key
    else:
        for part in statement.parts:
            yield from _keys(part)


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
