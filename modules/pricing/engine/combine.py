"""Which of the promotions that exclude one another apply (O-8)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

from modules.kernel.policies import Exclusivity
from modules.pricing.engine.entries import Entry

MOST_CONFLICTING: Final = 6
"""Up to so many promotions in conflict, every combination is tried: 64 evaluations at most."""


class Result(Protocol):
    """What an evaluation came to."""

    @property
    def worth(self) -> int:
        """What the customer gains."""

    def grants(self, entry: Entry) -> bool:
        """Whether this promotion gives anything."""


R = TypeVar("R", bound=Result)


@dataclass(frozen=True, slots=True)
class Choice(Generic[R]):
    """The promotions that apply, what comes of it, and whether the exact way was too long."""

    entries: tuple[Entry, ...]
    result: R
    is_by_priority: bool = False


@dataclass(frozen=True, slots=True)
class Contest(Generic[R]):
    """Eligible promotions by rank, and how to find out what some of them come to together.

    Exclusive ones stand alone in their groups of phases. `rivals` says which others compete for the same units; those
    may apply together, and then the higher rank has the units.
    """

    entries: Sequence[Entry]
    rivals: Callable[[Entry, Entry], bool]
    evaluate: Callable[[tuple[Entry, ...]], R]
    policy: Exclusivity

    def settle(self, disputed: Sequence[Entry] | None = None) -> Choice[R]:
        """The combination that the market's policy chooses; ties by priority, then id. Whoever knows already what is
        disputed says it."""
        if self.policy is Exclusivity.BEST_COMBINATION:
            disputed = self.disputed() if disputed is None else disputed
            if len(disputed) <= MOST_CONFLICTING:
                return self._best(self._subsets(disputed))
            return self._by_priority(is_forced=True)
        if self.policy is Exclusivity.BEST_SINGLE:
            usable = [entry for entry in self._exclusive() if self._applies((), entry)]
            if len(usable) <= MOST_CONFLICTING:
                return self._best(self._fullest(usable))
            return self._by_priority(is_forced=True)
        return self._by_priority(is_forced=False)

    def disputed(self) -> tuple[Entry, ...]:
        """The promotions in conflict: exclusive ones that anything stands beside, and those that compete for units.
        What only an exclusive one excludes is no candidate of its own: it goes with the stackable set."""
        able = [one for one in self.entries if one.is_exclusive or one.is_consuming or one.promotion.exclusion_group]
        return tuple(
            one
            for one in able
            if any(self._collide(one, other) for other in (self.entries if one.is_exclusive else able))
        )

    def _collide(self, one: Entry, other: Entry) -> bool:
        if one is other:
            return False
        return excludes(one, other) if one.is_exclusive else not other.is_exclusive and self.rivals(one, other)

    def with_others(self, chosen: Sequence[Entry], disputed: Sequence[Entry]) -> tuple[Entry, ...]:
        """The chosen ones and all that is not in dispute, as far as no exclusive one keeps it out; by rank."""
        aside = set(disputed) - set(chosen)
        stand = [entry for entry in self.entries if entry not in aside]
        lords = [entry for entry in chosen if entry.is_exclusive]
        return tuple(entry for entry in stand if not any(lord is not entry and excludes(lord, entry) for lord in lords))

    def _exclusive(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.is_exclusive]

    def _subsets(self, disputed: Sequence[Entry]) -> Iterator[tuple[Entry, ...]]:
        """All that may apply together, each after those that hold more."""
        for bits in reversed(range(1 << len(disputed))):
            chosen = [entry for place, entry in enumerate(disputed) if bits >> place & 1]
            if not any(a is not b and excludes(a, b) for a in chosen for b in chosen):
                yield self.with_others(chosen, disputed)

    def _fullest(self, usable: Sequence[Entry]) -> Iterator[tuple[Entry, ...]]:
        """Sets of exclusive ones to which no other can be added (only one applies in a group of phases)."""
        exclusive = self._exclusive()
        sets = [frozenset(one for one in found if one.is_exclusive) for found in self._subsets(usable)]
        for found in sets:
            if not any(found < other for other in sets):
                yield self.with_others([one for one in exclusive if one in found], exclusive)

    def _best(self, candidates: Iterator[tuple[Entry, ...]]) -> Choice[R]:
        """The set that is worth most; of equal ones the one that has the highest rank which the other has not."""
        best: Choice[R] | None = None
        known: list[tuple[frozenset[Entry], frozenset[Entry]]] = []
        for entries in candidates:
            these = frozenset(entries)
            # Who gives nothing changes nothing (O-12): without some of these it would be the same, by lower ranks.
            if any(giving <= these <= all_of_them for giving, all_of_them in known):
                continue
            result = self.evaluate(entries)
            known.append((frozenset(entry for entry in entries if result.grants(entry)), these))
            if best is None or (result.worth, self._ranks(entries)) > (best.result.worth, self._ranks(best.entries)):
                best = Choice(entries, result)
        assert best is not None
        return best

    def _ranks(self, entries: tuple[Entry, ...]) -> list[bool]:
        return [entry in entries for entry in self.entries]

    def _by_priority(self, is_forced: bool) -> Choice[R]:
        """The highest exclusive one that gives anything, even if another gave more, in each group of phases."""
        chosen: list[Entry] = []
        for entry in self._exclusive():
            if not any(excludes(entry, other) for other in chosen) and self._applies(chosen, entry):
                chosen.append(entry)
        entries = self.with_others(chosen, self._exclusive())
        return Choice(entries, self.evaluate(entries), is_forced)

    def _applies(self, chosen: Sequence[Entry], entry: Entry) -> bool:
        return self.evaluate(self.with_others([*chosen, entry], self._exclusive())).grants(entry)


def excludes(one: Entry, other: Entry) -> bool:
    """Whether two promotions can never apply together: one is exclusive, and they share a group of phases."""
    return (one.is_exclusive or other.is_exclusive) and not one.groups.isdisjoint(other.groups)
