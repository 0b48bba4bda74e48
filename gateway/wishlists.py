"""Wishlists put together, and the job that tells what is new of what is watched."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from gateway.carts import Carts as CartServices
from gateway.mail.pages import link
from gateway.wiring import Trade
from modules.cart.service.wishes import WishService
from modules.inventory.events import StockChanged
from modules.kernel.events import Change
from modules.kernel.feed import Feed
from modules.kernel.leader import Leader, Leading, whenever_leading
from modules.kernel.names import Sku
from modules.kernel.notification import Notifications
from modules.kernel.viewer import Viewer
from modules.pricing.events import PriceChanged
from modules.runtime.database import Database
from modules.wishlists import handlers
from modules.wishlists.ports import Articles, Carts, Channels, Configurations, Priced, Prices, Stock, Titles
from modules.wishlists.service.lists import WishlistService
from modules.wishlists.service.looking import LookingService
from modules.wishlists.service.mailing import Links, MailingService
from modules.wishlists.service.moving import MovingService
from modules.wishlists.service.sharing import SharingService
from modules.wishlists.service.watching import WatchService
from modules.wishlists.store.lists import WishlistStore
from modules.wishlists.store.watches import WatchStore


@dataclass(frozen=True, slots=True)
class Wishlists:
    """The services of wishlists, by noun."""

    lists: WishlistService
    sharing: SharingService
    moving: MovingService
    watches: WatchService
    looking: LookingService
    mailing: MailingService


@dataclass(frozen=True, slots=True)
class FreshPrices:
    """Prices that are never older than the change that was heard of: the shelf may hear of it later than we do."""

    pricing: Pricing

    async def prices(self, skus: Sequence[Sku], viewer: Viewer) -> Sequence[Priced | None]:
        """See `modules.wishlists.ports.Prices`."""
        return await self.pricing.fresh_prices(skus, viewer)


class Pricing(Prices, Protocol):
    """What pricing answers."""

    async def fresh_prices(self, skus: Sequence[Sku], viewer: Viewer) -> Sequence[Priced | None]:
        """Prices that are never older than a change that was heard of."""
        ...


class Catalog(Articles, Titles, Protocol):
    """Both are the catalogue's."""


def wire_wishlists(
    database: Database,
    *,
    secret: bytes,
    catalog: Catalog,
    pricing: Pricing,
    stock: Stock,
    channels: Channels,
    configurations: Configurations,
    carts: Carts,
    notifications: Notifications,
    links: Links,
) -> Wishlists:
    """`secret` is what keys and the tokens of mails are derived with."""
    lists_store, watch_store = WishlistStore(database), WatchStore(database)
    lists = WishlistService(lists_store, articles=catalog, prices=pricing, configurations=configurations, secret=secret)
    watches = WatchService(watch_store, lists, stock, FreshPrices(pricing), notifications)
    return Wishlists(
        lists=lists,
        sharing=SharingService(lists_store, lists, secret),
        moving=MovingService(lists_store, lists, carts),
        watches=watches,
        looking=LookingService(watch_store, watches, channels),
        mailing=MailingService(watch_store, notifications, catalog, channels, secret, links),
    )


def wire_wishes(
    database: Database, trade: Trade, carts: CartServices, notifications: Notifications, secret: bytes, links: str
) -> Wishlists:
    """Wishlists ask the catalogue, the prices and the stock, and put things into carts; nobody asks them."""
    return wire_wishlists(
        database,
        secret=hmac.digest(secret, b"wishlists", "sha256"),
        catalog=trade.asked.catalog,
        pricing=trade.asked.pricing,
        stock=trade.asked.stock,
        channels=trade.market,
        configurations=trade.asked.configurations,
        carts=trade.elsewhere.carts or WishService(carts.carts),
        notifications=notifications,
        links=partial(link, links),
    )


async def tend_wishlists(wishlists: Wishlists, feed: Feed, leader: Leader) -> None:
    """One process of all looks at what is watched and hands in mails."""
    events = {StockChanged.NAME: _sku_of_level, PriceChanged.NAME: lambda change: Sku(change.key)}

    async def work(leading: Leading) -> None:
        jobs = [
            asyncio.create_task(handlers.follow(wishlists.looking, feed, events)),
            asyncio.create_task(handlers.tend(wishlists.looking, wishlists.mailing, leading)),
        ]
        try:
            done, _ = await asyncio.wait(jobs, return_when=asyncio.FIRST_COMPLETED)
            for job in done:
                job.result()
        finally:
            for job in jobs:
                job.cancel()
            await asyncio.gather(*jobs, return_exceptions=True)

    await whenever_leading(leader, work)


def _sku_of_level(change: Change) -> Sku:
    return Sku(change.key.rpartition("@")[0])
