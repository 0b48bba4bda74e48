"""What differs between two contents, and which rules a set of test configurations makes fire."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from modules.configurator.engine.estimate import Reader
from modules.configurator.engine.possible import TRUE
from modules.configurator.engine.steps import Steps
from modules.configurator.model.contents import Content
from modules.configurator.model.errors import NotPossible
from modules.configurator.model.masters import Master
from modules.configurator.model.sessions import Choice


class Change(StrEnum):
    """What became of something."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it was; `kind` is what it is, `name` what it is called."""

    change: Change
    kind: str
    name: str


def differences(old: Content, new: Content) -> list[Difference]:
    """All that differs, by kind and name. Versions and moments of change do not count."""
    before, after = _named(old), _named(new)
    found = []
    for kind, name in sorted({*before, *after}):
        one, other = before.get((kind, name)), after.get((kind, name))
        if one != other:
            change = Change.ADDED if one is None else Change.REMOVED if other is None else Change.CHANGED
            found.append(Difference(change, kind, name))
    return found


def _named(content: Content) -> dict[tuple[str, str], object]:
    masters: Mapping[str, Iterable[Master]] = {
        "characteristic": content.characteristics.values(),
        "formula": content.formulas.values(),
        "table": content.tables.values(),
        "rule": content.rules,
    }
    found: dict[tuple[str, str], object] = {
        (kind, one.id): _undated(one) for kind, every in masters.items() for one in every
    }
    found |= {("member", one.characteristic): one for one in content.members}
    return found | {("component", f"{one.package}.{one.option}.{one.component}"): one for one in content.components}


def _undated(master: Master) -> Master:
    return replace(master, version=0, created_us=0, changed_us=0)


@dataclass(frozen=True, slots=True)
class Coverage:
    """Which conditional rules some configuration made fire, and which none did; by id, in the rules' sequence."""

    fired: tuple[str, ...]
    silent: tuple[str, ...]
    impossible: tuple[int, ...]
    """Places of the test configurations that the rules do not allow."""


def coverage(steps: Steps, configurations: Sequence[Sequence[Choice]]) -> Coverage:
    """What these test configurations show of the rules."""
    fired: set[str] = set()
    impossible = []
    for place, choices in enumerate(configurations):
        try:
            fired |= set(_fired(steps, choices))
        except NotPossible:
            impossible.append(place)
    ids = [rule.id for rule in steps.content.rules if rule.condition is not None and not rule.disabled]
    return Coverage(
        tuple(id for id in ids if id in fired), tuple(id for id in ids if id not in fired), tuple(impossible)
    )


def _fired(steps: Steps, choices: Sequence[Choice]) -> Iterator[str]:
    known = steps.known(choices)
    reader = Reader(steps.content)
    for rule in steps.content.rules:
        if rule.condition is not None and reader.judgement(rule.condition.tree)(known) == TRUE:
            yield rule.id
