"""Following stock: a snapshot, then changes from the events alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from modules.inventory import handlers
from modules.inventory.events import StockChanged
from modules.inventory.model.feeds import FeedMode, MessageInput
from modules.inventory.model.levels import LevelInput, StockNews
from modules.inventory.model.sources import BufferInput, SourceInput
from modules.inventory.service.feeds import FeedService
from modules.inventory.service.following import FollowingService
from modules.inventory.service.stock import InventoryService
from modules.inventory.store.feeds import FeedStore
from modules.inventory.store.stock import InventoryStore
from modules.kernel.errors import BadUserInput
from modules.kernel.events import Envelope
from modules.kernel.feed import ChangeKind
from modules.kernel.names import Sku
from modules.kernel.place import Channel
from modules.kernel.quantity import format_quantity, pieces
from modules.kernel.viewer import OPERATOR
from modules.runtime.database import Database
from modules.runtime.feed import StreamFeed
from modules.runtime.outbox import Relay
from modules.runtime.redis import Redis
from tests.builders import NOW, a_channel, a_viewer, an_article
from tests.inventory.builders import Places, Shelf, a_count, a_source_input

VIEWER = a_viewer(OPERATOR, channel=a_channel(sources=("main", "berlin")))
PATIENCE = 10.0


class Follower:
    """A subscription, one delivery after the other."""

    def __init__(self, news: AsyncIterator[StockNews]) -> None:
        self.rest = news
        self.cursor = ""

    async def next(self) -> tuple[ChangeKind, dict[str, str]]:
        """The next delivery: its kind, and what can be had by sku."""
        async with asyncio.timeout(PATIENCE):
            news = await anext(self.rest)
        self.cursor = news.cursor
        return news.kind, {item.sku: format_quantity(item.available or 0) for item in news.items}


class Trade:
    """Writes, and passes on what was published."""

    def __init__(self, service: InventoryService, relay: Relay) -> None:
        self.service = service
        self._relay = relay

    async def count(self, *levels: LevelInput) -> None:
        await self.service.set_stock_levels(VIEWER, levels, "count")
        await self._relay.pass_on()


@pytest.fixture
def trade(service: InventoryService, relay: Relay) -> Trade:
    return Trade(service, relay)


class TwoSources:
    """The port Channels: `web` sells from both, unless it is told otherwise. And a clock."""

    def __init__(self) -> None:
        self.sources = ["main", "berlin"]
        self.now = NOW

    def channels(self) -> Sequence[Channel]:
        return [a_channel(sources=self.sources)]


@pytest.fixture
def places() -> TwoSources:
    return TwoSources()


@pytest.fixture
def followers(service: InventoryService, database: Database, places: TwoSources) -> FollowingService:
    shelf = Shelf(an_article(), an_article("B-1"), an_article("C-1", quantity_scale=3))
    return FollowingService(InventoryStore(database), service, shelf, places, clock=lambda: places.now)


@asynccontextmanager
async def following(
    followers: FollowingService,
    feed: StreamFeed,
    *skus: str,
    sources: Sequence[str] | None = None,
    after: str | None = None,
) -> AsyncIterator[Follower]:
    news = followers.follow(VIEWER, feed, [Sku(sku) for sku in skus], sources, after)
    try:
        yield Follower(news)
    finally:
        await news.aclose()  # type: ignore[attr-defined]


async def test_a_snapshot_comes_first_then_only_what_changes(
    followers: FollowingService, trade: Trade, feed: StreamFeed
) -> None:
    await trade.count(a_count("5"), a_count("2", source="berlin"))
    async with following(followers, feed, "A-1", "B-1") as follower:
        assert await follower.next() == (ChangeKind.SNAPSHOT, {"A-1": "7", "B-1": "0"})
        await trade.count(a_count("4"), a_count("1", sku="C-1"))
        assert await follower.next() == (ChangeKind.CHANGE, {"A-1": "6"})
        await trade.count(a_count("9", sku="B-1"))
        assert await follower.next() == (ChangeKind.CHANGE, {"B-1": "9"})


async def test_nothing_is_read_after_the_snapshot(
    followers: FollowingService, trade: Trade, feed: StreamFeed, database: Database
) -> None:
    async with following(followers, feed, "A-1") as follower:
        before = database.statements
        await follower.next()
        assert database.statements == before + 1
        await trade.count(a_count("4"))
        before = database.statements
        assert await follower.next() == (ChangeKind.CHANGE, {"A-1": "4"})
        assert database.statements == before


async def test_only_the_sources_asked_for_count(followers: FollowingService, trade: Trade, feed: StreamFeed) -> None:
    await trade.count(a_count("5"), a_count("2", source="berlin"))
    async with following(followers, feed, "A-1", sources=["berlin"]) as follower:
        assert await follower.next() == (ChangeKind.SNAPSHOT, {"A-1": "2"})
        await trade.count(a_count("9"))
        await trade.count(a_count("3", source="berlin"))
        assert await follower.next() == (ChangeKind.CHANGE, {"A-1": "3"})


async def test_a_resumed_follower_gets_exactly_the_skus_that_changed(
    followers: FollowingService, trade: Trade, feed: StreamFeed
) -> None:
    await trade.count(a_count("5"), a_count("5", sku="B-1"))
    async with following(followers, feed, "A-1", "B-1") as follower:
        await follower.next()
    await trade.count(a_count("4", sku="B-1"))
    await trade.count(a_count("3", sku="B-1"))
    async with following(followers, feed, "A-1", "B-1", after=follower.cursor) as again:
        assert await again.next() == (ChangeKind.CHANGE, {"B-1": "3"})
        await trade.count(a_count("1"))
        assert await again.next() == (ChangeKind.CHANGE, {"A-1": "1"})


async def test_a_resumed_follower_is_told_of_a_change_that_was_committed_before_and_published_after(
    service: InventoryService, followers: FollowingService, trade: Trade, feed: StreamFeed, relay: Relay
) -> None:
    async with following(followers, feed, "A-1", "B-1") as follower:
        await follower.next()
    await service.set_stock_levels(VIEWER, [a_count("5", sku="B-1")], "committed, not relayed yet")
    async with following(followers, feed, "A-1", "B-1", after=follower.cursor) as again:
        assert await again.next() == (ChangeKind.CHANGE, {})
        await relay.pass_on()
        assert await again.next() == (ChangeKind.CHANGE, {"B-1": "5"})


async def test_a_resumed_follower_that_missed_nothing_is_told_so(
    followers: FollowingService, trade: Trade, feed: StreamFeed
) -> None:
    async with following(followers, feed, "A-1") as follower:
        await follower.next()
    async with following(followers, feed, "A-1", after=follower.cursor) as again:
        assert await again.next() == (ChangeKind.CHANGE, {})


async def test_lost_history_is_a_resync_with_everything(
    followers: FollowingService, trade: Trade, feed: StreamFeed, redis: Redis
) -> None:
    await trade.count(a_count("5"))
    async with following(followers, feed, "A-1", "B-1") as follower:
        await follower.next()
    await trade.count(a_count("4"))
    await redis.execute("XTRIM", "events.inventory", "MAXLEN", 1)
    async with following(followers, feed, "A-1", "B-1", after=follower.cursor) as again:
        assert await again.next() == (ChangeKind.RESYNC, {"A-1": "4", "B-1": "0"})


async def test_an_event_that_is_older_than_what_was_read_shows_what_was_read(
    service: InventoryService, followers: FollowingService, trade: Trade, feed: StreamFeed, relay: Relay
) -> None:
    async with following(followers, feed, "A-1") as follower:
        await follower.next()
        await service.set_stock_levels(VIEWER, [a_count("5")], "committed, not relayed yet")
        await service.set_stock_levels(VIEWER, [a_count("4")], "committed, not relayed yet")
        async with following(followers, feed, "A-1") as newcomer:
            assert await newcomer.next() == (ChangeKind.SNAPSHOT, {"A-1": "4"})
            await relay.pass_on()
            assert await follower.next() == (ChangeKind.CHANGE, {"A-1": "4"})
            assert await newcomer.next() == (ChangeKind.CHANGE, {"A-1": "4"})
            await trade.count(a_count("3"))
            assert await follower.next() == (ChangeKind.CHANGE, {"A-1": "3"})


async def test_ten_thousand_missed_changes_are_one_state_per_article(
    followers: FollowingService, trade: Trade, feed: StreamFeed, redis: Redis
) -> None:
    async with following(followers, feed, "A-1", "B-1") as follower:
        await follower.next()
    amounts = {"on_hand_micros": 0, "safety_stock_micros": 0, "backorder_limit_micros": 0, "as_of_us": 1}
    level = StockChanged(version=1, sku="A-1", source="main", track=True, incoming=(), **amounts)
    skus = ("A-1", "B-1", "C-1")
    for first in range(0, 10_000, 100):
        # Older than what the store holds in the end.
        levels = [replace(level, version=n - 10_000, sku=skus[n % 3]) for n in range(first, first + 100)]
        await redis.execute("XADD", "events.inventory", "*", "e", Envelope.of(levels, NOW).encode())
    await trade.count(a_count("7"), a_count("8", sku="B-1"))
    async with following(followers, feed, "A-1", "B-1", after=follower.cursor) as again:
        kind, items = await again.next()
        assert (kind, sorted(items)) == (ChangeKind.CHANGE, ["A-1", "B-1"])
        await trade.count(a_count("2"))
        assert await again.next() == (ChangeKind.CHANGE, {"A-1": "2"})


async def test_a_follower_of_what_is_not_there_is_refused_by_name(
    followers: FollowingService, feed: StreamFeed
) -> None:
    for skus, sources, argument, named in (
        (["A-1", "A-9"], None, "skus", "'A-9'"),
        (["A-1"], ["main", "moon", "plan"], "sources", "'moon', 'plan'"),
        ([], None, "skus", "0 skus"),
        (["A-1"] * 1001, None, "skus", "1001 skus"),
    ):
        with pytest.raises(BadUserInput) as caught:
            async with following(followers, feed, *skus, sources=sources) as follower:
                await follower.next()
        assert caught.value.argument == argument
        assert named in caught.value.message


async def test_a_buffer_is_told_to_those_whose_channel_it_holds_back_for(
    service: InventoryService, followers: FollowingService, trade: Trade, feed: StreamFeed, database: Database
) -> None:
    await trade.count(a_count("5"), a_count("5", sku="B-1"))
    async with (
        following(followers, feed, "A-1", "B-1") as one,
        following(followers, feed, "A-1") as two,
        following(followers, feed, "B-1") as other,
    ):
        for follower in (one, two, other):
            assert (await follower.next())[0] is ChangeKind.SNAPSHOT
        await service.set_channel_buffers(VIEWER, [BufferInput(channel="web", sku="A-1", units="2")], "for others")
        before = database.statements
        await followers.notice()
        assert await one.next() == (ChangeKind.CHANGE, {"A-1": "3"})
        assert await two.next() == (ChangeKind.CHANGE, {"A-1": "3"})
        assert database.statements == before + 1, "one look for all; who follows asks nothing"
        await trade.count(a_count("4", sku="B-1"))
        assert await other.next() == (ChangeKind.CHANGE, {"B-1": "4"})


async def test_a_resumed_follower_hears_of_a_buffer_of_the_time_between(
    service: InventoryService, followers: FollowingService, trade: Trade, feed: StreamFeed
) -> None:
    await trade.count(a_count("5"), a_count("5", sku="B-1"))
    async with following(followers, feed, "A-1", "B-1") as follower:
        await follower.next()
    await service.set_channel_buffers(VIEWER, [BufferInput(channel="web", sku="A-1", units="2")], "for others")
    async with following(followers, feed, "A-1", "B-1", after=follower.cursor) as again:
        assert await again.next() == (ChangeKind.CHANGE, {"A-1": "3", "B-1": "5"})
    async with following(followers, feed, "A-1", "B-1", after=again.cursor) as again:
        assert await again.next() == (ChangeKind.CHANGE, {})


async def test_a_source_that_sells_no_more_and_one_that_joins_are_told(
    service: InventoryService, followers: FollowingService, trade: Trade, feed: StreamFeed, places: TwoSources
) -> None:
    places.sources = ["main"]
    await trade.count(a_count("5"), a_count("2", source="berlin"))
    async with following(followers, feed, "A-1", "B-1") as follower:
        assert await follower.next() == (ChangeKind.SNAPSHOT, {"A-1": "5", "B-1": "0"})
        places.sources = ["main", "berlin"]
        await followers.notice()
        assert await follower.next() == (ChangeKind.CHANGE, {"A-1": "7"})
        await trade.count(a_count("1", source="berlin"))
        assert await follower.next() == (ChangeKind.CHANGE, {"A-1": "6"})
        await service.upsert_sources(VIEWER, [a_source_input("main", sells=False)], "closed")
        await followers.notice()
        assert await follower.next() == (ChangeKind.CHANGE, {"A-1": "1"})


async def test_a_source_that_falls_silent_is_told_and_one_that_is_heard_again(
    service: InventoryService, followers: FollowingService, trade: Trade, feed: StreamFeed, places: TwoSources
) -> None:
    source = SourceInput(id="main", name="Main", fresh_seconds=3600, stale_buffer="2")
    await service.upsert_sources(VIEWER, [source], "figures grow old")
    places.now = datetime.now(UTC)
    await trade.count(a_count("5"))
    async with following(followers, feed, "A-1") as follower:
        assert await follower.next() == (ChangeKind.SNAPSHOT, {"A-1": "5"})
        await followers.notice()
        places.now += timedelta(hours=2)
        await followers.notice()
        assert await follower.next() == (ChangeKind.CHANGE, {"A-1": "3"})
        places.now -= timedelta(hours=2)
        await followers.notice()
        assert await follower.next() == (ChangeKind.CHANGE, {"A-1": "5"})


async def test_a_missing_delta_is_told_where_it_holds_goods_back(
    service: InventoryService, followers: FollowingService, feed: StreamFeed, relay: Relay, database: Database
) -> None:
    await service.upsert_sources(VIEWER, [SourceInput(id="main", name="Main", stale_buffer="2")], "careful")
    feeds = FeedService(FeedStore(database), service, Shelf(), clock=lambda: NOW)

    async def tell(mode: FeedMode, quantity: str, seq: str) -> None:
        given = MessageInput(sku="A-1", source="main", mode=mode, quantity=quantity, seq=seq, as_of=NOW)
        await feeds.take(VIEWER, "erp", [given])
        await relay.pass_on()

    await tell(FeedMode.ABSOLUTE, "5", "1")
    async with following(followers, feed, "A-1") as follower:
        assert await follower.next() == (ChangeKind.SNAPSHOT, {"A-1": "5"})
        await tell(FeedMode.DELTA, "-1", "3")
        assert await follower.next() == (ChangeKind.CHANGE, {"A-1": "3"})
        await tell(FeedMode.DELTA, "-1", "2")
        assert await follower.next() == (ChangeKind.CHANGE, {"A-1": "3"})


async def test_a_missing_delta_makes_any_source_stale_until_it_comes(
    service: InventoryService, followers: FollowingService, feed: StreamFeed, relay: Relay, database: Database
) -> None:  # F-2
    feeds = FeedService(FeedStore(database), service, Shelf(), clock=lambda: NOW)

    async def tell(mode: FeedMode, quantity: str, seq: str, sku: str = "A-1") -> None:
        given = MessageInput(sku=sku, source="main", mode=mode, quantity=quantity, seq=seq, as_of=NOW)
        await feeds.take(VIEWER, "erp", [given])
        await relay.pass_on()
        await followers.notice()

    async def stale(until: bool) -> bool:
        async with asyncio.timeout(10):
            while (await anext(follower.rest)).items[-1].sources[0].stale is not until:
                pass
        return until

    await tell(FeedMode.ABSOLUTE, "5", "1")
    await tell(FeedMode.ABSOLUTE, "5", "1", "B-1")
    async with following(followers, feed, "A-1") as follower:
        assert await stale(until=False) is False
        await tell(FeedMode.DELTA, "-1", "3", "B-1")  # somebody else's gap at the source
        await tell(FeedMode.DELTA, "-1", "3")
        assert await stale(until=True) is True
        await tell(FeedMode.DELTA, "-1", "2")
        assert await stale(until=False) is False


async def test_a_cursor_is_one_that_was_told_or_refused(followers: FollowingService, feed: StreamFeed) -> None:
    for cursor in ("~", "~x", "1-1~", "never"):
        with pytest.raises(BadUserInput):
            async with following(followers, feed, "A-1", after=cursor) as follower:
                await follower.next()


async def test_sources_and_buffers_of_another_process_arrive_by_the_feed(
    service: InventoryService, relay: Relay, feed: StreamFeed, database: Database
) -> None:
    other = InventoryService(InventoryStore(database), Shelf(), Places())
    viewer = a_viewer(channel=a_channel(sources=("main",)))

    async def sells(count: int) -> bool:
        return len(other.sources(viewer)) == count

    async def has(available: int) -> bool:
        return (await other.availability([Sku("A-1")], viewer))[0].available == available

    following = asyncio.create_task(handlers.follow(other, feed))
    try:
        await until(lambda: sells(2))
        await service.upsert_sources(VIEWER, [a_source_input("new")], "opened")
        await service.set_stock_levels(VIEWER, [a_count("5")], "count")
        await service.set_channel_buffers(VIEWER, [BufferInput(channel="web", units="2")], "for others")
        await relay.pass_on()
        await until(lambda: sells(3))
        await until(lambda: has(pieces(3)))
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Waits for what another task brings about."""
    async with asyncio.timeout(PATIENCE):
        while not await holds():  # noqa: ASYNC110 - what is waited for signals nobody
            await asyncio.sleep(0.01)
