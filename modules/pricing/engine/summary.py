"""Summaries: what a promotion does and when, in one line that people can read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from modules.kernel.money import Money
from modules.pricing.engine.documents import WEEKDAYS, write
from modules.pricing.engine.shapes import Choice, Hours, Leaf, Many, Maybe, Record, Shape, Slot, Stated, Variant, slots
from modules.pricing.model.promotions import Filter, Promotion

MOST_NAMES: Final = 3
_CAPITAL: Final = re.compile(r"(?=[A-Z])")


def summary(promotion: Promotion) -> str:
    """Its actions, and its condition behind "if"; English, whatever the viewer speaks.

    Defaults are not repeated, of long lists only the beginning is.
    """
    actions = "; ".join(_said(action) for action in promotion.actions)
    return actions if promotion.condition is None else f"{actions} - if {_said(promotion.condition)}"


def _said(value: Any) -> str:
    parts = ", ".join(_parts(value))
    return f"{_words(value.KIND)}: {parts}" if parts else _words(value.KIND)


def _parts(value: Any) -> Iterator[str]:
    for slot in slots(type(value)):
        held = getattr(value, slot.name)
        if held is not None and held != slot.default:
            yield _part(slot, held)


def _part(slot: Slot, held: Any) -> str:
    name = _words(slot.key)
    return name if held is True else f"not {name}" if held is False else f"{name} {_text(slot.shape, held)}"


def _text(shape: Shape, value: Any) -> str:
    match shape:
        case Many():
            shown = [_text(shape.item, entry) for entry in value[:MOST_NAMES]]
            more = len(value) - len(shown)
            return ", ".join(shown) + (f" and {more} more" if more else "")
        case Maybe():
            return _text(shape.item, value)
        case Record():
            return value.label if isinstance(value, Filter) and value.label else f"({', '.join(_parts(value))})"
        case Variant():
            return f"({_said(value)})"
        case _:
            return _single(shape, value)


def _single(shape: Leaf | Choice | Stated | Hours, value: Any) -> str:
    match shape:
        case Leaf():
            return f"{shape.write(value)} %" if shape.kind == "percent" else str(shape.write(value))
        case Choice():
            return str(value.name).lower().replace("_", " ")
        case Stated():
            return " or ".join(f"{Money(minor, name).amount} {name}" for name, minor in value.by_currency)
        case Hours():
            told = write(shape, value)
            days = " ".join(WEEKDAYS[day - 1][:3].title() for day in value.weekdays)
            return f"{days} {told['since']}-{told['until']}"


def _words(name: str) -> str:
    return " ".join(_CAPITAL.split(name)).lower()
