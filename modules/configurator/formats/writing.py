"""Makes plain values of model objects: one function for each type, put together once from its hints."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum, IntEnum
from functools import cache
from types import UnionType
from typing import Any, Final, NewType, Union, get_args, get_origin, get_type_hints

from modules.configurator.formats.plain import Figure, Plain, write_cell, write_reference, write_scalar
from modules.configurator.model.formulas import Cell, Row
from modules.configurator.model.masters import Texts
from modules.configurator.model.trees import Expression, Reference

Write = Callable[[Any], Plain]

SCALARS: Final = frozenset({str, Decimal, bool})


@cache
def writer(declared: Any) -> Write:
    """What writes values of a declared type; raises TypeError for types that the model does not use."""
    if declared in _SHORT:
        return _SHORT[declared]
    if isinstance(declared, NewType):
        return writer(declared.__supertype__)
    if get_origin(declared) in (Union, UnionType):
        return _union(get_args(declared))
    if get_origin(declared) in (tuple, frozenset, Mapping):
        return _container(get_origin(declared), get_args(declared))
    if isinstance(declared, type) and issubclass(declared, Enum):
        return _name if issubclass(declared, IntEnum) else _value
    if is_dataclass(declared) and isinstance(declared, type):
        return _dataclass(declared)
    raise TypeError(f"The model has no form for {declared!r}.")


def tag(kind: type) -> str:
    """What a member of a union is called: `MakeUnavailable` is make_unavailable."""
    return "".join(f"_{sign.lower()}" if sign.isupper() else sign for sign in kind.__name__).lstrip("_")


def _same(value: Any) -> Plain:
    found: Plain = value
    return found


def _value(value: Enum) -> Plain:
    return str(value.value)


def _name(value: Enum) -> Plain:
    return value.name.lower()


def _union(members: tuple[Any, ...]) -> Write:
    some = [member for member in members if member is not type(None)]
    if len(some) == 1:
        one = writer(some[0])
    elif SCALARS.issuperset(some):
        one = write_scalar
    else:
        one = _tagged(some)
    return (lambda value: None if value is None else one(value)) if len(some) < len(members) else one


def _tagged(members: list[Any]) -> Write:
    if not all(is_dataclass(member) for member in members):
        raise TypeError(f"Nothing tells {members} apart.")
    by_type = {member: (tag(member), writer(member)) for member in members}

    def write(value: Any) -> Plain:
        name, one = by_type[type(value)]
        written = one(value)
        assert isinstance(written, dict)
        return {"kind": name, **written}

    return write


def _container(origin: Any, members: tuple[Any, ...]) -> Write:
    if origin is Mapping:
        value = writer(members[1])
        return lambda mapping: {str(key): value(one) for key, one in mapping.items()}
    if origin is tuple and members[-1] is not ...:
        every = [writer(member) for member in members]
        return lambda values: [write(one) for write, one in zip(every, values, strict=True)]
    one = writer(members[0])
    if origin is frozenset:
        return lambda values: [one(value) for value in sorted(values)]
    return lambda values: [one(value) for value in values]


def _dataclass(kind: type) -> Write:
    hints = get_type_hints(kind)
    every = [(field.name, default_of(field), writer(hints[field.name])) for field in fields(kind)]

    def write(value: Any) -> Plain:
        written: dict[str, Plain] = {}
        for name, default, one in every:
            given = getattr(value, name)
            if given != default:
                written[name] = one(given)
        return written

    return write


def default_of(field: Field[Any]) -> object:
    """What a field is when it is left out; `MISSING` when it must not be."""
    return field.default_factory() if field.default_factory is not MISSING else field.default


def _row(row: Row) -> Plain:
    result = None if row.result is None else write_scalar(row.result)
    return [row.sequence, result, *map(write_cell, row.cells)]


_SHORT: Final[Mapping[Any, Write]] = {
    str: _same,
    int: _same,
    bool: _same,
    Decimal: lambda value: Figure(value),
    date: lambda value: str(value.isoformat()),
    Texts: lambda texts: dict(texts),
    Expression: lambda expression: str(expression.source),
    Reference: write_reference,
    Cell: write_cell,
    Row: _row,
}
