"""Master data as typed objects, made from the model's own dataclasses as the inputs are, with the same names: what is
read can be handed in again, field by field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import Field, fields, is_dataclass
from datetime import date
from decimal import Decimal as Number
from enum import Enum
from functools import cache
from types import UnionType
from typing import Any, Final, NewType, Union, get_args, get_origin, get_type_hints

import strawberry

from modules.configurator.formats.plain import write_reference
from modules.configurator.formats.writing import tag
from modules.configurator.graph import modelforms
from modules.configurator.graph.modelforms import MICROS_END, US_END, described, graph_enum, is_stated, shown_name, told
from modules.configurator.graph.modelwords import NAMES
from modules.configurator.model.changes import CLASSES, KINDS, AnyMaster, Kind
from modules.configurator.model.formulas import Cell, Row
from modules.configurator.model.masters import Texts
from modules.configurator.model.trees import Expression, Reference
from modules.kernel.graph import DateTime, Decimal, instant

_MILLION: Final = 10**6


@strawberry.type(description="A text in one language; the first of several is the default.")
class ModelText:
    locale: str = strawberry.field(description="A language with an optional country: de, de-AT.")
    text: str = strawberry.field(description="The text.")


@strawberry.type(description="A value or result: exactly one member is not null.")
class ModelValue:
    text: str | None = strawberry.field(default=None, description="An option's id, or a text.")
    number: Decimal | None = strawberry.field(default=None, description="A number.")
    truth: bool | None = strawberry.field(default=None, description="True or false, of BOOL results.")


@strawberry.type(description="A name and its value.")
class ModelNamedValue:
    name: str = strawberry.field(description="NAME, NAME.qty, formula:NAME or table:NAME.")
    value: ModelValue | None = strawberry.field(description="Null: none.")


@strawberry.type(description="What a row asks of one factor.")
class ModelCell:
    match: str = strawberry.field(description="any, =, <>, <, <=, >, >=, in, not in, between.")
    operands: list[ModelValue] = strawberry.field(description="None, one, two or more.")


@strawberry.type(description="One line of a combination table.")
class ModelRow:
    sequence: int = strawberry.field(description="The first row that matches gives its result.")
    cells: list[ModelCell] = strawberry.field(description="One for each factor, in their order.")
    result: ModelValue | None = strawberry.field(description="What the row gives; null: nothing.")


@cache
def shape(kind: Any) -> Any:
    """The type of a frozen dataclass of the model."""
    hints = get_type_hints(kind)
    known = {shown_name(one.name): one for one in fields(kind) if is_stated(kind, one.name)}
    annotations = {name: _annotation(one, hints[one.name]) for name, one in known.items()}
    made = {name: strawberry.field(description=described(kind, one.name)) for name, one in known.items()}
    if not annotations:
        annotations, made = (
            {modelforms.NOTHING: bool | None},
            {modelforms.NOTHING: strawberry.field(description="Null.")},
        )
    return strawberry.type(_class(_name(kind), annotations, made), name=_name(kind), description=told(kind))


def _name(kind: Any) -> str:
    return f"Model{NAMES.get(kind.__name__, kind.__name__)}Content"


def _class(name: str, annotations: Mapping[str, Any], values: Mapping[str, Any]) -> type:
    return type(name, (), {"__annotations__": dict(annotations), "__module__": __name__, **values})


def _annotation(one: Field[Any], hint: Any) -> Any:
    kind = Decimal if one.name.endswith(MICROS_END) else DateTime if one.name.endswith(US_END) else _type(hint)
    return kind | None if type(None) in get_args(hint) else kind


_SIMPLE: Final[Mapping[Any, Any]] = {
    **{str: str, int: int, bool: bool, date: date, Number: Decimal, Texts: list[ModelText]},
    **{Expression: str, Reference: str, Cell: ModelCell, Row: ModelRow},
}


def _type(hint: Any) -> Any:
    if isinstance(hint, NewType):
        return _type(hint.__supertype__)
    if hint in _SIMPLE:
        return _SIMPLE[hint]
    if get_origin(hint) in (Union, UnionType):
        return _union([one for one in get_args(hint) if one is not type(None)])
    if get_origin(hint) in (tuple, frozenset):
        item = get_args(hint)[0]
        return list[ModelNamedValue if get_origin(item) is tuple else _type(item)]  # type: ignore[misc]
    return graph_enum(hint) if issubclass(hint, Enum) else shape(hint)


def _union(kinds: list[Any]) -> Any:
    if len(kinds) == 1:
        return _type(kinds[0])
    return _variants(tuple(kinds)) if all(map(is_dataclass, kinds)) else ModelValue


@cache
def _variants(kinds: tuple[Any, ...]) -> Any:
    name = "ModelActionContent" if any(kind.__name__ == "Require" for kind in kinds) else "ModelLineActionContent"
    members = {_member(kind): shape(kind) for kind in kinds}
    return one_of(name, members, "What is done: exactly one member is not null.", {_member(k): told(k) for k in kinds})


def _member(kind: Any) -> str:
    return tag(kind).replace(" ", "_")


def one_of(name: str, members: Mapping[str, Any], description: str, words: Mapping[str, str]) -> Any:
    """A type of which exactly one member is not null; a member's Python name ends with `_`, as that of an input's."""
    annotations = {f"{member}_": kind | None for member, kind in members.items()}
    made = {
        f"{member}_": strawberry.field(name=modelforms.camel(member), default=None, description=words[member])
        for member in members
    }
    return strawberry.type(_class(name, annotations, made), name=name, description=description)


MasterContent: Final = one_of(
    "ModelMasterContent",
    {kind.value: shape(CLASSES[kind]) for kind in Kind},  # type: ignore[arg-type]
    "A piece of master data: the member of its kind is not null. It can be handed in again as it is.",
    {kind.value: f"Of a {kind.name}." for kind in Kind},
)


def content(master: AnyMaster) -> Any:
    """A piece of master data as the graph shows it."""
    return MasterContent(**{f"{KINDS[type(master)].value}_": _shown(type(master), master)})


def _shown(kind: Any, value: Any) -> Any:
    """A dataclass's value as its shape."""
    return shape(kind)(**{name: convert(given) for name, convert, given in _parts(kind, value)})


def _parts(kind: Any, value: Any) -> list[tuple[str, Callable[[Any], Any], Any]]:
    found = [(name, convert, getattr(value, source)) for name, source, convert in _converters(kind)]
    return found or [(modelforms.NOTHING, lambda given: given, None)]


@cache
def _converters(kind: Any) -> tuple[tuple[str, str, Callable[[Any], Any]], ...]:
    hints = get_type_hints(kind)
    stated = [one.name for one in fields(kind) if is_stated(kind, one.name)]
    return tuple((shown_name(name), name, _converter(name, hints[name])) for name in stated)


def _converter(name: str, hint: Any) -> Callable[[Any], Any]:
    if name.endswith(MICROS_END):
        return lambda micros: None if micros is None else Decimal(f"{Number(micros) / _MILLION:f}")
    if name.endswith(US_END):
        return instant
    return _convert(hint)


def _convert(hint: Any) -> Callable[[Any], Any]:
    if isinstance(hint, NewType):
        return _convert(hint.__supertype__)
    if hint in _CONVERTS:
        return _CONVERTS[hint]
    if get_origin(hint) in (Union, UnionType):
        return _of_union([one for one in get_args(hint) if one is not type(None)])
    if get_origin(hint) in (tuple, frozenset):
        return _of_list(hint)
    if issubclass(hint, Enum):
        return lambda member: graph_enum(hint)[member.name]
    return lambda value: _shown(hint, value)


def _of_union(kinds: list[Any]) -> Callable[[Any], Any]:
    if len(kinds) == 1:
        one = _convert(kinds[0])
    elif all(map(is_dataclass, kinds)):
        known = tuple(kinds)
        one = lambda value: _variants(known)(**{f"{_member(type(value))}_": _shown(type(value), value)})  # noqa: E731
    else:
        one = _value
    return lambda value: None if value is None else one(value)


def _of_list(hint: Any) -> Callable[[Any], Any]:
    item = get_args(hint)[0]
    if get_origin(item) is tuple:
        return lambda pairs: [ModelNamedValue(name=_name_of(name), value=_value(value)) for name, value in pairs]
    one = _convert(item)
    if get_origin(hint) is frozenset:
        return lambda values: [one(value) for value in sorted(values)]
    return lambda values: [one(value) for value in values]


def _name_of(name: Any) -> str:
    return str(write_reference(name)) if isinstance(name, Reference) else str(name)


def _value(value: Any) -> ModelValue | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return ModelValue(truth=value)
    return ModelValue(number=Decimal(f"{value:f}")) if isinstance(value, Number) else ModelValue(text=str(value))


def _cell(cell: Cell) -> ModelCell:
    return ModelCell(match=cell.match.value, operands=[one for value in cell.operands if (one := _value(value))])


def _row(row: Row) -> ModelRow:
    return ModelRow(sequence=row.sequence, cells=[_cell(cell) for cell in row.cells], result=_value(row.result))


def _same(value: Any) -> Any:
    return value


_CONVERTS: Final[Mapping[Any, Callable[[Any], Any]]] = {
    **{str: _same, int: _same, bool: _same, date: _same},
    Number: lambda number: Decimal(f"{number:f}"),
    Texts: lambda texts: [ModelText(locale=str(locale), text=text) for locale, text in texts],
    Expression: lambda expression: expression.source,
    Reference: lambda reference: str(write_reference(reference)),
    Cell: _cell,
    Row: _row,
}
