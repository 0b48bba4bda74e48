"""Whether a value is possible, found by the tables that matter for it alone (section 11).

A table whose own characteristic can be chosen last matters only where that one is given or asked about, or read by
another table that matters. So a few tables decide about most values, and a search from row to row takes a tenth of what
the solver takes to find a whole configuration. What it does not find soon is left to the solver.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import inf
from typing import Final

from modules.configurator.engine.boxes import Boxes
from modules.configurator.engine.clauses import Rows
from modules.configurator.engine.logic import Both, In, Statement
from modules.configurator.engine.narrowing import Box, Condition, Table
from modules.configurator.engine.rows import SetRow, bits

_MOST_STEPS: Final = 120
"""Of a search for one value."""
_MOST_TABLES: Final = 150
"""That may matter for one value."""
_MOST_CORE: Final = 24
"""Constraints that matter for every value."""
_MOST_ROWS: Final = 64
"""Of a condition that is written as a table."""
Alive = dict[Table, int]
"""By table the rows that are left of it."""


class RowSearches:
    """Of one model."""

    def __init__(self, boxes: Boxes) -> None:
        self._wholes, self._free = boxes.wholes, boxes.free
        few = len(boxes.core) <= _MOST_CORE
        core = [_as_table(one, self._wholes) for one in boxes.core] if few else [None]
        self._core = [table for table in core if table is not None]
        self._are_possible = len(self._core) == len(core)

    def beside(self, given: Mapping[str, int]) -> RowSearch | None:
        """About what is possible beside these places, by key, which are so together; None: not by rows."""
        if not self._are_possible:
            return None
        search = RowSearch(self._wholes, self._free, self._core, {key: 1 << place for key, place in given.items()})
        return search if search.is_small else None


class RowSearch:
    """About the values beside some that are given."""

    def __init__(self, wholes: Mapping[str, int], free: Mapping[str, Table], core: Iterable[Table], given: Box) -> None:
        self._wholes, self._free = wholes, free
        self._box = given
        self._alive = dict.fromkeys(core, 0)
        self._alive |= dict.fromkeys(self._reading((*given, *(key for one in self._alive for key in one.keys))), 0)
        for table in self._alive:
            self._alive[table] = table.every
        self.is_small = len(self._alive) <= _MOST_TABLES and self._narrow()
        self._failures: dict[Table, int] = defaultdict(lambda: 1)
        self._last: dict[Table, int] = {}
        self.steps = 0
        """That all searches together took."""
        self._end = 0

    def _reading(self, keys: Iterable[str]) -> Iterator[Table]:
        """The tables of the free ones among these keys, and of those that these tables read, but what is there."""
        found, todo = set[Table](), list(keys)
        while todo:
            table = self._free.get(todo.pop())
            if table is not None and table not in found and table not in self._alive:
                found.add(table)
                todo += table.keys
                yield table

    def _narrow(self) -> bool:
        """Takes out of the box what no row of some table allows, until nothing changes; whether something is left."""
        changed = set(self._box)
        while changed:
            before, changed = changed, set()
            for table, rows in self._alive.items():
                left = self._left(table, rows, self._box, before)
                if not left:
                    return False
                if left != rows:
                    self._alive[table] = left
                    changed |= self._narrow_by(table, left)
        return True

    def _narrow_by(self, table: Table, rows: int) -> set[str]:
        """Leaves of the box what these rows have; the keys that it changed."""
        changed = set()
        for key in table.keys:
            places = self._box.get(key, self._wholes[key])
            left = places & table.places_in(key, rows)
            if left != places:
                self._box[key] = left
                changed.add(key)
        return changed

    def _left(self, table: Table, rows: int, box: Box, changed: set[str]) -> int:
        """Of these rows those that meet the box, of which these keys changed."""
        for key in table.reads & changed:
            rows &= table.having(key, box[key])
        return rows

    def has(self, key: str, place: int) -> bool | None:
        """Whether a value is possible; None: not found out."""
        if not self._box.get(key, self._wholes[key]) >> place & 1:
            return False
        box = {**self._box, key: 1 << place}
        changed = set(box)
        tables = [(table, self._left(table, rows, box, {key})) for table, rows in self._alive.items()]
        tables += [(table, self._left(table, table.every, box, changed)) for table in self._reading((key,))]
        if not all(rows for _, rows in tables):
            return False
        if len(tables) > _MOST_TABLES:
            return None
        self._end = self.steps + _MOST_STEPS
        return self._descend(tables, box)

    def _descend(self, tables: Sequence[tuple[Table, int]], box: Box) -> bool | None:
        """Whether the box has a row of each of these tables."""
        if not tables:
            return True
        self.steps += 1
        if self.steps > self._end:
            return None
        chosen = self._least_free(tables)
        table, rows = tables[chosen]
        rest = [*tables[:chosen], *tables[chosen + 1 :]]
        for row in self._in_order(table, rows):
            found = self._follow(table, table.rows[row], rest, box)
            if found:
                self._last[table] = row
            if found is not False:
                return found
        return False

    def _least_free(self, tables: Sequence[tuple[Table, int]]) -> int:
        """The place of the table to choose a row of: one with few rows, and sooner where that has failed before."""
        least, chosen = inf, 0
        for place, (table, rows) in enumerate(tables):
            count = rows.bit_count()
            if count == 1:
                return place
            freedom = count / self._failures[table]
            if freedom < least:
                least, chosen = freedom, place
        return chosen

    def _in_order(self, table: Table, rows: int) -> Iterator[int]:
        """The rows in a set: first what was found last."""
        last = self._last.get(table)
        if last is not None and rows >> last & 1:
            yield last
            rows ^= 1 << last
        yield from bits(rows)

    def _follow(self, table: Table, row: SetRow, rest: Sequence[tuple[Table, int]], box: Box) -> bool | None:
        narrowed, changed = dict(box), set()
        for key, places in zip(table.keys, row, strict=True):
            before = box.get(key, self._wholes[key])
            if before & places != before:
                narrowed[key] = before & places
                changed.add(key)
        if not changed:
            return self._descend(rest, box)
        left = []
        for other, rows in rest:
            alive = self._left(other, rows, narrowed, changed)
            if not alive:
                self._failures[other] += 1
                return False
            left.append((other, alive))
        return self._descend(left, narrowed)


def _as_table(constraint: Table | Condition, wholes: Mapping[str, int]) -> Table | None:
    """A constraint as rows and nothing else; None where it has too many."""
    if isinstance(constraint, Condition):
        keys, boxes = constraint.keys, _boxes(constraint.statement)
    else:
        unless = Condition(constraint.unless)
        keys, boxes = list(dict.fromkeys((*constraint.keys, *unless.keys))), _boxes(unless.statement)
        if boxes is not None:
            boxes = [*boxes, *(dict(zip(constraint.keys, row, strict=True)) for row in constraint.rows)]
    if boxes is None:
        return None
    return Table(
        Rows(keys, [tuple(box.get(key, wholes[key]) for key in keys) for box in boxes if all(box.values())]), wholes
    )


def _boxes(statement: Statement) -> list[Box] | None:
    """Where a statement is so, in boxes that together are all of it; None where they are too many."""
    if isinstance(statement, In):
        return [{statement.key: statement.places}]
    found: list[Box] = [{}] if isinstance(statement, Both) else []
    for part in statement.parts:
        boxes = _boxes(part)
        if boxes is None:
            return None
        found = (
            [_common(one, other) for one in found for other in boxes]
            if isinstance(statement, Both)
            else [*found, *boxes]
        )
        if len(found) > _MOST_ROWS:
            return None
    return found


def _common(one: Box, other: Box) -> Box:
    return {**one, **{key: one.get(key, places) & places for key, places in other.items()}}
