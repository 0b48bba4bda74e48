"""The shared connection: trips, order, scripts, refusals, loss and recovery."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest
from redis.exceptions import ResponseError

from modules.kernel.errors import Unavailable
from modules.runtime.embedded import EmbeddedServer
from modules.runtime.misconfigured import Misconfigured
from modules.runtime.redis import Redis, weaknesses

_COUNT = "return {redis.call('INCR', KEYS[1]), ARGV[1]}"


async def test_answers_are_text_and_numbers(redis: Redis) -> None:
    await redis.execute("SET", "name", "Käse")
    assert await redis.execute("GET", "name") == "Käse"
    assert await redis.execute("GET", "nothing") is None
    assert await redis.execute("RPUSH", "list", "a", b"b", 3) == 3
    assert await redis.execute("LRANGE", "list", 0, -1) == ["a", "b", "3"]


async def test_bytes_that_are_no_text_harm_no_one(redis: Redis) -> None:
    await redis.execute("SET", "name", b"\xff")
    assert await redis.execute("GET", "name") == "\N{REPLACEMENT CHARACTER}"


async def test_what_is_asked_in_one_turn_goes_in_one_trip_in_order(redis: Redis) -> None:
    before = redis.trips
    answers = await asyncio.gather(*(redis.execute("INCR", "count") for _ in range(50)))
    assert answers == list(range(1, 51))
    assert redis.trips == before + 1


async def test_a_script_takes_one_trip_and_two_when_redis_has_forgotten_it(redis: Redis) -> None:
    script = redis.script(_COUNT)
    await redis.execute("SCRIPT", "FLUSH")
    before = redis.trips
    assert await script(keys=["count"], args=["x"]) == [1, "x"]
    assert redis.trips == before + 2
    assert await script(keys=["count"], args=["y"]) == [2, "y"]
    assert redis.trips == before + 3


async def test_a_refusal_is_its_callers_alone(redis: Redis) -> None:
    answers = await asyncio.gather(
        redis.execute("SET", "a", "1"),
        redis.execute("LPUSH", "a", "2"),
        redis.execute("GET", "a"),
        return_exceptions=True,
    )
    assert (answers[0], answers[2]) == ("OK", "1")
    assert isinstance(answers[1], ResponseError)


async def test_the_first_refusal_of_several_commands_is_raised_after_all_have_run(redis: Redis) -> None:
    with pytest.raises(ResponseError, match="WRONGTYPE"):
        await redis.execute_many([("SET", "a", "1"), ("LPUSH", "a", "2"), ("SET", "b", "3")])
    assert await redis.execute("GET", "b") == "3"


async def test_a_command_that_cannot_be_sent_harms_no_later_one(redis: Redis) -> None:
    with pytest.raises(TypeError):
        await redis.execute("SET", "a", None)  # type: ignore[arg-type]
    assert await redis.execute("SET", "a", "1") == "OK"


async def test_a_cancelled_caller_leaves_every_other_its_own_answer(redis: Redis) -> None:
    for round in range(20):
        tasks = [asyncio.create_task(redis.execute("ECHO", f"{round}-{number}")) for number in range(10)]
        await asyncio.sleep(0.0001 * round)
        tasks[3].cancel()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        del answers[3]
        assert answers == [f"{round}-{number}" for number in range(10) if number != 3]


async def test_a_link_that_was_cancelled_never_gives_an_old_answer(redis: Redis) -> None:
    async with redis.link() as link:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(link.execute_many([("BLPOP", "none", 1)], 5.0), 0.05)
        assert await link.execute_many([("ECHO", "new")], 5.0) == ["new"]
        with pytest.raises(Unavailable):
            await link.execute_many([("BLPOP", "none", 1)], 0.05)


async def test_redis_away_is_unavailable_and_back_is_back(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path)
    await server.start()
    redis = Redis(server.url)
    script = redis.script(_COUNT)
    assert await script(keys=["count"], args=["x"]) == [1, "x"]
    await server.stop()
    with pytest.raises(Unavailable):
        await redis.execute("PING")
    async with asyncio.timeout(0.2):  # what is known to be away is not waited for
        with pytest.raises(Unavailable):
            await redis.execute("PING")
    async with EmbeddedServer(tmp_path):
        assert await script(keys=["count"], args=["x"]) == [2, "x"]
        await redis.close()


async def test_callers_bridge_a_server_that_is_started_again(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path)
    async with server as url:
        redis = Redis(url)
        await redis.execute("SET", "kept", "yes")
        os.kill(server.pid or 0, signal.SIGKILL)
        assert await redis.execute("GET", "kept") == "yes"
        await redis.close()


async def test_the_embedded_server_has_no_weakness_and_a_careless_one_is_told(embedded_url: str) -> None:
    redis = Redis(embedded_url)
    assert await weaknesses(redis) == []
    await redis.execute("CONFIG", "SET", "appendfsync", "everysec", "maxmemory-policy", "allkeys-lru")
    found = await weaknesses(redis)
    await redis.execute("CONFIG", "SET", "appendfsync", "always", "maxmemory-policy", "noeviction")
    await redis.close()
    assert len(found) == 2
    assert "appendfsync everysec" in found[0]
    assert "maxmemory-policy allkeys-lru" in found[1]


async def test_a_redis_that_keeps_its_settings_to_itself_is_told(embedded_url: str) -> None:
    redis = Redis(embedded_url)
    await redis.execute("ACL", "SETUSER", "guest", "on", "nopass", "~*", "+@all", "-config")
    guest = Redis(embedded_url.replace("unix://", "unix://guest:any@"))
    found = await weaknesses(guest)
    await guest.close()
    await redis.execute("ACL", "DELUSER", "guest")
    await redis.close()
    assert len(found) == 3
    assert "CONFIG is forbidden" in found[0]


def test_an_address_of_another_kind_is_refused() -> None:
    with pytest.raises(Misconfigured, match="REDIS_URL"):
        Redis("http://localhost")
