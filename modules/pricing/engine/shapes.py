"""Shapes: what the fields of conditions and actions may hold, read off their annotations.

Documents (`engine/documents.py`) and the graph's inputs are both made from these, so a new condition or action is known
everywhere as soon as it is registered.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any, Final, NewType, Union, get_args, get_origin, get_type_hints

from modules.kernel.intake import LOCALES, MOMENTS, NAMES, SKUS
from modules.kernel.moments import format_moment, parse_moment
from modules.kernel.money import format_micros, parse_micros
from modules.kernel.names import (
    CategoryId,
    ChannelId,
    Locale,
    MarketId,
    ProductGroupId,
    PromotionId,
    SegmentId,
    ShippingMethodId,
    Sku,
    StoreId,
    is_locale,
    is_name,
    is_sku,
    is_text,
)
from modules.kernel.quantity import Quantity, format_quantity, parse_quantity
from modules.pricing.model.prices import Span
from modules.pricing.model.promotions import Action, Amounts, Condition, Filter, Limits, Percent

LONGEST_TEXT: Final = 200
LARGEST_NUMBER: Final = 2**31 - 1
"""What the graph's Int can carry."""
PER_CENT: Final = 10_000
"""Millionths in one percent."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A single value. `read` takes the document's value and raises ValueError; `names` says what it is the name of."""

    kind: str
    """`text`, `name`, `number`, `yes_no`, `percent`, `quantity` or `moment`."""
    allowed: str
    read: Callable[[Any], Any]
    write: Callable[[Any], Any]
    names: str = ""
    """What it is the name of, as `references.Known.names` takes it; empty where nobody knows."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A member of an enum, by its name in capitals."""

    enum: type[Enum]


@dataclass(frozen=True, slots=True)
class Stated:
    """Amounts by currency."""


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours on some weekdays."""


@dataclass(frozen=True, slots=True)
class Many:
    """A list, in order."""

    item: Shape


@dataclass(frozen=True, slots=True)
class Maybe:
    """A value or none."""

    item: Shape


@dataclass(frozen=True, slots=True)
class Record:
    """A frozen dataclass, field by field."""

    type: type[Any]


@dataclass(frozen=True, slots=True)
class Variant:
    """One of the registered kinds of a base: `{kind: {fields}}`."""

    base: type[Any]


Shape = Leaf | Choice | Stated | Hours | Many | Maybe | Record | Variant


@dataclass(frozen=True, slots=True)
class Slot:
    """A field of a record: its name in Python and in documents, and what it may hold."""

    name: str
    key: str
    shape: Shape
    default: Any
    """MISSING: it must be given."""
    description: str
    least: int | None = None
    """The smallest number or quantity, or the fewest entries of a list; None: as the shape has it."""

    @property
    def is_required(self) -> bool:
        """Whether a document must give it."""
        return self.default is MISSING


def slots(kind: Any) -> tuple[Slot, ...]:
    """The fields of a frozen dataclass, in order. Raises TypeError for an annotation that has no shape."""
    return _slots(kind)


@cache
def _slots(kind: Any) -> tuple[Slot, ...]:
    hints = {**get_type_hints(kind), **_NAMED.get(kind, {})}
    said = {**_SAID.get(kind, {}), **getattr(kind, "DESCRIPTIONS", {})}
    least = {**_LEAST.get(kind, {}), **getattr(kind, "LEAST", {})}
    return tuple(_slot(field, hints[field.name], said.get(field.name, ""), least) for field in fields(kind))


@cache
def shape_of(annotation: Any) -> Shape:
    """The shape behind an annotation. Raises TypeError when there is none."""
    if annotation in _SHAPES:
        return _SHAPES[annotation]
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is tuple and len(inner) == 2 and inner[1] is ...:
        return Many(shape_of(inner[0]))
    if origin in (Union, types.UnionType) and len(inner) == 2 and inner[1] is type(None):
        return Maybe(shape_of(inner[0]))
    if isinstance(annotation, NewType):
        return shape_of(annotation.__supertype__)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return Choice(annotation)
    if isinstance(annotation, type) and is_dataclass(annotation):
        return Record(annotation)
    raise TypeError(f"{annotation!r} has no shape in documents")


def camel(name: str) -> str:
    """`max_units` is `maxUnits` in documents."""
    head, *tail = name.split("_")
    return head + "".join(word.title() for word in tail if word)


def _slot(field: Field[Any], annotation: Any, description: str, least: Mapping[str, int]) -> Slot:
    shape = shape_of(annotation)
    default = field.default if field.default_factory is MISSING else field.default_factory()
    if isinstance(shape, Maybe) and default not in (None, MISSING):
        raise TypeError(f"{field.name} cannot be told to be nothing: its default is {default!r}")
    return Slot(field.name, camel(field.name), shape, default, description, least.get(field.name))


def _text(given: object) -> str:
    if not isinstance(given, str) or not is_text(given, LONGEST_TEXT):
        raise ValueError
    return given


def _named(is_good: Callable[[str], bool]) -> Callable[[object], str]:
    def read(given: object) -> str:
        if not isinstance(given, str) or not is_good(given):
            raise ValueError
        return given

    return read


def _number(given: object) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or abs(given) > LARGEST_NUMBER:
        raise ValueError
    return given


def _yes_no(given: object) -> bool:
    if not isinstance(given, bool):
        raise ValueError
    return given


def _percent(given: object) -> Percent:
    if not isinstance(given, str):
        raise ValueError
    millionths, rest = divmod(parse_micros(given), 100)
    if rest or not 0 < millionths <= 100 * PER_CENT:
        raise ValueError
    return Percent(millionths)


def format_percent(percent: int) -> str:
    """The shortest exact decimal string of percent: "10", "12.5"."""
    return format_micros(percent * 100)


def _quantity(given: object) -> Quantity:
    quantity = parse_quantity(given) if isinstance(given, str) else Quantity(-1)
    if quantity < 0:
        raise ValueError
    return quantity


def _moment(given: object) -> datetime:
    if not isinstance(given, str):
        raise ValueError
    moment = parse_moment(given)
    if not 1970 <= moment.year < 9000:
        raise ValueError
    return moment


def _name(names: str) -> Leaf:
    return Leaf("name", NAMES, _named(is_name), str, names)


_SHAPES: Final[Mapping[Any, Shape]] = {
    bool: Leaf("yes_no", "true or false", _yes_no, bool),
    int: Leaf("number", "a whole number of at most 32 bits", _number, int),
    str: Leaf("text", f"a text of 1 to {LONGEST_TEXT} characters", _text, str),
    Percent: Leaf("percent", 'more than 0, at most 100, at most 4 decimals: "12.5"', _percent, format_percent),
    Quantity: Leaf("quantity", '0 to 1000000, at most 6 decimals: "3"', _quantity, format_quantity),
    Sku: Leaf("name", SKUS, _named(is_sku), str, "sku"),
    CategoryId: _name("category"),
    ProductGroupId: _name("group"),
    MarketId: _name("market"),
    ChannelId: _name("channel"),
    StoreId: _name("store"),
    SegmentId: _name("segment"),
    ShippingMethodId: _name("shipping method"),
    Locale: Leaf("text", LOCALES, _named(is_locale), str),
    PromotionId: _name(""),
    datetime: Leaf("moment", f'{MOMENTS}: "2026-11-27T00:00:00Z"', _moment, format_moment),
    Amounts: Stated(),
    Span: Hours(),
    Condition: Variant(Condition),
    Action: Variant(Action),
}

_NAMED: Final[Mapping[type, Mapping[str, Any]]] = {
    Filter: {
        "categories": tuple[CategoryId, ...],
        "groups": tuple[ProductGroupId, ...],
        "without_categories": tuple[CategoryId, ...],
    }
}
"""Where an annotation does not say what is named."""

_SAID: Final[Mapping[type, Mapping[str, str]]] = {
    Filter: {
        "skus": "Only these.",
        "categories": "Only what stands in one of these or below.",
        "groups": "Only these product groups.",
        "without_skus": "None of these.",
        "without_categories": "Nothing that stands in one of these or below.",
        "price_from": "The list price of one unit is at least this.",
        "price_until": "The list price of one unit is at most this.",
        "label": 'What people call these goods, for hints: "garden furniture".',
    },
    Limits: {
        "total": "Uses altogether, 1 or more.",
        "per_customer": "Uses by one customer, 1 or more.",
        "budget": "Discount granted altogether; in a currency without an amount nothing is granted.",
    },
}

_LEAST: Final[Mapping[type, Mapping[str, int]]] = {Limits: {"total": 1, "per_customer": 1}}
