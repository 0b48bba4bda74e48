"""Carts put together: their stores, their services, and what these share, by plain constructor calls."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.remote.ports import Told
from gateway.remote.refusals import told
from modules.cart import handlers
from modules.cart.engine import news
from modules.cart.engine.news import Cause
from modules.cart.ports import Articles, Channels, Components, Configurations, Pricing, Stock
from modules.cart.service import (
    ArchiveService,
    CartDeliveries,
    CartFollowing,
    CartQuotes,
    CartService,
    ClaimService,
    CopyService,
    LinkService,
    OpenCarts,
    RecoveryService,
    TillService,
)
from modules.cart.service.wishes import WishService
from modules.cart.store import (
    ActiveCarts,
    ArchivedCarts,
    CartStore,
    ClaimStore,
    CopyStore,
    IdleStore,
    LinkStore,
    MailLimits,
    QuoteStore,
    TillStore,
)
from modules.catalog.events import ProductChanged
from modules.inventory.events import StockChanged
from modules.kernel.basket import BasketLine
from modules.kernel.errors import Unavailable
from modules.kernel.notification import Notification, Notifications
from modules.kernel.viewer import Viewer
from modules.pricing.events import PriceChanged, PromotionChanged, ShippingMethodsChanged, TaxRulesChanged
from modules.runtime.database import Database
from modules.runtime.leader import leader_of
from modules.runtime.redis import Redis

TOPICS: Final[handlers.Topics] = {
    PriceChanged.NAME: (Cause.PRICE, news.of_prices),
    TaxRulesChanged.NAME: (Cause.PRICE, news.of_rules),
    ShippingMethodsChanged.NAME: (Cause.PRICE, news.of_rules),
    PromotionChanged.NAME: (Cause.PROMOTION, news.of_promotions),
    StockChanged.NAME: (Cause.STOCK, news.of_stock),
    ProductChanged.NAME: (Cause.PRODUCT, news.of_products),
}
"""What touches open carts, and how it is read."""


class NoMail:
    """Stands for the mail where none is sent."""

    def offered(self) -> bool:
        return False

    async def send(self, notifications: Sequence[Notification]) -> None:
        raise Unavailable("Mail")

    async def withdraw(self, ids: Sequence[str]) -> None:
        """There are none."""


@dataclass(frozen=True, slots=True)
class Carts:
    """The services of carts, by noun."""

    carts: CartService
    links: LinkService
    claims: ClaimService
    tills: TillService
    recovery: RecoveryService
    archive: ArchiveService
    quotes: CartQuotes
    opened: OpenCarts
    following: CartFollowing
    deliveries: CartDeliveries

    def jobs(self) -> Mapping[str, Callable[[], Awaitable[None]]]:
        """What runs beside a serving process."""
        return {"carts": self.archive.run}


class CartAnswers:
    """What carts answer other modules."""

    def __init__(self, carts: CartService) -> None:
        self._wishes = WishService(carts)

    async def take(self, viewer: Viewer, key: str, wishes: Sequence[BasketLine], by: str) -> list[Told | None]:
        """See `gateway.remote.ports.CartPort`."""
        return [told(refused) if refused else None for refused in await self._wishes.take(viewer, key, wishes, by)]


@dataclass(frozen=True, slots=True)
class Keeping:
    """How carts are kept."""

    secret: bytes
    """What keys are derived with."""
    days: int = 90
    """How long an untouched cart is kept where its market does not say."""
    idle_hours: int = 24
    """After how long it is put away into the database."""
    page: str = "{key}"
    """Where a browser shows a cart."""


def wire_carts(
    database: Database,
    redis: Redis,
    keeping: Keeping,
    *,
    articles: Articles,
    pricing: Pricing,
    stock: Stock,
    channels: Channels,
    configurations: Configurations,
    components: Components,
    mail: Notifications,
) -> Carts:
    """Carts in Redis and, when nobody touches them, in the database."""
    archive = ArchivedCarts(database)
    active = ActiveCarts(redis, archive)
    store = CartStore(active, keeping.secret)
    links = LinkService(LinkStore(active, keeping.secret))
    carts = CartService(store, articles, pricing, stock, channels, configurations, components)
    quotes, opened = CartQuotes(carts, QuoteStore(redis)), OpenCarts()
    return Carts(
        carts=carts,
        links=links,
        recovery=RecoveryService(links, MailLimits(redis, keeping.secret), mail, keeping.page),
        claims=ClaimService(ClaimStore(database, active, keeping.secret), store, channels),
        tills=TillService(TillStore(database, active, keeping.secret)),
        archive=ArchiveService(
            IdleStore(active, archive), channels, leader_of(database, "carts"), keeping.idle_hours, keeping.days
        ),
        quotes=quotes,
        opened=opened,
        following=CartFollowing(carts, quotes, opened),
        deliveries=CartDeliveries(carts, pricing, stock),
    )


def wire_copies(database: Database, redis: Redis, channels: Channels, keeping: Keeping) -> CopyService:
    """What backs carts up and gives them back."""
    active, archive = ActiveCarts(redis), ArchivedCarts(database)
    leader = leader_of(database, "carts")
    kept = ArchiveService(IdleStore(active, archive), channels, leader, keeping.idle_hours, keeping.days)
    return CopyService(CopyStore(database, active), kept.expires_us)
