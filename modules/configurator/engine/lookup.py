"""The first row of a table for values that are known: by an index over the columns that ask for equality.

A bucket holds, for one combination of these columns, the places of its rows in their sequence; rows that ask something
else of such a column stand in a list of their own, which is merged in. Thousands of rows cost what a few do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from heapq import merge
from itertools import product
from math import prod
from typing import Final

from modules.configurator.engine.possible import ALWAYS, TRUE, Outcome, Span
from modules.configurator.model.formulas import Match, Result, Row

Judge = Callable[[Outcome], int]
Normal = Callable[[int, Result], Result]
_EQUALITY: Final = (Match.EQUAL, Match.IN)
_SHARE: Final = 0.9
"""Of the rows that must ask for equality in a column before the index uses it."""
_MOST_KEYS: Final = 64
"""Buckets that one row may stand in."""


class Unsure(Exception):
    """A value is not known exactly."""


def exact(outcome: Outcome) -> Result | None:
    """The one value that it is, None for none; raises Unsure where it may be several."""
    if outcome.undefined:
        if outcome.undefined is ALWAYS:
            return None
        raise Unsure
    if isinstance(outcome, Span):
        low, high = outcome.low, outcome.high
        if low is None or (low is not high and low != high):
            raise Unsure
        return low
    if outcome.others or len(outcome.texts) != 1:
        raise Unsure
    return next(iter(outcome.texts))


class Lookup:
    """Of rows in their sequence with the judgements of their cells.

    `normal` gives an operand, by its column, in the form in which the column's values come.
    """

    def __init__(self, rows: Sequence[Row], judges: Sequence[Sequence[Judge]], normal: Normal) -> None:
        self._judges = judges
        self._columns = _columns(rows)
        self._others = [column for column in range(len(rows[0].cells) if rows else 0) if column not in self._columns]
        self._buckets: dict[tuple[Result | None, ...], list[int]] = defaultdict(list)
        self._rest: list[int] = []
        for place, row in enumerate(rows):
            keys = self._keys(row, normal)
            for key in keys or ():
                self._buckets[key].append(place)
            if keys is None:
                self._rest.append(place)

    def _keys(self, row: Row, normal: Normal) -> list[tuple[Result, ...]] | None:
        """The buckets that a row stands in; None: in the rest."""
        cells = [(column, row.cells[column]) for column in self._columns]
        operands = [{normal(column, one) for one in cell.operands} for column, cell in cells]
        if not all(cell.match in _EQUALITY for _, cell in cells) or prod(map(len, operands)) > _MOST_KEYS:
            return None
        return list(product(*operands))

    def first(self, outcomes: Sequence[Outcome]) -> int | None:
        """The place of the first row that matches. Raises Unsure where an outcome may be several values."""
        values = [exact(outcome) for outcome in outcomes]
        bucket = self._buckets.get(tuple([values[column] for column in self._columns]), [])
        if not self._rest:
            if not self._others:
                return bucket[0] if bucket else None
            return next((place for place in bucket if self._fits(place, outcomes)), None)
        return next((place for place in merge(bucket, self._rest) if self._fits(place, outcomes)), None)

    def _fits(self, place: int, outcomes: Sequence[Outcome]) -> bool:
        judges = self._judges[place]
        return all(judge(outcome) == TRUE for judge, outcome in zip(judges, outcomes, strict=True))


def _columns(rows: Sequence[Row]) -> list[int]:
    """Those in which nearly all rows ask for equality."""
    needed = _SHARE * len(rows)
    return [
        column
        for column in range(len(rows[0].cells) if rows else 0)
        if sum(row.cells[column].match in _EQUALITY for row in rows) >= needed
    ]
