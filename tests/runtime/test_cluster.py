"""A cluster: each key at its node, and slots that move or lose their master while they are used."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from redis.exceptions import ResponseError

from modules.cart.store import BUCKETS
from modules.cart.store.addresses import buckets
from modules.kernel.errors import Unavailable
from modules.kernel.events import Envelope
from modules.kernel.feed import ChangeKind
from modules.runtime.cluster import Cluster, redis_at
from modules.runtime.feed import StreamFeed
from modules.runtime.misconfigured import Misconfigured
from modules.runtime.redis import Redis, weaknesses
from tests.redis_cluster import ClusterOfTests, flush
from tests.runtime.counting import Counted

_COUNT = "redis.call('HINCRBY', KEYS[1], 'n', 1); return redis.call('INCR', KEYS[2])"
STREAM = "events.counting"


@pytest.fixture
async def cluster(cluster_url: str) -> AsyncIterator[Redis]:
    """The cluster of all tests, empty."""
    redis = redis_at(cluster_url)
    await flush(redis)
    yield redis
    await redis.close()


@pytest.fixture
def own(tmp_path: Path) -> Iterator[ClusterOfTests]:
    """One whose nodes may be killed."""
    cluster = ClusterOfTests(tmp_path)
    yield cluster
    cluster.stop()


async def test_keys_of_many_slots_are_answered_in_order_and_with_a_trip_to_each_node(cluster: Redis) -> None:
    await cluster.execute("GET", "known")
    before = cluster.trips
    names = [f"name-{number}" for number in range(100)]
    assert await cluster.execute_many([("SET", name, name) for name in names]) == ["OK"] * 100
    assert await cluster.execute_many([("GET", name) for name in names]) == names
    assert cluster.trips == before + 6


async def test_what_is_asked_in_one_turn_goes_to_each_node_in_one_trip_in_order(cluster: Redis) -> None:
    await cluster.execute("GET", "count")
    before = cluster.trips
    assert await asyncio.gather(*(cluster.execute("INCR", "count") for _ in range(50))) == list(range(1, 51))
    assert cluster.trips == before + 1


async def test_a_refusal_is_raised_after_all_nodes_have_answered(cluster: Redis) -> None:
    with pytest.raises(ResponseError, match="WRONGTYPE"):
        await cluster.execute_many([("SET", "a", "1"), ("LPUSH", "a", "2"), ("SET", "b", "3"), ("SET", "c", "4")])
    assert await cluster.execute_many([("GET", "b"), ("GET", "c")]) == ["3", "4"]


async def test_every_node_is_asked_for_its_weaknesses_and_none_is_said_twice(cluster: Redis) -> None:
    assert await weaknesses(cluster) == []
    *_, last = await cluster.servers()
    await last.execute("CONFIG", "SET", "appendfsync", "everysec")
    found = await weaknesses(cluster)
    await last.execute("CONFIG", "SET", "appendfsync", "always")
    assert len(found) == 1
    assert "appendfsync everysec" in found[0]


def test_carts_are_spread_over_the_nodes() -> None:
    cluster = redis_at("redis://one,two")
    assert len({cluster.shard(bucket) for bucket in buckets()}) == BUCKETS


@pytest.mark.parametrize("url", ["redis://a,b:x", "redis://a,,b", "redis://a,b/3", "unix:///a,b"])
def test_an_address_that_names_no_cluster_is_refused(url: str) -> None:
    with pytest.raises(Misconfigured, match="REDIS_URL"):
        redis_at(url)


async def test_a_cluster_that_is_away_is_unavailable() -> None:
    redis = redis_at("redis://127.0.0.1:1,127.0.0.1:2")
    with pytest.raises(Unavailable):
        await redis.execute("GET", "a")
    await redis.close()


async def test_a_replica_that_takes_over_in_good_order_costs_nobody_a_call(own: ClusterOfTests) -> None:
    replica = await asyncio.to_thread(own.add_replica, 0)
    async with counting(own) as (redis, told):
        await asyncio.to_thread(own.fail_over, replica)
        await asyncio.sleep(0.3)
    await whole(redis, told)


async def test_slots_that_move_while_they_are_used_cost_nobody_a_call(own: ClusterOfTests) -> None:
    async with counting(own) as (redis, told):
        for bucket in buckets()[:4]:
            await asyncio.to_thread(own.move, redis.shard(bucket))
    await whole(redis, told)


async def test_keys_that_have_gone_ahead_of_their_slot_are_found(own: ClusterOfTests) -> None:
    redis = redis_at(own.url)
    await redis.execute_many([("SET", "{a}1", "one"), ("SET", "{a}2", "two")])
    moving = await asyncio.to_thread(own.begin_move, redis.shard("{a}1"))
    assert await redis.execute_many([("GET", "{a}1"), ("INCR", "{a}3"), ("GET", "{a}2")]) == ["one", 1, "two"]
    await asyncio.to_thread(own.end_move, redis.shard("{a}1"), *moving)
    assert await redis.execute_many([("GET", "{a}1"), ("INCR", "{a}3"), ("GET", "{a}2")]) == ["one", 2, "two"]
    await redis.close()


async def test_when_a_master_is_killed_its_replica_takes_over_and_followers_go_on(own: ClusterOfTests) -> None:
    redis = redis_at(own.url)
    master = own.owner(redis.shard(STREAM))
    await asyncio.to_thread(own.add_replica, master)
    feed = StreamFeed(redis)
    reading = asyncio.create_task(feed.run())
    async with feed.follow(Counted.NAME, lambda change: True) as deliveries:
        cursor = (await anext(deliveries)).cursor
        await publish(redis, 1)
        assert (await anext(deliveries)).changes[0].version == 1
        await asyncio.to_thread(own.replicated, master)
        own.kill(master)
        async with asyncio.timeout(30):
            while not await publish(redis, 2):  # noqa: ASYNC110 - until somebody takes it
                await asyncio.sleep(0.1)
            delivery = await anext(deliveries)
    assert (delivery.kind, delivery.changes[0].version) == (ChangeKind.CHANGE, 2)
    async with feed.follow(Counted.NAME, lambda change: True, after=cursor) as deliveries:
        missed = await anext(deliveries)
    assert missed.kind is ChangeKind.CHANGE
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    await redis.close()


async def publish(redis: Redis, version: int) -> bool:
    """Whether it was taken."""
    envelope = Envelope.of([Counted(name="a", version=version)], datetime.now(UTC)).encode()
    try:
        return bool(await redis.execute("XADD", STREAM, "*", "e", envelope))
    except Unavailable:
        return False


@asynccontextmanager
async def counting(own: ClusterOfTests) -> AsyncIterator[tuple[Cluster, dict[str, int]]]:
    """Counts in every bucket beside the block, by a script on two keys; what was told last of each. No call fails."""
    redis = Cluster(own.url)
    script, told, stop = redis.script(_COUNT), dict[str, int](), asyncio.Event()

    async def count(bucket: str) -> None:
        while not stop.is_set():
            told[bucket] = await script(keys=[f"cart:{bucket}:a", f"cart:{bucket}:a:ops"])

    async with asyncio.TaskGroup() as group:
        for bucket in buckets():
            group.create_task(count(bucket))
        await asyncio.sleep(0.2)
        yield redis, told
        stop.set()


async def whole(redis: Redis, told: dict[str, int]) -> None:
    """Each count is what was told last, or more where an answer was lost on the way."""
    for bucket, count in told.items():
        kept = int(await redis.execute("GET", f"cart:{bucket}:a:ops"))
        assert count <= kept
        assert int(await redis.execute("HGET", f"cart:{bucket}:a", "n")) == kept
    await redis.close()
