"""Random requests and frames: an answer in GraphQL's form always, and no socket that neither speaks nor closes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, Final

import httpx
import pytest
from hypothesis import given, settings, strategies as st
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tests.gateway.edge.running import RunningEdge
from tests.gateway.edge.toy import LISTING
from tests.gateway.repeating import DEEP, ODD

CODES: Final = {1001, 1009, 1013, 4400, 4401, 4403, 4406, 4408, 4409, 4429}
"""With which a socket may be closed: the protocol's, and those that our document names."""

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)

TOKENS: Final = [
    *"{}()[]:!=|&$@ ", "...", "on", "query", "mutation", "subscription", "fragment", "F", "Query", "__typename",
    "__schema", "products", "first", "1", "-1", "1e999", "9" * 40, '"a"', '"""', "\\u0000", "@skip(if: $a)", "@defer",
    "@stream", "#", "null", "true", "$a", "\ufeff", "é", "edges", "node", "sku",
]  # fmt: skip


TICKS: Final = "subscription ($count: Int = 3) { ticks(count: $count) { number } }"


@st.composite
def documents(draw: st.DrawFn) -> str:
    """A listing, perhaps with other tokens in it, or random tokens alone."""
    if draw(st.booleans()):
        return draw(st.sampled_from([LISTING, TICKS]))
    if draw(st.booleans()):
        return " ".join(draw(st.lists(st.sampled_from(TOKENS), max_size=30)))
    words = LISTING.split()
    for place in draw(st.lists(st.integers(0, len(words) - 1), min_size=1, max_size=4)):
        words[place] = draw(st.sampled_from(TOKENS) | st.text(max_size=5))
    return " ".join(words)


@st.composite
def requests(draw: st.DrawFn) -> object:
    """Nearly a request."""
    found: dict[str, object] = {"query": draw(documents() | values)}
    for name in ("variables", "operationName", "extensions", "documentId", draw(st.text(max_size=5))):
        if draw(st.booleans()):
            found[name] = draw(values)
    if draw(st.booleans()):
        found["variables"] = draw(
            st.dictionaries(st.sampled_from(["first", "count", "more"]), st.sampled_from([*ODD, *DEEP]))
        )
    return found


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """Bytes that were a request once."""
    body = bytearray(json.dumps(draw(requests() | values)).encode())
    for place in draw(st.lists(st.integers(0, len(body) - 1), max_size=3)):
        body[place] = draw(st.integers(0, 255))
    return bytes(body)


@settings(max_examples=300)
@given(bodies(), st.sampled_from(["application/json", "application/graphql-response+json", "*/*", "text/event-stream"]))
def test_every_body_is_answered_in_the_form_of_graphql(edge: RunningEdge, body: bytes, accept: str) -> None:
    assert answer(edge, body, accept) == answer(edge, body, accept), "the same each time"


@pytest.mark.parametrize("odd", [*ODD, *DEEP], ids=lambda odd: str(odd)[:20])
@pytest.mark.parametrize(("query", "name"), [(LISTING, "first"), (LISTING, "more"), (TICKS, "count"), (TICKS, "more")])
def test_anything_in_a_variable_is_answered_the_same_each_time(
    edge: RunningEdge, query: str, name: str, odd: object
) -> None:
    body = json.dumps({"query": query, "variables": {name: odd}}).encode()
    assert answer(edge, body, "application/json") == answer(edge, body, "application/json")

    async def check() -> None:
        async with edge.socket_to() as client:
            await greet(client)
            for id in ("1", "2"):
                await client.send(json.dumps({"type": "subscribe", "id": id, "payload": json.loads(body)}))
            ended = [told async for told in messages(client, 2) if told["type"] in ("complete", "error")]
            assert {told["id"] for told in ended} == {"1", "2"}

    asyncio.run(asyncio.wait_for(check(), 10))


def answer(edge: RunningEdge, body: bytes, accept: str) -> tuple[int, list[str] | None]:
    """The status, and the codes of what is refused."""
    headers = {"content-type": "application/json", "accept": accept}
    with (
        httpx.Client(trust_env=False, timeout=30) as client,
        client.stream("POST", edge.url, content=body, headers=headers) as answer,
    ):
        assert answer.status_code < 500
        if answer.headers["content-type"].startswith("text/event-stream"):
            return answer.status_code, None  # a subscription, which goes on
        told = json.loads(answer.read())
    assert isinstance(told, dict)
    assert told.get("errors") or "data" in told
    assert set(told) <= {"data", "errors", "extensions"}
    codes = [error["extensions"]["code"] for error in told.get("errors", [])]
    assert "INTERNAL_SERVER_ERROR" not in codes
    return answer.status_code, codes


@st.composite
def frames(draw: st.DrawFn) -> list[str | bytes]:
    """A message of the protocol with some other parts, and the same under another id; or bytes that are none."""
    kind = draw(st.sampled_from(["subscribe", "subscribe", "complete", "ping", "pong", "connection_init", "next"]))
    frame: dict[str, Any] = {"type": kind, "id": draw(st.sampled_from(["1", "2", "3"])), "payload": draw(requests())}
    if draw(st.integers(0, 3)) == 0:
        frame[draw(st.sampled_from(["type", "id", "payload"]))] = draw(values)
    if draw(st.integers(0, 4)) == 0:
        frame = {
            "type": draw(st.sampled_from(["ping", "pong", "connection_init"])),
            "payload": draw(st.sampled_from(DEEP)),
        }
    if draw(st.integers(0, 9)) == 0:
        return [draw(st.binary(max_size=30) | st.text(max_size=30))]
    return [json.dumps(frame), json.dumps({**frame, "id": f"{frame.get('id')} again"})]


@settings(max_examples=150)
@given(st.lists(frames(), min_size=1, max_size=6).map(lambda pairs: [frame for pair in pairs for frame in pair]))
def test_no_frames_make_a_dead_socket_and_no_other_socket_suffers(edge: RunningEdge, sent: list[str | bytes]) -> None:
    async def check() -> None:
        async with edge.socket_to() as witness, edge.socket_to() as client:
            await greet(witness)
            await greet(client)
            assert await end_of(client, sent) in {None, *CODES}
            assert await is_alive(witness)

    asyncio.run(asyncio.wait_for(check(), 30))


async def greet(client: ClientConnection) -> None:
    await client.send('{"type": "connection_init"}')
    assert json.loads(await client.recv())["type"] == "connection_ack"


async def end_of(client: ClientConnection, sent: list[str | bytes]) -> int | None:
    """The code that the socket was closed with; None while it is open and answers."""
    try:
        for frame in sent:
            await client.send(frame)
        assert await is_alive(client)
    except ConnectionClosed:
        return client.close_code
    return None


async def messages(client: ClientConnection, ends: int) -> AsyncIterator[dict[str, Any]]:
    """Until so many operations have ended."""
    while ends:
        told = json.loads(await client.recv())
        ends -= told["type"] in ("complete", "error")
        yield told


async def is_alive(client: ClientConnection) -> bool:
    """Whether a ping is answered, among whatever else comes."""
    await client.send('{"type": "ping", "payload": {"mark": "last"}}')
    while True:
        told = json.loads(await client.recv())
        assert told["type"] in {"next", "error", "complete", "pong", "ping"}
        if told["type"] == "pong" and told.get("payload") == {"mark": "last"}:
            return True
