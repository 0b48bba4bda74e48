"""Commands: from a target's values to the owning module's input, and the call that takes a batch of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from gateway.importing.command import Command, Services, Values, given_of, importer, plain, word
from gateway.importing.customers import CUSTOMERS
from gateway.importing.errors import BadValue
from gateway.importing.lists import LISTS
from gateway.importing.planning import PLANNING
from gateway.importing.policies import take_policies
from gateway.importing.promotions import PROMOTIONS
from modules.catalog.model import CategoryInput, GroupInput, ProductInput
from modules.inventory.model.levels import IncomingInput, LevelInput
from modules.inventory.model.sources import SourceInput, SourceType
from modules.kernel.money import Rounding
from modules.kernel.outcome import Upserted
from modules.kernel.policies import TaxMode, TaxRounding
from modules.market.model import ChannelInput, MarketInput, StoreInput
from modules.pricing.model.prices import PriceKind, PriceRowInput, SpanInput, TierInput, TierMode
from modules.pricing.model.shipping import ShippingMethodInput, ShippingRateInput
from modules.pricing.model.taxes import TaxKind, TaxRuleInput
from modules.pricing.service.rows import MOST_IMPORTED

__all__ = ["COMMANDS", "Services"]


def _market(values: Values) -> MarketInput:
    given = given_of(values)
    word(given, "rounding", Rounding)
    word(given, "tax_rounding", TaxRounding)
    given["line_steps"] = tuple(given.get("line_steps", {}).items())
    given["policies"] = take_policies(given)
    return MarketInput(**{"currencies": (), "locales": (), **given})


def _channel(values: Values) -> ChannelInput:
    return ChannelInput(**given_of(values))


def _store(values: Values) -> StoreInput:
    return StoreInput(**given_of(values))


def _category(values: Values) -> CategoryInput:
    return CategoryInput(**{"names": {}, **given_of(values)})


def _group(values: Values) -> GroupInput:
    return GroupInput(**{"titles": {}, **given_of(values)})


def _product(values: Values) -> ProductInput:
    given = given_of(values)
    given["attributes"] = tuple(given.get("attributes", {}).items())
    return ProductInput(**{"titles": {}, **given})


def _price(values: Values) -> PriceRowInput:
    given = given_of(values)
    word(given, "tax_mode", TaxMode)
    word(given, "kind", PriceKind)
    word(given, "tier_mode", TierMode)
    given["schedule"] = [_span(one) for one in given.get("schedule", ())]
    given["tiers"] = [TierInput(**given_of(one)) for one in given.get("tiers", ())]
    return PriceRowInput(**given)


def _span(values: Values) -> SpanInput:
    days = values["weekdays"].replace(",", " ").split()
    if not all(day.isascii() and day.isdigit() for day in days):
        raise BadValue(f"{values['weekdays']!r} are no weekdays; allowed: 1 (Monday) to 7, as 1,2,3", "schedule")
    return SpanInput(weekdays=[int(day) for day in days], since=values["since"], until=values["until"])


def _tax_rule(values: Values) -> TaxRuleInput:
    given = given_of(values)
    word(given, "kind", TaxKind)
    return TaxRuleInput(**given)


def _shipping_method(values: Values) -> ShippingMethodInput:
    given = given_of(values)
    word(given, "tax_mode", TaxMode)
    given["amounts"] = {currency: plain(amount) for currency, amount in given.get("amounts", {}).items()}
    given["rates"] = [_shipping_rate(one) for one in given.get("rates", ())]
    return ShippingMethodInput(**{"names": {}, **given})


def _shipping_rate(values: Values) -> ShippingRateInput:
    given = given_of(values)
    for name in ("countries", "regions", "postal_prefixes"):
        given[name] = [part.strip() for part in given.get(name, "").split(",") if part.strip()]
    currency = given.pop("currency")
    amount, worth = given.pop("amount"), given.pop("value_up_to", None)
    given["value_up_to"] = {} if worth is None else {currency: plain(worth)}
    return ShippingRateInput(amounts={currency: plain(amount)}, **given)


def _source(values: Values) -> SourceInput:
    given = given_of(values)
    word(given, "type", SourceType)
    return SourceInput(**given)


def _level(values: Values) -> LevelInput:
    given = given_of(values)
    if "incoming" in given:
        given["incoming"] = [IncomingInput(**given_of(one)) for one in given["incoming"]]
    return LevelInput(**given)


async def _send_markets(services: Services, items: Sequence[MarketInput], reason: str) -> Upserted:
    return await services.market.upsert_markets(importer(), items, reason)


async def _send_channels(services: Services, items: Sequence[ChannelInput], reason: str) -> Upserted:
    return await services.market.upsert_channels(importer(), items, reason)


async def _send_stores(services: Services, items: Sequence[StoreInput], reason: str) -> Upserted:
    return await services.market.upsert_stores(importer(), items, reason)


async def _send_categories(services: Services, items: Sequence[CategoryInput], reason: str) -> Upserted:
    return await services.catalog.upsert_categories(importer(), items, reason)


async def _send_groups(services: Services, items: Sequence[GroupInput], reason: str) -> Upserted:
    return await services.catalog.upsert_groups(importer(), items, reason)


async def _send_products(services: Services, items: Sequence[ProductInput], reason: str) -> Upserted:
    return await services.catalog.upsert_products(importer(), items, reason)


async def _send_prices(services: Services, items: Sequence[PriceRowInput], reason: str) -> Upserted:
    return await services.pricing.rows.import_prices(importer(), items, reason)


async def _send_tax_rules(services: Services, items: Sequence[TaxRuleInput], reason: str) -> Upserted:
    return await services.pricing.taxes.upsert_tax_rules(importer(), items, reason)


async def _send_shipping_methods(services: Services, items: Sequence[ShippingMethodInput], reason: str) -> Upserted:
    return await services.pricing.shipping.upsert_shipping_methods(importer(), items, reason)


async def _send_sources(services: Services, items: Sequence[SourceInput], reason: str) -> Upserted:
    return await services.inventory.upsert_sources(importer(), items, reason)


async def _send_stock(services: Services, items: Sequence[LevelInput], reason: str) -> Upserted:
    return await services.inventory.set_stock_levels(importer(), items, reason)


COMMANDS: Final[Mapping[str, Command]] = {
    "markets": Command(_market, _send_markets),
    "channels": Command(_channel, _send_channels),
    "stores": Command(_store, _send_stores),
    "categories": Command(_category, _send_categories),
    "groups": Command(_group, _send_groups),
    "products": Command(_product, _send_products),
    "prices": Command(_price, _send_prices, batch=2_000, most=MOST_IMPORTED),
    "tax_rules": Command(_tax_rule, _send_tax_rules),
    "shipping_methods": Command(_shipping_method, _send_shipping_methods),
    "sources": Command(_source, _send_sources),
    "stock": Command(_level, _send_stock),
    **PLANNING,
    **LISTS,
    **CUSTOMERS,
    **PROMOTIONS,
}
