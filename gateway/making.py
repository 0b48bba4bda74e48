"""Making put together: it stands between the configurator, the catalogue, the prices and the stock."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.configurator import Configurator
from modules.configurator.ports import Articles, Prices, Stock
from modules.configurator.service.floor import FloorService
from modules.configurator.service.making import MakingService, Shop
from modules.configurator.store.making import MakingStore
from modules.configurator.store.specifications import SpecificationStore
from modules.runtime.database import Database


@dataclass(frozen=True, slots=True)
class Making:
    """The services of making, by noun."""

    making: MakingService
    floor: FloorService


def wire_making(
    database: Database,
    configurator: Configurator,
    articles: Articles,
    prices: Prices,
    stock: Stock,
    cost_currency: str = "EUR",
) -> Making:
    """Costs and rates are kept in the cost currency."""
    store = MakingStore(database)
    shop = Shop(
        store,
        configurator.books,
        configurator.sessions.models,
        configurator.solving,
        configurator.sessions,
        SpecificationStore(database),
        configurator.subjects,
        prices,
        stock,
        articles,
    )
    return Making(MakingService(shop, cost_currency), FloorService(store, cost_currency))
