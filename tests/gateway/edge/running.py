"""A server on a real socket, in a thread of its own, that knows how long its event loop was held."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from gateway.edge import Bounds, Edge
from gateway.server import bind
from gateway.settings import Settings
from tests.gateway.edge.toy import Bell, ToyContext, a_schema


class RunningEdge:
    """The toy behind the edge."""

    def __init__(self, bounds: Bounds, settings: Settings) -> None:
        self.bell = Bell()
        schema = a_schema()
        self.context = ToyContext(schema, self.bell)
        self.edge = Edge(schema, self.context, settings, bounds)
        self.socket = bind("127.0.0.1", 0)
        self.host = f"127.0.0.1:{self.socket.getsockname()[1]}"
        self.longest_hold = 0.0
        """Seconds, since `watch`."""
        config = uvicorn.Config(
            Starlette(routes=self.edge.routes),
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            ws="websockets-sansio",
            ws_per_message_deflate=False,
        )
        self.server = uvicorn.Server(config)
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self.loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        watcher = asyncio.create_task(self._watch())
        await self.server.serve(sockets=[self.socket])
        watcher.cancel()

    async def _watch(self) -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.001)
            self.longest_hold = max(self.longest_hold, time.perf_counter() - before - 0.001)

    @property
    def url(self) -> str:
        """Of the graph."""
        return f"http://{self.host}/graphql"

    def close_edge(self) -> None:
        """What the host does before it stops."""
        asyncio.run_coroutine_threadsafe(self.edge.close(), self.loop).result(20)

    @contextlib.contextmanager
    def running(self) -> Iterator[RunningEdge]:
        """Until the end of the block."""
        self.thread.start()
        try:
            while not self.server.started:
                time.sleep(0.01)
            yield self
        finally:
            self.server.should_exit = True
            self.thread.join(20)

    @asynccontextmanager
    async def socket_to(
        self, protocol: str | None = "graphql-transport-ws", **options: object
    ) -> AsyncIterator[ClientConnection]:
        """A WebSocket before any message."""
        wanted = [Subprotocol(protocol)] if protocol else None
        async with connect(f"ws://{self.host}/graphql", subprotocols=wanted, proxy=None, **options) as client:  # type: ignore[arg-type]
            yield client


def running_edge(
    bounds: Bounds | None = None, *, origins: tuple[str, ...] = (), **options: object
) -> contextlib.AbstractContextManager[RunningEdge]:
    """A server with these bounds; further options are fields of Settings."""
    settings = Settings(data=Path("var"), origins=origins, **options)  # type: ignore[arg-type]
    return RunningEdge(bounds or Bounds(), settings).running()
