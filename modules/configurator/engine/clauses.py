"""From statements to clauses (section 11).

Every place of a key has a literal; a key of two places has one variable for both. A key is in exactly one place: by
pairs up to 30 of them, by a sequence of helpers beyond. Values come first among the variables, helpers after them, so
that a model's values are its head.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, islice, product
from math import prod
from typing import Final

from modules.configurator.engine.domains import Domain
from modules.configurator.engine.logic import NEVER, Both, In, Statement
from modules.configurator.engine.rows import SetRow, bits, missing, prefix_tree

Clause = list[int]
MOST_PAIRS: Final = 30
"""Places of a key that exclude one another by pairs."""
MOST_ROWS: Final = 5_000
"""Merged rows of a table that may have a variable each."""
_MOST_BRANCHES: Final = 4
"""For each of its merged rows: a table that lacks more branches has a variable for each row, so that propagation misses
nothing of it; others are written as what is missing from them. That finds less at once, but an answer assigns a quarter
of the variables: with 226,000 rows it takes half the time."""
_FEW_ROWS: Final = 8
_MOST_PRODUCTS: Final = 24


@dataclass(frozen=True, slots=True)
class Rows:
    """The keys have the places of one of these merged rows, unless the statement is the case."""

    keys: Sequence[str]
    rows: Sequence[SetRow]
    unless: Statement = NEVER


Held = Statement | Rows
"""A constraint before it became clauses."""


class Clauses:
    """The clauses of a model: those of its domains, and those of each rule by its name."""

    def __init__(self, domains: Mapping[str, Domain]) -> None:
        self.domains = domains
        self.values = 0
        """Variables up to this one stand for values."""
        self.literals: dict[str, tuple[int, ...]] = {}
        self.hard: list[Clause] = []
        self.by_rule: dict[str, list[Clause]] = {}
        self.held: list[Held] = []
        for key, domain in domains.items():
            self.literals[key] = self._name(len(domain.regions))
        self.top = self.values
        for literals in self.literals.values():
            self._exactly_one(literals)

    def _name(self, places: int) -> tuple[int, ...]:
        begin = self.values + 1
        self.values += 1 if places == 2 else places
        return (begin, -begin) if places == 2 else tuple(range(begin, begin + places))

    def _helper(self) -> int:
        self.top += 1
        return self.top

    def _exactly_one(self, literals: Sequence[int]) -> None:
        if len(literals) == 2:
            return
        self.hard.append(list(literals))
        if len(literals) <= MOST_PAIRS:
            self.hard += [[-one, -other] for one, other in combinations(literals, 2)]
        else:
            self._at_most_one_in_sequence(literals)

    def _at_most_one_in_sequence(self, literals: Sequence[int]) -> None:
        """Each helper says that one of the literals so far is true."""
        before: int | None = None
        for literal in literals:
            helper = self._helper()
            self.hard.append([-literal, helper])
            if before is not None:
                self.hard += [[-before, helper], [-before, -literal]]
            before = helper

    def add(self, rule: str | None, statement: Statement) -> None:
        """Holds a statement, as part of a rule or, with None, always."""
        into = self.hard if rule is None else self.by_rule.setdefault(rule, [])
        into += self._clauses(statement, into)
        self.held.append(statement)

    def _clauses(self, statement: Statement, into: list[Clause]) -> list[Clause]:
        """What the statement comes to; definitions of helpers go straight `into` the list."""
        if isinstance(statement, In):
            return [self._among(statement)] if self._says_something(statement) else []
        if isinstance(statement, Both):
            return [clause for part in statement.parts for clause in self._clauses(part, into)]
        parts = [self._clauses(part, into) for part in statement.parts]
        if not all(parts):
            return []  # one of them holds always
        while prod(map(len, parts)) > _MOST_PRODUCTS:
            largest = max(range(len(parts)), key=lambda place: len(parts[place]))
            parts[largest] = [[self._stand_in(parts[largest], into)]]
        joined = (list(dict.fromkeys(literal for clause in chosen for literal in clause)) for chosen in product(*parts))
        return [clause for clause in joined if not _is_always_true(clause)]

    def _stand_in(self, clauses: Iterable[Clause], into: list[Clause]) -> int:
        """A helper that, where true, makes all these clauses true."""
        helper = self._helper()
        into += [[-helper, *clause] for clause in clauses]
        return helper

    def _says_something(self, statement: In) -> bool:
        return statement.places != self.domains[statement.key].whole

    def _among(self, statement: In) -> Clause:
        """One of the places; all but one is the same as not that one."""
        literals, whole = self.literals[statement.key], self.domains[statement.key].whole
        others = whole & ~statement.places
        if others.bit_count() == 1:
            return [-literals[others.bit_length() - 1]]
        return [literals[place] for place in bits(statement.places)]

    def add_rows(self, rule: str, keys: Sequence[str], rows: Sequence[SetRow], unless: Statement = NEVER) -> None:
        """Holds the keys to one of these merged rows, unless the statement is the case."""
        self.held.append(Rows(keys, rows, unless))
        into = self.by_rule.setdefault(rule, [])
        clauses = list(islice(self._missing(keys, rows), _MOST_BRANCHES * max(len(rows), _FEW_ROWS) + 1))
        if len(clauses) > _MOST_BRANCHES * max(len(rows), _FEW_ROWS):
            clauses = list(self._missing(keys, rows) if len(rows) > MOST_ROWS else self._one_row(keys, rows))
        if unless == NEVER:
            into += clauses
        elif exceptions := self._clauses(unless, into):
            helper = self._stand_in(clauses, into)
            into += [[*clause, helper] for clause in exceptions]

    def _one_row(self, keys: Sequence[str], rows: Sequence[SetRow]) -> Iterator[Clause]:
        """A variable for each row; a value needs a row that has it, so that propagation misses nothing of the table."""
        helpers = [self._helper() for _ in rows]
        if not rows:
            yield []
        for helper, row in zip(helpers, rows, strict=True):
            for key, places in zip(keys, row, strict=True):
                if places != self.domains[key].whole:
                    yield [-helper, *self._among(In(key, places))]
        for column, key in enumerate(keys):
            yield from self._supports(key, [row[column] for row in rows], helpers)

    def _supports(self, key: str, column: Sequence[int], helpers: Sequence[int]) -> Iterator[Clause]:
        support: dict[int, Clause] = {place: [] for place in range(len(self.domains[key].regions))}
        for helper, places in zip(helpers, column, strict=True):
            for place in bits(places):
                support[place].append(helper)
        for place, those in support.items():
            if len(those) < len(helpers) or not those:
                yield [-self.literals[key][place], *those]
        if any(len(those) == len(helpers) for those in support.values()):
            yield list(helpers)

    def _missing(self, keys: Sequence[str], rows: Sequence[SetRow]) -> Iterator[Clause]:
        """One clause for each branch that the table lacks, without helpers."""
        wholes = [self.domains[key].whole for key in keys]
        for row in missing(prefix_tree(rows), wholes):
            clause: Clause = []
            for key, places in zip(keys, row, strict=False):
                clause += self._among(In(key, self.domains[key].whole & ~places))
            yield clause


def _is_always_true(clause: Clause) -> bool:
    """Only keys of two places have literals of both signs."""
    return any(-literal in clause for literal in clause if literal < 0)
