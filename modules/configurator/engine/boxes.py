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

from modules.configurator.engine.clauses import Held, Rows
from modules.configurator.engine.domains import Domain
from modules.configurator.engine.narrowing import Box, Condition, Point, Table

_MOST_TRIES: Final = 200
"""Rows that are tried for one key."""


class Boxes:
    """Of one model. What is told possible is possible; not all that is possible is told."""

    def __init__(self, domains: Mapping[str, Domain], held: Iterable[Held]) -> None:
        self.wholes = {key: domain.whole for key, domain in domains.items()}
        every = [Table(one, self.wholes) if isinstance(one, Rows) else Condition(one) for one in held]
        self.free = _free(every)
        """By key that can be chosen last the table that it narrows."""
        self.are_wide = 2 * len(self.free) > len(self.wholes)
        """Whether most keys can be chosen last; else it is not worth to look for a box."""
        tables = set(self.free.values())
        self.core = [one for one in every if one not in tables]
        """What always narrows the box."""

    def around(self, point: Point, given: Iterable[str], wanted: Mapping[str, int]) -> Iterator[tuple[str, int]]:
        """Which places of those wanted, by key, are possible beside what the keys `given` have in a configuration."""
        fixed = list(given)
        box: Box = {key: 1 << point[key] for key in fixed}
        for one in self.core:
            one.narrow(box, point)
        active = set[Table]()
        self._activate(fixed, box, point, active)
        for key, places in wanted.items():
            table = self.free.get(key)
            if table is None or table in active:
                yield key, places & box.get(key, self.wholes[key])
            else:
                yield key, places & self._of_free(key, table, places, box, active)

    def _activate(self, keys: Iterable[str], box: Box, point: Point, active: set[Table]) -> None:
        """Narrows the box by the tables of the free ones among these keys, and of those that these tables read."""
        todo = list(keys)
        while todo:
            table = self.free.get(todo.pop())
            if table is not None and table not in active:
                active.add(table)
                table.narrow(box, point)
                todo += table.keys

    def _of_free(self, key: str, table: Table, wanted: int, box: Box, active: set[Table]) -> int:
        """Row by row of its table: whether what the row reads of other free keys has a row too, and so on."""
        read = self._read(table, active)
        if not read:
            return table.places(key, box)
        column, found, tries = table.keys.index(key), 0, _Tries(_MOST_TRIES)
        for row in table.meeting(box):
            if row[column] & wanted & ~found and _reach(read, 0, table.within(box, row), tries):
                found |= row[column]
        return found

    def _read(self, table: Table, active: set[Table]) -> list[Table]:
        """The tables of the free keys that a table reads, directly or not, each after one that reads it."""
        found, todo = {table: None}, [table]
        for one in todo:
            for other in one.keys:
                more = self.free.get(other)
                if more is not None and more not in found and more not in active:
                    found[more] = None
                    todo.append(more)
        return list(found)[1:]


@dataclass(slots=True)
class _Tries:
    left: int


def _reach(tables: Sequence[Table], place: int, box: Box, tries: _Tries) -> bool:
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


def _free(every: Sequence[Table | Condition]) -> dict[str, Table]:
    """Again and again the keys of which one table alone speaks, of those that are not set aside yet, and that it leaves
    a value. They are chosen in the contrary order: each after all that its table reads."""
    uses: dict[str, list[Table | Condition]] = defaultdict(list)
    for one in every:
        for key in one.keys:
            uses[key].append(one)
    found: dict[str, Table] = {}
    todo = list(uses)
    while todo:
        key = todo.pop()
        table = uses[key][0] if len(uses[key]) == 1 else None
        if isinstance(table, Table) and table.leaves_free(key):
            found[key] = table
            for other in table.keys:
                uses[other].remove(table)
                todo.append(other)
    return found
