"""Which operations are taken back: whoever says so, in whatever order it arrives.

An undo counts unless another one that counts takes it back in turn. It has no effect until what it names is there, and
none on what a base holds. Undos that take back one another in a circle have no effect: no order among them is the
right one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from modules.cart.model.operations import Entry
from modules.cart.model.wishes import Undo


def undone(entries: Sequence[Entry], lasting: Mapping[str, str]) -> dict[str, str]:
    """What is taken back, and by which undo: the first that counts. `entries` stand in order, each once.

    `lasting` are undos of a base, by what they take back: they count for good.
    """
    goals = goals_of(entries)
    if not goals and not lasting:
        return {}
    found = {**lasting}
    for id in _counting(goals, lasting):
        found.setdefault(goals[id], id)
    there = {entry.operation.id for entry in entries}
    return {id: by for id, by in found.items() if id in there}


def goals_of(entries: Iterable[Entry]) -> dict[str, str]:
    """What each undo names, in order."""
    wishes = ((entry.operation.id, entry.operation.wish) for entry in entries)
    return {id: wish.operation for id, wish in wishes if isinstance(wish, Undo)}


def _counting(goals: Mapping[str, str], lasting: Mapping[str, str]) -> list[str]:
    """Undos that count, in order: each is judged when all that take it back have been."""
    takers: defaultdict[str, int] = defaultdict(int)
    for goal in goals.values():
        takers[goal] += 1
    counts = {id: False for id in goals if id in lasting}
    ready = [*counts, *(id for id in goals if id not in counts and not takers[id])]
    counts |= {id: True for id in ready if id not in counts}
    for id in ready:
        goal = goals[id]
        takers[goal] -= 1
        if goal in goals and goal not in counts and (counts[id] or not takers[goal]):
            counts[goal] = not counts[id]
            ready.append(goal)
    return [id for id in goals if counts.get(id)]
