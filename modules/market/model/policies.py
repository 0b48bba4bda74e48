"""What markets choose, as documents; and what a country's market chooses unless it says otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from enum import StrEnum
from typing import Any, Final, get_args, get_type_hints

from modules.kernel.policies import Policies, PriorPriceRule, StockRule

_PROGRESSIVE: Final = {
    **dict.fromkeys(("AT", "DE", "FR", "IT"), PriorPriceRule(progressive=True)),
    "FI": PriorPriceRule(progressive=True, chain_max_days=60),
}
"""Where the law lets a reduction in steps keep the price before its first step (choice 15 of section 7)."""


def usual(country: str) -> Policies:
    """What a market of this country chooses unless it says otherwise (section 7, the default column).

    Where no law says that a reduction in steps keeps its prior price, it does not: that claims less.
    """
    return Policies(prior_price=_PROGRESSIVE.get(country, PriorPriceRule(progressive=False)))


def chosen(
    country: str,
    choices: Mapping[str, Any],
    prior_price: Mapping[str, Any] | None = None,
    stock: Mapping[str, Any] | None = None,
) -> Policies:
    """The country's usual policies with these choices; None stands for "as usual"."""
    base = usual(country)
    return replace(
        base,
        **_said(choices),
        prior_price=replace(base.prior_price, **_said(prior_price or {})),
        stock=replace(base.stock, **_said(stock or {})),
    )


def _said(choices: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in choices.items() if value is not None}


def document(policies: Policies) -> dict[str, Any]:
    """JSON values of all choices."""
    return _document(policies)


def _document(rule: Policies | PriorPriceRule | StockRule) -> dict[str, Any]:
    return {field.name: _value(getattr(rule, field.name)) for field in fields(rule)}


def _value(value: Any) -> Any:
    if isinstance(value, PriorPriceRule | StockRule):
        return _document(value)
    if isinstance(value, tuple):
        return [list(pair) for pair in value]
    return value.value if isinstance(value, StrEnum) else value


def parse(document: Mapping[str, Any]) -> Policies:
    """The policies of a document; a choice that it does not know yet has its default."""
    prior = PriorPriceRule(**_read(PriorPriceRule, document.get("prior_price", {})))
    stock = StockRule(**_read(StockRule, document.get("stock", {})))
    plain = {name: value for name, value in document.items() if name not in ("prior_price", "stock")}
    return Policies(**_read(Policies, plain), prior_price=prior, stock=stock)


def _read(kind: type[Policies | PriorPriceRule | StockRule], document: Mapping[str, Any]) -> dict[str, Any]:
    words = enums(kind)
    return {name: _meant(words.get(name), value) for name, value in document.items()}


def _meant(words: type[StrEnum] | None, value: Any) -> Any:
    if isinstance(value, list):
        return tuple(tuple(pair) for pair in value)
    return words(value) if words and value is not None else value


def enums(kind: type[Policies | PriorPriceRule | StockRule]) -> dict[str, type[StrEnum]]:
    """The choices of a rule that are one of a few words, with these words."""
    found: dict[str, type[StrEnum]] = {}
    for name, hint in get_type_hints(kind).items():
        for option in (hint, *get_args(hint)):
            if isinstance(option, type) and issubclass(option, StrEnum):
                found[name] = option
    return found
