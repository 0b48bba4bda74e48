"""Rows of sets: the combinations that a table or a condition allows, with one set of places for each key.

A row stands for every combination of one place from each of its sets; sets are whole numbers, a bit for each place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from operator import or_

SetRow = tuple[int, ...]


def merged(rows: Iterable[SetRow]) -> list[SetRow]:
    """The same combinations in fewer rows: those that differ in one column become one, until none do."""
    found = list(dict.fromkeys(rows))
    if not found:
        return found
    width = len(found[0])
    stale = 0
    column = width - 1
    while stale < width:
        before = len(found)
        found = _merged_by(found, column)
        stale = 1 if len(found) < before else stale + 1
        column = (column - 1) % width
    return found


def _merged_by(rows: Sequence[SetRow], column: int) -> list[SetRow]:
    groups: dict[tuple[int, ...], int] = {}
    for row in rows:
        rest = row[:column] + row[column + 1 :]
        groups[rest] = groups.get(rest, 0) | row[column]
    return [(*rest[:column], places, *rest[column:]) for rest, places in groups.items()]


def first_matches(rows: Sequence[SetRow], wholes: Sequence[int]) -> Iterator[tuple[SetRow, int | None]]:
    """Where each row of an ordered table is the first that matches, as rows with its number; None: where none does.

    Together they stand for every combination of `wholes` once. Combinations that the same rows can still match are
    followed together.
    """
    yield from _first((), tuple(range(len(rows))), rows, wholes)


def _first(
    begun: SetRow, alive: tuple[int, ...], rows: Sequence[SetRow], wholes: Sequence[int]
) -> Iterator[tuple[SetRow, int | None]]:
    depth = len(begun)
    if not alive or depth == len(wholes):
        yield (*begun, *wholes[depth:]), (alive[0] if alive else None)
        return
    if all(not wholes[column] & ~rows[alive[0]][column] for column in range(depth, len(wholes))):
        yield (*begun, *wholes[depth:]), alive[0]
        return
    groups: dict[tuple[int, ...], int] = {}
    for place in bits(wholes[depth]):
        left = tuple(row for row in alive if rows[row][depth] >> place & 1)
        groups[left] = groups.get(left, 0) | 1 << place
    for left, places in groups.items():
        yield from _first((*begun, places), left, rows, wholes)


def bits(places: int) -> Iterator[int]:
    """The places in a set, ascending."""
    while places:
        lowest = places & -places
        yield lowest.bit_length() - 1
        places ^= lowest


def union(sets: Iterable[int]) -> int:
    """All places that are in one of them."""
    return reduce(or_, sets, 0)


Branch = tuple[tuple[int, "Branch | None"], ...]
"""A prefix tree's node: for each set of places what may follow; None below the last column."""


def prefix_tree(rows: Sequence[SetRow]) -> Branch:
    """The rows by their columns from left to right; places with the same continuations share a branch."""
    return _branch(frozenset(rows), {})


def _branch(rows: frozenset[SetRow], known: dict[frozenset[SetRow], Branch]) -> Branch:
    if rows in known:
        return known[rows]
    tails: dict[int, set[SetRow]] = {}
    for places, *tail in rows:
        for place in bits(places):
            tails.setdefault(place, set()).add(tuple(tail))
    groups: dict[frozenset[SetRow], int] = {}
    for place, left in tails.items():
        same = frozenset(left)
        groups[same] = groups.get(same, 0) | 1 << place
    branch = tuple((places, _branch(left, known) if next(iter(left)) else None) for left, places in groups.items())
    known[rows] = branch
    return branch


def missing(branch: Branch, wholes: Sequence[int], begun: SetRow = ()) -> Iterator[SetRow]:
    """The prefixes that lead nowhere, as rows of the sets whose combinations are forbidden."""
    allowed = union(places for places, _ in branch)
    gap = wholes[len(begun)] & ~allowed
    if gap:
        yield (*begun, gap)
    for places, rest in branch:
        if rest is not None:
            yield from missing(rest, wholes, (*begun, places))
