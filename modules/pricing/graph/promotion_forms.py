"""The inputs of promotions, made from the shapes of what is registered: a new condition or action needs no edit here.

Each kind is an input type of its own, and stands in `PromotionConditionInput` or `PromotionActionInput`, of which
exactly one member is given. `document` makes of them what the services take.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Final

import strawberry
from strawberry.types.base import get_object_definition

from modules.kernel.graph import DateTime, Decimal
from modules.kernel.moments import format_moment
from modules.pricing.engine.promotion_intake import CODEC, Form
from modules.pricing.engine.shapes import (
    Choice,
    Hours,
    Leaf,
    Many,
    Maybe,
    Record,
    Shape,
    Slot,
    Stated,
    Variant,
    camel,
    slots,
)
from modules.pricing.graph.rows import PriceHoursInput
from modules.pricing.model.promotions import Action, Condition, Filter, Limits

NOTHING: Final = "nothing"
"""The field of kinds that state nothing: the graph has no input without fields."""
_RULES: Final = re.compile(r" \([A-Z]-[^)]*\)")
_TITLES: Final[Mapping[Any, str]] = {
    Form: "A promotion, whole: what is left out has its default.",
    Filter: "Which goods are meant: those that meet every part that is given; with none given, all.",
    Limits: "How often it applies and how much it may cost; what is left out has no bound.",
}
_LEAVES: Final[Mapping[str, Any]] = {
    "name": strawberry.ID,
    "text": str,
    "number": int,
    "yes_no": bool,
    "percent": Decimal,
    "quantity": Decimal,
    "moment": DateTime,
}


@strawberry.input(description="An amount in a currency; it is never converted.")
class PromotionAmountInput:
    currency: str = strawberry.field(description="ISO 4217, one of the shop's.")
    amount: Decimal = strawberry.field(description="Not below 0, at most the currency's decimals.")


def document(given: Any) -> Any:
    """An input as JSON: what was left out is left out."""
    if isinstance(given, Enum):
        return given.name
    if isinstance(given, datetime):
        return format_moment(given)
    if isinstance(given, list):
        return [document(entry) for entry in given]
    definition = get_object_definition(type(given))
    if definition is None:
        return given
    values = ((field.graphql_name or camel(field.python_name), field.python_name) for field in definition.fields)
    found = ((key, getattr(given, name)) for key, name in values if key != NOTHING)
    return {key: document(value) for key, value in found if value is not None and value is not strawberry.UNSET}


def _one_of(base: type[Any], name: str, description: str) -> Any:
    """The input of which one member is given, by the names of the registered kinds."""
    kinds = CODEC.kinds[base]
    # Some kinds are called like words of Python's own, which attributes cannot be.
    members = {f"{kind}_": _input_of(found) | None for kind, found in kinds.items()}
    made = {
        f"{kind}_": strawberry.field(name=kind, default=strawberry.UNSET, description=found.SUMMARY)
        for kind, found in kinds.items()
    }
    return strawberry.input(_class(name, members, made), name=name, description=description, one_of=True)


def _input_of(kind: Any) -> Any:
    """The input type of a frozen dataclass."""
    return _made(kind)


@cache
def _made(kind: Any) -> Any:
    annotations = {slot.name: _annotation(slot) for slot in slots(kind)}
    made = {slot.name: _field(slot) for slot in slots(kind)}
    if not annotations:
        annotations, made = {NOTHING: bool | None}, {NOTHING: strawberry.field(default=None, description="Give {}.")}
    said = getattr(kind, "SUMMARY", None) or _TITLES.get(kind) or _told(kind)
    return strawberry.input(_class(_name(kind), annotations, made), name=_name(kind), description=said)


def _class(name: str, annotations: Mapping[str, Any], values: Mapping[str, Any]) -> type:
    return type(name, (), {"__annotations__": dict(annotations), "__module__": __name__, **values})


def _name(kind: Any) -> str:
    if kind is Form:
        return "PromotionInput"
    title = kind.__name__
    if issubclass(kind, Condition | Action):
        title = kind.KIND[0].upper() + kind.KIND[1:]
        title += "Condition" if issubclass(kind, Condition) else "Action"
    return f"Promotion{title}Input"


def _annotation(slot: Slot) -> Any:
    kind = _type(slot.shape)
    # A part that is whole by default has no value of the graph for that.
    return kind | None if isinstance(slot.shape, Record | Stated | Variant) and not slot.is_required else kind


def _type(shape: Shape) -> Any:
    match shape:
        case Many():
            return list[_type(shape.item)]  # type: ignore[misc]
        case Maybe():
            return _type(shape.item) | None
        case Record():
            return _input_of(shape.type)
        case Variant():
            return _CONDITION if shape.base is Condition else _ACTION
        case _:
            return _single(shape)


def _single(shape: Leaf | Choice | Stated | Hours) -> Any:
    match shape:
        case Leaf():
            return _LEAVES[shape.kind]
        case Choice():
            return _enum(shape.enum)
        case Stated():
            return list[PromotionAmountInput]
        case Hours():
            return PriceHoursInput


@cache
def _enum(kind: Any) -> Any:
    """An enum of the graph's own with the same members: others may show this one by another name."""
    name = f"Promotion{kind.__name__}"
    made = Enum(name, {member.name: member.name for member in kind}, module=__name__)  # type: ignore[misc]
    return strawberry.enum(made, description=_told(kind))


def _told(kind: type) -> str:
    """The first line of its docstring, without the rules it names."""
    return _RULES.sub("", (kind.__doc__ or "").partition("\n")[0])


def _field(slot: Slot) -> Any:
    if slot.is_required:
        return strawberry.field(description=slot.description)
    if isinstance(slot.shape, Many):
        return strawberry.field(default_factory=list, description=slot.description)
    return strawberry.field(default=_default(slot), description=slot.description)


def _default(slot: Slot) -> Any:
    match slot.shape:
        case Leaf(kind="percent" | "quantity"):
            return slot.shape.write(slot.default)
        case Choice():
            return _enum(slot.shape.enum)[slot.default.name]
        case Leaf():
            return slot.default
        case _:
            return None


_HERE: Final = strawberry.lazy(__name__)
_CONDITION: Final = Annotated["PromotionConditionInput", _HERE]
_ACTION: Final = Annotated["PromotionActionInput", _HERE]

if TYPE_CHECKING:
    PromotionConditionInput = Any
    PromotionActionInput = Any
    PromotionInput = Any
else:
    PromotionConditionInput = _one_of(Condition, "PromotionConditionInput", "What must be so: exactly one kind.")
    PromotionActionInput = _one_of(Action, "PromotionActionInput", "What is done: exactly one kind.")
    PromotionInput = _input_of(Form)
