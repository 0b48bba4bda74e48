"""Wiring: stores, services and ports put together by plain constructor calls; no container, no magic."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from secrets import token_bytes

from gateway.carts import TOPICS, Carts, Keeping, NoMail, wire_carts
from gateway.configurator import Configurator, wire_configurator
from gateway.making import Making, wire_making
from gateway.pricing import Pricing, by_field, wire_pricing
from modules.access import handlers as access_handlers
from modules.access.service import AccessService
from modules.access.store import AccessStore
from modules.cart import handlers as cart_handlers
from modules.catalog import handlers as catalog_handlers
from modules.catalog.events import CategoryChanged, ProductChanged
from modules.catalog.service import CatalogService
from modules.catalog.store import CatalogStore
from modules.customers import handlers as customer_handlers
from modules.customers.service import CustomerService
from modules.customers.store import CustomerStore
from modules.inventory import handlers as inventory_handlers
from modules.inventory.service.demand import DemandService
from modules.inventory.service.feeds import FeedService
from modules.inventory.service.following import FollowingService
from modules.inventory.service.pickups import PickupService
from modules.inventory.service.planning import PlanningService
from modules.inventory.service.reservations import ReservationService
from modules.inventory.service.sourcing import SourcingService
from modules.inventory.service.stock import InventoryService
from modules.inventory.service.transfers import TransferService
from modules.inventory.service.waiting import WaitingService
from modules.inventory.store.demand import DemandStore
from modules.inventory.store.feeds import FeedStore
from modules.inventory.store.pickups import PickupStore
from modules.inventory.store.reservations import ReservationStore
from modules.inventory.store.stock import InventoryStore
from modules.inventory.store.transfers import TransferStore
from modules.inventory.store.waiting import WaitingStore
from modules.kernel.feed import Feed
from modules.kernel.notification import Notifications
from modules.market import handlers as market_handlers
from modules.market.events import MarketChanged
from modules.market.service import MarketService
from modules.market.store import MarketStore
from modules.pricing import handlers as pricing_handlers
from modules.pricing.events import PromotionChanged, ShippingMethodsChanged, TaxRulesChanged
from modules.runtime.database import Database
from modules.runtime.feed import StreamFeed
from modules.runtime.redis import Redis


@dataclass(frozen=True, slots=True)
class Trade:
    """The services that need the database alone: what imports and commands work with."""

    market: MarketService
    catalog: CatalogService
    pricing: Pricing
    inventory: InventoryService
    following: FollowingService
    reservations: ReservationService
    sourcing: SourcingService
    pickups: PickupService
    feeds: FeedService
    transfers: TransferService
    demand: DemandService
    planning: PlanningService
    waiting: WaitingService
    configurator: Configurator
    making: Making
    customers: CustomerService
    access: AccessService

    async def load(self) -> None:
        """Reads what is held in memory, in every module that holds something."""
        await self.market.load()
        await self.pricing.load()
        await self.inventory.load()
        await self.customers.load()

    def handlers(self, feed: Feed) -> dict[str, Callable[[], Awaitable[None]]]:
        """The jobs that keep what is held in memory true when other processes write."""
        return {
            "market": lambda: market_handlers.follow(self.market, feed),
            "catalog": lambda: catalog_handlers.follow(self.catalog, feed),
            "taxes": lambda: pricing_handlers.follow(self.pricing.taxes, feed, TaxRulesChanged.NAME),
            "promotions": lambda: pricing_handlers.follow(self.pricing.books, feed, PromotionChanged.NAME),
            "shipping": lambda: pricing_handlers.follow(self.pricing.shipping, feed, ShippingMethodsChanged.NAME),
            "inventory": lambda: inventory_handlers.follow(self.inventory, feed),
            "followers": self.following.watch,
            "baskets": self.pricing.baskets.run,
            "sessions": self.configurator.keeping.run,
            "customers": lambda: customer_handlers.follow(self.customers, feed),
            "access": lambda: access_handlers.follow(self.access, feed),
        }

    def sweeps(self) -> dict[str, Callable[[], Awaitable[None]]]:
        """The jobs that look after what is due: one process of a shop does so for all."""
        return {
            "holds": self.reservations.sweep,
            "pickups": self.pickups.sweep,
            "gaps": self.feeds.watch,
            "waiters": self.waiting.watch,
            "uses": self.pricing.uses.sweep,
        }


def wire_trade(
    database: Database, secret: bytes | None = None, basket_share: int = 0, cost_currency: str = "EUR"
) -> Trade:
    """Ports are met by the offering service itself; the type checker compares them here.

    `secret` hides who tries and uses codes; without one, what is hidden is known again in this process only.
    """
    market = MarketService(MarketStore(database))
    catalog = CatalogService(CatalogStore(database))
    inventory = InventoryService(InventoryStore(database), articles=catalog, channels=market)
    customers = CustomerService(CustomerStore(database))
    configurator = wire_configurator(database, secret)
    pricing = wire_pricing(
        database, catalog, market, None, secret, inventory, customers, basket_share, configurator.surcharges
    )
    reservations = ReservationService(ReservationStore(database, inventory.reach), inventory, articles=catalog)
    return Trade(
        market=market,
        catalog=catalog,
        pricing=pricing,
        inventory=inventory,
        following=FollowingService(InventoryStore(database), inventory, articles=catalog, channels=market),
        reservations=reservations,
        sourcing=SourcingService(inventory, articles=catalog),
        pickups=PickupService(PickupStore(database, inventory.reach), inventory, catalog, pickup_secret(secret)),
        feeds=FeedService(FeedStore(database), inventory, articles=catalog),
        transfers=TransferService(TransferStore(database), inventory, articles=catalog),
        demand=DemandService(DemandStore(database), inventory, articles=catalog),
        planning=PlanningService(DemandStore(database), inventory, articles=catalog),
        waiting=WaitingService(WaitingStore(database), reservations, inventory, articles=catalog),
        configurator=configurator,
        making=wire_making(database, configurator, pricing.quotes, inventory, cost_currency),
        customers=customers,
        access=AccessService(AccessStore(database)),
    )


def pickup_secret(secret: bytes | None) -> bytes:
    """What pick-up codes are made and kept with: of the shop's secret, and another one."""
    return hmac.digest(secret or token_bytes(32), b"pickups", "sha256")


async def tend_shelf(trade: Trade, feed: StreamFeed) -> None:
    """The shelf is true while the feed is sound and this runs."""
    await pricing_handlers.tend(trade.pricing.shelf, feed, lambda: feed.sound)


async def hear_of_articles(trade: Trade, feed: Feed) -> None:
    """Public prices follow from articles and places too: the price history hears of changes there (L-1)."""
    of_all = CategoryChanged.NAME, MarketChanged.NAME
    await pricing_handlers.hear(trade.pricing.history, feed, [ProductChanged.NAME], of_all)


def wire_cart(
    trade: Trade, database: Database, redis: Redis, keeping: Keeping, mail: Notifications | None = None
) -> Carts:
    """Carts ask the catalogue, the prices, the stock and the configurator; nobody asks the carts."""
    return wire_carts(
        database,
        redis,
        keeping,
        articles=trade.catalog,
        pricing=trade.pricing.quotes,
        stock=trade.inventory,
        channels=trade.market,
        configurations=trade.configurator.configurations,
        components=trade.making.making,
        mail=mail or NoMail(),
    )


async def tend_open_carts(trade: Trade, carts: Carts, feed: Feed) -> None:
    """Carts that are open in this process hear of what touches them, once its prices know of it."""
    await cart_handlers.follow(carts.opened, feed, TOPICS, trade.pricing.quotes.settled)


def by_class(trade: Trade, carts: Carts) -> Mapping[type, object]:
    """What resolvers find with `info.context.use(...)`."""
    services = (
        *(trade.market, trade.catalog, trade.customers, trade.access),
        *(trade.demand, trade.planning),
        *(trade.inventory, trade.following, trade.reservations, trade.feeds, trade.transfers, trade.waiting),
        *(trade.sourcing, trade.pickups),
    )
    return {
        **{type(service): service for service in services},
        **by_field(trade.pricing),
        **by_field(trade.configurator),
        **by_field(trade.making),
        **by_field(carts),
    }
