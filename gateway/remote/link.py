"""Link: the way to one module of another process; a process that is down costs no more than its answers."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx
import orjson

from gateway.logs import request_id
from gateway.remote.ports import PORTS, operations
from gateway.remote.refusals import restored
from gateway.remote.wire import method
from modules.kernel.errors import Unavailable

PATH: Final = "/internal"
_REST: Final = 1.0
"""Seconds during which a process that did not answer is not asked again: a page must not wait for it at every field."""
_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a module is asked, by whom, and for how long an answer is waited."""

    url: str
    token: str
    seconds: float = 2.0


class Link:
    """Asks one module. Every method of its port is one request, however many things it is about."""

    def __init__(
        self, module: str, address: Address, http: httpx.AsyncClient, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.module = module
        self._port = PORTS[module]
        self._address = address
        self._http = http
        self._clock = clock
        self._rests_until = float("-inf")

    async def ask(self, name: str, *arguments: Any) -> Any:
        """The port's answer, in its types. Raises Unavailable when there is none in time, and what the port raises."""
        asked = method(self._port, name)
        query = f"query {name}($question: JSON!) {{ {name}(question: $question) }}"
        body = orjson.dumps({"query": query, "variables": {"question": asked.ask(arguments)}}, default=str)
        answer = await self._answer(name, body)
        try:
            return asked.answer.read(answer)
        except (ValueError, KeyError, TypeError) as error:
            raise self._down(f"its answer to {name} is none: {error}") from error

    async def greet(self) -> None:
        """Asks whether it would answer, and nothing else. Raises Unavailable where nobody does, the token is not taken,
        or the module is served elsewhere."""
        never = (f"{name}(question: {{}}) @include(if: false)" for name in operations(self.module))
        await self._answer("__typename", orjson.dumps({"query": f"{{ __typename {' '.join(never)} }}"}))

    async def _answer(self, name: str, body: bytes) -> Any:
        if self._clock() < self._rests_until:
            raise Unavailable(self._name)
        try:
            async with asyncio.timeout(self._address.seconds):
                response = await self._send(body)
            said = orjson.loads(response.content)
        except (httpx.HTTPError, TimeoutError, orjson.JSONDecodeError) as error:
            self._rests_until = self._clock() + _REST
            raise self._down(f"{type(error).__name__} {error}".strip()) from error
        return self._read(name, said)

    async def _send(self, body: bytes) -> httpx.Response:
        headers = {
            "authorization": f"Bearer {self._address.token}",
            "content-type": "application/json",
            "accept": "application/graphql-response+json",
            "x-request-id": request_id.get(),
        }
        url = self._address.url + PATH
        try:
            return await self._http.post(url, content=body, headers=headers)
        except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError):
            # A connection that was kept may have been closed at its other end meanwhile; every port may be asked twice.
            return await self._http.post(url, content=body, headers=headers)

    def _read(self, name: str, said: object) -> Any:
        answer: Mapping[str, Any] = said if isinstance(said, dict) else {}
        errors = answer.get("errors") or ()
        if isinstance(answer.get("data"), dict) and not errors:
            return answer["data"].get(name)
        first: Mapping[str, Any] = errors[0] if errors else {"message": "no GraphQL response"}
        if "data" not in answer:
            # Refused before the port was asked: it is this process that is set up wrongly, not who asks it.
            raise self._down(f"it refuses the request: {first.get('message')}")
        raise restored(str(first.get("message", "")), first.get("extensions") or {}, self._name)

    @property
    def _name(self) -> str:
        return f"The module {self.module}"

    def _down(self, why: str) -> Unavailable:
        _log.warning("the module %s at %s does not answer: %s", self.module, self._address.url, why)
        return Unavailable(self._name)
