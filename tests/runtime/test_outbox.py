"""From commits to streams: order, crashes, leaders, other processes."""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from modules.kernel.errors import Unavailable
from modules.kernel.events import Envelope
from modules.kernel.feed import ChangeKind
from modules.runtime.database import Database
from modules.runtime.embedded import EmbeddedServer
from modules.runtime.feed import StreamFeed
from modules.runtime.leader import leader_of
from modules.runtime.outbox import Relay, trim
from modules.runtime.redis import Command, Redis
from modules.runtime.streams import epoch_key
from tests.redis_cluster import flush
from tests.runtime.counting import Counted, until
from tests.ties import tie

STREAM = "events.counting"
_LATE = "INSERT INTO runtime_outbox (module, envelope, created_us) VALUES ('counting', :envelope, 1)"


async def emit(database: Database, *versions: int) -> None:
    for version in versions:
        async with database.transaction() as tx:
            tx.emit([Counted(name="a", version=version)])


async def streamed(redis: Redis) -> list[int]:
    entries = await redis.execute("XRANGE", STREAM, "-", "+")
    return [change.version for _, (_, text) in entries for change in Envelope.decode(text).changes]


async def test_what_is_committed_reaches_the_stream_in_order_and_leaves_the_outbox(
    database: Database, redis: Redis, relay: Relay
) -> None:
    await emit(database, *range(1, 21))

    async def arrived() -> bool:
        return await streamed(redis) == list(range(1, 21)) and await relay.lag() == 0.0

    await until(arrived)
    assert len(await redis.execute("GET", epoch_key(STREAM))) == 16


async def test_the_lag_is_the_age_of_the_oldest_that_waits(database: Database, redis: Redis) -> None:
    relay = Relay(database, redis)
    assert await relay.lag() == 0.0
    await emit(database, 1)
    await asyncio.sleep(0.05)
    assert 0.04 < await relay.lag() < 10
    assert await relay.pass_on() == 1
    assert await relay.lag() == 0.0


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_an_envelope_that_becomes_visible_late_is_not_lost(database: Database, redis: Redis) -> None:
    relay = Relay(Database(database.driver), redis)
    envelope = Envelope.of([Counted(name="late", version=7)], datetime.now(UTC)).encode().decode()
    async with database.transaction() as tx:
        await tx.run(_LATE, envelope=envelope)
        await emit(Database(database.driver), 8)
        assert await relay.pass_on() == 1
        assert await streamed(redis) == [8]
    assert await relay.pass_on() == 1
    assert await streamed(redis) == [8, 7]


class DiesAfterSending(Redis):
    """What a relay meets that is killed when Redis has its envelopes and the outbox does not know yet."""

    async def execute_many(self, commands: Sequence[Command]) -> list[Any]:
        await super().execute_many(commands)
        raise Unavailable("Redis")


async def test_a_relay_killed_before_it_could_delete_sends_twice_and_loses_nothing(
    database: Database, redis: Redis, redis_url: str, feed: StreamFeed
) -> None:
    async with feed.follow(Counted.NAME, lambda change: True) as deliveries:
        await anext(deliveries)
        await emit(database, 1, 2, 3)
        dying = DiesAfterSending(redis_url)
        with pytest.raises(Unavailable):
            await Relay(database, dying).pass_on()
        await dying.close()
        await Relay(database, redis).pass_on()
        assert await streamed(redis) == [1, 2, 3, 1, 2, 3]
        newest, cursor = 0, ""
        while len(cursor) == 0 or not cursor.endswith(await _last(redis)):
            delivery = await anext(deliveries)
            newest, cursor = max(newest, *(change.version for change in delivery.changes)), delivery.cursor
        assert newest == 3


async def _last(redis: Redis) -> str:
    ((entry, _),) = await redis.execute("XREVRANGE", STREAM, "+", "-", "COUNT", 1)
    return str(entry)


async def test_one_of_two_relays_leads_and_the_other_takes_over(database: Database, redis: Redis) -> None:
    leading = [asyncio.Event(), asyncio.Event()]

    async def run(number: int) -> None:
        async with leader_of(database).lead() as still:
            assert still()
            leading[number].set()
            await asyncio.sleep(60)

    first = asyncio.create_task(run(0))
    await asyncio.wait_for(leading[0].wait(), 5)
    second = asyncio.create_task(run(1))
    await asyncio.sleep(0.4)
    assert not leading[1].is_set()
    first.cancel()
    await asyncio.wait_for(leading[1].wait(), 5)
    second.cancel()
    await asyncio.gather(first, second, return_exceptions=True)


async def test_duties_are_led_apart(database: Database) -> None:
    async with asyncio.timeout(5), leader_of(database).lead(), leader_of(database, "timer").lead() as still:
        assert still()


async def test_events_flow_on_when_the_leader_is_gone(database: Database, redis: Redis) -> None:
    relays = [asyncio.create_task(Relay(database, redis).run()) for _ in range(2)]
    await emit(database, 1)

    async def arrived() -> bool:
        return len(await streamed(redis)) == 1

    await until(arrived)
    relays[0].cancel()
    await asyncio.gather(relays[0], return_exceptions=True)
    await emit(database, 2)

    async def all_arrived() -> bool:
        return await streamed(redis) == [1, 2]

    await until(all_arrived)
    relays[1].cancel()
    await asyncio.gather(relays[1], return_exceptions=True)


_PROCESS = """
import asyncio, sys, time
from modules.runtime.database import Database
from tests.runtime.counting import Counted

async def main():
    database = await Database.open(sys.argv[1])
    print("ready", flush=True)
    for version in range(1, 6):
        await asyncio.to_thread(sys.stdin.readline)
        async with database.transaction() as tx:
            tx.emit([Counted(name="a", version=version)])
        print(time.time(), flush=True)
    await database.close()

asyncio.run(main())
"""


async def test_a_commit_of_another_process_wakes_the_relay_soon(
    database: Database, database_url: str, redis: Redis, feed: StreamFeed, relay: Relay
) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _PROCESS, database_url),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        preexec_fn=tie(),
    )
    assert process.stdin is not None
    assert process.stdout is not None
    await process.stdout.readline()
    delays = []
    async with feed.follow(Counted.NAME, lambda change: True) as deliveries:
        await anext(deliveries)
        for _ in range(5):
            process.stdin.write(b"\n")
            async with asyncio.timeout(10):
                await anext(deliveries)
            arrived = time.time()
            delays.append(arrived - float(await process.stdout.readline()))
    await process.communicate()
    # 50 ms on a machine that does nothing else.
    assert statistics.median(delays) < 0.25


async def test_while_redis_is_away_events_wait_and_keep_their_order(database: Database, tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path / "redis")
    await server.start()
    redis = Redis(server.url)
    relay = Relay(database, redis)
    running = asyncio.create_task(relay.run())
    await emit(database, 1)

    async def first_arrived() -> bool:
        return await streamed(redis) == [1]

    await until(first_arrived)
    await server.stop()
    await emit(database, 2, 3, 4)
    await asyncio.sleep(0.2)
    assert await relay.lag() > 0
    async with EmbeddedServer(tmp_path / "redis"):

        async def all_arrived() -> bool:
            try:
                return list(dict.fromkeys(await streamed(redis))) == [1, 2, 3, 4]
            except Unavailable:
                return False

        await until(all_arrived)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await redis.close()


async def test_a_stream_keeps_what_is_young_and_not_too_much(redis: Redis) -> None:
    for _ in range(10):
        await redis.execute_many([("XADD", STREAM, "*", "e", "x") for _ in range(100)])
    await trim(redis, STREAM)
    assert await redis.execute("XLEN", STREAM) == 1000
    await trim(redis, STREAM, entries=300)
    assert 300 <= await redis.execute("XLEN", STREAM) <= 500
    await asyncio.sleep(0.02)
    await trim(redis, STREAM, age_ms=0)
    assert await redis.execute("XLEN", STREAM) <= 100


async def test_what_a_group_has_not_acknowledged_is_never_trimmed(redis: Redis) -> None:
    await redis.execute_many([("XADD", STREAM, f"1-{number}", "e", "x") for number in range(1, 1001)])
    await redis.execute("XGROUP", "CREATE", STREAM, "crm", "1-200")
    await trim(redis, STREAM, entries=10)
    assert (await redis.execute("XRANGE", STREAM, "-", "+", "COUNT", 1))[0][0] <= "1-201"
    read = await redis.execute("XREADGROUP", "GROUP", "crm", "one", "COUNT", 600, "STREAMS", STREAM, ">")
    await redis.execute("XACK", STREAM, "crm", *(entry for entry, _ in read[0][1][:300]))
    await trim(redis, STREAM, entries=10)
    first = (await redis.execute("XRANGE", STREAM, "-", "+", "COUNT", 1))[0][0]
    assert 201 < int(first.split("-")[1]) <= 501


async def test_a_resync_tells_of_lost_streams_while_the_outbox_goes_on(
    database: Database, redis: Redis, feed: StreamFeed, relay: Relay
) -> None:
    async with feed.follow(Counted.NAME, lambda change: True) as deliveries:
        await anext(deliveries)
        await emit(database, 1)
        assert (await anext(deliveries)).kind is ChangeKind.CHANGE
        await flush(redis)
        await emit(database, 2)
        async with asyncio.timeout(10):
            while (await anext(deliveries)).kind is not ChangeKind.RESYNC:
                pass

    async def arrived() -> bool:
        return await streamed(redis) == [2]

    await until(arrived)
