"""Thousands of tills on real sockets, each a client of graphql-transport-ws: what they hear is noted and checked."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from tests.bench.cases import DOCUMENTS
from tests.bench.devices import Device, connect
from tests.bench.load import PATIENCE, WrongAnswer

_FOLLOW = DOCUMENTS.parents[1] / "contracts" / "clients" / "pos" / "stock_changed.graphql"
_AT_ONCE = 100
"""Tills that connect at a time."""


class Till(Device):
    """Passes on each message behind its snapshot, as it came off the socket."""

    def __init__(self, payload: dict[str, Any], hear: Callable[[Till, bytes], None]) -> None:
        super().__init__(payload)
        self._hear = hear

    def _take(self, kind: int, content: bytes) -> None:
        if kind == 1 and self.heard.done() and content.startswith(b'{"id":"1","type":"next"'):
            self._hear(self, content)
        else:
            super()._take(kind, content)


class Crowd:
    """Tills in one channel, and what they have heard."""

    def __init__(self, port: int, channel: str, hear: Callable[[Till, bytes], None]) -> None:
        self.tills: list[Till] = []
        self._port = port
        self._headers = {"Cogwerk-Channel": channel}
        self._hear = hear
        self._query = _FOLLOW.read_text(encoding="utf-8")

    async def join(self, variables: Sequence[Mapping[str, Any]]) -> None:
        """A till for each of these; returns when all have their snapshots."""
        for start in range(0, len(variables), _AT_ONCE):
            batch = [
                Till({"query": self._query, "variables": given}, self._hear)
                for given in variables[start : start + _AT_ONCE]
            ]
            await connect(self._port, batch, self._headers)
            self.tills += batch

    def leave(self) -> None:
        """All hang up."""
        for till in self.tills:
            till.close()
        self.tills.clear()


class Together:
    """All of a crowd hear one event: when each does, and that it is the same for all."""

    def __init__(self, number: int) -> None:
        self.texts: set[bytes] = set()
        self.moments: list[float] = []
        self._number = number
        self._all: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def hear(self, till: Till, content: bytes) -> None:
        """Noted with its moment."""
        self.moments.append(time.perf_counter())
        self.texts.add(content)
        if len(self.moments) == self._number:
            self._all.set_result(None)
        elif len(self.moments) > self._number:
            till._fail(WrongAnswer(f"one message too many: {content!r}"))

    async def event(self) -> dict[str, Any]:
        """The one event, when all have heard it."""
        async with asyncio.timeout(PATIENCE):
            await self._all
        if len(self.texts) != 1:
            raise WrongAnswer(f"tills heard different things: {self.texts}")
        return read(next(iter(self.texts)))


def read(content: bytes) -> dict[str, Any]:
    """The event in a message."""
    event: dict[str, Any] = orjson.loads(content)["payload"]["data"]["stockChanged"]
    return event
