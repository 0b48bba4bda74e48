"""Commands: from a target's values to the owning module's input, and the call that takes a batch of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, Protocol

from gateway.importing.errors import BadValue
from gateway.importing.policies import take_policies
from gateway.wiring import Pricing
from modules.catalog.model import CategoryInput, GroupInput, ProductInput
from modules.catalog.service import CatalogService
from modules.inventory.model.levels import IncomingInput, LevelInput
from modules.inventory.model.sources import SourceInput, SourceType
from modules.inventory.service.stock import InventoryService
from modules.kernel.money import Rounding
from modules.kernel.names import Locale
from modules.kernel.outcome import Upserted
from modules.kernel.place import NOWHERE
from modules.kernel.policies import TaxMode, TaxRounding
from modules.kernel.viewer import Permission, Principal, Role, Viewer
from modules.market.model import ChannelInput, MarketInput, StoreInput
from modules.market.service import MarketService
from modules.pricing.model.prices import PriceKind, PriceRowInput, SpanInput, TierInput, TierMode
from modules.pricing.model.shipping import ShippingMethodInput
from modules.pricing.model.taxes import TaxKind, TaxRuleInput

IMPORTER: Final = Principal("import", frozenset({Role.INTEGRATOR}), frozenset(Permission))
"""Who the audit log names."""

Values = Mapping[str, Any]


class Services(Protocol):
    """The modules whose commands an import calls; `gateway.wiring.Trade` is such a bundle."""

    @property
    def market(self) -> MarketService:
        """Markets, channels, stores."""

    @property
    def catalog(self) -> CatalogService:
        """Categories, groups, products."""

    @property
    def pricing(self) -> Pricing:
        """Prices and tax rules."""

    @property
    def inventory(self) -> InventoryService:
        """Sources and stock."""


def _viewer() -> Viewer:
    return Viewer(IMPORTER, NOWHERE, None, Locale("en"), datetime.now(UTC), NOWHERE.market.currency)


@dataclass(frozen=True, slots=True)
class Command:
    """How one target is written. `build` raises BadValue; `send` takes a batch and the reason for the audit log."""

    build: Callable[[Values], Any]
    send: Callable[[Services, Sequence[Any], str], Awaitable[Upserted]]


def _given(values: Values) -> dict[str, Any]:
    """Only what has a value, so that the others are the module's own defaults; decimals as plain digits."""
    return {name: _plain(value) for name, value in values.items() if value is not None}


def _plain(value: Any) -> Any:
    return f"{value:f}" if isinstance(value, Decimal) else value


def _market(values: Values) -> MarketInput:
    given = _given(values)
    _word(given, "rounding", Rounding)
    _word(given, "tax_rounding", TaxRounding)
    given["line_steps"] = tuple(given.get("line_steps", {}).items())
    given["policies"] = take_policies(given)
    return MarketInput(**{"currencies": (), "locales": (), **given})


def _channel(values: Values) -> ChannelInput:
    return ChannelInput(**_given(values))


def _store(values: Values) -> StoreInput:
    return StoreInput(**_given(values))


def _category(values: Values) -> CategoryInput:
    return CategoryInput(**{"names": {}, **_given(values)})


def _group(values: Values) -> GroupInput:
    return GroupInput(**{"titles": {}, **_given(values)})


def _product(values: Values) -> ProductInput:
    given = _given(values)
    given["attributes"] = tuple(given.get("attributes", {}).items())
    return ProductInput(**{"titles": {}, **given})


def _price(values: Values) -> PriceRowInput:
    given = _given(values)
    _word(given, "tax_mode", TaxMode)
    _word(given, "kind", PriceKind)
    _word(given, "tier_mode", TierMode)
    given["schedule"] = [_span(one) for one in given.get("schedule", ())]
    given["tiers"] = [TierInput(**_given(one)) for one in given.get("tiers", ())]
    return PriceRowInput(**given)


def _span(values: Values) -> SpanInput:
    days = values["weekdays"].replace(",", " ").split()
    if not all(day.isascii() and day.isdigit() for day in days):
        raise BadValue(f"{values['weekdays']!r} are no weekdays; allowed: 1 (Monday) to 7, as 1,2,3", "schedule")
    return SpanInput(weekdays=[int(day) for day in days], since=values["since"], until=values["until"])


def _tax_rule(values: Values) -> TaxRuleInput:
    given = _given(values)
    _word(given, "kind", TaxKind)
    return TaxRuleInput(**given)


def _shipping_method(values: Values) -> ShippingMethodInput:
    given = _given(values)
    _word(given, "tax_mode", TaxMode)
    given["amounts"] = {currency: _plain(amount) for currency, amount in given.get("amounts", {}).items()}
    return ShippingMethodInput(**{"names": {}, **given})


def _word(given: dict[str, Any], name: str, kind: type[Any]) -> None:
    if name in given:
        given[name] = kind(given[name])


def _source(values: Values) -> SourceInput:
    given = _given(values)
    _word(given, "type", SourceType)
    return SourceInput(**given)


def _level(values: Values) -> LevelInput:
    given = _given(values)
    if "incoming" in given:
        given["incoming"] = [IncomingInput(**_given(one)) for one in given["incoming"]]
    return LevelInput(**given)


async def _send_markets(services: Services, items: Sequence[MarketInput], reason: str) -> Upserted:
    return await services.market.upsert_markets(_viewer(), items, reason)


async def _send_channels(services: Services, items: Sequence[ChannelInput], reason: str) -> Upserted:
    return await services.market.upsert_channels(_viewer(), items, reason)


async def _send_stores(services: Services, items: Sequence[StoreInput], reason: str) -> Upserted:
    return await services.market.upsert_stores(_viewer(), items, reason)


async def _send_categories(services: Services, items: Sequence[CategoryInput], reason: str) -> Upserted:
    return await services.catalog.upsert_categories(_viewer(), items, reason)


async def _send_groups(services: Services, items: Sequence[GroupInput], reason: str) -> Upserted:
    return await services.catalog.upsert_groups(_viewer(), items, reason)


async def _send_products(services: Services, items: Sequence[ProductInput], reason: str) -> Upserted:
    return await services.catalog.upsert_products(_viewer(), items, reason)


async def _send_prices(services: Services, items: Sequence[PriceRowInput], reason: str) -> Upserted:
    return await services.pricing.rows.import_prices(_viewer(), items, reason)


async def _send_tax_rules(services: Services, items: Sequence[TaxRuleInput], reason: str) -> Upserted:
    return await services.pricing.taxes.upsert_tax_rules(_viewer(), items, reason)


async def _send_shipping_methods(services: Services, items: Sequence[ShippingMethodInput], reason: str) -> Upserted:
    return await services.pricing.shipping.upsert_shipping_methods(_viewer(), items, reason)


async def _send_sources(services: Services, items: Sequence[SourceInput], reason: str) -> Upserted:
    return await services.inventory.upsert_sources(_viewer(), items, reason)


async def _send_stock(services: Services, items: Sequence[LevelInput], reason: str) -> Upserted:
    return await services.inventory.set_stock_levels(_viewer(), items, reason)


COMMANDS: Final[Mapping[str, Command]] = {
    "markets": Command(_market, _send_markets),
    "channels": Command(_channel, _send_channels),
    "stores": Command(_store, _send_stores),
    "categories": Command(_category, _send_categories),
    "groups": Command(_group, _send_groups),
    "products": Command(_product, _send_products),
    "prices": Command(_price, _send_prices),
    "tax_rules": Command(_tax_rule, _send_tax_rules),
    "shipping_methods": Command(_shipping_method, _send_shipping_methods),
    "sources": Command(_source, _send_sources),
    "stock": Command(_level, _send_stock),
}
