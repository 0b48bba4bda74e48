"""Shipping methods: taken in, and looked up."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from modules.kernel.intake import (
    COUNTRIES,
    LOCALES,
    NAMES,
    check,
    check_list,
    check_text,
    is_country,
    one_of,
    parsed,
)
from modules.kernel.money import Money, exponent
from modules.kernel.names import Locale, MarketId, TaxClass, is_locale, is_name
from modules.kernel.outcome import Path
from modules.kernel.place import Market
from modules.pricing.engine.rates import compared
from modules.pricing.model.shipping import (
    Days,
    ShippingMethod,
    ShippingMethodInput,
    ShippingRate,
    ShippingRateInput,
)

MOST: Final = 1_000_000
"""Whole units a delivery may cost; and how far from 0 a position may be."""
MOST_PARTS: Final = 300
MOST_RATES: Final = 1_000
MOST_WEIGHT_G: Final = 100_000_000
"""A hundred tonnes."""
MOST_DAYS: Final = 365
_REGION: Final = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}")
_REGIONS: Final = "a region by ISO 3166-2 such as 'ES-CN'"
_PREFIX: Final = re.compile(r"[A-Z0-9-]{1,12}")
_PREFIXES: Final = "how a postal code begins: 1 to 12 letters and digits"
_AMOUNTS: Final = f"0 to {MOST} with the decimals of the currency"


class MethodBook:
    """All shipping methods, looked up by market and id. Immutable."""

    def __init__(self, methods: Iterable[ShippingMethod] = ()) -> None:
        self._methods: dict[tuple[str, str], ShippingMethod] = {method.key: method for method in methods}

    def method(self, id: str, market: MarketId, currency: str | None = None) -> ShippingMethod | None:
        """The market's method of this id that may be chosen, in this currency or whatever it costs; None for none."""
        method = self._methods.get((market, id))
        return method if method and _can_be_chosen(method, currency) else None

    def ids(self) -> frozenset[str]:
        """What methods are called in any market."""
        return frozenset(id for _, id in self._methods)

    def active(self, market: MarketId) -> list[ShippingMethod]:
        """What may be chosen in a market in whatever currency, in order of position."""
        return [method for method in self._methods.values() if method.market == market and method.active]

    def choice(self, market: MarketId, currency: str, country: str | None = None) -> list[ShippingMethod]:
        """What may be chosen in a market, in order of position; with a `country` only what reaches it."""
        methods = (method for method in self._methods.values() if method.market == market)
        return [
            method
            for method in methods
            if _can_be_chosen(method, currency) and (country is None or method.reaches(country))
        ]


def _can_be_chosen(method: ShippingMethod, currency: str | None) -> bool:
    return method.active and (currency is None or method.amount(currency) is not None)


def shipping_method(given: ShippingMethodInput, path: Path, markets: Mapping[str, Market]) -> ShippingMethod:
    """The method that was meant, of a market that has a channel; raises InvalidInput."""
    check(is_name(given.id), given.id, (*path, "id"), NAMES)
    check(given.market in markets, given.market, (*path, "market"), one_of(markets))
    check(is_name(given.tax_class), given.tax_class, (*path, "taxClass"), NAMES)
    check_list(list(given.countries), is_country, (*path, "countries"), COUNTRIES, most=MOST_PARTS)
    check(abs(given.position) <= MOST, given.position, (*path, "position"), f"-{MOST} to {MOST}")
    check(not (given.rates and given.amounts), "amounts", (*path, "amounts"), "none beside rates")
    check(len(given.rates) <= MOST_RATES, len(given.rates), (*path, "rates"), f"at most {MOST_RATES}")
    currencies = markets[given.market].currencies
    return ShippingMethod(
        id=given.id,
        market=MarketId(given.market),
        names=_names(given.names, (*path, "names")),
        amounts=() if given.rates else _amounts(given.amounts, currencies, (*path, "amounts")),
        tax_mode=given.tax_mode,
        tax_class=TaxClass(given.tax_class),
        pickup=given.pickup,
        countries=tuple(sorted(given.countries)),
        rates=tuple(_rate(rate, currencies, (*path, "rates", index)) for index, rate in enumerate(given.rates)),
        days=_days(given.earliest_days, given.latest_days, path),
        position=given.position,
        active=given.active,
    )


def _rate(given: ShippingRateInput, currencies: Sequence[str], path: Path) -> ShippingRate:
    prefixes = [compared(prefix) for prefix in given.postal_prefixes]
    check_list(list(given.countries), is_country, (*path, "countries"), COUNTRIES, most=MOST_PARTS)
    check_list(list(given.regions), _is_region, (*path, "regions"), _REGIONS, most=MOST_PARTS)
    check_list(prefixes, _is_prefix, (*path, "postalPrefixes"), _PREFIXES, most=MOST_PARTS)
    weight = given.weight_up_to_g
    check(weight is None or 0 < weight <= MOST_WEIGHT_G, weight, (*path, "weightUpToGrams"), f"1 to {MOST_WEIGHT_G}")
    amounts = _amounts(given.amounts, currencies, (*path, "amounts"))
    bounded = given.value_up_to.keys()
    # A rate without a bound in one of its currencies would hold there for everything.
    whole = not bounded or bounded == given.amounts.keys()
    check(whole, ", ".join(sorted(bounded)), (*path, "valueUpTo"), "one for each currency of the amounts, or none")
    return ShippingRate(
        countries=tuple(sorted(given.countries)),
        regions=tuple(sorted(given.regions)),
        postal_prefixes=tuple(sorted(prefixes)),
        weight_up_to_g=weight,
        value_up_to=_amounts(given.value_up_to, currencies, (*path, "valueUpTo")) if bounded else (),
        amounts=amounts,
        days=_days(given.earliest_days, given.latest_days, path),
    )


def _is_region(text: str) -> bool:
    return bool(_REGION.fullmatch(text)) and is_country(text[:2])


def _is_prefix(text: str) -> bool:
    return bool(_PREFIX.fullmatch(text))


def _days(earliest: int | None, latest: int | None, path: Path) -> Days | None:
    if earliest is None and latest is None:
        return None
    first = 0 if earliest is None else earliest
    last = first if latest is None else latest
    check(0 <= first <= MOST_DAYS, first, (*path, "earliestDays"), f"0 to {MOST_DAYS}")
    check(first <= last <= MOST_DAYS, last, (*path, "latestDays"), f"{first} to {MOST_DAYS}")
    return first, last


def _names(given: Mapping[str, str], path: Path) -> tuple[tuple[Locale, str], ...]:
    check_list(list(given), is_locale, path, LOCALES, most=MOST_PARTS, least=1)
    for locale, name in given.items():
        check_text(name, 200, (*path, locale))
    return tuple((Locale(locale), given[locale]) for locale in sorted(given))


def _amounts(given: Mapping[str, str], currencies: Sequence[str], path: Path) -> tuple[tuple[str, int], ...]:
    check_list(list(given), currencies.__contains__, path, one_of(currencies), most=MOST_PARTS, least=1)
    found = []
    for currency in sorted(given):
        amount = parsed(partial(Money.parse, given[currency], currency), (*path, currency), _AMOUNTS)
        check(0 <= amount.minor <= MOST * 10 ** exponent(currency), given[currency], (*path, currency), _AMOUNTS)
        found.append((currency, amount.minor))
    return tuple(found)


def changed(methods: Iterable[ShippingMethod], held: Mapping[tuple[str, str], ShippingMethod]) -> list[ShippingMethod]:
    """The methods that are not held already, each with the version after that of the one it replaces."""
    found = [(method, held[method.key].version if method.key in held else 0) for method in methods]
    return [
        replace(method, version=before + 1)
        for method, before in found
        if not before or replace(method, version=before) != held[method.key]
    ]
