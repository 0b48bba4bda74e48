"""Conditions as statements about places: what must be so, without "not".

"Not in these places" is "in one of the others", as every key is in exactly one. A condition over one key becomes the
set of places where it holds; one over several keys the combinations that cannot be, as far as there are few enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Final

from modules.configurator.engine.constants import MOST_BOXES
from modules.configurator.engine.domains import Domain
from modules.configurator.engine.estimate import Reader
from modules.configurator.engine.possible import FALSE, TRUE, UNKNOWN, Outcome
from modules.configurator.engine.rows import bits, merged
from modules.configurator.model.trees import All, Any, Condition, Implies, Not, Reference, ReferenceKind


@dataclass(frozen=True, slots=True)
class In:
    """The key is in one of these places."""

    key: str
    places: int


@dataclass(frozen=True, slots=True)
class Both:
    """All of these; of none it is always so."""

    parts: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """One of these; of none it is never so."""

    parts: tuple[Statement, ...]


Statement = In | Both | Either
ALWAYS: Final = Both(())
NEVER: Final = Either(())
NOT_FALSE: Final = TRUE | UNKNOWN
NOT_TRUE: Final = FALSE | UNKNOWN
_TURNED: Final = {TRUE: FALSE, FALSE: TRUE, NOT_FALSE: NOT_TRUE, NOT_TRUE: NOT_FALSE}


class Logic:
    """Makes statements of the conditions of one model."""

    def __init__(self, reader: Reader, domains: Mapping[str, Domain]) -> None:
        self._reader = reader
        self._domains = domains
        self._outcomes = {key: domain.outcomes() for key, domain in domains.items()}
        self.unsure: dict[str, int] = {}
        """By key the places for which some condition over several numbers could not be decided."""

    def state(self, condition: Condition, truths: int) -> Statement:
        """That the truth of a condition is one of `truths`: TRUE, FALSE, NOT_FALSE or NOT_TRUE.

        Where that cannot be decided beforehand the statement allows it, and `unsure` says so.
        """
        match condition:
            case Not(inner):
                return self.state(inner, _TURNED[truths])
            case All(conditions):
                return self._joined(conditions, truths, truths in (TRUE, NOT_FALSE))
            case Any(conditions):
                return self._joined(conditions, truths, truths in (FALSE, NOT_TRUE))
            case Implies(first, then):
                return self.state(Any((Not(first), then)), truths)
            case Reference(name, ReferenceKind.FORMULA):
                tree = self._reader.content.formulas[name].expression.tree
                return self.state(tree, truths)  # type: ignore[arg-type]
        return self._decided(condition, truths)

    def _joined(self, conditions: Sequence[Condition], truths: int, every: bool) -> Statement:
        parts = [self.state(condition, truths) for condition in conditions]
        return both(parts) if every else either(parts)

    def _decided(self, condition: Condition, truths: int) -> Statement:
        judge = self._reader.judgement(condition)
        keys = [key for key in dict.fromkeys(self._reader.keys(condition)) if key in self._domains]
        if not keys:
            return ALWAYS if judge({}) & truths else NEVER
        outcomes = [self._outcomes[key] for key in keys]
        if prod(map(len, outcomes)) > MOST_BOXES:
            for key in keys:
                self._doubt(key, self._domains[key].whole)
            return ALWAYS
        forbidden = []
        for places in product(*(range(len(one)) for one in outcomes)):
            found = judge({key: one[place] for key, one, place in zip(keys, outcomes, places, strict=True)})
            if not found & truths:
                forbidden.append(tuple(1 << place for place in places))
            elif found & ~truths:
                for key, place in zip(keys, places, strict=True):
                    self._doubt(key, 1 << place)
        return self.none_of(keys, forbidden)

    def none_of(self, keys: Sequence[str], forbidden: Iterable[tuple[int, ...]]) -> Statement:
        """That no combination of these rows is the case."""
        return both(
            [
                either([self.among(key, ~places) for key, places in zip(keys, row, strict=True)])
                for row in merged(forbidden)
            ]
        )

    def among(self, key: str, places: int) -> Statement:
        """That a key is in one of these places, of those that it has."""
        whole = self._domains[key].whole
        return ALWAYS if not whole & ~places else In(key, places & whole) if whole & places else NEVER

    def _doubt(self, key: str, places: int) -> None:
        self.unsure[key] = self.unsure.get(key, 0) | places

    def possible(self, key: str, places: int) -> list[Outcome]:
        """What the values in these places are."""
        return [self._outcomes[key][place] for place in bits(places)]


def both(parts: Iterable[Statement]) -> Statement:
    """All of these, in as few statements as it takes."""
    sets: dict[str, int] = {}
    rest: list[Statement] = []
    for part in _flat(parts, Both):
        if isinstance(part, In):
            sets[part.key] = sets.get(part.key, part.places) & part.places
        else:
            rest.append(part)
    if not all(sets.values()) or NEVER in rest:
        return NEVER
    every = (*(In(key, places) for key, places in sets.items()), *rest)
    return every[0] if len(every) == 1 else Both(every)


def either(parts: Iterable[Statement]) -> Statement:
    """One of these, in as few statements as it takes."""
    sets: dict[str, int] = {}
    rest: list[Statement] = []
    for part in _flat(parts, Either):
        if part == ALWAYS:
            return ALWAYS
        if isinstance(part, In):
            sets[part.key] = sets.get(part.key, 0) | part.places
        else:
            rest.append(part)
    some = (*(In(key, places) for key, places in sets.items()), *rest)
    return some[0] if len(some) == 1 else Either(some)


def _flat(parts: Iterable[Statement], kind: type[Both] | type[Either]) -> Iterable[Statement]:
    for part in parts:
        if isinstance(part, kind):
            yield from part.parts
        else:
            yield part
