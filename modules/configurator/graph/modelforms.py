"""The inputs of master data, made from the model's own dataclasses: a new field or action needs no edit here.

Each master is an input type of its own, whole: what is left out has its default. `document` makes of an input what the
codec reads. Expressions travel as their source, references as `NAME`, `NAME.qty`, `formula:NAME` or `table:NAME`.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal as Number
from enum import Enum
from functools import cache
from itertools import pairwise
from types import UnionType
from typing import Any, Final, NewType, Union, get_args, get_origin, get_type_hints

import strawberry

from modules.configurator.formats.writing import tag
from modules.configurator.graph.modelwords import FIELDS, NAMES
from modules.configurator.model.formulas import Cell, Row
from modules.configurator.model.masters import Texts
from modules.configurator.model.trees import Expression, Reference
from modules.kernel.errors import BadUserInput
from modules.kernel.graph import DateTime, Decimal
from modules.kernel.moments import to_us

KEPT: Final = frozenset(
    ("version", "created_us", "changed_us", "status", "content_version", "compile_hash", "usability", "part_of")
)
"""What the store keeps for itself. A template's status is its author's."""
NOTHING: Final = "nothing"
"""The field of kinds that state nothing: the graph has no input without fields."""
MICROS_END: Final = "_micros"
"""Ends the names of millionths: the graph shows decimals."""
US_END: Final = "_us"
"""Ends the names of microseconds: the graph shows moments."""


@strawberry.input(description="A text in one language; the first of several is the default.")
class ModelTextInput:
    locale: str = strawberry.field(description="A language with an optional country: de, de-AT.")
    text: str = strawberry.field(description="The text.")


@strawberry.input(one_of=True, description="A value or result: exactly one kind.")
class ModelValueInput:
    text: str | None = strawberry.field(default=strawberry.UNSET, description="An option's id, or a text.")
    number: Decimal | None = strawberry.field(default=strawberry.UNSET, description="A number.")
    truth: bool | None = strawberry.field(default=strawberry.UNSET, description="True or false, of BOOL results.")


@strawberry.input(description="A name and its value.")
class ModelNamedValueInput:
    name: str = strawberry.field(description="NAME, NAME.qty, formula:NAME or table:NAME.")
    value: ModelValueInput | None = strawberry.field(default=None, description="Null: none.")


@strawberry.input(description="What a row asks of one factor; without a match, anything, also nothing chosen.")
class ModelCellInput:
    match: str = strawberry.field(default="any", description="any, =, <>, <, <=, >, >=, in, not in, between.")
    operands: list[ModelValueInput] = strawberry.field(default_factory=list, description="None, one, two or more.")


@strawberry.input(description="One line of a combination table.")
class ModelRowInput:
    sequence: int = strawberry.field(description="Unique in its table; the first row that matches gives its result.")
    cells: list[ModelCellInput] = strawberry.field(description="One for each factor, in their order.")
    result: ModelValueInput | None = strawberry.field(default=None, description="What the row gives; null: nothing.")


@cache
def form(kind: Any) -> Any:
    """The input type of a frozen dataclass of the model."""
    hints = get_type_hints(kind)
    shown = {one: shown_name(one.name) for one in fields(kind) if is_stated(kind, one.name)}
    annotations = {name: _annotation(one, hints[one.name]) for one, name in shown.items()}
    made = {name: _field(kind, one, hints[one.name]) for one, name in shown.items()}
    if not annotations:
        annotations, made = {NOTHING: bool | None}, {NOTHING: strawberry.field(default=None, description="Give {}.")}
    return strawberry.input(_class(name_of(kind), annotations, made), name=name_of(kind), description=told(kind))


def name_of(kind: Any) -> str:
    """What the input type of a dataclass or the enum is called."""
    bare = NAMES.get(kind.__name__, kind.__name__)
    return f"Model{bare}" if issubclass(kind, Enum) else f"Model{bare}Input"


def one_of(name: str, members: Mapping[str, Any], description: str, words: Mapping[str, str]) -> Any:
    """An input of which exactly one member is given."""
    annotations = {f"{member}_": kind | None for member, kind in members.items()}
    made = {
        f"{member}_": strawberry.field(name=camel(member), default=strawberry.UNSET, description=words[member])
        for member in members
    }
    return strawberry.input(_class(name, annotations, made), name=name, description=description, one_of=True)


def _class(name: str, annotations: Mapping[str, Any], values: Mapping[str, Any]) -> type:
    return type(name, (), {"__annotations__": dict(annotations), "__module__": __name__, **values})


def is_stated(kind: Any, name: str) -> bool:
    """Whether a field is its author's to say."""
    return name not in KEPT or (name == "status" and kind.__name__ == "RuleTemplate")


def shown_name(name: str) -> str:
    """Millionths are decimals in the graph, microseconds moments."""
    return re.sub(f"({MICROS_END}|{US_END})$", "", name)


def camel(name: str) -> str:
    """As the graph writes names."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _annotation(one: Field[Any], hint: Any) -> Any:
    if one.name.endswith(MICROS_END):
        kind: Any = Decimal
    elif one.name.endswith(US_END):
        kind = DateTime
    else:
        kind = _type(hint)
    is_optional = type(None) in get_args(hint) or (one.default_factory is not MISSING and is_dataclass(hint))
    return kind | None if is_optional or _stands_for_default(one, hint) else kind


def _stands_for_default(one: Field[Any], hint: Any) -> bool:
    """Whether null stands for a default that is whole."""
    return is_dataclass(hint) and one.default is not MISSING


def _type(hint: Any) -> Any:
    simple = {str: str, int: int, bool: bool, Number: Decimal, date: date, Texts: list[ModelTextInput]}
    simple |= {Expression: str, Reference: str, Cell: ModelCellInput, Row: ModelRowInput}
    if isinstance(hint, NewType):
        return _type(hint.__supertype__)
    if hint in simple:
        return simple[hint]
    if get_origin(hint) in (Union, UnionType):
        return _union([one for one in get_args(hint) if one is not type(None)])
    if get_origin(hint) in (tuple, frozenset):
        return list[_item(get_args(hint))]  # type: ignore[misc]
    return graph_enum(hint) if issubclass(hint, Enum) else form(hint)


def _item(members: tuple[Any, ...]) -> Any:
    item = members[0]
    return ModelNamedValueInput if get_origin(item) is tuple else _type(item)


def _union(kinds: list[Any]) -> Any:
    if len(kinds) == 1:
        return _type(kinds[0])
    if not all(map(is_dataclass, kinds)):
        return ModelValueInput
    return _variants(tuple(kinds))


@cache
def _variants(kinds: tuple[Any, ...]) -> Any:
    name = "ModelActionInput" if any(kind.__name__ == "Require" for kind in kinds) else "ModelLineActionInput"
    members = {tag(kind).replace(" ", "_"): form(kind) for kind in kinds}
    words = {tag(kind).replace(" ", "_"): told(kind) for kind in kinds}
    return one_of(name, members, "What is done: exactly one kind.", words)


@cache
def graph_enum(kind: Any) -> Any:
    """An enum of the graph's own with the same members: others may show this one by another name."""
    made = Enum(name_of(kind), {one.name: one.name for one in kind}, module=__name__)  # type: ignore[misc]
    return strawberry.enum(made, description=told(kind))


def told(kind: Any) -> str:
    """The first sentence or paragraph of its docstring, without marks."""
    return " ".join((kind.__doc__ or "").split("\n\n")[0].split()).replace("`", "")


def described(kind: Any, name: str) -> str:
    """What a field is to people."""
    return _said(kind).get(name) or FIELDS[name]


def _field(kind: Any, one: Field[Any], hint: Any) -> Any:
    description = described(kind, one.name)
    if one.default is MISSING and one.default_factory is MISSING:
        return strawberry.field(description=description)
    if get_origin(hint) in (tuple, frozenset) and one.default is not None:
        return strawberry.field(default_factory=list, description=description)
    return strawberry.field(default=_default(one, hint), description=description)


def _default(one: Field[Any], hint: Any) -> Any:
    default = one.default
    if one.name.endswith(MICROS_END) and isinstance(default, int):
        return Decimal("0")
    if isinstance(default, Enum):
        return graph_enum(type(default))[default.name]
    if isinstance(default, Number):
        return Decimal(str(default))
    return None if is_dataclass(hint) or default is MISSING or is_dataclass(default) else default


@cache
def _said(kind: Any) -> Mapping[str, str]:
    """What stands under the fields of a dataclass in its source."""
    body = ast.parse(inspect.getsource(kind)).body[0].body  # type: ignore[attr-defined]
    found = {}
    for one, below in pairwise(body):
        if isinstance(one, ast.AnnAssign) and isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            found[one.target.id] = " ".join(str(below.value.value).split()).replace("`", "")  # type: ignore[union-attr]
    return found


def document(kind: Any, given: Any) -> dict[str, Any]:
    """An input as the codec reads its dataclass."""
    hints, found = get_type_hints(kind), {}
    for one in fields(kind):
        value = getattr(given, shown_name(one.name), None) if is_stated(kind, one.name) else None
        if value is not None and value is not strawberry.UNSET:
            found[one.name] = (
                _micros(one.name, value) if one.name.endswith(MICROS_END) else _plain(hints[one.name], value)
            )
    return found


def _micros(name: str, value: str) -> int:
    micros = Number(value) * 10**6
    if micros != micros.to_integral_value() or abs(micros) > 10**17:
        raise BadUserInput(f"{value} has too many digits.", shown_name(name), "at most 6 decimals")
    return int(micros)


def _plain(hint: Any, value: Any) -> Any:
    if isinstance(value, Enum):
        return next(one for one in _enum_of(hint) if one.name == value.name).value
    if isinstance(value, ModelValueInput):
        return _value(value)
    if isinstance(value, list):
        return _list(hint, value)
    if isinstance(value, datetime):
        return to_us(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, ModelCellInput):
        return None if value.match == "any" else [value.match, *map(_value, value.operands)]
    if isinstance(value, ModelRowInput):
        return [value.sequence, _value(value.result), *(_plain(Cell, cell) for cell in value.cells)]
    return _record(hint, value)


def _record(hint: Any, value: Any) -> Any:
    kinds = [one for one in (get_args(hint) or (hint,)) if isinstance(one, type) and is_dataclass(one)]
    if isinstance(value, (str, int, bool)) or not kinds:
        return value
    if len(kinds) == 1:
        return document(kinds[0], value)
    for kind in kinds:
        name = tag(kind)
        if (member := getattr(value, f"{name.replace(' ', '_')}_")) is not strawberry.UNSET:
            return {"kind": name, **document(kind, member)}
    raise AssertionError(value)


def _enum_of(hint: Any) -> Any:
    return next(one for one in (hint, *get_args(hint)) if isinstance(one, type) and issubclass(one, Enum))


def _list(hint: Any, values: list[Any]) -> Any:
    if values and isinstance(values[0], ModelTextInput):
        return {one.locale: one.text for one in values}
    if values and isinstance(values[0], ModelNamedValueInput):
        return [[one.name, _value(one.value)] for one in values]
    inner = next((one for one in get_args(hint) if one is not type(None) and one is not ...), hint)
    inner = get_args(inner)[0] if get_origin(inner) in (tuple, frozenset) else inner
    return {} if not values and hint == Texts else [_plain(inner, one) for one in values]


def _value(given: ModelValueInput | None) -> Any:
    if given is None:
        return None
    for value in (given.text, given.truth):
        if value is not strawberry.UNSET:
            return value
    return {"number": given.number}
