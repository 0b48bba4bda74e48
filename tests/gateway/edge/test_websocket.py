"""graphql-transport-ws: each close code, each message, and operations that never disturb one another."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from gateway.edge import Bounds
from tests.gateway.edge.running import RunningEdge, running_edge
from tests.gateway.repeating import nested

TICKS = """subscription ($count: Int = 3, $every: Float = 0, $size: Int = 0) {
  ticks(count: $count, every: $every, size: $size) { number padding }
}"""


async def say(client: ClientConnection, **message: Any) -> None:
    await client.send(json.dumps(message))


async def hear(client: ClientConnection) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(await asyncio.wait_for(client.recv(), 10))
    return message


async def subscribe(client: ClientConnection, name: str, query: str, **variables: Any) -> None:
    await say(client, id=name, type="subscribe", payload={"query": query, "variables": variables})


async def drain(client: ClientConnection) -> int:
    """Reads to the end; how many messages there were."""
    number = 0
    try:
        while True:
            await client.recv()
            number += 1
    except ConnectionClosed:
        return number


async def closed(client: ClientConnection) -> tuple[int, str]:
    """The code and reason the server closes with."""
    async with asyncio.timeout(15):
        await drain(client)
    assert client.close_code is not None
    return client.close_code, client.close_reason or ""


@asynccontextmanager
async def greeted(edge: RunningEdge, **payload: Any) -> AsyncIterator[ClientConnection]:
    async with edge.socket_to() as client:
        await say(client, type="connection_init", payload=payload)
        assert await hear(client) == {"type": "connection_ack"}
        yield client


async def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


MALFORMED: list[Any] = [
    b"binary",
    "no json",
    "[]",
    "null",
    '"text"',
    "1",
    "[" * 100_000,
    "{}",
    '{"type": 1}',
    '{"type": []}',
    '{"type": "start"}',
    '{"type": "connection_ack"}',
    '{"type": "next", "id": "1", "payload": {}}',
    '{"type": "ping", "payload": []}',
    '{"type": "pong", "payload": "x"}',
    json.dumps({"type": "ping", "payload": nested(300)}),
    '{"type": "complete"}',
    '{"type": "complete", "id": 1}',
    '{"type": "subscribe", "payload": {"query": "{ now }"}}',
    '{"type": "subscribe", "id": 1, "payload": {"query": "{ now }"}}',
    '{"type": "subscribe", "id": "", "payload": {"query": "{ now }"}}',
    '{"type": "subscribe", "id": "1"}',
    '{"type": "subscribe", "id": "1", "payload": "x"}',
    '{"type": "subscribe", "id": "1", "payload": {}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": 1}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": "{ now }", "variables": []}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": "{ now }", "operationName": 1}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": "{ now }", "extensions": "x"}}',
]


@pytest.mark.parametrize("frame", MALFORMED, ids=lambda frame: str(frame)[:60])
async def test_a_malformed_message_closes_with_4400(edge: RunningEdge, frame: str | bytes) -> None:
    async with greeted(edge) as client:
        await client.send(frame)
        code, reason = await closed(client)
    assert code == 4400
    assert reason


@pytest.mark.parametrize("payload", ["[]", '"x"', "1"])
async def test_an_init_payload_that_is_no_object_closes_with_4400(edge: RunningEdge, payload: str) -> None:
    async with edge.socket_to() as client:
        await client.send(f'{{"type": "connection_init", "payload": {payload}}}')
        assert (await closed(client))[0] == 4400


async def test_subscribing_before_the_acknowledgement_closes_with_4401(edge: RunningEdge) -> None:
    async with edge.socket_to() as client:
        await subscribe(client, "1", TICKS)
        assert await closed(client) == (4401, "Unauthorized")


@pytest.mark.parametrize(
    ("payload", "code", "reason"),
    [
        (
            {"Authorization": "Bearer bad"},
            4403,
            "Forbidden: UNAUTHENTICATED: Send a valid token as 'Authorization: Bearer ...'.",
        ),
        (
            {"headers": {"Authorization": "Bearer bad"}},
            4403,
            "Forbidden: UNAUTHENTICATED: Send a valid token as 'Authorization: Bearer ...'.",
        ),
        (
            {"Cogwerk-Channel": "mars"},
            4403,
            "Forbidden: UNKNOWN_CHANNEL: There is no channel 'mars' here; there is: web, app.",
        ),
        ({"Cogwerk-Channel": "down"}, 1013, "Try again later"),
        ({"Cogwerk-Channel": "bug"}, 1011, "Internal error"),
    ],
)
async def test_an_init_that_is_refused_closes_the_socket(
    edge: RunningEdge, payload: dict[str, Any], code: int, reason: str
) -> None:
    async with edge.socket_to() as client:
        await say(client, type="connection_init", payload=payload)
        assert await closed(client) == (code, reason)


@pytest.mark.parametrize("protocol", [None, "graphql-ws"])
async def test_another_subprotocol_closes_with_4406(edge: RunningEdge, protocol: str | None) -> None:
    async with edge.socket_to(protocol) as client:
        assert (await closed(client))[0] == 4406


async def test_an_init_that_does_not_come_closes_with_4408() -> None:
    with running_edge(Bounds(init_time=0.2)) as edge:
        async with edge.socket_to() as client:
            assert (await closed(client))[0] == 4408
        async with greeted(edge) as client:
            await asyncio.sleep(0.4)
            await say(client, type="ping")
            assert (await hear(client))["type"] == "pong"


async def test_an_id_in_use_closes_with_4409(edge: RunningEdge) -> None:
    async with greeted(edge) as client:
        await subscribe(client, "ä" * 300, TICKS, every=60)
        await subscribe(client, "ä" * 300, TICKS, every=60)
        assert (await closed(client))[0] == 4409


async def test_a_second_init_closes_with_4429(edge: RunningEdge) -> None:
    async with greeted(edge) as client:
        await say(client, type="connection_init")
        assert (await closed(client))[0] == 4429


async def test_a_message_that_is_too_large_closes_with_1009() -> None:
    with running_edge(Bounds(message_bytes=1_000)) as edge:
        async with greeted(edge) as client:
            await subscribe(client, "1", "{ now }" + " " * 2_000)
            assert (await closed(client))[0] == 1009


async def test_a_subscription_gives_its_events_and_completes(edge: RunningEdge) -> None:
    async with greeted(edge) as client:
        await subscribe(client, "a", TICKS, count=2)
        messages = [await hear(client) for _ in range(3)]
    assert messages == [
        {"id": "a", "type": "next", "payload": {"data": {"ticks": {"number": number, "padding": ""}}}}
        for number in range(2)
    ] + [{"id": "a", "type": "complete"}]


@pytest.mark.parametrize("query", ["{ node { name } }", 'mutation { write(text: "by socket") }'])
async def test_queries_and_mutations_are_answered_too(edge: RunningEdge, query: str) -> None:
    async with greeted(edge) as client:
        await subscribe(client, "q", query)
        assert "errors" not in (await hear(client))["payload"]
        assert await hear(client) == {"id": "q", "type": "complete"}
        await subscribe(client, "q", query)
        assert (await hear(client))["type"] == "next"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("query A { now } query B { now }", "BAD_USER_INPUT"),
        ("query ($s: Float!) { slow(seconds: $s) }", "BAD_USER_INPUT"),
        ("subscription { ticks(failAt: 0) { number } }", "BAD_USER_INPUT"),
        ("subscription { bug { number } }", "INTERNAL_SERVER_ERROR"),
        ("{ " + "now " * 200 + "}", "LIMIT_EXCEEDED"),
    ],
)
async def test_an_operation_that_fails_gets_an_error_of_its_own_and_no_other_suffers(
    edge: RunningEdge, query: str, code: str
) -> None:
    async with greeted(edge) as client:
        await subscribe(client, "other", TICKS, count=30, every=0.02)
        assert (await hear(client))["id"] == "other"
        await subscribe(client, "bad", query)
        messages = [await hear(client)]
        while messages[-1]["id"] == "other":
            messages.append(await hear(client))
        assert messages[-1]["type"] == "error"
        assert [error["extensions"]["code"] for error in messages[-1]["payload"]] == [code]
        after = await hear(client)
        assert (after["id"], after["type"]) == ("other", "next")


async def test_a_source_that_fails_midway_ends_with_an_error(edge: RunningEdge) -> None:
    async with greeted(edge) as client:
        await subscribe(client, "1", "subscription { ticks(failAt: 1) { number } }")
        assert (await hear(client))["type"] == "next"
        message = await hear(client)
    assert message["type"] == "error"
    assert message["payload"][0]["extensions"] == {
        "code": "BAD_USER_INPUT",
        "argument": "after",
        "allowed": "one of this list",
    }


async def test_an_event_that_fails_in_part_is_still_an_event(edge: RunningEdge) -> None:
    async with greeted(edge) as client:
        await subscribe(client, "1", "subscription { ticks(count: 2) { number explode } }")
        messages = [await hear(client) for _ in range(3)]
    assert [message["type"] for message in messages] == ["next", "next", "complete"]
    assert messages[0]["payload"]["data"] == {"ticks": {"number": 0, "explode": None}}
    assert messages[0]["payload"]["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"


async def test_completing_closes_the_source_at_once_and_frees_the_id(edge: RunningEdge) -> None:
    async with greeted(edge) as client:
        before = edge.bell.closed
        await subscribe(client, "1", TICKS, count=100, every=60)
        await hear(client)
        await say(client, type="complete", id="1")
        await say(client, type="complete", id="never there")
        await until(lambda: edge.bell.closed == before + 1)
        await subscribe(client, "1", TICKS, count=1)
        assert [(await hear(client))["type"] for _ in range(2)] == ["next", "complete"]


async def test_leaving_closes_all_sources(edge: RunningEdge) -> None:
    before = edge.bell.closed
    async with greeted(edge) as client:
        for name in "abc":
            await subscribe(client, name, TICKS, count=100, every=60)
            await hear(client)
    await until(lambda: edge.bell.closed == before + 3)


async def test_every_event_has_its_own_now(edge: RunningEdge) -> None:
    async with greeted(edge) as client:
        await subscribe(client, "1", "subscription { ticks(count: 3, every: 0.02) { at } }")
        moments = [(await hear(client))["payload"]["data"]["ticks"]["at"] for _ in range(3)]
    assert len(set(moments)) == 3


async def test_pings_are_answered_with_their_payload(edge: RunningEdge) -> None:
    async with edge.socket_to() as client:
        await say(client, type="ping", payload={"n": 1})
        assert await hear(client) == {"type": "pong", "payload": {"n": 1}}
        await say(client, type="ping")
        assert await hear(client) == {"type": "pong"}
        await say(client, type="pong")
        await say(client, type="connection_init")
        assert await hear(client) == {"type": "connection_ack"}


async def test_a_silent_client_is_asked_and_closed_when_it_does_not_answer() -> None:
    with running_edge(Bounds(ping_every=0.1, pong_time=0.3)) as edge:
        async with greeted(edge) as client:
            for _ in range(3):
                assert await hear(client) == {"type": "ping"}
                await say(client, type="pong")
            assert await hear(client) == {"type": "ping"}
            assert await closed(client) == (4504, "No pong")


async def test_one_socket_runs_a_bounded_number_of_operations() -> None:
    with running_edge(Bounds(operations=2)) as edge:
        async with greeted(edge) as client:
            for name in ("a", "b"):
                await subscribe(client, name, TICKS, count=100, every=60)
                assert (await hear(client))["type"] == "next"
            await subscribe(client, "c", TICKS)
            message = await hear(client)
            assert (message["id"], message["type"]) == ("c", "error")
            assert message["payload"][0]["extensions"]["code"] == "TOO_MANY_OPERATIONS"
            await say(client, type="complete", id="a")
            await subscribe(client, "c", TICKS)
            assert (await hear(client))["type"] == "next"


async def test_an_operation_beyond_the_time_limit_gets_an_error_of_its_own() -> None:
    with running_edge(Bounds(request_time=0.2)) as edge:
        async with greeted(edge) as client:
            await subscribe(client, "slow", "{ slow(seconds: 20) }")
            told = await hear(client)
            assert (told["id"], told["type"]) == ("slow", "error")
            assert [error["extensions"]["code"] for error in told["payload"]] == ["TIMEOUT"]


async def test_a_client_that_does_not_read_is_closed_and_never_fed_from_memory() -> None:
    with running_edge(Bounds(send_time=0.5)) as edge:
        async with edge.socket_to(max_queue=(1, 0)) as client:
            await say(client, type="connection_init")
            await subscribe(client, "1", TICKS, count=10_000, size=100_000)
            await until(lambda: edge.bell.opened == 1)
            await until(lambda: edge.bell.closed == 1)
            async with asyncio.timeout(10):
                received = await drain(client)
    # Some megabytes stand in the two kernels' buffers; a thousand megabytes were asked for.
    assert received < 500


async def test_a_stop_lets_mutations_finish_and_closes_with_1001() -> None:
    with running_edge() as edge:
        async with greeted(edge) as client:
            await subscribe(client, "s", TICKS, count=100, every=60)
            await hear(client)
            await subscribe(client, "m", 'mutation { write(text: "last", seconds: 0.3) }')
            await asyncio.sleep(0.1)
            stopping = asyncio.create_task(asyncio.to_thread(edge.close_edge))
            messages = [await hear(client) for _ in range(2)]
            assert [(message["id"], message["type"]) for message in messages] == [("m", "next"), ("m", "complete")]
            assert (await closed(client))[0] == 1001
            await stopping
    assert edge.bell.written == ["last"]
    assert edge.bell.closed == 1


async def test_the_init_payload_stands_over_the_headers_but_only_for_who_and_where(edge: RunningEdge) -> None:
    headers = {"Accept-Language": "de", "X-Forwarded-For": "1.2.3.4"}
    async with edge.socket_to(additional_headers=headers) as client:
        payload = {"Cogwerk-Store": "berlin", "Accept-Language": "fr", "X-Forwarded-For": "6.6.6.6", "Cogwerk-Odd": 1}
        payload |= {"Cogwerk-Customer": "c-1", ":peer": "6.6.6.6"}
        await say(client, type="connection_init", payload=payload)
        await hear(client)
    seen = edge.context.seen[-1]
    assert (seen["cogwerk-store"], seen["accept-language"], seen["x-forwarded-for"]) == ("berlin", "fr", "1.2.3.4")
    assert "cogwerk-odd" not in seen
    assert (seen["cogwerk-customer"], seen[":peer"]) == ("c-1", "127.0.0.1")


@pytest.mark.parametrize("origin", [None, "https://shop.example", "http://localhost:3000", "own"])
async def test_known_origins_may_connect(edge: RunningEdge, origin: str | None) -> None:
    origin = f"http://{edge.host}" if origin == "own" else origin
    async with edge.socket_to(origin=origin) as client:
        await say(client, type="connection_init")
        assert (await hear(client))["type"] == "connection_ack"


@pytest.mark.parametrize("origin", ["https://evil.example", "https://shop.example.evil.example", "null"])
async def test_other_origins_are_refused_at_the_handshake(edge: RunningEdge, origin: str) -> None:
    with pytest.raises(InvalidStatus, match="403"):
        async with edge.socket_to(origin=origin):
            pass


async def test_a_socket_closes_with_4403_when_its_token_ends(edge: RunningEdge) -> None:
    async with greeted(edge, Authorization="Bearer brief") as client:
        await subscribe(client, "1", TICKS, count=2, every=30)
        begin = time.monotonic()
        code, reason = await closed(client)
    assert code == 4403
    assert "UNAUTHENTICATED" in reason
    assert time.monotonic() - begin < 5
