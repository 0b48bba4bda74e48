"""What is wrong with a model, before it is released (section 3, full checks)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product

from modules.configurator.engine.constants import PLAIN
from modules.configurator.engine.demands import PACKAGE, Agrees, Constraint
from modules.configurator.engine.domains import Chosen, Domain, domains as domains_of
from modules.configurator.engine.estimate import QUANTITY, Reader, key_of
from modules.configurator.engine.logic import Both, In, Logic, Statement
from modules.configurator.engine.machine import Machine, Seen
from modules.configurator.engine.ordering import assigning
from modules.configurator.engine.possible import TRUE
from modules.configurator.engine.refusing import explain, literals_of
from modules.configurator.engine.relations import Relations
from modules.configurator.engine.rows import bits, first_matches
from modules.configurator.engine.usability import too_deep
from modules.configurator.model.contents import Content
from modules.configurator.model.errors import Cycle
from modules.configurator.model.formulas import CombinationTable, Usability
from modules.configurator.model.rules import FrontRule
from modules.configurator.model.sessions import Choice

MOST_GAPS = 20
"""Uncovered combinations that are told of one table."""


class Kind(StrEnum):
    """Of a finding."""

    UNSATISFIABLE = "unsatisfiable"
    """No configuration meets all rules; `rules` is a minimal set that contradicts itself."""
    DEAD_CHARACTERISTIC = "dead characteristic"
    """A required characteristic that can have no value, because of these rules."""
    DEAD_OPTION = "dead option"
    """An option that occurs in no whole configuration, because of these rules."""
    UNREACHABLE_RULE = "unreachable rule"
    """A condition that is never true in a whole configuration."""
    SHADOWED_ROW = "shadowed row"
    """A row that is never the first to match."""
    GAP = "gap"
    """A combination that no row covers, in a table without default."""
    DEFAULTS = "defaults"
    """Defaults that cannot hold together."""
    PACKAGE = "package"
    """A package option whose components contradict each other or name what the revision has not."""
    CYCLE = "cycle"
    NOT_USABLE = "not usable"
    TOO_DEEP = "too deep"
    """Formulas or tables that are nested too deep with all that they read."""


ERRORS = frozenset(
    {Kind.UNSATISFIABLE, Kind.DEAD_CHARACTERISTIC, Kind.PACKAGE, Kind.CYCLE, Kind.NOT_USABLE, Kind.TOO_DEEP}
)
"""What forbids to release; all else is a warning."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to mend: what it is about, in the users' names, and which rules are to blame."""

    kind: Kind
    about: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()

    @property
    def is_error(self) -> bool:
        """Whether the revision cannot be released with it."""
        return self.kind in ERRORS


def check_content(content: Content) -> list[Finding]:
    """What can be said without solving: cycles, and what is not usable."""
    findings = [
        Finding(Kind.NOT_USABLE, (one.id,))
        for one in (*content.formulas.values(), *content.tables.values())
        if one.usability is not Usability.USABLE
    ]
    findings += [Finding(Kind.TOO_DEEP, (name,)) for name in too_deep(content)]
    try:
        assigning(content)
    except Cycle as cycle:
        findings.append(Finding(Kind.CYCLE, cycle.way))
    return findings


def check_model(machine: Machine) -> list[Finding]:
    """What the solver finds, worst first; of an unsatisfiable model nothing else."""
    seen = Seen()
    answer = machine.ask((), seen)
    if answer is None:
        explanation = explain(machine, (), ())
        return [Finding(Kind.UNSATISFIABLE, (), explanation.rules if explanation else ())]
    dead = machine.every & ~answer.valid & ~answer.unknown
    return [
        *_packages(machine, dead),
        *_dead_options(machine, dead),
        *_unreachable_rules(machine, seen),
        *_tables(machine),
        *_defaults(machine, seen),
    ]


def _blamed(machine: Machine, literal: int) -> tuple[str, ...]:
    explanation = explain(machine, (), (literal,))
    return explanation.rules if explanation else ()


def _dead_options(machine: Machine, dead: int) -> Iterator[Finding]:
    compiled = machine.compiled
    for literal in machine.literals(dead):
        key, place = compiled.values[literal]
        region = compiled.domains[key].regions[place]
        if isinstance(region, Chosen):
            yield Finding(Kind.DEAD_OPTION, (key, region.option), _blamed(machine, literal))
    for key, domain in compiled.domains.items():
        alive = [one for one in compiled.clauses.literals[key] if not machine.has(dead, one)]
        unset = compiled.clauses.literals[key][domain.unset] if domain.unset is not None else None
        if QUANTITY not in key and unset is not None and alive == [unset]:
            yield Finding(Kind.DEAD_CHARACTERISTIC, (key,))


def _packages(machine: Machine, dead: int) -> Iterator[Finding]:
    for package, option in dict.fromkeys((one.package, one.option) for one in machine.compiled.content.components):
        literal = machine.compiled.literal(package, option)
        if literal is not None and machine.has(dead, literal):
            rules = _blamed(machine, literal)
            if f"{PACKAGE}{package}.{option}" in rules:
                yield Finding(Kind.PACKAGE, (package, option), rules)


def _unreachable_rules(machine: Machine, seen: Seen) -> Iterator[Finding]:
    logic = Logic(Reader(machine.compiled.content), machine.compiled.domains)
    for rule in machine.compiled.content.rules:
        if rule.condition is not None and not rule.disabled and not _can_fire(machine, logic, rule, seen):
            yield Finding(Kind.UNREACHABLE_RULE, (rule.id,))


def _can_fire(machine: Machine, logic: Logic, rule: FrontRule, seen: Seen) -> bool:
    assert rule.condition is not None
    statement = logic.state(rule.condition.tree, TRUE)  # type: ignore[arg-type]
    return any(machine.solve(literals, seen) is not False for literals in _ways(machine, statement))


def _ways(machine: Machine, statement: Statement) -> Iterator[list[int]]:
    """Sets of literals each of which makes a statement so, and one of which is there whenever it is."""
    if isinstance(statement, In):
        for place in bits(statement.places):
            yield [machine.compiled.clauses.literals[statement.key][place]]
    elif isinstance(statement, Both):
        for parts in product(*(list(_ways(machine, part)) for part in statement.parts)):
            yield [literal for part in parts for literal in part]
    else:
        for part in statement.parts:
            yield from _ways(machine, part)


def _tables(machine: Machine) -> Iterator[Finding]:
    content = machine.compiled.content
    for table in content.tables.values():
        keys = list(dict.fromkeys(key_of(factor.reference) for factor in table.factors))
        if all(factor.reference.kind in PLAIN for factor in table.factors):
            # Told apart by this table: the model's own domains know only what its rules compare with.
            known = domains_of(content, [Constraint(table.id, Agrees(table.id, None))])
            if all(key in known for key in keys):
                yield from _rows(Relations(Reader(content), known), [known[key] for key in keys], table, keys)


def _rows(
    relations: Relations, domains: Sequence[Domain], table: CombinationTable, keys: Sequence[str]
) -> Iterator[Finding]:
    lines = relations.lines(table, keys)
    found = list(first_matches(lines, [domain.whole for domain in domains]))
    first = {number for _, number in found if number is not None}
    rows = sorted(table.rows, key=lambda row: row.sequence)
    for number, row in enumerate(rows):
        if number not in first:
            yield Finding(Kind.SHADOWED_ROW, (table.id, str(row.sequence)))
    discrete = all(isinstance(domain.regions[0], Chosen) for domain in domains if domain.regions)
    gaps = [row for row, number in found if number is None] if discrete and table.default is None else []
    for gap in gaps[:MOST_GAPS]:
        yield Finding(
            Kind.GAP, (table.id, *(_names(domain.regions, places) for domain, places in zip(domains, gap, strict=True)))
        )


def _names(regions: Sequence[object], places: int) -> str:
    """Options in words; "-" is not chosen."""
    every = [regions[place] for place in bits(places)]
    return " | ".join(one.option if isinstance(one, Chosen) else "-" for one in every)


def _defaults(machine: Machine, seen: Seen) -> Iterator[Finding]:
    members = machine.compiled.content.members
    defaults = [
        Choice(one.characteristic, one.default, one.default_quantity) for one in members if one.default is not None
    ]
    literals = [literal for choice in defaults for literal in literals_of(machine, choice)]
    if machine.solve(literals, seen) is False and defaults:
        explanation = explain(machine, defaults, ())
        blamed = explanation.choices if explanation else ()
        names = tuple(f"{one.characteristic} = {one.value}" for one in blamed)
        yield Finding(Kind.DEFAULTS, names, explanation.rules if explanation else ())


def errors(findings: Iterable[Finding]) -> list[Finding]:
    """Those that forbid to release."""
    return [one for one in findings if one.is_error]
