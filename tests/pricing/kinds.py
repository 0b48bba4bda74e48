"""Values of every shape, for properties over all kinds of conditions and actions."""

from __future__ import annotations

from datetime import time
from typing import Any

from hypothesis import strategies as st

from modules.kernel.names import is_text
from modules.kernel.quantity import Quantity
from modules.pricing.engine.documents import Kinds
from modules.pricing.engine.shapes import (
    LONGEST_TEXT,
    Choice,
    Hours,
    Leaf,
    Many,
    Maybe,
    Record,
    Shape,
    Stated,
    Variant,
    slots,
)
from modules.pricing.model.prices import Span
from modules.pricing.model.promotions import Amounts, Percent

_NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True)
_LEAVES: dict[str, st.SearchStrategy[Any]] = {
    "name": _NAMES,
    "text": st.text(max_size=20).filter(lambda text: is_text(text, LONGEST_TEXT)),
    "number": st.integers(-(2**31) + 1, 2**31 - 1),
    "yes_no": st.booleans(),
    "percent": st.integers(1, 1_000_000).map(Percent),
    "quantity": st.integers(0, 10**12).map(Quantity),
}
_CURRENCIES = st.sampled_from(["EUR", "CHF", "JPY", "KWD", "CLF"])
_AMOUNTS = st.dictionaries(_CURRENCIES, st.integers(0, 10**12 - 1), min_size=1, max_size=4)
_CLOCK = st.times(max_value=time(23, 59, 59)).map(lambda wall: wall.replace(microsecond=0))
_SPANS = st.builds(Span, st.sets(st.integers(1, 7), min_size=1).map(lambda days: tuple(sorted(days))), _CLOCK, _CLOCK)


def values(shape: Shape, kinds: Kinds, depth: int = 3, least: int | None = None) -> st.SearchStrategy[Any]:
    """Values of this shape, at least so large or so many; conditions stand at most so deep inside conditions."""
    match shape:
        case Many():
            return st.lists(values(shape.item, kinds, depth), min_size=least or 0, max_size=max(least or 0, 2)).map(
                tuple
            )
        case Maybe():
            return st.none() | values(shape.item, kinds, depth, least)
        case Record():
            return _built(shape.type, kinds, depth)
        case Variant():
            found = kinds[shape.base].values()
            usable = [kind for kind in found if depth > 1 or not _nests(Record(kind), shape.base)]
            return st.sampled_from(usable).flatmap(lambda kind: values(Record(kind), kinds, depth - 1))
        case _:
            return _single(shape, least)


def _single(shape: Leaf | Choice | Stated | Hours, least: int | None) -> st.SearchStrategy[Any]:
    match shape:
        case Leaf():
            leaf = _LEAVES[shape.kind]
            return leaf if least is None else leaf.map(lambda value: max(value, least))
        case Choice():
            return st.sampled_from(list(shape.enum))
        case Stated():
            return _AMOUNTS.map(lambda amounts: Amounts(tuple(sorted(amounts.items()))))
        case Hours():
            return _SPANS


def _built(kind: type[Any], kinds: Kinds, depth: int) -> st.SearchStrategy[Any]:
    fields = {slot.name: values(slot.shape, kinds, depth, slot.least) for slot in slots(kind)}
    choices = getattr(kind, "ONE_OF", ())
    if not choices:
        return st.builds(kind, **fields)
    given = {name: fields[name].filter(lambda value: value is not None) for name in choices}
    return st.sampled_from(choices).flatmap(
        lambda chosen: st.builds(
            kind, **{**fields, **{name: given[name] if name == chosen else st.none() for name in choices}}
        )
    )


def _nests(shape: Shape, base: type[Any]) -> bool:
    match shape:
        case Many() | Maybe():
            return _nests(shape.item, base)
        case Record():
            return any(_nests(slot.shape, base) for slot in slots(shape.type))
        case Variant():
            return shape.base is base
        case _:
            return False
