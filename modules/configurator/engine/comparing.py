"""What differs between two contents, thing by thing, and of what has changed field by field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from decimal import Decimal
from enum import Enum, StrEnum
from itertools import islice
from typing import Final

from modules.configurator.engine.entering import shortest
from modules.configurator.engine.language import constant_written
from modules.configurator.engine.reasons import named
from modules.configurator.model.contents import Content
from modules.configurator.model.formulas import Cell, Match, Row
from modules.configurator.model.masters import Master
from modules.configurator.model.trees import Expression, Reference

MOST_DETAILS: Final = 200
"""Fields that are told of one thing."""
_MOMENTS: Final = ("version", "created_us", "changed_us")


class Change(StrEnum):
    """What became of something."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Detail:
    """A field that is not as it was, as text; None is nothing. `path` leads to it, as `options.RED.number`."""

    path: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it was; `kind` is what it is, `name` what it is called."""

    change: Change
    kind: str
    name: str
    details: tuple[Detail, ...] = ()
    """Of what has changed, by path, at most MOST_DETAILS."""


def differences(old: Content, new: Content) -> list[Difference]:
    """All that differs, by kind and name. Versions and moments of change do not count."""
    before, after = _named(old), _named(new)
    found = []
    for kind, name in sorted({*before, *after}):
        one, other = before.get((kind, name)), after.get((kind, name))
        if one != other:
            change = Change.ADDED if one is None else Change.REMOVED if other is None else Change.CHANGED
            details = _details(one, other) if change is Change.CHANGED else ()
            found.append(Difference(change, kind, name, tuple(islice(details, MOST_DETAILS))))
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


def _details(old: object, new: object) -> Iterator[Detail]:
    before, after = dict(_fields(old, "")), dict(_fields(new, ""))
    for path in sorted({*before, *after}):
        one, other = before.get(path), after.get(path)
        if one != other:
            yield Detail(path, one, other)


def _fields(value: object, path: str) -> Iterator[tuple[str, str]]:
    """Every field with its text, by its path."""
    match value:
        case None:
            return
        case Row() | Expression() | Reference():
            yield path, _line(value)
        case tuple():
            for place, one in enumerate(value, 1):
                yield from _item(one, path, place)
        case _ if is_dataclass(value):
            for field in fields(value):
                if field.name not in _MOMENTS:
                    yield from _fields(getattr(value, field.name), f"{path}.{field.name}" if path else field.name)
        case _:
            yield path, _text(value)


def _line(value: Row | Expression | Reference) -> str:
    match value:
        case Row():
            return row_text(value)
        case Expression(source):
            return source
    return named(value)


def _item(one: object, path: str, place: int) -> Iterator[tuple[str, str]]:
    """What has an id or a sequence is found by it wherever it stands, all else by its place, counted from 1."""
    match one:
        case Row(sequence):
            yield from _fields(one, f"{path}.{sequence}")
        case Master():
            yield from _fields(one, f"{path}.{one.id}")
        case (key, text) if isinstance(one, tuple):
            yield from _fields(text, f"{path}.{named(key) if isinstance(key, Reference) else key}")
        case _:
            if is_dataclass(one):
                yield f"{path}.{place}", type(one).__name__
            yield from _fields(one, f"{path}.{place}")


def _text(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case Decimal():
            return format(shortest(value), "f")
        case Enum():
            return str(value.value)
        case frozenset():
            return ", ".join(sorted(map(str, value)))
    return str(value)


def row_text(row: Row) -> str:
    """A row in a line: `'RED', >= 10, * -> 500`."""
    cells = ", ".join(map(_cell_text, row.cells))
    return cells if row.result is None else f"{cells} -> {constant_written(row.result)}"


def _cell_text(cell: Cell) -> str:
    operands = [constant_written(one) for one in cell.operands]
    match cell.match:
        case Match.ANY:
            return "*"
        case Match.EQUAL:
            return operands[0]
        case Match.BETWEEN:
            return f"{operands[0]} to {operands[1]}"
        case Match.IN | Match.NOT_IN:
            return f"{cell.match.value} ({', '.join(operands)})"
    return f"{cell.match.value} {operands[0]}"
