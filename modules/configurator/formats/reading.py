"""Makes model objects of plain values: one function for each type, put together once from its hints.

An error is raised where it is found and gets its path on the way out, so that what is right costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field as has, fields, is_dataclass, replace
from datetime import date
from decimal import Decimal
from enum import Enum, IntEnum
from functools import cache
from itertools import repeat
from types import UnionType
from typing import Any, Final, NewType, Union, get_args, get_origin, get_type_hints

from modules.configurator.formats.plain import (
    Bare,
    read_cell,
    read_decimal,
    read_reference,
    read_scalar,
    unknown,
    wrong,
)
from modules.configurator.formats.writing import SCALARS, default_of, tag
from modules.configurator.model import prices, rules, structures
from modules.configurator.model.errors import BadDocument
from modules.configurator.model.formulas import Cell, Formula, Row
from modules.configurator.model.masters import Texts
from modules.configurator.model.trees import Expression, Reference, ResultType
from modules.kernel.errors import Refused
from modules.kernel.names import Locale, is_locale

Parse = Callable[[str, ResultType | None], Expression]
"""Makes an expression of its source; what it must give is None where the source decides."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one load goes by. Equal cells become one object: tables have hundreds of thousands."""

    parse: Parse
    cells: dict[object, Cell] = has(default_factory=dict)
    gives: ResultType | None = None
    """What the expression of a formula gives."""


Read = Callable[[Any, Reading], Any]

_GIVES: Final[Mapping[tuple[type, str], ResultType]] = {
    (prices.PriceEntry, "expression"): ResultType.NUMBER,
    (rules.ComputeQuantity, "expression"): ResultType.NUMBER,
    (rules.Surcharge, "expression"): ResultType.NUMBER,
    (structures.SetQuantity, "expression"): ResultType.NUMBER,
    (structures.SetScrap, "expression"): ResultType.NUMBER,
    (structures.InsertComponent, "quantity"): ResultType.NUMBER,
    (structures.RoutingOperation, "setup"): ResultType.NUMBER,
    (structures.RoutingOperation, "run"): ResultType.NUMBER,
}


@cache
def reader(declared: Any) -> Read:
    """What reads values of a declared type; raises TypeError for types that the model does not use."""
    if declared in _SHORT:
        return _SHORT[declared]
    if isinstance(declared, NewType):
        return reader(declared.__supertype__)
    if get_origin(declared) in (Union, UnionType):
        return _union(get_args(declared))
    if get_origin(declared) is Mapping:
        return _mapping(get_args(declared)[1])
    if get_origin(declared) in (tuple, frozenset):
        return _sequence(get_origin(declared), get_args(declared))
    if isinstance(declared, type) and issubclass(declared, Enum):
        return _enum(declared)
    if is_dataclass(declared) and isinstance(declared, type):
        return _formula if declared is Formula else _dataclass(declared)
    raise TypeError(f"The model has no form for {declared!r}.")


def at(error: Refused, step: str | int) -> Refused:
    """The error, one step further from where it was found."""
    error.path = (str(step), *error.path)
    return error


def _text(plain: Any, reading: Reading) -> str:
    if isinstance(plain, str):
        return str(plain)
    if isinstance(plain, bool) or plain is None:
        raise BadDocument("Here must be a text; write it in quotes.", allowed="a text")
    raise wrong("a text", plain)


def _whole(plain: Any, reading: Reading) -> int:
    if isinstance(plain, int) and not isinstance(plain, bool):
        return plain
    if isinstance(plain, Bare):
        number = read_decimal(plain)
        if number == number.to_integral_value():
            return int(number)
    raise wrong("a whole number", plain)


def _truth(plain: Any, reading: Reading) -> bool:
    if isinstance(plain, bool):
        return plain
    raise wrong("true or false", plain)


def _day(plain: Any, reading: Reading) -> date:
    try:
        day = date.fromisoformat(plain)
    except (TypeError, ValueError):
        raise wrong("a date as 2026-12-31", plain) from None
    if day.isoformat() != plain:
        raise wrong("a date as 2026-12-31", plain)
    return day


def _texts(plain: Any, reading: Reading) -> Texts:
    if not isinstance(plain, dict):
        raise wrong("a text for each language, as {en: Door, de: Tür}", plain)
    for locale, text in plain.items():
        if not is_locale(locale):
            raise at(wrong("a language as en or de-AT", locale), locale)
        if not isinstance(text, str):
            raise at(wrong("a text", text), locale)
    return tuple((Locale(str(locale)), str(text)) for locale, text in plain.items())


def _expression(gives: ResultType | None) -> Read:
    def read(plain: Any, reading: Reading) -> Expression:
        # A constant formula may stand without quotes.
        return reading.parse(_text(str(plain) if type(plain) is int else plain, reading), gives or reading.gives)

    return read


def _cell(plain: Any, reading: Reading) -> Cell:
    key = tuple(plain) if isinstance(plain, list) else plain
    try:
        # True is 1 for a dictionary, and an unquoted 1 equals a quoted one.
        kinds = tuple(map(type, key)) if isinstance(key, tuple) else type(key)
        found = reading.cells.get((key, kinds))
    except TypeError:
        return read_cell(plain)
    if found is None:
        found = reading.cells[key, kinds] = read_cell(plain)
    return found


def _row(plain: Any, reading: Reading) -> Row:
    if not isinstance(plain, list) or len(plain) < 2:
        raise wrong("a row: its sequence, its result, and a cell for each factor", plain)
    try:
        step = 0
        sequence = _whole(plain[0], reading)
        step = 1
        result = None if plain[1] is None else read_scalar(plain[1])
        cells = []
        for step in range(2, len(plain)):
            cells.append(_cell(plain[step], reading))
    except Refused as error:
        raise at(error, step) from None
    return Row(sequence, tuple(cells), result)


def _enum(kind: type[Enum]) -> Read:
    by_name = {one.name.lower() if issubclass(kind, IntEnum) else str(one.value): one for one in kind}

    def read(plain: Any, reading: Reading) -> Enum:
        found = by_name.get(plain) if isinstance(plain, str) else None
        if found is None:
            raise unknown("word", plain, by_name)
        return found

    return read


def _union(members: tuple[Any, ...]) -> Read:
    some = [member for member in members if member is not type(None)]
    if len(some) == 1:
        one = reader(some[0])
    elif SCALARS.issuperset(some):
        one = _scalar(frozenset(some))
    else:
        one = _tagged(some)
    if len(some) == len(members):
        return one
    return lambda plain, reading: None if plain is None else one(plain, reading)


def _scalar(kinds: frozenset[type]) -> Read:
    def read(plain: Any, reading: Reading) -> str | Decimal | bool:
        found = read_scalar(plain)
        if type(found) not in kinds and not (isinstance(found, str) and str in kinds):
            raise wrong("a text or a number", plain)
        return str(found) if isinstance(found, str) else found

    return read


def _tagged(members: list[Any]) -> Read:
    if not all(is_dataclass(member) for member in members):
        raise TypeError(f"Nothing tells {members} apart.")
    by_tag = {tag(member): reader(member) for member in members}

    def read(plain: Any, reading: Reading) -> Any:
        if not isinstance(plain, dict) or "kind" not in plain:
            raise wrong(f"a mapping with a kind: {', '.join(by_tag)}", plain)
        kind = plain["kind"]
        if not isinstance(kind, str) or kind not in by_tag:
            raise at(unknown("kind", kind, by_tag), "kind")
        return by_tag[kind]({key: value for key, value in plain.items() if key != "kind"}, reading)

    return read


def _mapping(value: Any) -> Read:
    one = reader(value)

    def read(plain: Any, reading: Reading) -> dict[str, Any]:
        if not isinstance(plain, dict):
            raise wrong("a mapping", plain)
        found = {}
        for key, given in plain.items():
            try:
                found[str(key)] = one(given, reading)
            except Refused as error:
                raise at(error, key) from None
        return found

    return read


def _sequence(origin: Any, members: tuple[Any, ...]) -> Read:
    many = origin is frozenset or members[-1] is ...
    every = [reader(member) for member in members if member is not ...]

    def read(plain: Any, reading: Reading) -> Any:
        if not isinstance(plain, list) or (not many and len(plain) != len(every)):
            raise wrong("a list" if many else f"a list of {len(every)}", plain)
        found: list[Any] = []
        try:
            found.extend(
                one(given, reading) for one, given in zip(repeat(every[0]) if many else every, plain, strict=False)
            )
        except Refused as error:
            raise at(error, len(found)) from None
        return origin(found)

    return read


def _dataclass(kind: type) -> Read:
    hints = get_type_hints(kind)
    readers: dict[str, Read] = {field.name: _field(kind, field.name, hints[field.name]) for field in fields(kind)}
    needed = {field.name for field in fields(kind) if default_of(field) is MISSING}
    name = tag(kind).replace("_", " ")

    def read(plain: Any, reading: Reading) -> Any:
        if not isinstance(plain, dict):
            raise wrong(f"a mapping for a {name}", plain)
        values: dict[str, Any] = {}
        for key, given in plain.items():
            one = readers.get(key) if isinstance(key, str) else None
            if one is None:
                raise at(unknown(f"field of a {name}", key, readers), key)
            try:
                values[key] = one(given, reading)
            except Refused as error:
                raise at(error, key) from None
        if missing := needed - values.keys():
            raise BadDocument(f"A {name} needs {', '.join(sorted(missing))}.", allowed=", ".join(readers))
        return kind(**values)

    return read


def _field(kind: type, name: str, declared: Any) -> Read:
    gives = ResultType.BOOL if name == "condition" else _GIVES.get((kind, name))
    if declared == Expression:
        return _expression(gives)
    if declared == Expression | None:
        one = _expression(gives)
        return lambda plain, reading: None if plain is None else one(plain, reading)
    return reader(declared)


@cache
def _plain_formula() -> Read:
    return _dataclass(Formula)


def _formula(plain: Any, reading: Reading) -> Any:
    """Its expression gives what the formula gives."""
    named = plain.get("result_type") if isinstance(plain, dict) else None
    gives = next((one for one in ResultType if one.value == named), ResultType.NUMBER)
    return _plain_formula()(plain, replace(reading, gives=gives))


_SHORT: Final[Mapping[Any, Read]] = {
    str: _text,
    int: _whole,
    bool: _truth,
    Decimal: lambda plain, reading: read_decimal(plain),
    date: _day,
    Texts: _texts,
    Expression: _expression(None),
    Reference: lambda plain, reading: read_reference(plain),
    Cell: _cell,
    Row: _row,
}
