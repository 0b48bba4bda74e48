"""Fields of a target and how a mapping fills them: a leaf, a list, texts by name, a list of small items, a document.

A target declares shapes; a mapping's `fields` are read against them, so that a wrong key is found before any row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from gateway.importing.conversions import CONVERSION_KEYS, Conversion, Converted, Kind, read_conversion
from gateway.importing.documents import DocumentField, constant
from gateway.importing.errors import BadValue, Spot, WrongMapping
from gateway.importing.tables import Raw, Table, scalar
from gateway.importing.values import Row, Scope, Value, read_value


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value. `allowed`: the words it may be, if they are few."""

    kind: Kind = Kind.TEXT
    required: bool = False
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Many:
    """A list of values in one field."""

    kind: Kind = Kind.TEXT


@dataclass(frozen=True, slots=True)
class Named:
    """Values by name: titles by language, attributes by their names."""

    kind: Kind = Kind.TEXT


@dataclass(frozen=True, slots=True)
class Items:
    """A list of small tables: quantity tiers, incoming goods."""

    fields: Mapping[str, Leaf]


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON document in one field."""


Shape = Leaf | Many | Named | Items | Document
Shapes = Mapping[str, Shape]


@dataclass(frozen=True, slots=True)
class Means:
    """What stands around a field: the names of the look-ups, the step's conversions, and whether texts are values."""

    lookups: Sequence[str]
    conversion: Conversion
    literal: bool = False
    """For rows written into the mapping: a text is the value, not a column's name."""


class Field(Protocol):
    """A field of a step, ready to be filled."""

    def read(self, rows: Sequence[Row], scope: Scope) -> Any:
        """Its value from the rows of one item; None or empty when there is none. Raises BadValue."""

    def columns(self) -> Iterator[str]:
        """Which columns it looks at."""


@dataclass(frozen=True, slots=True)
class LeafField:
    """One value, from the item's first row."""

    leaf: Leaf
    value: Value
    conversion: Conversion

    def read(self, rows: Sequence[Row], scope: Scope) -> Converted | None:
        """The value, or None."""
        text = self.value.text(rows[0], scope)
        if text is None:
            return None
        if self.leaf.allowed and text not in self.leaf.allowed:
            raise BadValue(f"{text!r} is not allowed; allowed: {', '.join(self.leaf.allowed)}")
        return self.conversion.convert(text, self.leaf.kind, scope)

    def columns(self) -> Iterator[str]:
        """Those of its value."""
        yield from self.value.columns


@dataclass(frozen=True, slots=True)
class ManyField:
    """Several values, each from every row of the item and perhaps split; in order, each once."""

    kind: Kind
    parts: tuple[tuple[Value, str | None, Conversion], ...]

    def read(self, rows: Sequence[Row], scope: Scope) -> tuple[Converted, ...]:
        """The values."""
        return tuple(dict.fromkeys(self._all(rows, scope)))

    def _all(self, rows: Sequence[Row], scope: Scope) -> Iterator[Converted]:
        for row in rows:
            for value, sign, conversion in self.parts:
                text = value.text(row, scope)
                pieces = [] if text is None else text.split(sign) if sign else [text]
                yield from (conversion.convert(one.strip(), self.kind, scope) for one in pieces if one.strip())

    def columns(self) -> Iterator[str]:
        """Those of its values."""
        for value, _, _ in self.parts:
            yield from value.columns


@dataclass(frozen=True, slots=True)
class NamedField:
    """Values by name, from the item's first row; names without a value are left out."""

    parts: Mapping[str, LeafField]

    def read(self, rows: Sequence[Row], scope: Scope) -> dict[str, Converted]:
        """Value by name."""
        return {name: value for name, value in read_fields(self.parts, rows, scope).items() if value is not None}

    def columns(self) -> Iterator[str]:
        """Those of its values."""
        for part in self.parts.values():
            yield from part.columns()


@dataclass(frozen=True, slots=True)
class ItemsField:
    """Small tables, from every row of the item; one without any value of a row's own is left out."""

    parts: tuple[Mapping[str, LeafField], ...]

    def read(self, rows: Sequence[Row], scope: Scope) -> tuple[dict[str, Converted | None], ...]:
        """The tables, in the order of rows and of the mapping. Raises BadValue when one is filled by half."""
        found = [self._one(part, index, row, scope) for row in rows for index, part in enumerate(self.parts)]
        return tuple(one for one in found if one is not None)

    def _one(
        self, part: Mapping[str, LeafField], index: int, row: Row, scope: Scope
    ) -> dict[str, Converted | None] | None:
        own = [name for name, field in part.items() if field.value.columns]
        try:
            values: dict[str, Converted | None] = read_fields(part, [row], scope)
            if own and all(values[name] is None for name in own):
                return None
            _check_required({name: field.leaf for name, field in part.items()}, values)
        except BadValue as error:
            raise error.within(index) from None
        return values

    def columns(self) -> Iterator[str]:
        """Those of its values."""
        for part in self.parts:
            for field in part.values():
                yield from field.columns()


def read_fields(fields: Mapping[str, Any], rows: Sequence[Row], scope: Scope) -> dict[str, Any]:
    """Every field's value; raises BadValue that names the field."""
    values = {}
    for name, field in fields.items():
        try:
            values[name] = field.read(rows, scope)
        except BadValue as error:
            raise error.within(name) from None
    return values


def read_item(fields: Mapping[str, Field], shapes: Shapes, rows: Sequence[Row], scope: Scope) -> dict[str, Any]:
    """An item of the target from its rows. Raises BadValue, also for a required field without value."""
    values = read_fields(fields, rows, scope)
    _check_required(shapes, values)
    return values


def _check_required(shapes: Shapes, values: Mapping[str, Any]) -> None:
    for name, shape in shapes.items():
        if isinstance(shape, Leaf) and shape.required and values.get(name) is None:
            raise BadValue("a value is needed", name)


def compile_fields(table: Table, shapes: Shapes, means: Means) -> dict[str, Field]:
    """The fields of a step; raises WrongMapping for an unknown field or a required one that is missing."""
    table.only(tuple(shapes), "field")
    for name, shape in shapes.items():
        if isinstance(shape, Leaf) and shape.required and name not in table:
            raise WrongMapping(table.spot, f"the field {name!r} is needed")
    return {name: _compile(shapes[name], table.raw(name), table.spot.at(name), means) for name in table}


def _compile(shape: Shape, raw: Raw, spot: Spot, means: Means) -> Field:
    match shape:
        case Leaf():
            return _leaf(shape, raw, spot, means)
        case Many():
            return _many(shape, raw, spot, means)
        case Named():
            return _named(shape, raw, spot, means)
        case Items():
            return _items(shape, raw, spot, means)
        case Document():
            return _document(raw, spot, means)


def _leaf(leaf: Leaf, raw: Raw, spot: Spot, means: Means) -> LeafField:
    value, conversion = _value(raw, spot, means)
    if leaf.kind is Kind.MOMENT and conversion.zone is None and value.constant is None:
        raise WrongMapping(spot.at("zone"), "a date needs a time zone: here, at the step, or under [defaults]")
    if leaf.allowed and value.constant is not None and value.constant not in leaf.allowed:
        raise WrongMapping.unknown(spot, "choice", value.constant, leaf.allowed)
    return LeafField(leaf, value, conversion)


def _value(raw: Raw, spot: Spot, means: Means, also: Sequence[str] = ()) -> tuple[Value, Conversion]:
    if means.literal:
        return Value(constant=scalar(raw, spot), strip=False), means.conversion
    if isinstance(raw, str):
        return read_value(raw, spot, means.lookups), means.conversion
    table = Table(raw, spot)
    value = read_value(raw, spot, means.lookups, (*CONVERSION_KEYS, *also))
    return value, read_conversion(table, means.conversion)


def _document(raw: Raw, spot: Spot, means: Means) -> DocumentField:
    if means.literal:
        return constant(raw, means.conversion)
    value, conversion = _value(raw, spot, means)
    return DocumentField(value, None, conversion)


def _many(shape: Many, raw: Raw, spot: Spot, means: Means) -> ManyField:
    raws = raw if isinstance(raw, list) else [raw]
    if isinstance(raw, Mapping) and isinstance(raw.get("constant"), list):
        raws = [{**raw, "constant": one} for one in raw["constant"]]
    return ManyField(shape.kind, tuple(_split(one, spot, means) for one in raws))


def _split(raw: Raw, spot: Spot, means: Means) -> tuple[Value, str | None, Conversion]:
    value, conversion = _value(raw, spot, means, ("split",))
    sign = None if means.literal or isinstance(raw, str) else Table(raw, spot).text("split")
    return value, sign, conversion


def _named(shape: Named, raw: Raw, spot: Spot, means: Means) -> NamedField:
    if isinstance(raw, list):
        raw = {scalar(name, spot): name for name in raw}
    table = Table(raw, spot)
    return NamedField({name: _leaf(Leaf(shape.kind), table.raw(name), spot.at(name), means) for name in table})


def _items(shape: Items, raw: Raw, spot: Spot, means: Means) -> ItemsField:
    if not isinstance(raw, list):
        raise WrongMapping(spot, "a list of tables is expected here, written as [[step.fields...]]")
    return ItemsField(tuple(_item(shape, Table(one, spot.at(index)), means) for index, one in enumerate(raw)))


def _item(shape: Items, table: Table, means: Means) -> dict[str, LeafField]:
    compiled = compile_fields(table, shape.fields, means)
    return {name: field for name, field in compiled.items() if isinstance(field, LeafField)}
