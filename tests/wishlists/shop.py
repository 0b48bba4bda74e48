"""A small shop beside wishlists: tables of products, prices and stock, a cart and a letter box behind their ports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from gateway.schema import GraphSchema
from modules.kernel.basket import BasketLine
from modules.kernel.configuration import Configuration
from modules.kernel.customer import Profile
from modules.kernel.errors import Refused, Unavailable, UnknownPlace
from modules.kernel.feed import Feed
from modules.kernel.graph import GraphContext
from modules.kernel.money import UnitPrice
from modules.kernel.names import ConfigurationId, CustomerId, Sku
from modules.kernel.notification import Notification
from modules.kernel.place import Channel
from modules.kernel.product import Article
from modules.kernel.stock import Availability, AvailabilityState
from modules.kernel.viewer import Viewer
from modules.runtime.database import Database
from modules.runtime.redis import Redis
from modules.wishlists.engine.intake import GoodsInput, WishlistInput
from modules.wishlists.graph import PART
from modules.wishlists.model.lists import Kind
from modules.wishlists.service.lists import Shown, WishlistService
from modules.wishlists.service.looking import LookingService
from modules.wishlists.service.mailing import MailingService
from modules.wishlists.service.moving import MovingService
from modules.wishlists.service.sharing import SharingService
from modules.wishlists.service.watching import WatchService
from modules.wishlists.store.lists import WishlistStore
from modules.wishlists.store.watches import WatchStore
from tests.builders import a_channel, a_viewer, an_article
from tests.cart.shop import StreamReader, Titles

SECRET = b"a secret of the server, for tests"
UUID = "7f3b2a66-8b0f-4f6f-9c3e-0d2f6a1b5c"
STOCK, PRICES = "stock", "prices"


@dataclass(frozen=True)
class Priced:
    gross: UnitPrice


@dataclass(frozen=True)
class Titled:
    title: str


@dataclass
class Shelf:
    """Products, gross prices in cents, and what is out of stock; counts the questions."""

    skus: tuple[str, ...] = ("mug", "plate", "pan", "cheese")
    cents: dict[str, int] = field(default_factory=lambda: {"mug": 950, "plate": 1200, "pan": 3999})
    out: set[str] = field(default_factory=set)
    asked: list[tuple[str, int]] = field(default_factory=list)
    answers: bool = True
    configured: dict[str, Configuration] | None = None
    """None: nobody answers."""

    async def articles(self, skus: Sequence[Sku]) -> list[Article | None]:
        return [
            an_article(sku, quantity_scale=3 if sku == "cheese" else 0) if sku in self.skus else None for sku in skus
        ]

    async def nearest(self, skus: Sequence[str]) -> list[list[Sku]]:
        return [[Sku(known) for known in self.skus if known[0] == sku[0]][:3] for sku in skus]

    async def products(self, skus: Sequence[str], viewer: Viewer) -> list[Titled | None]:
        return [Titled(f"{sku.title()} ({viewer.locale})") if sku in self.skus else None for sku in skus]

    def channel(self, id: str | None) -> Channel:
        if id != "web":
            raise UnknownPlace("channel", str(id), ["web"])
        return a_channel("web")

    async def configurations(self, ids: Sequence[ConfigurationId], viewer: Viewer) -> list[Configuration | None]:
        if self.configured is None:
            raise Unavailable("The configurator")
        return [self.configured.get(id) for id in ids]

    async def availability(self, skus: Sequence[Sku], viewer: Viewer) -> list[Availability]:
        self._count(STOCK, skus)
        states = [AvailabilityState.OUT_OF_STOCK if sku in self.out else AvailabilityState.IN_STOCK for sku in skus]
        return [Availability(sku, state, None, None, ()) for sku, state in zip(skus, states, strict=True)]

    async def prices(self, skus: Sequence[Sku], viewer: Viewer) -> list[Priced | None]:
        self._count(PRICES, skus)
        return [
            Priced(UnitPrice(self.cents[sku] * 10_000, viewer.currency)) if sku in self.cents else None for sku in skus
        ]

    def _count(self, what: str, skus: Sequence[Sku]) -> None:
        if not self.answers:
            raise Unavailable("The shelf")
        self.asked.append((what, len(skus)))


class NoCart(Refused):
    code = "CART_NOT_FOUND"


@dataclass
class Trolley:
    """Carts as the port promises them: a wish is taken once by its id. `breaks` loses the answer of one call."""

    keys: set[str] = field(default_factory=lambda: {"the cart", "the other cart"})
    taken: dict[str, BasketLine] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    """Which cart has taken which wish."""
    full: set[str] = field(default_factory=set)
    breaks: int = 0

    async def take(self, viewer: Viewer, key: str, wishes: Sequence[BasketLine], by: str) -> list[Refused | None]:
        if key not in self.keys:
            raise NoCart("There is no cart with this key.", ("input", "cart"))
        for wish in wishes:
            if wish.sku not in self.full:
                self.taken.setdefault(wish.id, wish)
                self.places.setdefault(wish.id, key)
        if self.breaks:
            self.breaks -= 1
            raise Unavailable("Redis")
        return [None if wish.id in self.taken else Refused("no", ("input", "items")) for wish in wishes]

    @property
    def goods(self) -> list[tuple[str, int]]:
        """What lies in the one, in pieces."""
        return self.goods_in("the cart")

    def goods_in(self, key: str) -> list[tuple[str, int]]:
        """What lies in one of them, in pieces."""
        wishes = (wish for id, wish in self.taken.items() if self.places[id] == key)
        return [(wish.sku, wish.quantity // 1_000_000) for wish in wishes]


@dataclass
class LetterBox:
    """Notifications as the port promises it: once for each id."""

    sent: dict[str, Notification] = field(default_factory=dict)
    withdrawn: list[str] = field(default_factory=list)
    calls: int = 0
    is_open: bool = True

    def offered(self) -> bool:
        return self.is_open

    async def send(self, notifications: Sequence[Notification]) -> None:
        self.calls += 1
        for notification in notifications:
            self.sent.setdefault(notification.id, notification)

    async def withdraw(self, ids: Sequence[str]) -> None:
        self.withdrawn += ids

    def of(self, kind: str) -> list[Notification]:
        """Those of a kind, in order."""
        return [each for each in self.sent.values() if each.kind == kind]


class Shop:
    """Everything together in one process; `viewer` is who asks."""

    def __init__(self, database: Database, redis: Redis | None = None) -> None:
        self.database = database
        self.redis = redis
        self.shelf, self.trolley, self.letters = Shelf(), Trolley(), LetterBox()
        self.store, self.watch_store = WishlistStore(database), WatchStore(database)
        self.lists = WishlistService(self.store, self.shelf, self.shelf, self.shelf, SECRET)
        self.sharing = SharingService(self.store, self.lists, SECRET)
        self.moving = MovingService(self.store, self.lists, self.trolley)
        self.watches = WatchService(self.watch_store, self.lists, self.shelf, self.shelf, self.letters)
        self.looking = LookingService(self.watch_store, self.watches, self.shelf)
        self.mailing = MailingService(
            self.watch_store,
            self.letters,
            self.shelf,
            self.shelf,
            SECRET,
            lambda act, token: f"https://s/{act}/{token}",
        )
        self.titles = Titles()
        self.schema = GraphSchema([PART, self.titles.part()])
        self.viewer = a_viewer()

    def context(self, feed: Feed | None = None) -> GraphContext:
        """Of one operation."""
        mine = (self.lists, self.sharing, self.moving, self.watches, self.looking, self.mailing)
        services = {type(service): service for service in mine}
        reader: Any = feed or (StreamReader(self.redis) if self.redis else None)
        return GraphContext(self.viewer, reader, services, self.schema.parts, self.schema.owners)

    async def run(self, document: str, **variables: Any) -> dict[str, Any]:
        """The data of an operation; fails the test on errors."""
        result = await self.schema.execute(document, variables, self.context())
        assert result.errors is None, result.errors
        assert result.data is not None
        return result.data

    def be(self, customer: str | None) -> None:
        """Lets the viewer be this customer, or a guest."""
        self.viewer = replace(self.viewer, customer=Profile(CustomerId(customer)) if customer else None)

    async def a_list(self, name: str = "Birthday", *skus: str, number: int = 0) -> tuple[str, str]:
        """A guest's key and the id of the guest's first list, with these products."""
        made = await self.lists.create(self.viewer, name, f"{UUID}-{number}")
        assert made.key
        assert made.shown
        if skus:
            await self.lists.apply(self.viewer, made.key, made.shown.wishlist.id, [add(f"add-{number}", *skus)])
        return made.key, made.shown.wishlist.id


def add(id: str, *skus: str, quantity: str = "1", at_us: int | None = None) -> WishlistInput:
    """Puts products on a list."""
    return WishlistInput(id, Kind.ADD_ITEMS, at_us, tuple(GoodsInput(sku, quantity) for sku in skus))


def skus(shown: Shown | None) -> list[str]:
    """What is on a list, texts by their text."""
    assert shown
    return [wish.item.sku or wish.item.text for wish in shown.wishes]
