"""Why something is not possible, and what would have to be given up for it (section 5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from modules.configurator.engine.machine import Machine, Seen

MOST_REPAIRS: Final = 3
_MOST_TRIES: Final = 12
Group = tuple[int, ...]
"""The literals of one choice."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Places of a minimal set of groups, ascending, and the names of a minimal set of rules that exclude them."""

    groups: tuple[int, ...]
    rules: tuple[str, ...]
    exact: bool
    """Whether both are known to be minimal."""


@dataclass(frozen=True, slots=True)
class Correction:
    """Places of the groups to give up, ascending, and a whole configuration without them."""

    dropped: tuple[int, ...]
    example: int


def conflict(machine: Machine, groups: Sequence[Group], wanted: Sequence[int]) -> Conflict | None:
    """Why `wanted` is not possible beside the groups, oldest first; None when it is, or it could not be decided.

    The solver's own core first, then QuickXplain with the oldest groups preferred in the conflict; then, with these
    fixed, rules by deletion.
    """
    core = machine.core([*(literal for group in groups for literal in group), *wanted])
    if core is None:
        return None
    blamed = set(core)
    candidates = [place for place, group in enumerate(groups) if blamed.intersection(group)]
    search = _Search(machine, groups, wanted)
    minimal = search.quickxplain(candidates)
    rules = search.rules([literal for place in minimal for literal in groups[place]] + list(wanted))
    return Conflict(tuple(sorted(minimal)), tuple(rules), search.exact)


class _Search:
    def __init__(self, machine: Machine, groups: Sequence[Group], wanted: Sequence[int]) -> None:
        self._machine = machine
        self._groups = groups
        self._wanted = list(wanted)
        self.exact = True

    def quickxplain(self, candidates: Sequence[int]) -> list[int]:
        """A minimal part of the candidates that excludes what is wanted; the earlier ones are preferred."""
        if not candidates or self._excludes(()):
            return []
        return self._explain((), False, candidates)

    def _explain(self, background: Sequence[int], grown: bool, candidates: Sequence[int]) -> list[int]:
        if grown and self._excludes(background):
            return []
        if len(candidates) == 1:
            return list(candidates)
        half = len(candidates) // 2
        older, newer = candidates[:half], candidates[half:]
        of_newer = self._explain((*background, *older), True, newer)
        of_older = self._explain((*background, *of_newer), bool(of_newer), older)
        return [*of_older, *of_newer]

    def _excludes(self, places: Sequence[int]) -> bool:
        literals = [literal for place in places for literal in self._groups[place]]
        found = self._machine.decide([*literals, *self._wanted])
        self.exact = self.exact and found is not None
        return found is False

    def rules(self, literals: Sequence[int]) -> list[str]:
        """A minimal part of the rules that excludes the literals; none where the limit was reached at once."""
        kept = self._machine.rule_core(literals)
        if kept is None:
            self.exact = False
            return []
        for rule in list(reversed(kept)):
            if rule in kept:
                fewer = self._machine.rule_core(literals, [one for one in kept if one != rule])
                kept = kept if fewer is None else fewer
        return kept


def corrections(
    machine: Machine, groups: Sequence[Group], wanted: Sequence[int], seen: Seen, most: int = MOST_REPAIRS
) -> list[Correction]:
    """Up to `most` ways to get what is wanted, the preferred one first; none when it is never possible.

    The preferred one keeps the newest groups first, as long as they are possible together. Each further one keeps some
    group that the ones before gave up; in each, nothing that is given up could be kept beside the rest.
    """
    found: dict[tuple[int, ...], Correction] = {}
    waiting: list[tuple[int, ...]] = [()]
    tried: set[frozenset[int]] = set()
    while waiting and len(found) < most and len(tried) < _MOST_TRIES:
        kept = waiting.pop(0)
        if frozenset(kept) in tried:
            continue
        tried.add(frozenset(kept))
        correction = _keep_newest(machine, groups, wanted, seen, kept)
        if correction is None:
            continue
        found.setdefault(correction.dropped, correction)
        waiting += [(*kept, place) for place in reversed(correction.dropped)]
    return list(found.values())


def _keep_newest(
    machine: Machine, groups: Sequence[Group], wanted: Sequence[int], seen: Seen, first: Sequence[int]
) -> Correction | None:
    literals = [*wanted, *(literal for place in first for literal in groups[place])]
    example = machine.example(literals, seen)
    if example is None:
        return None
    dropped = []
    for place in range(len(groups) - 1, -1, -1):
        if place in first:
            continue
        better = machine.example([*literals, *groups[place]], seen)
        if better is None:
            dropped.append(place)
            continue
        literals += groups[place]
        example = better
    return Correction(tuple(sorted(dropped)), example)
