"""Price lists and exchange rates as they are handed in: every value checked, and that lists fit one another (P-7)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Final

from modules.kernel.intake import (
    CURRENCIES,
    LOCALES,
    NAMES,
    check,
    check_list,
    check_text,
    one_of,
    parsed,
    refusal,
)
from modules.kernel.money import MICROS, exponent, is_currency, parse_micros
from modules.kernel.names import Locale, PriceListId, is_locale, is_name
from modules.kernel.outcome import Path
from modules.pricing.engine.derive import Lists
from modules.pricing.model.lists import (
    Derivation,
    DerivationInput,
    Ending,
    ExchangeRates,
    ExchangeRatesInput,
    PriceList,
    PriceListInput,
    Rate,
    RateInput,
)

LONGEST_NAME: Final = 200
MOST_RATES: Final = 500
MOST_PER: Final = 1_000_000
MOST_RATE: Final = 1_000_000 * MICROS
_RATE: Final = "more than 0, at most 1000000, with at most 6 decimals"
_ENDING: Final = re.compile(r"0?\.[0-9]{1,6}")


def exchange_rates(given: ExchangeRatesInput, path: Path) -> ExchangeRates:
    """The rates that were meant, in version 1; raises InvalidInput for the first value that is not allowed."""
    check(is_name(given.id), given.id, (*path, "id"), NAMES)
    check(1 <= len(given.rates) <= MOST_RATES, len(given.rates), (*path, "rates"), f"1 to {MOST_RATES} rates")
    rates: dict[tuple[str, str], Rate] = {}
    for index, item in enumerate(given.rates):
        place = (*path, "rates", index)
        rate = _rate(item, place)
        pair = rate.currency_from, rate.currency_to
        check(pair not in rates, " to ".join(pair), place, "each pair of currencies once")
        rates[pair] = rate
    return ExchangeRates(id=given.id, day=given.day, rates=tuple(rates[pair] for pair in sorted(rates)), version=1)


def _rate(given: RateInput, path: Path) -> Rate:
    for field, currency in (("currencyFrom", given.currency_from), ("currencyTo", given.currency_to)):
        check(is_currency(currency), currency, (*path, field), CURRENCIES)
    micros = parsed(lambda: parse_micros(given.rate), (*path, "rate"), _RATE)
    check(0 < micros <= MOST_RATE, given.rate, (*path, "rate"), _RATE)
    check(1 <= given.per <= MOST_PER, given.per, (*path, "per"), f"1 to {MOST_PER}")
    return Rate(given.currency_from, given.currency_to, micros, given.per)


def price_list(given: PriceListInput, path: Path) -> PriceList:
    """The list that was meant, in version 1; raises InvalidInput for the first value that is not allowed."""
    check(is_name(given.id), given.id, (*path, "id"), NAMES)
    check_list([locale for locale, _ in given.names], is_locale, (*path, "names"), LOCALES, most=100)
    for index, (_, text) in enumerate(given.names):
        check_text(text, LONGEST_NAME, (*path, "names", index, "text"))
    names = tuple((Locale(locale), text) for locale, text in given.names)
    derivation = _derivation(given.derivation, (*path, "derivation")) if given.derivation else None
    return PriceList(id=PriceListId(given.id), names=names, derivation=derivation, version=1)


def _derivation(given: DerivationInput, path: Path) -> Derivation:
    for field, name in (("source", given.source), ("rates", given.rates)):
        check(is_name(name), name, (*path, field), NAMES)
    for field, currency in (("currencyFrom", given.currency_from), ("currencyTo", given.currency_to)):
        check(is_currency(currency), currency, (*path, field), CURRENCIES)
    ending = _ending(given, path)
    return Derivation(PriceListId(given.source), given.rates, given.currency_from, given.currency_to, ending)


def _ending(given: DerivationInput, path: Path) -> Ending | None:
    if given.ending is not None and given.step is not None:
        raise refusal(given.step, (*path, "step"), "nothing beside an ending")
    unit = MICROS // 10 ** exponent(given.currency_to)
    if given.ending is not None:
        allowed = f'a fraction that {given.currency_to} has, as ".00" or ".95"'
        check(_ENDING.fullmatch(given.ending) is not None, given.ending, (*path, "ending"), allowed)
        offset = parse_micros(given.ending)
        check(offset % unit == 0, given.ending, (*path, "ending"), allowed)
        return Ending(MICROS, offset, given.toward)
    if given.step is not None:
        step, allowed = given.step, f"a multiple of the smallest unit of {given.currency_to}, up to 1000000"
        grain = parsed(lambda: parse_micros(step), (*path, "step"), allowed)
        check(0 < grain <= MOST_RATE and grain % unit == 0, step, (*path, "step"), allowed)
        return Ending(grain, 0, given.toward, is_step=True)
    return None


def check_fits(found: PriceList, after: Lists, known: Collection[str], currencies: Collection[str], path: Path) -> None:
    """Raises InvalidInput unless the list can stand among those of `after`, in which it is already.

    A list is derived from one that the shop knows and that is not derived itself, with rates that have the pair.
    `known` are the lists that channels name.
    """
    derivation = found.derivation
    if derivation is None:
        return
    place = (*path, "derivation")
    sources = {*known, *after.lists} - set(after.derived)
    check(derivation.source in sources, derivation.source, (*place, "source"), f"{one_of(sources)}; not derived itself")
    check(derivation.currency_to in currencies, derivation.currency_to, (*place, "currencyTo"), one_of(currencies))
    table = after.rates.get(derivation.rates)
    if table is None:
        raise refusal(derivation.rates, (*place, "rates"), one_of(after.rates))
    pair = derivation.currency_from, derivation.currency_to
    pairs = one_of(f"{rate.currency_from} to {rate.currency_to}" for rate in table.rates)
    check(table.rate(*pair) is not None, " to ".join(pair), (*place, "rates"), pairs)


def check_unused_as_source(found: PriceList, derived: Mapping[PriceListId, Derivation], path: Path) -> None:
    """Raises InvalidInput for a derived list that others are derived from: chains are one list long (P-7)."""
    heirs = [name for name, one in derived.items() if one.source == found.id != name]
    if found.derivation is not None and heirs:
        allowed = f"none, as these are derived from it: {', '.join(sorted(heirs))}"
        raise refusal(found.derivation.source, (*path, "derivation"), allowed)


def check_keeps_pairs(rates: ExchangeRates, derived: Mapping[PriceListId, Derivation], path: Path) -> None:
    """Raises InvalidInput for rates that lack a pair of currencies that a list is derived with."""
    for name, one in derived.items():
        if one.rates == rates.id and rates.rate(one.currency_from, one.currency_to) is None:
            pair = f"{one.currency_from} to {one.currency_to}"
            raise refusal(f"No rate {pair}", (*path, "rates"), f"a rate {pair}: {name!r} is derived with it")
