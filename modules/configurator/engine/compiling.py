"""A content version compiled: once, for all sessions on it (section 11)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from modules.configurator.engine.clauses import Clauses
from modules.configurator.engine.constants import PLAIN
from modules.configurator.engine.demands import (
    Agrees,
    Among,
    Constraint,
    HasQuantity,
    Holds,
    HoldsNot,
    IsUnset,
    NotAmong,
    constraints,
)
from modules.configurator.engine.domains import Domain, domains
from modules.configurator.engine.estimate import QUANTITY, Reader
from modules.configurator.engine.logic import ALWAYS, NEVER, NOT_FALSE, NOT_TRUE, Logic, Statement, either
from modules.configurator.engine.possible import TRUE
from modules.configurator.engine.relations import Relations
from modules.configurator.engine.rows import union
from modules.configurator.model.characteristics import QuantityUse, Value
from modules.configurator.model.contents import Content
from modules.configurator.model.trees import Matches


@dataclass(frozen=True, slots=True)
class Compiled:
    """A model as the solver takes it; immutable."""

    content: Content
    domains: Mapping[str, Domain]
    clauses: Clauses
    constraints: tuple[Constraint, ...]
    inexact: tuple[Constraint, ...]
    """Those that have to be checked again once their inputs are known (section 12.2)."""
    unsure: Mapping[str, int]
    """By key the places that such a check may still refuse."""
    values: Mapping[int, tuple[str, int]] = field(repr=False)
    """By literal the key and place that it stands for."""

    def literal(self, key: str, value: Value) -> int | None:
        """What stands for a value; None where the revision has it not."""
        place = self.domains[key].place(value) if key in self.domains else None
        return None if place is None else self.clauses.literals[key][place]


def compile_content(content: Content) -> Compiled:
    """The clauses of a content version. Its trees and references have been checked."""
    demanded = tuple(constraints(content))
    found = domains(content, demanded)
    compiler = _Compiler(content, found)
    inexact = tuple(one for one in demanded if compiler.add(one))
    compiler.link_quantities()
    literals = compiler.clauses.literals.items()
    values = {literal: (key, place) for key, those in literals for place, literal in enumerate(those)}
    return Compiled(content, found, compiler.clauses, demanded, inexact, compiler.logic.unsure, values)


class _Compiler:
    def __init__(self, content: Content, found: Mapping[str, Domain]) -> None:
        self.content = content
        self.domains = found
        self.clauses = Clauses(found)
        reader = Reader(content)
        self.logic = Logic(reader, found)
        self._relations = Relations(reader, found)

    def add(self, constraint: Constraint) -> bool:
        """Takes a constraint in; whether it has to be checked again."""
        before = dict(self.logic.unsure)
        unless = self._unless(constraint)
        demand = constraint.demand
        if isinstance(demand, Agrees) and self._is_plain(demand):
            self._add_relation(constraint.rule, demand, unless)
        else:
            self.clauses.add(constraint.rule, either([unless, self._demand(constraint)]))
        return before != self.logic.unsure

    def _unless(self, constraint: Constraint) -> Statement:
        """Where the constraint demands nothing."""
        if constraint.package is not None:
            package, option = constraint.package
            return self.logic.among(package, ~self._places(package, (option,)))
        return self.logic.state(constraint.condition, NOT_TRUE)

    def _demand(self, constraint: Constraint) -> Statement:
        match constraint.demand:
            case Holds(condition, unless_unknown):
                return self.logic.state(condition, NOT_FALSE if unless_unknown else TRUE)
            case HoldsNot(condition):
                return self.logic.state(condition, NOT_TRUE)
            case Agrees(table):
                return self.logic.state(Matches(table), TRUE)
        return self._about_values(constraint)

    def _about_values(self, constraint: Constraint) -> Statement:
        match constraint.demand:
            case Among(name, values, or_unset):
                places = self._places(name, values) | (self._unset(name) if or_unset else 0)
                return self._among(name, places)
            case NotAmong(name, values):
                return self._among(name, ~self._places(name, values))
            case HasQuantity(name, quantity):
                key = name + QUANTITY
                return self._among(key, self._places(key, (quantity,))) if key in self.domains else ALWAYS
            case IsUnset(name):
                return self._among(name, self._unset(name)) if name in self.domains else ALWAYS
        raise AssertionError(constraint)

    def _among(self, key: str, places: int) -> Statement:
        return self.logic.among(key, places) if key in self.domains else NEVER

    def _places(self, key: str, values: Iterable[Value]) -> int:
        """Those of the values that the revision has."""
        if key not in self.domains:
            return 0
        found = (self.domains[key].place(value) for value in values)
        return union(1 << place for place in found if place is not None)

    def _unset(self, key: str) -> int:
        unset = self.domains[key].unset if key in self.domains else None
        return 0 if unset is None else 1 << unset

    def _is_plain(self, demand: Agrees) -> bool:
        factors = self.content.tables[demand.table].factors
        return all(factor.reference.kind in PLAIN for factor in factors)

    def _add_relation(self, rule: str, demand: Agrees, unless: Statement) -> None:
        keys, rows = self._relations.rows(self.content.tables[demand.table], demand.result)
        self.clauses.add_rows(rule, keys, rows, unless)

    def link_quantities(self) -> None:
        """Nothing chosen has no quantity, and what needs one has it."""
        for key, domain in self.domains.items():
            name = key.removesuffix(QUANTITY)
            if name == key:
                continue
            value_unset, unset = self._unset(name), 0 if domain.unset is None else 1 << domain.unset
            chosen, none = self.logic.among(name, ~value_unset), self.logic.among(key, unset)
            self.clauses.add(None, either([chosen, none]))
            if self.content.characteristics[name].quantity_use is QuantityUse.REQUIRED:
                some = self.logic.among(key, ~unset)
                self.clauses.add(None, either([self.logic.among(name, value_unset), some]))
