"""Following streams: first deliveries, resuming without a gap, lost history."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from modules.kernel.errors import BadUserInput, Unavailable
from modules.kernel.events import Change, Envelope
from modules.kernel.feed import ChangeKind, Delivery, Feed
from modules.runtime.embedded import EmbeddedServer
from modules.runtime.feed import StreamFeed
from modules.runtime.outbox import trim
from modules.runtime.redis import Redis
from tests.redis_cluster import flush
from tests.runtime.counting import Counted, Renamed

STREAM = "events.counting"


async def publish(redis: Redis, *events: Counted | Renamed, stream: str = STREAM) -> str:
    envelope = Envelope.of(events, datetime.now(UTC)).encode()
    entry: str = await redis.execute("XADD", stream, "*", "e", envelope)
    return entry


def everything(change: Change) -> bool:
    return True


async def take(deliveries: AsyncIterator[Delivery]) -> Delivery:
    async with asyncio.timeout(10):
        return await anext(deliveries)


def versions(changes: Sequence[Change]) -> list[tuple[str, int]]:
    return [(change.key, change.version) for change in changes]


async def test_a_snapshot_comes_first_and_at_once_then_changes_with_ascending_cursors(redis: Redis, feed: Feed) -> None:
    await publish(redis, Counted(name="a", version=1))
    async with feed.follow(Counted.NAME, everything) as deliveries:
        first = await take(deliveries)
        assert (first.kind, first.changes) == (ChangeKind.SNAPSHOT, ())
        cursors = [first.cursor]
        for version in range(2, 5):
            await publish(redis, Counted(name="a", version=version), Counted(name="b", version=version))
            delivery = await take(deliveries)
            assert delivery.kind is ChangeKind.CHANGE
            assert versions(delivery.changes) == [("a", version), ("b", version)]
            assert Counted.read(delivery.changes[0]) == Counted(name="a", version=version)
            cursors.append(delivery.cursor)
    assert cursors == sorted(cursors)
    assert len(set(cursors)) == 4


async def test_other_names_and_unwanted_keys_are_passed_over(redis: Redis, feed: Feed) -> None:
    async with feed.follow(Counted.NAME, lambda change: change.key == "b") as deliveries:
        await take(deliveries)
        await publish(redis, Renamed(name="b", version=1))
        await publish(redis, Counted(name="a", version=1), Counted(name="b", version=2))
        assert versions((await take(deliveries)).changes) == [("b", 2)]


async def test_a_resumed_follower_gets_exactly_what_it_missed(redis: Redis, feed: Feed) -> None:
    async with feed.follow(Counted.NAME, everything) as deliveries:
        await take(deliveries)
        await publish(redis, Counted(name="a", version=1))
        cursor = (await take(deliveries)).cursor
    for version in range(2, 1202):
        await publish(redis, Counted(name=f"k{version % 2}", version=version))
    async with feed.follow(Counted.NAME, everything, after=cursor) as deliveries:
        missed = await take(deliveries)
        assert missed.kind is ChangeKind.CHANGE
        await publish(redis, Counted(name="k0", version=1300))
        seen = versions(missed.changes)
        while ("k0", 1300) not in seen:
            seen += versions((await take(deliveries)).changes)
    # The reader may not have read all of them when it resumes; none comes twice, none is left out.
    newest_of = dict(seen)
    assert newest_of == {"k0": 1300, "k1": 1201}
    assert len(seen) == len(set(seen))
    assert ("a", 1) not in seen


async def test_every_cursor_resumes_without_a_gap_and_without_repeats(redis: Redis, feed: Feed) -> None:
    cursors: list[str] = []
    async with feed.follow(Counted.NAME, everything) as deliveries:
        cursors.append((await take(deliveries)).cursor)
        for version in range(1, 6):
            await publish(redis, Counted(name=f"n{version}", version=version))
            cursors.append((await take(deliveries)).cursor)
    for index, cursor in enumerate(cursors):
        async with feed.follow(Counted.NAME, everything, after=cursor) as deliveries:
            missed = await take(deliveries)
        assert [change.version for change in missed.changes] == list(range(index + 1, 6))
        assert missed.kind is ChangeKind.CHANGE


async def test_a_follower_who_comes_while_changes_rain_misses_none(redis: Redis, feed: Feed) -> None:
    async with feed.follow(Counted.NAME, everything) as deliveries:
        start = (await take(deliveries)).cursor

    async def rain() -> None:
        for version in range(1, 301):
            await publish(redis, Counted(name=f"n{version}", version=version))

    async def watch(after: str) -> list[int]:
        seen: list[int] = []
        async with feed.follow(Counted.NAME, everything, after=after) as deliveries:
            while len(seen) < 300:
                seen += [change.version for change in (await take(deliveries)).changes]
        return seen

    raining = asyncio.create_task(rain())
    watching = []
    for _ in range(10):
        watching.append(asyncio.create_task(watch(start)))
        await asyncio.sleep(0.003)
    for seen in await asyncio.gather(*watching):
        assert seen == list(range(1, 301))
    await raining


async def test_a_cursor_of_another_epoch_gets_a_resync(redis: Redis, feed: Feed) -> None:
    entry = await publish(redis, Counted(name="a", version=1))
    async with feed.follow(Counted.NAME, everything, after=f"{secrets.token_hex(8)}-{entry}") as deliveries:
        resync = await take(deliveries)
        assert (resync.kind, resync.changes) == (ChangeKind.RESYNC, ())
        await publish(redis, Counted(name="a", version=2))
        assert versions((await take(deliveries)).changes) == [("a", 2)]
    async with feed.follow(Counted.NAME, everything, after=resync.cursor) as deliveries:
        assert versions((await take(deliveries)).changes) == [("a", 2)]


async def test_a_cursor_ahead_of_the_stream_gets_a_resync(redis: Redis, feed: Feed) -> None:
    await publish(redis, Counted(name="a", version=1))
    async with feed.follow(Counted.NAME, everything) as deliveries:
        epoch = (await take(deliveries)).cursor.split("-")[0]
    async with feed.follow(Counted.NAME, everything, after=f"{epoch}-{2**63}-0") as deliveries:
        assert (await take(deliveries)).kind is ChangeKind.RESYNC


async def test_a_cursor_whose_history_was_trimmed_gets_a_resync(redis: Redis, feed: Feed) -> None:
    async with feed.follow(Counted.NAME, everything) as deliveries:
        empty = (await take(deliveries)).cursor
        await publish(redis, Counted(name="a", version=1))
        early = (await take(deliveries)).cursor
    for version in range(2, 302):
        await publish(redis, Counted(name="a", version=version))
    async with feed.follow(Counted.NAME, everything) as deliveries:
        late = (await take(deliveries)).cursor
    await trim(redis, STREAM, entries=10)
    assert await redis.execute("XLEN", STREAM) < 301
    kinds = []
    for cursor in (empty, early, late):
        async with feed.follow(Counted.NAME, everything, after=cursor) as deliveries:
            kinds.append((await take(deliveries)).kind)
    assert kinds == [ChangeKind.RESYNC, ChangeKind.RESYNC, ChangeKind.CHANGE]


@pytest.mark.parametrize("cursor", ["", "x", "0123456789abcdef-1", f"0123456789abcdef-{2**64}-0", "a'; --"])
async def test_a_malformed_cursor_is_bad_input(feed: Feed, cursor: str) -> None:
    with pytest.raises(BadUserInput) as caught:
        async with feed.follow(Counted.NAME, everything, after=cursor):
            pass
    assert caught.value.argument == "after"


async def test_who_follows_one_key_hears_of_that_alone_also_of_what_was_missed(redis: Redis, feed: Feed) -> None:
    async with feed.follow(Counted.NAME, everything, keys={"b"}) as one, feed.follow(Counted.NAME, everything) as all_:
        cursor = (await take(one)).cursor
        await take(all_)
        await publish(redis, Renamed(name="b", version=1))
        await publish(redis, Counted(name="a", version=1), Counted(name="b", version=2), Counted(name="c", version=1))
        assert versions((await take(one)).changes) == [("b", 2)]
        assert versions((await take(all_)).changes) == [("a", 1), ("b", 2), ("c", 1)]
        async with feed.follow(Counted.NAME, everything, after=cursor, keys={"b"}) as again:
            assert versions((await take(again)).changes) == [("b", 2)]
            async with feed.follow(Counted.NAME, lambda change: change.version > 3, keys={"b"}) as picky:
                await take(picky)
                await publish(redis, Counted(name="b", version=3))
                await publish(redis, Counted(name="b", version=4))
                assert versions((await take(picky)).changes) == [("b", 4)]


async def test_who_follows_by_a_field_hears_of_its_values_alone(redis: Redis, feed: StreamFeed) -> None:
    one, two = Renamed(name="a", version=1), Renamed(name="b", version=1)
    async with feed.follow(Renamed.NAME, everything, keys={"b", "c"}, by="name") as some:
        cursor = (await take(some)).cursor
        await publish(redis, one, two)
        assert versions((await take(some)).changes) == [("b", 1)]
        async with feed.follow(Renamed.NAME, everything, cursor, keys={"a"}, by="name") as other:
            assert versions((await take(other)).changes) == [("a", 1)]
    (stream,) = feed._streams.values()
    assert not stream.audience._of_keys


async def test_who_follows_a_key_leaves_nothing_behind(redis: Redis, feed: StreamFeed) -> None:
    async with feed.follow(Counted.NAME, everything, keys={"b"}):
        (stream,) = feed._streams.values()
        assert stream.audience._of_keys == {Counted.NAME: {None: {"b": stream.audience.followers}}}
    assert not stream.audience._of_keys
    assert not stream.audience.followers


async def test_a_stream_followed_later_is_read_at_once(redis: Redis, feed: Feed) -> None:
    cart = "{c07}.events.cart"
    async with feed.follow(Counted.NAME, everything) as deliveries:
        await take(deliveries)
        await asyncio.sleep(0.05)  # the reader waits in its read now
        async with feed.follow(Counted.NAME, everything, stream=cart) as carts:
            await take(carts)
            await publish(redis, Counted(name="cart", version=1), stream=cart)
            async with asyncio.timeout(1):
                assert versions((await take(carts)).changes) == [("cart", 1)]
        await publish(redis, Counted(name="a", version=1))
        assert versions((await take(deliveries)).changes) == [("a", 1)]


async def test_what_is_no_envelope_is_passed_over(redis: Redis, feed: Feed) -> None:
    async with feed.follow(Counted.NAME, everything) as deliveries:
        await take(deliveries)
        await redis.execute("XADD", STREAM, "*", "e", "nonsense")
        await redis.execute("XADD", STREAM, "*", "other", "nonsense")
        await publish(redis, Counted(name="a", version=1))
        assert versions((await take(deliveries)).changes) == [("a", 1)]


async def test_everyone_gets_a_resync_when_redis_has_lost_its_data(redis: Redis, feed: Feed) -> None:
    async with feed.follow(Counted.NAME, everything) as deliveries:
        await take(deliveries)
        await publish(redis, Counted(name="a", version=1))
        old = (await take(deliveries)).cursor
        await flush(redis)
        resync = await take(deliveries)
        assert resync.kind is ChangeKind.RESYNC
        await publish(redis, Counted(name="a", version=2))
        assert versions((await take(deliveries)).changes) == [("a", 2)]
    async with feed.follow(Counted.NAME, everything, after=old) as deliveries:
        assert (await take(deliveries)).kind is ChangeKind.RESYNC


async def test_followers_outlive_a_restart_of_redis_and_miss_nothing(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path)
    await server.start()
    redis = Redis(server.url)
    feed = StreamFeed(redis)
    reading = asyncio.create_task(feed.run())
    async with feed.follow(Counted.NAME, everything) as deliveries:
        await take(deliveries)
        await publish(redis, Counted(name="a", version=1))
        await take(deliveries)
        await server.stop()
        with pytest.raises(Unavailable):
            async with feed.follow(Counted.NAME, everything, stream="elsewhere"):
                pass
        async with EmbeddedServer(tmp_path):
            await publish(redis, Counted(name="a", version=2))
            delivery = await take(deliveries)
            assert (delivery.kind, versions(delivery.changes)) == (ChangeKind.CHANGE, [("a", 2)])
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
            await redis.close()


@pytest.mark.parametrize("by_close", [True, False])
async def test_followers_end_with_the_feed(redis: Redis, by_close: bool) -> None:
    feed = StreamFeed(redis, streams=["counting"])
    reading = asyncio.create_task(feed.run())
    async with feed.follow(Counted.NAME, everything) as deliveries:
        await take(deliveries)
        waiting = asyncio.create_task(anext(deliveries, None))
        await asyncio.sleep(0.02)
        if by_close:
            await feed.close()
        else:
            reading.cancel()
        async with asyncio.timeout(5):
            assert await waiting is None
            await asyncio.gather(reading, return_exceptions=True)
