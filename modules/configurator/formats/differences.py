"""What is different between two documents, in words that a modeller reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from modules.configurator.formats.layout import flow_of
from modules.configurator.formats.plain import Plain

_MOST_SHOWN: Final = 60
_NAMES: Final = ("id", "number", "revision", "characteristic", "key", "reference")
"""What tells members of a list apart, the first that they have."""


class Did(StrEnum):
    """What became of something."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that was added, removed or changed. `path` names sections, ids and fields from the outside in; `before`
    and `after` are short texts, None where there was or is nothing."""

    did: Did
    path: tuple[str, ...]
    before: str | None = None
    after: str | None = None

    def __str__(self) -> str:
        shown = {Did.ADDED: f": {self.after}", Did.REMOVED: f": {self.before}", Did.CHANGED: ""}[self.did]
        change = f": {self.before} -> {self.after}" if self.did is Did.CHANGED else shown
        return f"{self.did:<8} {' / '.join(self.path)}{change}"


def differences(before: Plain, after: Plain) -> list[Difference]:
    """All of them in the order of the documents; members of lists are held beside each other by their id or sequence,
    not by where they stand."""
    return list(_differences(before, after, ()))


def _differences(before: Any, after: Any, path: tuple[str, ...]) -> Iterator[Difference]:
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _each(before, after, path)
    elif isinstance(before, list) and isinstance(after, list) and (named := _named(before, after)) is not None:
        yield from _each(*named, path)
    elif repr(before) != repr(after):  # True equals 1, and is not the same
        yield Difference(Did.CHANGED, path, _short(before), _short(after))


def _each(before: Mapping[str, Any], after: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[Difference]:
    for name, value in before.items():
        if name in after:
            yield from _differences(value, after[name], (*path, name))
        else:
            yield Difference(Did.REMOVED, (*path, name), before=_short(value))
    for name, value in after.items():
        if name not in before:
            yield Difference(Did.ADDED, (*path, name), after=_short(value))


def _named(before: list[Any], after: list[Any]) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Both by the names of their members; None where these have none, or one twice."""
    names = [_names(before), _names(after)]
    if names[0] is None or names[1] is None:
        return None
    return dict(zip(names[0], before, strict=True)), dict(zip(names[1], after, strict=True))


def _names(members: list[Any]) -> list[str] | None:
    found = [_name(member) for member in members]
    known = [name for name in found if name is not None]
    return known if len(set(known)) == len(members) else None


def _name(member: Any) -> str | None:
    if isinstance(member, list) and member:
        return f"row {member[0]}" if isinstance(member[0], int) else str(member[0])
    if not isinstance(member, dict):
        return None
    if {"package", "option", "component"} <= member.keys():
        return f"{member['package']} {member['option']} {member['component']}"
    if "kind" in member:
        return None
    return next((str(member[key]) for key in _NAMES if key in member), None)


def _short(value: Any) -> str:
    text = flow_of(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[: _MOST_SHOWN - 3]}..."
