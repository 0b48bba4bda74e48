"""What a list takes up of a call: decided purely, from what the list holds and what is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from modules.kernel.errors import IdempotencyConflict, Refused
from modules.wishlists.engine.intake import Refusals
from modules.wishlists.model.lists import (
    FOLDED_US,
    MOST_ITEMS,
    MOST_OPERATIONS,
    Entry,
    Held,
    Kind,
    Operation,
    TooLate,
    WishlistLimit,
)

_ADDING = (Kind.ADD_ITEMS, Kind.ADD_TEXT)


@dataclass(frozen=True, slots=True)
class Taken:
    """The list after a call, its new entries, ids of this call that it holds now, and why not the others."""

    held: Held
    new: tuple[Entry, ...]
    applied: tuple[str, ...]
    problems: tuple[Refused, ...]


def take(held: Held, asked: Mapping[int, Operation], doubts: Refusals, by: str, now_us: int) -> Taken:
    """Takes up what the list does not know. What it has held since an earlier call is no longer in doubt."""
    taking = _Taking(compact(held, now_us), by, now_us)
    refused = {index: found for index, found in doubts.items() if index not in asked}
    for index, operation in asked.items():
        if found := taking.refuse(index, operation, doubts):
            refused[index] = found
    applied = tuple(dict.fromkeys(item.id for item in asked.values() if taking.known.get(item.id) == item))
    problems = tuple(problem for index in sorted(refused) for problem in refused[index])
    return Taken(taking.held, tuple(taking.new), applied, problems)


class _Taking:
    """The list while a call is gone through, operation by operation."""

    def __init__(self, held: Held, by: str, now_us: int) -> None:
        self.held = held
        self.new: list[Entry] = []
        self.known = {entry.operation.id: entry.operation for entry in held.entries}
        self._by = by
        self._now_us = now_us

    def refuse(self, index: int, operation: Operation, doubts: Refusals) -> list[Refused]:
        """Why it is not taken up; nothing when it is, or was before."""
        there = self.known.get(operation.id)
        if there is not None:
            place = ("input", "operations", index, "id")
            return [] if there == operation else [IdempotencyConflict(operation.id, place)]
        if index in doubts:
            return doubts[index]
        entry = _stamp(self.held, operation, self._by, self._now_us)
        if entry is None:
            return [TooLate(("input", "operations", index, "at"))]
        after = _with(self.held, entry)
        if limit := _limit(self.held, after, index, operation):
            return [limit]
        self.held = after
        self.known[operation.id] = operation
        self.new.append(entry)
        return []


def compact(held: Held, now_us: int) -> Held:
    """Folds into the base what was done more than 30 days ago; known ids stay known."""
    line = now_us - FOLDED_US
    old = [entry for entry in held.living if entry.at_us <= line]
    if not old:
        return held
    base = replace(held, entries=tuple(old)).state
    return replace(held, base=base, base_us=line)


def _stamp(held: Held, operation: Operation, by: str, now_us: int) -> Entry | None:
    """When it counts; None for what comes too late. A time that is still to come counts as now."""
    given = operation.at_us
    if given is None or given > now_us:
        # The order of a list without times is kept, also where this clock runs behind that of another server.
        return Entry(max(now_us, held.last_us + 1), operation, by)
    return Entry(given, operation, by) if given > max(now_us - FOLDED_US, held.base_us) else None


def _with(held: Held, entry: Entry) -> Held:
    last = max(held.last_us, entry.at_us)
    return replace(held, entries=(*held.entries, entry), version=held.version + 1, last_us=last)


def _limit(before: Held, after: Held, index: int, operation: Operation) -> Refused | None:
    path = ("input", "operations", index)
    if len(after.living) > MOST_OPERATIONS:
        return WishlistLimit("operations of 30 days", MOST_OPERATIONS, path)
    if (
        operation.kind in _ADDING
        and _most_items(after) > MOST_ITEMS
        and len(after.state.items) > max(MOST_ITEMS, len(before.state.items))
    ):
        return WishlistLimit("items on a list", MOST_ITEMS, (*path, "operation", operation.kind))
    return None


def _most_items(held: Held) -> int:
    """No fewer than the list has; told without folding it."""
    return len(held.base.items) + sum(len(entry.operation.goods) or 1 for entry in held.living)
