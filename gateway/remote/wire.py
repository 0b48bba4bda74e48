"""Kernel words as JSON and back, by their annotations.

Fields go by name, so that two versions of the program understand each other while one replaces the other: what the
reader does not know is passed over, what the writer did not know takes its default. Where an annotation names several
classes, the value says which. Sequences are read as tuples, so that what is frozen stays so.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Final, NewType, Union, cast, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

from gateway.remote.asker import Asker
from modules.kernel.viewer import Viewer

_KIND: Final = "~"
"""Where a value says of which class it is."""
_PLAIN: Final = (str, int, bool, float)


@dataclass(frozen=True, slots=True)
class Form:
    """How values of one annotation are written to JSON, and read. Reading raises ValueError for anything else."""

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Method:
    """A port's method: the forms of its parameters by name, in order, and of its answer."""

    name: str
    parameters: Mapping[str, Form]
    answer: Form

    def ask(self, arguments: Sequence[Any]) -> dict[str, Any]:
        """The question."""
        named = zip(self.parameters.items(), arguments, strict=True)
        return {name: form.write(value) for (name, form), value in named}

    def asked(self, question: object) -> list[Any]:
        """The arguments of a question, each Viewer as an Asker. Raises ValueError."""
        given = _checked(question, dict)
        return [form.read(given.get(name)) for name, form in self.parameters.items()]


@cache
def method(port: type, name: str) -> Method:
    """A method of a port by its annotations."""
    hints = get_type_hints(getattr(port, name))
    names = [name for name in inspect.signature(getattr(port, name)).parameters if name != "self"]
    return Method(name, {name: form(hints[name]) for name in names}, form(hints["return"]))


@cache
def form(hint: Any) -> Form:
    """The form of an annotation. Raises TypeError for one that cannot travel."""
    if isinstance(hint, NewType):
        return form(hint.__supertype__)
    if hint is Viewer:
        asker = form(Asker)
        return Form(lambda viewer: asker.write(Asker.of(viewer)), asker.read)
    if get_origin(hint) is not None:
        return _generic(get_origin(hint), get_args(hint))
    return _simple(hint)


def _simple(hint: Any) -> Form:
    if hint in _KNOWN:
        return _KNOWN[hint]
    if issubclass(hint, _PLAIN):
        return _enumeration(hint) if issubclass(hint, Enum) else Form(_same, lambda data: _checked(data, hint))
    if is_dataclass(hint):
        return _record(hint, {item.name for item in fields(hint) if item.init})
    if issubclass(hint, tuple) and hasattr(hint, "_fields"):
        return _record(hint, set(hint._fields))
    raise TypeError(f"{hint!r} cannot travel between processes")


def _enumeration(kind: type[Enum]) -> Form:
    return Form(lambda value: value.value, kind)


def _generic(origin: Any, arguments: tuple[Any, ...]) -> Form:
    if origin in (Union, UnionType):
        return _union(arguments)
    if issubclass(origin, Mapping):
        return _mapping(arguments[0], arguments[1])
    if origin is tuple and arguments[-1:] != (...,):
        return _row([form(argument) for argument in arguments])
    if issubclass(origin, Collection):
        made = origin if origin in (list, frozenset) else tuple
        return _several(made, form(arguments[0]))
    raise TypeError(f"{origin!r} cannot travel between processes")


def _several(made: Callable[[Any], Any], item: Form) -> Form:
    def write(values: Collection[Any]) -> list[Any]:
        # Sorted, where there is no order, so that the same question is the same bytes.
        return [item.write(value) for value in (sorted(values) if made is frozenset else values)]

    return Form(write, lambda data: made(item.read(one) for one in _checked(data, list)))


def _row(items: Sequence[Form]) -> Form:
    def write(values: Sequence[Any]) -> list[Any]:
        return [item.write(value) for item, value in zip(items, values, strict=True)]

    def read(data: Any) -> tuple[Any, ...]:
        return tuple(item.read(one) for item, one in zip(items, _checked(data, list), strict=True))

    return Form(write, read)


def _mapping(key: Any, value: Any) -> Form:
    keys, values = form(key), form(value)
    return Form(
        lambda found: {keys.write(name): values.write(item) for name, item in found.items()},
        lambda data: {keys.read(name): values.read(item) for name, item in _checked(data, dict).items()},
    )


def _union(members: tuple[Any, ...]) -> Form:
    kinds = [member for member in members if member is not NoneType]
    only = form(kinds[0]) if len(kinds) == 1 else _one_of(kinds)
    if NoneType not in members:
        return only
    return Form(
        lambda value: None if value is None else only.write(value),
        lambda data: None if data is None else only.read(data),
    )


def _one_of(kinds: Sequence[Any]) -> Form:
    if not all(is_dataclass(kind) for kind in kinds):
        # Plain values tell themselves apart.
        return Form(_same, lambda data: _checked(data, *kinds))
    named: dict[Any, Any] = {kind.__name__: kind for kind in kinds}

    def write(value: Any) -> dict[str, Any]:
        return {_KIND: type(value).__name__, **form(named[type(value).__name__]).write(value)}

    def read(data: Any) -> Any:
        kind = named.get(_checked(data, dict).get(_KIND))
        if kind is None:
            raise ValueError(f"{data.get(_KIND)!r} is none of {', '.join(named)}")
        return form(kind).read(data)

    return Form(write, read)


def _record(kind: Any, names: Collection[str]) -> Form:
    @cache
    def parts() -> dict[str, Form]:
        # Made at first use: a record may hold others of its own kind.
        hints: dict[str, Any] = get_type_hints(kind)
        return {name: form(hint) for name, hint in hints.items() if name in names}

    def write(value: Any) -> dict[str, Any]:
        return {name: part.write(getattr(value, name)) for name, part in parts().items()}

    def read(data: Any) -> Any:
        given = _checked(data, dict)
        found = {name: part.read(given[name]) for name, part in parts().items() if name in given}
        try:
            return kind(**found)
        except TypeError as error:
            raise ValueError(str(error)) from error

    return Form(write, read)


def _checked(data: Any, *kinds: type) -> Any:
    if not isinstance(data, kinds) or (isinstance(data, bool) and bool not in kinds):
        raise ValueError(f"{type(data).__name__} where {', '.join(kind.__name__ for kind in kinds)} was awaited")
    return cast("Any", data)


def _same(value: Any) -> Any:
    return value


_KNOWN: Final[Mapping[Any, Form]] = {
    Any: Form(_same, _same),
    None: Form(_same, lambda data: _checked(data, NoneType)),
    NoneType: Form(_same, lambda data: _checked(data, NoneType)),
    datetime: Form(datetime.isoformat, lambda data: datetime.fromisoformat(_checked(data, str))),
    ZoneInfo: Form(lambda zone: zone.key, lambda data: ZoneInfo(_checked(data, str))),
}
