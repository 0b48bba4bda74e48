"""Wiring: stores, services and ports put together by plain constructor calls; no container, no magic."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from secrets import token_bytes
from typing import Any

from gateway.carts import TOPICS, CartAnswers, Carts, Keeping, NoMail, wire_carts
from gateway.configurator import Configurator, ConfiguratorAnswers, wire_configurator
from gateway.making import Making, wire_making
from gateway.pricing import Pricing, PricingAnswers, by_field, wire_pricing
from gateway.remote.modules import (
    NOWHERE_ELSE,
    Elsewhere,
    Jobs,
    RemoteCatalog,
    RemoteConfigurator,
    RemoteInventory,
    RemotePricing,
)
from modules.access import handlers as access_handlers
from modules.access.service import AccessService
from modules.cart import handlers as cart_handlers
from modules.catalog import handlers as catalog_handlers
from modules.catalog.events import CategoryChanged, ProductChanged
from modules.catalog.service import CatalogService
from modules.catalog.store import CatalogStore
from modules.customers import handlers as customer_handlers
from modules.customers.service import CustomerService
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
from modules.pricing import handlers as pricing_handlers
from modules.pricing.events import PromotionChanged, ShippingMethodsChanged, TaxRulesChanged
from modules.runtime.database import Database
from modules.runtime.feed import StreamFeed
from modules.runtime.redis import Redis


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom modules ask: the services of this process, or the same over GraphQL where a module is elsewhere."""

    catalog: CatalogService | RemoteCatalog
    pricing: PricingAnswers | RemotePricing
    stock: InventoryService | RemoteInventory
    configurations: ConfiguratorAnswers | RemoteConfigurator
    elsewhere: Elsewhere


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
    asked: Asked

    @property
    def elsewhere(self) -> Elsewhere:
        """The modules that are asked in other processes."""
        return self.asked.elsewhere

    async def load(self) -> None:
        """Reads what is held in memory, in every module that holds something."""
        await self.market.load()
        await self.pricing.load()
        await self.inventory.load()
        await self.customers.load()

    def handlers(self, feed: Feed) -> Jobs:
        """The jobs that keep what is held in memory true when other processes write, and those that work with time.

        What a module of another process does by itself is done there."""
        own: dict[str, Jobs] = {
            "pricing": self._of_pricing(feed),
            "inventory": self._of_inventory(feed),
            "configurator": {"sessions": self.configurator.keeping.run},
        }
        return {
            **self.elsewhere.without(own),
            "market": lambda: market_handlers.follow(self.market, feed),
            "catalog": lambda: catalog_handlers.follow(self.catalog, feed),
            "customers": lambda: customer_handlers.follow(self.customers, feed),
            "access": lambda: access_handlers.follow(self.access, feed),
        }

    def _of_pricing(self, feed: Feed) -> Jobs:
        return {
            "taxes": lambda: pricing_handlers.follow(self.pricing.taxes, feed, TaxRulesChanged.NAME),
            "promotions": lambda: pricing_handlers.follow(self.pricing.books, feed, PromotionChanged.NAME),
            "shipping": lambda: pricing_handlers.follow(self.pricing.shipping, feed, ShippingMethodsChanged.NAME),
            "baskets": self.pricing.baskets.run,
        }

    def _of_inventory(self, feed: Feed) -> Jobs:
        return {
            "inventory": lambda: inventory_handlers.follow(self.inventory, feed),
            "followers": self.following.watch,
        }

    def sweeps(self) -> Jobs:
        """The jobs that look after what is due: one process of a shop does so for all."""
        stock = {
            "holds": self.reservations.sweep,
            "pickups": self.pickups.sweep,
            "gaps": self.feeds.watch,
            "waiters": self.waiting.watch,
        }
        return self.elsewhere.without({"inventory": stock, "pricing": {"uses": self.pricing.uses.sweep}})

    def chores(self, hold_days: int, redemption_days: int) -> Sequence[Callable[[], Awaitable[None]]]:
        """What is forgotten once it is so many days old; 0: never."""
        age = timedelta(days=hold_days)
        stock = {"holds": partial(self.reservations.retire, age), "waiters": partial(self.waiting.retire, age)}
        uses = partial(self.pricing.uses.retire, timedelta(days=redemption_days))
        own = {
            "inventory": stock if hold_days else {},
            "pricing": {"redemptions": uses} if redemption_days else {},
        }
        return tuple(self.elsewhere.without(own).values())


def wire_trade(
    database: Database,
    secret: bytes | None = None,
    basket_share: int = 0,
    cost_currency: str = "EUR",
    elsewhere: Elsewhere = NOWHERE_ELSE,
    stale_grace: timedelta = timedelta(0),
) -> Trade:
    """Ports are met by the offering service or its process. What is hidden without a `secret` only this one knows."""
    places, people, keys = elsewhere.stores(database)
    market, customers = MarketService(places), CustomerService(people)
    catalog, configurator = CatalogService(CatalogStore(database)), wire_configurator(database, secret, stale_grace)
    articles = elsewhere.catalog or catalog
    inventory = InventoryService(InventoryStore(database), articles=articles, channels=market)
    stock, configured = elsewhere.inventory or inventory, elsewhere.configurator or configurator.surcharges
    pricing = wire_pricing(database, articles, market, None, secret, stock, customers, basket_share, configured)
    prices = elsewhere.pricing or PricingAnswers(pricing)
    making = wire_making(database, configurator, articles, prices, stock, cost_currency)
    made = elsewhere.configurator or ConfiguratorAnswers(configurator, making.making)
    reservations = ReservationService(ReservationStore(database, inventory.reach), inventory, articles=articles)
    return Trade(
        market=market,
        catalog=catalog,
        pricing=pricing,
        inventory=inventory,
        following=FollowingService(InventoryStore(database), inventory, articles=articles, channels=market),
        reservations=reservations,
        sourcing=SourcingService(inventory, articles=articles),
        pickups=PickupService(PickupStore(database, inventory.reach), inventory, articles, pickup_secret(secret)),
        feeds=FeedService(FeedStore(database), inventory, articles=articles),
        transfers=TransferService(TransferStore(database), inventory, articles=articles),
        demand=DemandService(DemandStore(database), inventory, articles=articles),
        planning=PlanningService(DemandStore(database), inventory, articles=articles),
        waiting=WaitingService(WaitingStore(database), reservations, inventory, articles=articles),
        configurator=configurator,
        making=making,
        customers=customers,
        access=AccessService(keys),
        asked=Asked(articles, prices, stock, made, elsewhere),
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
        articles=trade.asked.catalog,
        pricing=trade.asked.pricing,
        stock=trade.asked.stock,
        channels=trade.market,
        configurations=trade.asked.configurations,
        components=trade.asked.configurations,
        mail=mail or NoMail(),
    )


def ports_of(trade: Trade, carts: Carts, database: Database, modules: Collection[str]) -> Mapping[str, Any]:
    """What answers modules of other processes, for those of these modules that are here."""
    market, customers, access = trade.elsewhere.stores(database)
    answers = {
        "market": market,
        "customers": customers,
        "access": access,
        "catalog": trade.catalog,
        "pricing": trade.asked.pricing,
        "inventory": trade.inventory,
        "configurator": trade.asked.configurations,
        "cart": CartAnswers(carts.carts),
    }
    return {
        module: port for module, port in answers.items() if module in modules and module not in trade.elsewhere.links
    }


async def tend_open_carts(trade: Trade, carts: Carts, feed: Feed) -> None:
    """Carts that are open in this process hear of what touches them, once its prices know of it."""
    await cart_handlers.follow(carts.opened, feed, TOPICS, trade.asked.pricing.settled)


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
