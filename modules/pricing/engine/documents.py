"""Documents: conditions and actions as JSON, both ways, by the shapes of their fields.

A condition or action is `{kind: {fields}}` with camelCase keys; amounts are `[{"currency": "EUR", "amount": "12.50"}]`,
percentages decimal strings of percent, quantities decimal strings, enums their names in capitals, hours
`{"weekdays": ["MONDAY"], "since": "09:00", "until": "17:00"}`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass
from datetime import time
from typing import Any, Final

from modules.kernel.errors import InvalidInput
from modules.kernel.intake import CURRENCIES, check, one_of, parsed, refusal
from modules.kernel.money import Money, is_currency
from modules.kernel.outcome import Path
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
from modules.pricing.model.prices import Span
from modules.pricing.model.promotions import Action, Amounts, Condition

DEEPEST: Final = 8
"""Conditions inside conditions."""
MOST_PARTS: Final = 200
"""Conditions and actions of one document."""
MOST_ENTRIES: Final = 1_000
"""Entries of one list."""
MOST_CURRENCIES: Final = 50
MOST_MINOR: Final = 10**15
WEEKDAYS: Final = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")

Kinds = Mapping[type[Any], Mapping[str, type[Any]]]
"""The registered kinds of each base, by name."""

_AMOUNTS: Final = "not below 0, with no more decimals than the currency has"
_WALL_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?")
_NOTHING: Final = (None, (), "")


@dataclass(frozen=True, slots=True)
class Codec:
    """Reads and writes documents of these kinds."""

    kinds: Kinds

    def read(self, shape: Shape, given: object, path: Path) -> Any:
        """The value of a document. Raises InvalidInput at the exact place of the first thing that is not allowed: an
        unknown key or kind, a missing one, a value out of its bounds, too many or too deeply nested parts."""
        return _Reading(self.kinds).read(shape, given, path)

    def condition(self, given: object, path: Path) -> Condition:
        """A condition; see `read`."""
        found: Condition = self.read(Variant(Condition), given, path)
        return found

    def action(self, given: object, path: Path) -> Action:
        """An action; see `read`."""
        found: Action = self.read(Variant(Action), given, path)
        return found


class _Reading:
    """One document on its way in; counts what it meets."""

    def __init__(self, kinds: Kinds) -> None:
        self._kinds = kinds
        self._parts = 0
        self._depth = 0

    def read(self, shape: Shape, given: Any, path: Path) -> Any:
        """What a part of the document says, of this shape; raises InvalidInput with the place of what it cannot be."""
        match shape:
            case Many():
                entries = _list(given, path, MOST_ENTRIES)
                return tuple(self.read(shape.item, entry, (*path, index)) for index, entry in enumerate(entries))
            case Maybe():
                return None if given is None else self.read(shape.item, given, path)
            case Record():
                return self._record(shape.type, given, path)
            case Variant():
                return self._variant(shape.base, given, path)
            case _:
                return _read_single(shape, given, path)

    def _variant(self, base: type[Any], given: Any, path: Path) -> Any:
        kinds = self._kinds[base]
        document = _object(given, path)
        if len(document) != 1:
            raise InvalidInput(f"There are {len(document)} kinds.", path, f"exactly one, {one_of(kinds)}")
        ((kind, values),) = document.items()
        check(kind in kinds, kind, path, one_of(kinds))
        self._parts += 1
        self._depth += 1
        if self._depth > DEEPEST:
            raise InvalidInput("This is nested too deeply.", path, f"at most {DEEPEST} levels")
        if self._parts > MOST_PARTS:
            raise InvalidInput("These are too many parts.", path, f"at most {MOST_PARTS}")
        found = self._record(kinds[kind], values, (*path, kind))
        self._depth -= 1
        return found

    def _record(self, kind: type[Any], given: Any, path: Path) -> Any:
        document = _object(given, path)
        known = {slot.key: slot for slot in slots(kind)}
        for key in document:
            check(key in known, key, path, one_of(known))
        _check_one_of(kind, document, path)
        return kind(**{slot.name: self._slot(slot, document.get(key), (*path, key)) for key, slot in known.items()})

    def _slot(self, slot: Slot, given: Any, path: Path) -> Any:
        if given is None and not slot.is_required:
            return slot.default
        if given is None and not isinstance(slot.shape, Maybe):
            raise InvalidInput("This must be given.", path, allowed(slot.shape))
        # A text that may be left out may be empty, which its shape alone does not allow.
        value = slot.default if given == "" == slot.default else self.read(slot.shape, given, path)
        _check_least(slot, value, path)
        return value


def write(shape: Shape, value: Any) -> Any:
    """The document of a value, which `Codec.read` reads back as the same one. What is nothing by default and is
    nothing is left out."""
    match shape:
        case Many():
            return [write(shape.item, entry) for entry in value]
        case Maybe():
            return None if value is None else write(shape.item, value)
        case Record():
            said = ((slot, getattr(value, slot.name)) for slot in slots(shape.type))
            return {slot.key: write(slot.shape, held) for slot, held in said if not _is_unsaid(slot, held)}
        case Variant():
            return {value.KIND: write(Record(type(value)), value)}
        case _:
            return _write_single(shape, value)


def walk(shape: Shape, value: Any, path: Path) -> Iterator[tuple[Path, Shape, Any]]:
    """All that a value consists of with its shape and its place in the document, the outer before the inner; the
    value itself comes first. A condition or action comes as a Variant, then as the Record of its kind."""
    yield path, shape, value
    for inner in _inside(shape, value, path):
        yield from walk(*inner)


def _inside(shape: Shape, value: Any, path: Path) -> Iterator[tuple[Shape, Any, Path]]:
    match shape:
        case Many():
            yield from ((shape.item, entry, (*path, index)) for index, entry in enumerate(value))
        case Maybe():
            if value is not None:
                yield shape.item, value, path
        case Record():
            for slot in slots(shape.type):
                yield slot.shape, getattr(value, slot.name), (*path, slot.key)
        case Variant():
            yield Record(type(value)), value, (*path, value.KIND)


def allowed(shape: Shape) -> str:
    """What may stand there, for people."""
    match shape:
        case Leaf():
            return shape.allowed
        case Choice():
            return one_of(member.name for member in shape.enum)
        case Stated() | Many():
            return "a list"
        case Maybe():
            return allowed(shape.item)
        case _:
            return "an object"


def _read_single(shape: Leaf | Choice | Stated | Hours, given: Any, path: Path) -> Any:
    match shape:
        case Leaf():
            try:
                return shape.read(given)
            except ValueError:
                check(False, given, path, shape.allowed)
        case Choice():
            names = [member.name for member in shape.enum]
            check(isinstance(given, str) and given in names, given, path, one_of(names))
            return shape.enum[given]
        case Stated():
            return _amounts(given, path)
        case Hours():
            return _span(given, path)


def _write_single(shape: Leaf | Choice | Stated | Hours, value: Any) -> Any:
    match shape:
        case Leaf():
            return shape.write(value)
        case Choice():
            return value.name
        case Stated():
            return [{"currency": name, "amount": Money(minor, name).amount} for name, minor in value.by_currency]
        case Hours():
            days = [WEEKDAYS[day - 1] for day in value.weekdays]
            return {"weekdays": days, "since": _clock(value.since), "until": _clock(value.until)}


def _check_one_of(kind: type[Any], document: Mapping[str, Any], path: Path) -> None:
    keys = [camel(name) for name in getattr(kind, "ONE_OF", ())]
    given = [key for key in keys if document.get(key) is not None]
    if keys and len(given) != 1:
        raise InvalidInput(f"{len(given)} of them are given.", path, f"exactly one of: {', '.join(keys)}")


def _check_least(slot: Slot, value: Any, path: Path) -> None:
    if slot.least is None or value is None:
        return
    if isinstance(value, tuple):
        check(len(value) >= slot.least, len(value), path, f"{slot.least} entries at least")
    elif value < slot.least:
        raise refusal(write(slot.shape, value), path, f"{write(slot.shape, slot.least)} at least")


def _amounts(given: object, path: Path) -> Amounts:
    entries = _list(given, path, MOST_CURRENCIES)
    check(bool(entries), given, path, "one amount at least")
    found: dict[str, int] = {}
    for index, entry in enumerate(entries):
        here = (*path, index)
        stated = _exactly(entry, here, "currency", "amount")
        currency = stated["currency"]
        good = isinstance(currency, str) and is_currency(currency)
        check(good and currency not in found, currency, (*here, "currency"), f"{CURRENCIES}, each once")
        found[currency] = _minor(stated["amount"], currency, (*here, "amount"))
    return Amounts(tuple(sorted(found.items())))


def _minor(text: object, currency: str, path: Path) -> int:
    check(isinstance(text, str), text, path, _AMOUNTS)
    minor = parsed(lambda: Money.parse(str(text), currency).minor, path, _AMOUNTS)
    check(0 <= minor <= MOST_MINOR, text, path, _AMOUNTS)
    return minor


def _span(given: object, path: Path) -> Span:
    stated = _exactly(given, path, "weekdays", "since", "until")
    names = _list(stated["weekdays"], (*path, "weekdays"), len(WEEKDAYS))
    check(bool(names), names, (*path, "weekdays"), "one at least")
    for index, name in enumerate(names):
        check(isinstance(name, str) and name in WEEKDAYS, name, (*path, "weekdays", index), one_of(WEEKDAYS))
    days = tuple(sorted({WEEKDAYS.index(name) + 1 for name in names}))
    return Span(days, _wall_time(stated["since"], (*path, "since")), _wall_time(stated["until"], (*path, "until")))


def _wall_time(text: object, path: Path) -> time:
    good = isinstance(text, str) and _WALL_TIME.fullmatch(text) is not None
    check(good, text, path, '"HH:MM" from 00:00 to 23:59')
    return time.fromisoformat(str(text))


def _clock(wall: time) -> str:
    return wall.isoformat("seconds" if wall.second else "minutes")


def _exactly(given: object, path: Path, *keys: str) -> Mapping[str, Any]:
    document = _object(given, path)
    for key in document:
        check(key in keys, key, path, one_of(keys))
    for key in keys:
        if key not in document:
            raise InvalidInput("This must be given.", (*path, key))
    return document


def _object(given: object, path: Path) -> Mapping[str, Any]:
    check(isinstance(given, Mapping), given, path, "an object")
    assert isinstance(given, Mapping)
    return given


def _list(given: object, path: Path, most: int) -> list[Any]:
    check(isinstance(given, list | tuple), given, path, "a list")
    assert isinstance(given, list | tuple)
    if len(given) > most:
        raise InvalidInput(f"There are {len(given)} entries.", path, f"at most {most}")
    return list(given)


def _is_unsaid(slot: Slot, value: Any) -> bool:
    return slot.default is not MISSING and value == slot.default and value in _NOTHING
