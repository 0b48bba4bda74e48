"""The process that serves: one socket, uvicorn, and a stop that finishes what is under way."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import socket
import threading
from collections.abc import Awaitable, Callable, Generator
from types import FrameType
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from gateway.settings import SettingsError

_GRACE = 20
"""Seconds a request may take to finish after the stop was asked for."""
_LINGER = 5
"""Seconds a kept connection may bring one more request in after SIGTERM; closed at once, it might lose that."""
BACKLOG = 2048


class GracefulServer(uvicorn.Server):
    """uvicorn, but subscriptions are closed with a proper code first, and Ctrl-C does not interrupt the clean-up."""

    def __init__(
        self, config: uvicorn.Config, goodbye: Callable[[], Awaitable[None]], announce: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._goodbye = goodbye
        self._announce = announce
        self._hasty = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Ctrl-C does not wait for what kept connections might still bring."""
        self._hasty = self._hasty or sig == signal.SIGINT
        super().handle_exit(sig, frame)

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """uvicorn raises the signal again at the end, which would cut off the stores' own closing."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        signals = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self.handle_exit) for number in signals}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listens, and says so."""
        await super().startup(sockets)
        self._announce()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Takes no new connections, says goodbye to sockets, waits for requests."""
        for listener in self.servers:
            listener.close()
        await self._goodbye()
        await self._let_connections_go()
        await super().shutdown(sockets)

    async def _let_connections_go(self) -> None:
        """Answers what they bring, and tells them with the answer to connect anew, to whoever serves then."""
        state, clock = self.server_state, asyncio.get_running_loop().time
        state.default_headers = [*state.default_headers, (b"connection", b"close")]
        for connection in state.connections:
            if (cycle := getattr(connection, "cycle", None)) is not None and not cycle.response_complete:
                cycle.keep_alive = False
        end = clock() + _LINGER
        while state.connections and clock() < end and not (self._hasty or self.force_exit):  # noqa: ASYNC110 - as uvicorn
            await asyncio.sleep(0.05)


def bind(host: str, port: int) -> socket.socket:
    """The listening socket; port 0 takes a free one. Raises SettingsError when it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named TCP, or asyncio's own loop leaves Nagle's algorithm on and answers wait 40 ms for an acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise SettingsError(
            "COGWERK_PORT or --port", f"{host}:{port}", f"an address that is free ({error.strerror or error})"
        ) from error
    listener.set_inheritable(False)
    return listener


async def serve(
    app: ASGIApp, listener: socket.socket, goodbye: Callable[[], Awaitable[None]], announce: Callable[[], None]
) -> None:
    """Serves until SIGINT or SIGTERM; `announce` is called when the first request can come."""
    config = uvicorn.Config(
        app,
        lifespan="off",
        access_log=False,
        # uvicorn would believe X-Forwarded-For of whatever runs on this machine; who is believed is a setting of ours.
        proxy_headers=False,
        log_config=None,
        server_header=False,
        date_header=False,
        ws="websockets-sansio",
        ws_max_size=1_000_000,
        ws_per_message_deflate=False,
        # The protocol's own pings find who is gone, on sockets that say nothing themselves; no second ones beside.
        ws_ping_interval=None,
        timeout_graceful_shutdown=_GRACE,
        timeout_keep_alive=15,
        backlog=BACKLOG,
        h11_max_incomplete_event_size=64_000,
    )
    _settle_memory()
    await GracefulServer(config, goodbye, announce).serve(sockets=[listener])


def _settle_memory() -> None:
    """What exists at start lives as long as the process: the collector need not walk it again and again.

    Young objects are walked often and few at a time: what dies elsewhere counts against what is made, so that with
    thousands of open carts ten times as many gather as a threshold says. With one of 5,000 a look at the youngest took
    25 ms and one at those that had survived five of these 0.15 s, in which nobody was answered; with 1,000 it is 1 ms
    and 10 ms. A look at all takes a second then. Hardly any garbage lives until it: it is rare.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(1_000, 5, 1_000)


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """uvloop's loop where it is installed; it halves the cost of transport."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop
    factory: Any = uvloop.new_event_loop
    return factory  # type: ignore[no-any-return]
