"""Fields as documents show them: money in units, percentages, moments; and nothing that the store keeps for itself."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from modules.configurator.formats.plain import Figure, Plain, read_decimal, wrong
from modules.configurator.formats.reading import at
from modules.configurator.model.errors import BadDocument
from modules.kernel.errors import Refused
from modules.kernel.moments import format_moment, from_us, parse_moment, to_us

KEPT: Final = frozenset({"version", "created_us", "changed_us", "content_version", "compile_hash", "usability"})
"""What the store keeps for itself."""
_SCALES: Final = {"amount": 6, "percent": 4, "max_reduction_percent": 4}
"""How many decimals are kept: of a currency's unit, and of percent."""
_MOMENTS: Final = ("valid_from", "valid_until")
_FIELDS: Final = {
    "amount": "amount_micros",
    "percent": "percent_micros",
    "max_reduction_percent": "max_reduction_micros",
    "valid_from": "valid_from_us",
    "valid_until": "valid_until_us",
}
_WORDS: Final = {field: word for word, field in _FIELDS.items()}
_ROWS: Final = "rows"
"""There are many, and none has fields."""


def shown(plain: Any) -> Any:
    """As `dump` wrote it, for people."""
    if isinstance(plain, list):
        return [shown(one) for one in plain]
    if not isinstance(plain, dict) or plain.keys() == {"number"}:
        return plain
    every = ((key, value) for key, value in plain.items() if key not in KEPT)
    return dict(_shown(key, value) for key, value in every)


def _shown(key: str, value: Any) -> tuple[str, Plain]:
    word = _WORDS.get(key, key)
    if value is None or key == _ROWS:
        return word, value
    if word in _SCALES:
        return word, Figure(format(Decimal(value).scaleb(-_SCALES[word]).normalize(), "f"))
    return word, format_moment(from_us(value)) if word in _MOMENTS else shown(value)


def hidden(plain: Any) -> Any:
    """The contrary, for `load`; raises BadDocument for what has too many decimals, is no moment, or is not theirs."""
    if isinstance(plain, list):
        found: list[Any] = []
        try:
            found.extend(map(hidden, plain))
        except Refused as error:
            raise at(error, len(found)) from None
        return found
    if not isinstance(plain, dict):
        return plain
    every = {}
    for key, value in plain.items():
        try:
            every[_FIELDS.get(key, key)] = _hidden(key, value)
        except Refused as error:
            raise at(error, key) from None
    return every


def _hidden(key: str, value: Any) -> Any:
    if key in KEPT or key in _WORDS:
        hint = f"write {_WORDS[key]!r} instead" if key in _WORDS else "it is kept by the store"
        raise BadDocument(f"{key!r} has no place here: {hint}.")
    if value is None or key == _ROWS:
        return value
    if key in _SCALES:
        scaled = read_decimal(value).scaleb(_SCALES[key])
        if scaled != scaled.to_integral_value():
            raise wrong(f"a number with at most {_SCALES[key]} decimals", value)
        return int(scaled)
    if key in _MOMENTS:
        try:
            return to_us(parse_moment(value))
        except (TypeError, ValueError):
            raise wrong("a moment as 2026-12-31T00:00:00+01:00", value) from None
    return hidden(value)


def spoken(error: Refused) -> Refused:
    """The error with its path in the document's words."""
    error.path = tuple(_WORDS.get(step, step) for step in error.path)
    return error
