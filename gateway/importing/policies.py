"""A market's choices as a mapping names them: texts by the choice's name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_type_hints

from gateway.importing.errors import BadValue
from modules.kernel.policies import Policies, PriorPriceRule, StockRule
from modules.market.model.policies import chosen, enums

Rule = type[Policies | PriorPriceRule | StockRule]
_TRUTH = {"true": True, "false": False}
_OF_THEIR_OWN = ("cash_steps", "prior_price", "stock")


def take_policies(given: dict[str, Any]) -> Policies | None:
    """Takes the fields `policies`, `cash_steps`, `prior_price` and `stock` out of a market's values.

    None where there is none of them: the market then has what is usual in its country. Raises BadValue.
    """
    steps = given.pop("cash_steps", None)
    plain = {**_read(Policies, "policies", given), **({"cash_steps": tuple(steps.items())} if steps else {})}
    prior, stock = _read(PriorPriceRule, "prior_price", given), _read(StockRule, "stock", given)
    return chosen(given["country"], plain, prior, stock) if plain or prior or stock else None


def _read(kind: Rule, name: str, given: dict[str, Any]) -> dict[str, Any]:
    texts: Mapping[str, str] = given.pop(name, None) or {}
    hints = {field: hint for field, hint in get_type_hints(kind).items() if field not in _OF_THEIR_OWN}
    if unknown := sorted(set(texts) - set(hints)):
        raise BadValue(f"{unknown[0]!r} is no choice; there is: {', '.join(sorted(hints))}", name)
    words = enums(kind)
    return {field: _value(text, hints[field], words.get(field), f"{name}.{field}") for field, text in texts.items()}


def _value(text: str, hint: Any, words: Any, place: str) -> object:
    if words:
        return _one_of(text, {word.value: word for word in words}, place)
    if hint is bool:
        return _one_of(text.lower(), _TRUTH, place)
    if hint is str:
        return text
    try:
        return int(text)
    except ValueError:
        raise BadValue(f"{text!r} is no whole number", place) from None


def _one_of(text: str, words: Mapping[str, object], place: str) -> object:
    if text not in words:
        raise BadValue(f"{text!r} is not allowed; allowed: {', '.join(words)}", place)
    return words[text]
