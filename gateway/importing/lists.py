"""Price lists and exchange rates, as an import hands them in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from gateway.importing.command import Command, Services, Values, given_of, importer, word
from gateway.importing.errors import BadValue
from modules.kernel.outcome import Upserted
from modules.pricing.model.lists import DerivationInput, ExchangeRatesInput, PriceListInput, RateInput, Toward


def _price_list(values: Values) -> PriceListInput:
    given = given_of(values)
    id, names = given.pop("id"), tuple(given.pop("names", {}).items())
    word(given, "toward", Toward)
    if not given:
        return PriceListInput(id=id, names=names)
    missing = [name for name in ("source", "rates", "currency_from", "currency_to") if name not in given]
    if missing:
        raise BadValue("a derived list needs source, rates, currency_from and currency_to", missing[0])
    return PriceListInput(id=id, names=names, derivation=DerivationInput(**given))


def _rates(values: Values) -> ExchangeRatesInput:
    given = given_of(values)
    try:
        day = date.fromisoformat(given["day"])
    except ValueError:
        raise BadValue(f"{given['day']!r} is not a day in ISO 8601", "day") from None
    rates = [RateInput(**given_of(rate)) for rate in given.get("rates", ())]
    return ExchangeRatesInput(id=given["id"], day=day, rates=rates)


async def _send_price_lists(services: Services, items: Sequence[PriceListInput], reason: str) -> Upserted:
    return await services.pricing.lists.upsert_price_lists(importer(), items, reason)


async def _send_rates(services: Services, items: Sequence[ExchangeRatesInput], reason: str) -> Upserted:
    return await services.pricing.lists.upsert_exchange_rates(importer(), items, reason)


LISTS: Final[Mapping[str, Command]] = {
    "price_lists": Command(_price_list, _send_price_lists),
    "exchange_rates": Command(_rates, _send_rates),
}
