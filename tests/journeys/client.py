"""A small client of the public API: what a front end has, over real HTTP and real WebSockets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import websockets

OPERATIONS = Path(__file__).parent.parent / "contracts" / "clients"
PATIENCE = 10.0


class Shop:
    """A running gateway as a client sees it."""

    def __init__(self, url: str, token: str | None = None, channel: str | None = None) -> None:
        self.url = url
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.headers = headers | ({"Cogwerk-Channel": channel} if channel else {})

    async def run(self, document: str, **variables: Any) -> dict[str, Any]:
        """The data of an operation; fails the test on errors."""
        answer = await self.ask(document, **variables)
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data

    async def ask(self, document: str, **variables: Any) -> dict[str, Any]:
        """The whole answer, errors and all."""
        async with httpx.AsyncClient(timeout=PATIENCE) as client:
            body = {"query": document, "variables": variables}
            response = await client.post(f"{self.url}/graphql", json=body, headers=self.headers)
            answer: dict[str, Any] = response.json()
            return answer

    @asynccontextmanager
    async def subscribe(self, document: str, **variables: Any) -> AsyncIterator[Events]:
        """A subscription over graphql-transport-ws."""
        address = self.url.replace("http", "ws", 1) + "/graphql"
        async with websockets.connect(address, subprotocols=[websockets.Subprotocol("graphql-transport-ws")]) as socket:
            await socket.send(json.dumps({"type": "connection_init", "payload": self.headers}))
            assert json.loads(await socket.recv())["type"] == "connection_ack"
            payload = {"query": document, "variables": variables}
            await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))
            yield Events(socket)


class Events:
    """What a subscription delivers, one after the other."""

    def __init__(self, socket: websockets.ClientConnection) -> None:
        self._socket = socket

    async def next(self) -> dict[str, Any]:
        """The next event's only root field."""
        async with asyncio.timeout(PATIENCE):
            message = await self.message()
        assert message["type"] == "next", message
        assert not message["payload"].get("errors"), message["payload"]["errors"]
        event: dict[str, Any] = next(iter(message["payload"]["data"].values()))
        return event

    async def message(self) -> dict[str, Any]:
        """The next message that is no ping, whatever it is and however long it takes."""
        while True:
            message: dict[str, Any] = json.loads(await self._socket.recv())
            if message["type"] != "ping":
                return message
            await self._socket.send('{"type":"pong"}')


def operation(client: str, name: str) -> str:
    """A document that a real client sends: `operation("pos", "stock_changed")`."""
    return (OPERATIONS / client / f"{name}.graphql").read_text()
