"""Compaction: what is old becomes the base of a cart, so that its log stays short. Pure.

The cart is the same before and after. What might still be undone differently stays in the log: operations that undos
tie together are folded together, when the youngest of them is old enough.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from modules.cart.model.carts import Base
from modules.cart.model.folding import fold
from modules.cart.model.operations import Entry, in_order
from modules.cart.model.undoing import goals_of, undone


@dataclass(frozen=True, slots=True)
class Compacted:
    """The new base, and the ids of what it holds beyond the former: they are remembered, so that nothing of it is done
    again when it arrives once more."""

    base: Base
    folded: tuple[str, ...]


def compact(entries: Iterable[Entry], base: Base, before_us: int) -> Compacted:
    """Folds what counts before this moment, as far as nothing later can change it."""
    ordered = in_order(entries)
    until_us = _settled(ordered, before_us)
    old = ordered[: _count(ordered, until_us)]
    if not old:
        return Compacted(base, ())
    ids = tuple(entry.operation.id for entry in old)
    taken = undone(old, base.lasting)
    here = {*ids}
    # An undo whose operation has not come counts for good from now on.
    waiting = {goal: id for id, goal in goals_of(old).items() if goal not in here and id not in taken}
    lasting = {goal: id for goal, id in (waiting | dict(base.lasting)).items() if goal not in here}
    return Compacted(Base(until_us, fold(old, base), lasting), ids)


def _settled(ordered: Sequence[Entry], before_us: int) -> int:
    """The moment up to which nothing is tied by undos to what counts later."""
    at_us = {entry.operation.id: entry.at_us for entry in ordered}
    ties = [(at_us[id], at_us[goal]) for id, goal in goals_of(ordered).items() if goal in at_us]
    until_us = before_us
    while True:
        crossing = [min(tie) for tie in ties if min(tie) < until_us <= max(tie)]
        if not crossing:
            return until_us
        until_us = min(crossing)


def _count(ordered: Sequence[Entry], until_us: int) -> int:
    return bisect_left(ordered, until_us, key=lambda entry: entry.at_us)
