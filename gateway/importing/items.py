"""Items out of rows: filtered, gathered, converted; what cannot be used comes out as a refusal in its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from gateway.importing.conditions import all_hold
from gateway.importing.errors import BadValue
from gateway.importing.fields import Field, read_item
from gateway.importing.mapping import Lookup, Step
from gateway.importing.reader import BrokenLine, Line, Reader
from gateway.importing.values import Row, Scope

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Item:
    """A target's values, and where they came from. `text` is the first row as the file has it."""

    number: int
    values: Values
    text: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row, or the rows of one item, that was not taken: the line, the field, why, and the row."""

    number: int
    field: str
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row that a condition of the mapping leaves out."""


def read_rows(step: Step, reader: Reader, scope: Scope) -> Iterator[Item | Refusal | LeftOut]:
    """The items of a file, in its order."""
    sign = step.source.form.delimiter if step.source else ","
    for group in _gathered(step, reader, scope):
        if not isinstance(group, list):
            yield group
            continue
        first = group[0]
        text = sign.join(first.row.values())
        try:
            rows = _summed([line.row for line in group], step)
            yield Item(first.number, read_item(step.fields, step.target.shapes, rows, scope), text)
        except BadValue as error:
            yield Refusal(first.number, error.field, error.reason, text)


def read_inline(step: Step, scope: Scope) -> Iterator[Item | Refusal]:
    """The rows written into the mapping, numbered from 1."""
    for number, fields in enumerate(step.rows, 1):
        yield _inline(number, fields, step, scope)


def _inline(number: int, fields: Mapping[str, Field], step: Step, scope: Scope) -> Item | Refusal:
    try:
        return Item(number, read_item(fields, step.target.shapes, [{}], scope), "")
    except BadValue as error:
        return Refusal(number, error.field, error.reason, "")


def _gathered(step: Step, reader: Reader, scope: Scope) -> Iterator[list[Line] | Refusal | LeftOut]:
    """Rows that make one item, as a list; a row of its own without `gather`."""
    by = step.gather.by
    group: list[Line] = []
    for line in _taken(step, reader, scope):
        if not isinstance(line, Line):
            yield line
        elif by and group and all(line.row[column] == group[0].row[column] for column in by):
            group.append(line)
        else:
            if group:
                yield group
            group = [line]
    if group:
        yield group


def _taken(step: Step, reader: Reader, scope: Scope) -> Iterator[Line | Refusal | LeftOut]:
    sign = step.source.form.delimiter if step.source else ","
    for line in reader:
        if isinstance(line, BrokenLine):
            yield Refusal(line.number, "", line.reason, line.text)
            continue
        try:
            yield line if not step.where or all_hold(step.where, line.row, scope) else LeftOut()
        except BadValue as error:
            yield Refusal(line.number, error.field, error.reason, sign.join(line.row.values()))


def _summed(rows: list[Row], step: Step) -> list[Row]:
    if len(rows) == 1 or not step.gather.sum:
        return rows
    sums = {column: _sum(column, rows, step) for column in step.gather.sum}
    return [{**rows[0], **sums}, *rows[1:]]


def _sum(column: str, rows: Sequence[Row], step: Step) -> str:
    try:
        numbers = [step.conversion.decimal(row[column].strip() or "0") for row in rows]
    except BadValue as error:
        raise error.within(f"gather.sum.{column}") from None
    total = f"{sum(numbers, Decimal(0)):f}"
    return total.replace(".", ",") if step.conversion.decimal_comma else total


def read_lookup(lookup: Lookup, reader: Reader, scope: Scope) -> tuple[dict[str, str], list[Refusal]]:
    """Value by key. Rows without key or value are passed over; broken lines and keys with two values are refused."""
    found: dict[str, str] = {}
    refused: list[Refusal] = []
    for line in reader:
        if isinstance(line, BrokenLine):
            refused.append(Refusal(line.number, "", line.reason, line.text))
            continue
        try:
            if all_hold(lookup.where, line.row, scope):
                _learn(lookup, line.row, scope, found)
        except BadValue as error:
            text = lookup.source.form.delimiter.join(line.row.values())
            refused.append(Refusal(line.number, error.field, error.reason, text))
    return found, refused


def _learn(lookup: Lookup, row: Row, scope: Scope, found: dict[str, str]) -> None:
    key, value = lookup.key.text(row, scope), lookup.value.text(row, scope)
    if key is None or value is None:
        return
    if found.setdefault(key, value) != value:
        raise BadValue(f"the key {key!r} has the value {found[key]!r} already", "key")
