"""Who refers to what is taken away: refused with all referrers by name (E_IN_USE)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from modules.configurator.engine.uses import Use, of_component, of_line, of_master, of_operation, of_rule, spot_of
from modules.configurator.model.changes import AnyMaster, Key
from modules.configurator.model.contents import Content
from modules.configurator.model.families import Family
from modules.configurator.model.formulas import CombinationTable
from modules.configurator.model.rules import RuleTemplate
from modules.configurator.model.structures import Routing, Structure
from modules.configurator.model.trees import ReferenceKind

Tables = Mapping[str, CombinationTable]


def referrers(lost: Iterable[Use], masters: Iterable[tuple[Key, AnyMaster]], tables: Tables) -> dict[Use, list[str]]:
    """By each use that is lost the names of all that use it still, in order; only of those that somebody uses."""
    wanted = {spot_of(use) for use in lost}
    found: dict[Use, list[str]] = {}
    for key, master in masters:
        for name, uses in named(key, master, tables):
            for use in {spot_of(use) for use in uses} & wanted:
                found.setdefault(use, []).append(name)
    return {use: sorted(set(names)) for use, names in found.items()}


def named(key: Key, master: AnyMaster, tables: Tables) -> Iterator[tuple[str, Iterable[Use]]]:
    """The parts of a master that people know by a name of their own, each with what it uses."""
    match master:
        case Family():
            for component in master.components:
                yield f"package {component.package}.{component.option} of {key.name}", of_component(component)
        case RuleTemplate():
            for rule in master.rules:
                yield f"rule {rule.id} of {key.name}", of_rule(rule, tables)
        case Structure() | Routing():
            yield from _made(key, master, tables)
        case _:
            yield key.name, of_master(master, tables)


def _made(key: Key, master: Structure | Routing, tables: Tables) -> Iterator[tuple[str, Iterable[Use]]]:
    yield key.name, of_master(_without_lines(master), tables)
    for alternate in master.alternates:
        if isinstance(master, Structure):
            for line in getattr(alternate, "lines", ()):
                yield f"structure line {line.id} of {key.name}", of_line(line)
        else:
            for operation in getattr(alternate, "operations", ()):
                yield f"operation {operation.id} of {key.name}", of_operation(operation)


def _without_lines(master: Structure | Routing) -> Structure | Routing:
    if isinstance(master, Structure):
        return replace(master, alternates=tuple(replace(one, lines=()) for one in master.alternates))
    return replace(master, alternates=tuple(replace(one, operations=()) for one in master.alternates))


def offered(content: Content) -> set[Use]:
    """The characteristics and options that a revision has."""
    found: set[Use] = set()
    for member in content.members:
        found.add(Use(ReferenceKind.VALUE, member.characteristic))
        found |= {Use(ReferenceKind.VALUE, member.characteristic, option.id) for option in content.options(member)}
    return found


def still_used(lost: Iterable[Use], content: Content, more: Iterable[tuple[Key, AnyMaster]]) -> dict[Use, list[str]]:
    """Who in a revision uses what it has no more: its active rules, formulas, tables and packages, and `more`, the
    structures, routings and prices that hold for it."""
    wanted, tables = {spot_of(use) for use in lost}, content.tables
    found: dict[Use, list[str]] = dict(referrers(wanted, more, tables))
    every: list[tuple[str, Iterable[Use]]] = [(f"rule {rule.id}", of_rule(rule, tables)) for rule in content.rules]
    every += [(f"formula {one.id}", of_master(one, tables)) for one in content.formulas.values()]
    every += [(f"table {one.id}", of_master(one, tables)) for one in content.tables.values()]
    every += [(f"package {one.package}.{one.option}", of_component(one)) for one in content.components]
    for name, uses in every:
        for use in {spot_of(use) for use in uses} & wanted:
            found.setdefault(use, []).append(name)
    return {use: sorted(set(names)) for use, names in found.items()}


def words_of(use: Use) -> str:
    """As people call it: `COLOUR.RED`, `formula AREA`."""
    if use.is_characteristic:
        return use.name if use.option is None else f"{use.name}.{use.option}"
    return f"{use.kind} {use.name}"
