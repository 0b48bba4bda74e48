"""What groups are told, on real sockets: every client under its own id, slow ones too, and streams over HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from gateway.edge import Bounds, Edge
from gateway.server import bind
from gateway.settings import Settings
from modules.runtime.feed import StreamFeed
from modules.runtime.redis import Redis
from tests.gateway.edge.counters import SCHEMA, WATCH, Hall


class Served(Hall):
    """The counters behind a server."""

    def __init__(self, redis: Redis, feed: StreamFeed) -> None:
        super().__init__(redis, feed)
        self.edge = Edge(SCHEMA, self.desk, Settings(data=Path("var")), Bounds())
        self.runs = self.edge._http._executions
        self.socket = bind("127.0.0.1", 0)
        self.host = f"127.0.0.1:{self.socket.getsockname()[1]}"

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Served]:
        """Until the end of the block."""
        app = Starlette(routes=self.edge.routes)
        config = uvicorn.Config(app, lifespan="off", log_config=None, ws="websockets-sansio", ws_ping_interval=None)
        server = uvicorn.Server(config)
        task = asyncio.create_task(server._serve(sockets=[self.socket]))
        while not server.started:  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.01)
        try:
            yield self
        finally:
            await self.edge.close()
            server.should_exit = True
            await task

    @asynccontextmanager
    async def client(self) -> AsyncIterator[Client]:
        """A socket that is acknowledged."""
        protocol = [Subprotocol("graphql-transport-ws")]
        url = f"ws://{self.host}/graphql"
        async with connect(url, subprotocols=protocol, proxy=None, compression=None, max_queue=1) as socket:
            client = Client(socket)
            await client.say(type="connection_init")
            assert await client.hear() == {"type": "connection_ack"}
            yield client


class Client:
    """One socket."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    async def say(self, **message: Any) -> None:
        await self._socket.send(json.dumps(message))

    async def hear(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(await asyncio.wait_for(self._socket.recv(), 10))
        return message

    async def subscribe(self, id: str, *names: str) -> None:
        payload = {"query": WATCH, "variables": {"names": names}}
        await self.say(type="subscribe", id=id, payload=payload)

    async def event(self, id: str) -> dict[str, Any]:
        """The next message, which is a `next` under this id."""
        message = await self.hear()
        assert (message["type"], message["id"]) == ("next", id), message
        event: dict[str, Any] = message["payload"]["data"]["counted"]
        return event


@pytest.fixture
async def hall(redis: Redis, feed: StreamFeed) -> AsyncIterator[Served]:
    async with Served(redis, feed).serving() as served:
        yield served


async def test_each_client_is_told_under_its_own_id(hall: Served) -> None:
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(hall.client()) for _ in range(20)]
        for number, client in enumerate(clients):
            await client.subscribe(f'"{number}\\', "a")
            await client.event(f'"{number}\\')
        for value in range(1, 4):
            await hall.count("a")
            events = [await client.event(f'"{number}\\') for number, client in enumerate(clients)]
            assert all(event == events[0] for event in events)
            assert events[0]["items"][0]["value"] == value
        assert hall.groups == 1


async def test_an_id_that_is_used_again_hears_of_its_new_operation_alone(hall: Served) -> None:
    async with hall.client() as client, hall.client() as other:
        await other.subscribe("1", "a")
        await other.event("1")
        await client.subscribe("1", "a")
        await client.event("1")
        await client.say(type="complete", id="1")
        await client.subscribe("1", "b")
        assert [item["name"] for item in (await client.event("1"))["items"]] == ["b"]
        await hall.count("a")
        await other.event("1")
        await hall.count("b")
        assert [item["name"] for item in (await client.event("1"))["items"]] == ["b"]


async def test_a_socket_that_is_not_read_is_given_the_newest_state_when_it_is(hall: Served) -> None:
    names = [f"{letter}{'x' * 20_000}" for letter in "abcde"]
    async with hall.client() as quick, hall.client() as slow:
        for client in (quick, slow):
            await client.subscribe("1", *names)
            await client.event("1")
        for value in range(1, 201):
            await hall.count(*names)
            while (await quick.event("1"))["items"][0]["value"] < value:
                pass
        heard = [await slow.event("1")]
        while heard[-1]["items"][0]["value"] < 200:
            heard.append(await slow.event("1"))
        assert len(heard) < 190
        cursors = [tuple(map(int, event["cursor"].split("-")[1:])) for event in heard]
        assert cursors == sorted(set(cursors))
        await hall.count(names[0])
        assert (await slow.event("1"))["items"][0]["value"] == 201


@pytest.mark.parametrize("accept", ["text/event-stream", "multipart/mixed;subscriptionSpec=1.0"])
async def test_streams_over_http_are_in_the_same_group(hall: Served, accept: str) -> None:
    body = {"query": WATCH, "variables": {"names": ["a"]}}
    async with httpx.AsyncClient(trust_env=False, timeout=20) as http, hall.client() as client:
        await client.subscribe("1", "a")
        await client.event("1")
        url = f"http://{hall.host}/graphql"
        async with http.stream("POST", url, json=body, headers={"accept": accept}) as answer:
            text, counted = "", False
            async for part in answer.aiter_text():
                text += part
                if "SNAPSHOT" in text and not counted:
                    counted = True
                    await hall.count("a")
                if '"kind":"CHANGE"' in text:
                    break
            event = await client.event("1")
            assert event["cursor"] in text
            assert hall.groups == 1
