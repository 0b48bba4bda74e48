"""Carts put together: their stores, their services, and what these share, by plain constructor calls."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from modules.cart.ports import Articles, Channels, Pricing, Stock
from modules.cart.service import ArchiveService, CartService, LinkService
from modules.cart.store import ActiveCarts, ArchivedCarts, CartStore, IdleStore, LinkStore
from modules.runtime.database import Database
from modules.runtime.leader import leader_of
from modules.runtime.redis import Redis


@dataclass(frozen=True, slots=True)
class Carts:
    """The services of carts, by noun."""

    carts: CartService
    links: LinkService
    archive: ArchiveService

    def jobs(self) -> Mapping[str, Callable[[], Awaitable[None]]]:
        """What runs beside a serving process."""
        return {"carts": self.archive.run}


@dataclass(frozen=True, slots=True)
class Keeping:
    """How carts are kept."""

    secret: bytes
    """What keys are derived with."""
    days: int = 90
    """How long an untouched cart is kept where its market does not say."""
    idle_hours: int = 24
    """After how long it is put away into the database."""


def wire_carts(
    database: Database,
    redis: Redis,
    keeping: Keeping,
    *,
    articles: Articles,
    pricing: Pricing,
    stock: Stock,
    channels: Channels,
) -> Carts:
    """Carts in Redis and, when nobody touches them, in the database."""
    archive = ArchivedCarts(database)
    active = ActiveCarts(redis, archive)
    store = CartStore(active, keeping.secret)
    return Carts(
        carts=CartService(store, articles=articles, pricing=pricing, stock=stock, channels=channels),
        links=LinkService(LinkStore(active, keeping.secret)),
        archive=ArchiveService(
            IdleStore(active, archive), channels, leader_of(database, "carts"), keeping.idle_hours, keeping.days
        ),
    )
