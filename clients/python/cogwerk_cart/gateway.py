"""The way to the shop: GraphQL over HTTP, and subscriptions over graphql-transport-ws."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

import httpx
import websockets

_JSON = {"Content-Type": "application/json"}
_PASSING_STATUS = (408, 425, 429)
_PASSING_CODES = ("INTERNAL_SERVER_ERROR", "RATE_LIMITED", "TIMEOUT", "TOO_MANY_OPERATIONS", "UNAVAILABLE")
_UNREADABLE_CODES = ("BAD_REQUEST", "BAD_USER_INPUT", "LIMIT_EXCEEDED")
_FINAL_CLOSES = (4400, 4401, 4403, 4406)


class Unreachable(Exception):
    """The shop did not answer, or cannot now; the same is asked again later."""


class Rejected(Exception):
    """The shop will not do this, however often it is asked. `problems` are the shop's own."""

    def __init__(self, problems: Any) -> None:
        super().__init__(str(problems))
        self.problems = problems


class Unreadable(Rejected):
    """Something in the call is malformed, or it is too long."""

    @property
    def reason(self) -> tuple[str, str]:
        """Code and message."""
        error = self.problems[0]
        return error["extensions"]["code"], error["message"]


class Gateway:
    """One shop. `headers` say who asks and where, such as `Cogwerk-Channel`."""

    def __init__(self, url: str, headers: Mapping[str, str], patience: float) -> None:
        self._url = url
        self._headers = dict(headers)
        self._patience = patience
        self._client = httpx.AsyncClient(headers={**self._headers, **_JSON}, timeout=patience)

    async def close(self) -> None:
        """Hangs up."""
        await self._client.aclose()

    async def run(self, document: str, variables: Mapping[str, object]) -> Any:
        """The data of a mutation. Raises Unreachable, Rejected."""
        try:
            body = json.dumps({"query": document, "variables": variables})
            answer = await self._client.post(self._url, content=body)
            told = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise Unreachable(repr(error)) from error
        if answer.status_code >= 500 or answer.status_code in _PASSING_STATUS:
            raise Unreachable(f"HTTP {answer.status_code}")
        return _data(told)

    async def follow(self, document: str, variables: Mapping[str, object]) -> AsyncGenerator[Any, None]:
        """The data of each event. Raises Unreachable when the line breaks, Rejected when the shop ends it."""
        protocol = websockets.Subprotocol("graphql-transport-ws")
        address = self._url.replace("http", "ws", 1)
        try:
            async with websockets.connect(address, subprotocols=[protocol], open_timeout=self._patience) as socket:
                await _say(socket, {"type": "connection_init", "payload": self._headers})
                payload = {"query": document, "variables": variables}
                async with aclosing(_events(socket, payload)) as events:
                    async for event in events:
                        yield event
        except websockets.ConnectionClosed as closed:
            if closed.rcvd and closed.rcvd.code in _FINAL_CLOSES:
                raise Rejected(closed.rcvd.reason) from closed
            raise Unreachable(repr(closed)) from closed
        except (OSError, TimeoutError, EOFError, ValueError, websockets.WebSocketException) as error:
            raise Unreachable(repr(error)) from error


async def _events(socket: websockets.ClientConnection, payload: Mapping[str, object]) -> AsyncGenerator[Any, None]:
    async for text in socket:
        message = json.loads(text)
        match message["type"]:
            case "connection_ack":
                await _say(socket, {"type": "subscribe", "id": "1", "payload": payload})
            case "ping":
                await _say(socket, {"type": "pong"})
            case "next":
                data = message["payload"].get("data")
                if data and None not in data.values():
                    yield data  # also where a part of the shop is away, which costs its own fields
                _data(message["payload"])
            case "error":
                _data({"errors": message["payload"]})
            case "complete":
                raise Rejected("The cart is not open to this key any more.")
    raise Unreachable("The shop hung up.")


async def _say(socket: websockets.ClientConnection, message: Mapping[str, object]) -> None:
    await socket.send(json.dumps(message))


def _data(body: Any) -> Any:
    errors = body.get("errors")
    if not errors:
        return body["data"]
    codes = [error.get("extensions", {}).get("code") for error in errors]
    if any(code in _PASSING_CODES for code in codes):
        raise Unreachable(str(codes))
    raise Unreadable(errors) if codes[0] in _UNREADABLE_CODES else Rejected(errors)
