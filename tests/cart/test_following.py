"""Followed carts over real Redis: devices, prices, stock, promotions and time, in one order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from modules.cart.engine.intake import CartInput
from modules.cart.engine.news import Cause, News, of_prices, of_promotions, of_stock
from modules.cart.engine.terms import NOTHING
from modules.cart.handlers import follow
from modules.cart.model import Kind
from modules.cart.service.following import Sight
from modules.kernel.basket import Basket, Quote
from modules.kernel.errors import Unavailable
from modules.kernel.events import Change, Envelope
from modules.kernel.feed import ChangeKind
from modules.kernel.names import Sku
from modules.kernel.quantity import ZERO, pieces
from modules.kernel.viewer import Viewer
from modules.runtime.feed import StreamFeed
from modules.runtime.redis import Redis
from tests.builders import NOW
from tests.cart.shop import Shelf, Shop, a_shelf

TOPICS = {
    "pricing.price_changed.v1": (Cause.PRICE, of_prices),
    "pricing.promotion_changed.v1": (Cause.PROMOTION, of_promotions),
    "inventory.stock_changed.v1": (Cause.STOCK, of_stock),
}


@dataclass
class Clock(Shelf):
    """A shelf whose quotes end so long after they were asked for."""

    lasts: timedelta = timedelta(days=1)
    away: int = 0
    """Quotes that are not answered."""
    gift: str = ""
    """What promotions put beside the goods."""
    quoted: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    """Of each quote that was asked for."""

    async def quote(self, basket: Basket, viewer: Viewer) -> Quote:
        self.quoted.release()
        if self.away:
            self.away -= 1
            raise Unavailable("Pricing")
        quote = await super().quote(basket, viewer)
        gifts = [replace(quote.lines[0], line=None, sku=Sku(self.gift), is_gift=True)] if self.gift else []
        id, lines = f"{quote.id}{self.gift}", (*quote.lines, *gifts)
        return replace(quote, id=id, lines=lines, valid_until=viewer.now + self.lasts)


class Open:
    """A cart with a mug in it, followed by a device that shows its quote."""

    def __init__(self, shop: Shop, shelf: Clock, key: str, feed: StreamFeed) -> None:
        self.shop, self.shelf, self.key, self.feed = shop, shelf, key, feed

    async def add(self, id: str, sku: str = "mug") -> None:
        done = await self.shop.service.apply(
            self.shop.viewer, self.key, [CartInput(id, Kind.ADD_LINE, sku=sku, quantity="1")]
        )
        assert not done.problems

    @asynccontextmanager
    async def device(self, after: str | None = None, since: str | None = None) -> AsyncIterator[Device]:
        viewer = self.shop.viewer
        async with self.shop.following.follow(self.key, viewer, self.feed, after) as sights:
            yield Device(self.shop, sights, since)

    async def publish(self, name: str, key: str, **state: Any) -> None:
        """As another process does."""
        envelope = Envelope(f"{name}{key}", name, NOW, (Change(key, 1, state),))
        await self.shop.redis.execute("XADD", f"events.{name.partition('.')[0]}", "*", "e", envelope.encode())

    def reprice(self, sku: str, cents: int) -> News:
        """Dearer or cheaper from now on."""
        self.shelf.cents[sku] = cents
        return News(Cause.PRICE, Sku(sku))


@dataclass
class Device:
    """What a person looks at."""

    shop: Shop
    sights: AsyncIterator[Sight]
    since: str | None = None
    stock: bool = True
    """Whether it shows notices."""

    async def next(self) -> tuple[Sight, Quote]:
        """The next sight with its quote, as it is shown."""
        async with asyncio.timeout(20):
            sight = await anext(self.sights)
        viewer = replace(self.shop.viewer, now=sight.seen.at)
        quote = await self.quote(sight, viewer, self.stock)
        return sight, quote

    async def quote(self, sight: Sight, viewer: Viewer, stock: bool) -> Quote:
        """As a field of the sight asks for it."""
        return await self.shop.quotes.quote(
            sight.seen.cart, viewer, NOTHING, since=self.since, memory=sight.memory, stock=stock
        )

    async def causes(self) -> tuple[list[str], list[str]]:
        """What the next sight is due to, and the codes of its notices."""
        sight, quote = await self.next()
        return [str(cause) for cause in sight.causes], [notice.code for notice in quote.notices]


@pytest.fixture
async def cart(redis: Redis, feed: StreamFeed) -> Open:
    """The cart."""
    basis = a_shelf()
    shelf = Clock(basis.articles_by_sku, basis.cents, basis.stock, basis.places)
    shop = Shop(redis, shelf)
    made = await shop.service.create(shop.viewer, "0123456789abcdef")
    assert made.key
    opened = Open(shop, shelf, made.key, feed)
    await opened.add("first")
    return opened


async def test_a_price_that_changed_is_told_with_what_it_was(cart: Open) -> None:
    async with cart.device() as phone:
        first, _ = await phone.next()
        cart.shop.opened.hear(cart.reprice("mug", 990))
        sight, quote = await phone.next()
    assert (sight.seen.delivery.kind, sight.seen.delivery.changes, sight.causes) == (ChangeKind.CHANGE, (), ("price",))
    assert sight.seen.delivery.cursor == first.seen.delivery.cursor
    assert [(notice.data["before"], notice.data["now"]) for notice in quote.notices] == [("9.50", "9.90")] * 2


async def test_each_sight_is_compared_with_the_one_before(cart: Open) -> None:
    async with cart.device() as phone:
        await phone.next()
        for cents, before, now in ((990, "9.50", "9.90"), (1_090, "9.90", "10.90")):
            cart.shop.opened.hear(cart.reprice("mug", cents))
            _, quote = await phone.next()
            assert (quote.notices[0].data["before"], quote.notices[0].data["now"]) == (before, now)


async def test_what_changes_nothing_that_is_shown_is_not_told(cart: Open) -> None:
    async with cart.device() as phone:
        await phone.next()
        await cart.shelf.quoted.acquire()
        cart.shop.opened.hear(News(Cause.PROMOTION))
        cart.shop.opened.hear(cart.reprice("pan", 1))
        coming = asyncio.create_task(phone.next())
        await cart.shelf.quoted.acquire()
        await cart.add("second")
        sight, quote = await coming
    assert [change.state["what"] for change in sight.seen.delivery.changes] == [["addLine"]]
    assert (sight.causes, quote.notices) == ((), ())


async def test_stock_that_runs_out_is_told(cart: Open) -> None:
    async with cart.device() as phone:
        await phone.next()
        cart.shelf.stock["mug"] = ZERO
        cart.shop.opened.hear(News(Cause.STOCK, Sku("mug"), "main"))
        assert await phone.causes() == (["stock"], ["INSUFFICIENT_STOCK"])
        cart.shelf.stock["mug"] = pieces(5)
        cart.shop.opened.hear(News(Cause.STOCK, Sku("mug"), "main"))
        assert await phone.causes() == (["stock"], [])


async def test_what_happens_to_a_gift_touches_the_cart_that_has_earned_it(cart: Open) -> None:
    cart.shelf.gift = "pan"
    news = News(Cause.STOCK, Sku("pan"))
    async with cart.device() as phone, asyncio.timeout(20):
        await phone.next()
        coming = asyncio.create_task(phone.causes())
        while not cart.shop.opened.concerned(news):  # noqa: ASYNC110 - it is seen as soon as the next one is awaited
            await asyncio.sleep(0)
        cart.shelf.gift = ""
        cart.shop.opened.hear(news)
        assert (await coming)[0] == ["stock"]


async def test_who_shows_no_notices_is_not_told_of_stock_and_nobody_is_asked_for_it(cart: Open) -> None:
    cart.shelf.stock["mug"] = ZERO
    async with cart.device() as phone:
        phone.stock = False
        assert await phone.causes() == ([], [])
        await cart.shelf.quoted.acquire()
        cart.shelf.stock_answers = False
        cart.shop.opened.hear(News(Cause.STOCK, Sku("mug"), "main"))
        coming = asyncio.create_task(phone.next())
        await cart.shelf.quoted.acquire()  # priced anew for the news, and found to be what was shown
        await cart.add("second")
        sight, quote = await coming
        assert [change.state["what"] for change in sight.seen.delivery.changes] == [["addLine"]]
        assert quote.notices == ()


async def test_who_shows_notices_in_one_place_has_them_there_in_every_event(cart: Open) -> None:
    cart.shelf.stock["mug"] = ZERO
    async with cart.device() as phone:
        phone.stock = False
        for id in ("second", "third", "fourth"):
            sight, _ = await phone.next()
            quote = await phone.quote(sight, cart.shop.viewer, stock=True)
            assert [notice.code for notice in quote.notices] == ["INSUFFICIENT_STOCK"]
            await cart.add(id)


async def test_a_quote_that_ends_is_made_anew_at_its_end(cart: Open) -> None:
    cart.shelf.lasts = timedelta(milliseconds=300)
    async with cart.device() as phone:
        _, quote = await phone.next()
        cart.reprice("mug", 990)
        assert await phone.causes() == (["time"], ["PRICE_CHANGED", "PRICE_CHANGED"])
        assert datetime.now(UTC) >= quote.valid_until


async def test_what_another_process_publishes_reaches_the_device(cart: Open) -> None:
    heard = asyncio.Semaphore(0)

    async def settled() -> None:
        heard.release()

    listening = asyncio.create_task(follow(cart.shop.opened, cart.feed, TOPICS, settled))
    try:
        for _ in TOPICS:
            await heard.acquire()
        async with cart.device() as phone:
            await phone.next()
            cart.reprice("mug", 990)
            await cart.publish("pricing.price_changed.v1", "pan", price_lists=["list"], currencies=["EUR"])
            await cart.publish("pricing.price_changed.v1", "mug", price_lists=["list"], currencies=["EUR"])
            assert await phone.causes() == (["price"], ["PRICE_CHANGED", "PRICE_CHANGED"])
            cart.shelf.stock["mug"] = ZERO
            await cart.publish("inventory.stock_changed.v1", "mug@elsewhere")
            await cart.publish("inventory.stock_changed.v1", "mug@main")
            assert await phone.causes() == (["stock"], ["INSUFFICIENT_STOCK"])
            cart.reprice("mug", 1_000)
            await cart.publish("pricing.promotion_changed.v1", "spring", state="active")
            causes, _ = await phone.causes()
            assert causes == ["promotion"]
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def test_after_a_resume_the_first_sight_holds_the_present_quote_and_goes_by_the_one_named(cart: Open) -> None:
    async with cart.device() as phone:
        sight, quote = await phone.next()
    kept = await cart.shop.quotes.quote(sight.seen.cart, cart.shop.viewer, keep=True)
    assert kept.id == quote.id
    cart.reprice("mug", 990)
    async with cart.device(sight.seen.delivery.cursor, since=kept.id) as phone:
        again, quote = await phone.next()
        assert (again.seen.delivery.kind, again.seen.delivery.changes) == (ChangeKind.CHANGE, ())
        assert [(notice.data["before"], notice.data["now"]) for notice in quote.notices] == [("9.50", "9.90")] * 2
        cart.shop.opened.hear(cart.reprice("mug", 950))
        _, quote = await phone.next()
    assert quote.notices[0].data["before"] == "9.90", "from now on it goes by its own"


async def test_a_cart_that_could_not_be_priced_is_looked_at_again(cart: Open) -> None:
    async with cart.device() as phone:
        await phone.next()
        cart.shelf.away = 2
        cart.shop.opened.hear(cart.reprice("mug", 990))
        assert await phone.causes() == (["price"], ["PRICE_CHANGED", "PRICE_CHANGED"])


async def test_a_device_that_shows_no_quote_hears_of_everything_that_may_touch_it(cart: Open) -> None:
    async with cart.device() as phone:
        await anext(phone.sights)
        await cart.add("second")
        await anext(phone.sights)
        cart.shop.opened.hear(News(Cause.STOCK, Sku("mug"), "main"))
        async with asyncio.timeout(20):
            assert (await anext(phone.sights)).causes == ("stock",)


async def test_a_device_that_leaves_leaves_nothing_behind(cart: Open) -> None:
    def waiting() -> int:
        return sum(task.get_name() == "open cart" for task in asyncio.all_tasks())

    async with cart.device() as phone:
        await phone.next()
        assert waiting() == 1, "one task for each open cart, and that sleeps"
        assert cart.shop.opened.concerned(News(Cause.STOCK, Sku("mug"), "main"))
    assert cart.shop.opened.concerned(News(Cause.PRICE)) == []
    assert waiting() == 0
