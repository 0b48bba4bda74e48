"""A small shop beside the cart: a table of products, prices and stock behind the cart's ports, and a graph on top."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import strawberry

from gateway.schema import GraphSchema
from modules.cart.graph import PART
from modules.cart.model.keys import Key
from modules.cart.service import (
    CartDeliveries,
    CartFollowing,
    CartQuotes,
    CartService,
    ClaimService,
    LinkService,
    OpenCarts,
    TillService,
)
from modules.cart.store import (
    ActiveCarts,
    Address,
    ArchivedCarts,
    CartStore,
    ClaimStore,
    LinkStore,
    QuoteStore,
    TillStore,
)
from modules.kernel.basket import Basket, BasketLine, DeliveryOption, Notice, Quote, QuoteLine, TaxedMoney
from modules.kernel.configuration import Configuration
from modules.kernel.errors import Unavailable, UnknownPlace
from modules.kernel.events import Change, Envelope
from modules.kernel.feed import ChangeKind, Delivery, Feed
from modules.kernel.graph import GraphContext, Info, Part, Product, Wanted, product_field
from modules.kernel.money import Money, UnitPrice
from modules.kernel.names import ConfigurationId, Sku
from modules.kernel.place import Channel, Store
from modules.kernel.product import Article
from modules.kernel.quantity import MOST, Quantity
from modules.kernel.stock import Availability, AvailabilityState
from modules.kernel.viewer import Viewer
from modules.runtime.database import Database
from modules.runtime.redis import Redis
from tests.builders import a_channel, a_market, a_viewer, an_article

SECRET = b"a secret of the server, for tests"


@dataclass
class Shelf:
    """Products, what they cost in cents, and how much there is of them; counts what it is asked."""

    articles_by_sku: dict[str, Article] = field(default_factory=dict)
    cents: dict[str, int] = field(default_factory=dict)
    stock: dict[str, Quantity | None] = field(default_factory=dict)
    places: dict[str, Channel] = field(default_factory=dict)
    stores: dict[str, Store] = field(default_factory=dict)
    configured: dict[str, Configuration] | None = None
    """None: nobody answers."""
    stock_answers: bool = True
    ways: list[DeliveryOption] = field(default_factory=list)
    asked: list[tuple[Basket, Viewer]] = field(default_factory=list)

    async def articles(self, skus: Sequence[Sku]) -> list[Article | None]:
        return [self.articles_by_sku.get(sku) for sku in skus]

    async def nearest(self, skus: Sequence[str]) -> list[list[Sku]]:
        return [[Sku(known) for known in self.articles_by_sku if known[0] == sku[0]][:3] for sku in skus]

    def channel(self, id: str | None) -> Channel:
        if id is None:
            return next(iter(self.places.values()))
        if id not in self.places:
            raise UnknownPlace("channel", id, list(self.places))
        return self.places[id]

    def store(self, id: str | None, channel: Channel) -> Store | None:
        if id is None:
            return None
        if id not in self.stores:
            raise UnknownPlace("store", id, list(self.stores))
        return self.stores[id]

    async def configurations(self, ids: Sequence[ConfigurationId], viewer: Viewer) -> list[Configuration | None]:
        if self.configured is None:
            raise Unavailable("Configurator")
        return [self.configured.get(id) for id in ids]

    async def quote(self, basket: Basket, viewer: Viewer) -> Quote:
        self.asked.append((basket, viewer))
        priced = [line for line in basket.lines if line.sku in self.cents]
        lines = tuple(self._line(line, viewer.currency) for line in priced)
        total = sum((line.total for line in lines), TaxedMoney.zero(viewer.currency))
        missing = [line for line in basket.lines if line.sku not in self.cents]
        notices = tuple(Notice("PRICE_NOT_FOUND", f"{line.sku} has no price", line.id) for line in missing)
        id = hashlib.sha256(repr((basket, lines)).encode()).hexdigest()
        return Quote(id, viewer.now, viewer.now + timedelta(days=1), lines, (), total, total, notices)

    async def deliveries(self, basket: Basket, viewer: Viewer) -> list[DeliveryOption]:
        self.asked.append((basket, viewer))
        return self.ways

    def _line(self, line: BasketLine, currency: str) -> QuoteLine:
        cents = self.cents[line.sku]
        amount = Money(cents * line.quantity // 1_000_000, currency)
        total = TaxedMoney(amount, Money.zero(currency), amount)
        return QuoteLine(line.id, line.sku, line.quantity, UnitPrice(cents * 10_000, currency), total, "0", ())

    async def availability(self, skus: Sequence[Sku], viewer: Viewer) -> list[Availability]:
        if not self.stock_answers:
            raise Unavailable("Inventory")
        return [
            Availability(sku, AvailabilityState.IN_STOCK, self.stock.get(sku, MOST), viewer.now, ()) for sku in skus
        ]


@dataclass
class StreamReader:
    """Follows by reading the stream from its beginning or behind a cursor, entry by entry, without waiting."""

    redis: Redis

    @asynccontextmanager
    async def follow(
        self,
        name: str,
        wanted: Callable[[Change], bool],
        after: str | None = None,
        stream: str | None = None,
        keys: Collection[str] | None = None,
        by: str | None = None,
    ) -> AsyncIterator[AsyncIterator[Delivery]]:
        yield self._deliveries(name, wanted, after, stream or name.partition(".")[0])

    async def _deliveries(
        self, name: str, wanted: Callable[[Change], bool], after: str | None, stream: str
    ) -> AsyncIterator[Delivery]:
        entries = await entries_of(self.redis, stream)
        if after is None:
            yield Delivery(ChangeKind.SNAPSHOT, entries[-1][0] if entries else "0-0")
            entries = []
        for id, envelope in entries:
            changes = tuple(change for change in envelope.changes if envelope.name == name and wanted(change))
            if changes and after is not None and _place(id) > _place(after):
                yield Delivery(ChangeKind.CHANGE, id, changes)


def _place(id: str) -> tuple[int, ...]:
    return tuple(int(part) for part in id.split("-"))


async def entries_of(redis: Redis, stream: str) -> list[tuple[str, Envelope]]:
    """What a stream holds: ids and envelopes, oldest first."""
    found = await redis.execute("XRANGE", stream, "-", "+")
    return [(id, Envelope.decode(fields[1])) for id, fields in found]


@dataclass
class Titles:
    """A catalogue's part that gives products a title and remembers what it was asked at once."""

    pages: list[list[Product]] = field(default_factory=list)
    viewers: list[Viewer] = field(default_factory=list)

    async def prefetch(self, products: Sequence[Product], selection: Sequence[Wanted], context: GraphContext) -> None:
        self.pages.append(list(products))
        self.viewers.append(context.viewer)
        for product in products:
            product.filled.update((want, f"Title of {product.sku}") for want in selection)

    def part(self) -> Part:
        """To be joined beside the cart's."""
        return Part("catalog", product_fields={"title": product_field(_title, description="T")}, prefetch=self.prefetch)


def _title(parent: strawberry.Parent[Product], info: Info) -> str | None:
    title: str | None = parent.slot(info, "title")
    return title


class Shop:
    """Everything together, in one process; `viewer` is who asks."""

    def __init__(self, redis: Redis, shelf: Shelf, database: Database | None = None) -> None:
        self.redis = redis
        self.shelf = shelf
        active = ActiveCarts(redis, ArchivedCarts(database) if database else None)
        self.store = CartStore(active, SECRET)
        self.service = CartService(self.store, shelf, shelf, shelf, shelf, shelf)
        self.links = LinkService(LinkStore(active, SECRET))
        self.opened = OpenCarts(merge=timedelta(milliseconds=10))
        self.quotes = CartQuotes(self.service, QuoteStore(redis))
        self.following = CartFollowing(self.service, self.quotes, self.opened, again=timedelta(milliseconds=10))
        self.deliveries = CartDeliveries(self.service, shelf, shelf)
        self.feed: Feed = StreamReader(redis)
        self.services: list[object] = [self.service, self.links, self.quotes, self.following, self.deliveries]
        if database is not None:
            self.claim_store = ClaimStore(database, active, SECRET)
            self.claims = ClaimService(self.claim_store, self.store, shelf)
            self.tills = TillService(TillStore(database, active, SECRET))
            self.services += [self.claims, self.tills]
        self.titles = Titles()
        self.schema = GraphSchema([PART, self.titles.part()])
        self.viewer = a_viewer(channel=shelf.channel("web"))

    def context(self) -> GraphContext:
        """Of one operation."""
        services: Mapping[type, object] = {type(service): service for service in self.services}
        return GraphContext(self.viewer, self.feed, services, self.schema.parts, self.schema.owners)

    async def run(self, document: str, **variables: Any) -> dict[str, Any]:
        """The data of an operation; fails the test on errors."""
        result = await self.schema.execute(document, variables, self.context())
        assert result.errors is None, result.errors
        assert result.data is not None
        return result.data

    def move(self, **changes: Any) -> None:
        """Lets the viewer be somebody or somewhere else."""
        self.viewer = replace(self.viewer, **changes)


def address_of(text: str) -> Address:
    """Where the cart of this key lies."""
    key = Key.parse(text)
    assert key
    return Address(key.locator)


def a_shelf() -> Shelf:
    """Three things sold by the piece, cheese by weight; a web shop in euros and one in Swiss francs."""
    articles = [an_article(sku) for sku in ("mug", "plate", "pan")]
    cheese = an_article("cheese", quantity_scale=3)
    swiss = a_channel("swiss", market=a_market("ch", country="CH", zone="Europe/Zurich", currencies=("CHF",)))
    return Shelf(
        {article.sku: article for article in [*articles, cheese]},
        {"mug": 950, "plate": 1200, "pan": 3999, "cheese": 1890},
        places={"web": a_channel("web"), "swiss": swiss},
    )
