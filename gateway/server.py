"""The process that serves: one socket, uvicorn, and a stop that finishes what is under way."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import threading
from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass
from types import FrameType
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from gateway import garbage
from gateway.background import running
from gateway.heads import BoundedHeads
from gateway.settings import SettingsError

_LOG = logging.getLogger(__name__)
_AFTER_YOU = 0.003
"""Seconds that workers with fewer connections have to take one first."""
_OUT_OF_BREATH = 1.0
"""Seconds to wait where the process has as many files open as it may."""
_GRACE = 20
"""Seconds a request may take to finish after the stop was asked for."""
_LINGER = 5
"""Seconds a kept connection may bring one more request in after SIGTERM; closed at once, it might lose that."""
BACKLOG = 2048


Ahead = Callable[[int], bool]
"""Whether a process with so many connections has more than the others that share its socket."""


@dataclass
class Departure:
    """How a process leaves: once it is told to it is not ready any more, and serves on for so many seconds, in which
    whoever sends requests here finds out."""

    seconds: float = 0
    told: bool = False


class Doorman:
    """Takes one connection a turn of the loop from a socket that others take from, and lets those with fewer go first.

    A loop's own server takes all that wait: a thousand tills which come at once would be one worker's.
    """

    def __init__(self, listener: socket.socket, ahead: Callable[[], bool], protocol: Callable[[], asyncio.Protocol]):
        self._listener = listener
        self._ahead = ahead
        self._protocol = protocol
        self._loop = asyncio.get_running_loop()
        self._opening: set[asyncio.Task[object]] = set()
        self._pause: asyncio.TimerHandle | None = None
        listener.setblocking(False)
        self._look()

    def close(self) -> None:
        """Takes no more; what waits is for the others."""
        self._loop.remove_reader(self._listener)
        if self._pause is not None:
            self._pause.cancel()

    async def wait_closed(self) -> None:
        """Returns when what was taken is in its protocol's hands."""
        await asyncio.gather(*self._opening, return_exceptions=True)

    def _look(self) -> None:
        self._loop.add_reader(self._listener, self._consider)

    def _look_later(self, seconds: float, look: Callable[[], None]) -> None:
        self._loop.remove_reader(self._listener)
        self._pause = self._loop.call_later(seconds, look)

    def _consider(self) -> None:
        if self._ahead():
            self._look_later(_AFTER_YOU, self._take_what_is_left)
        else:
            self._take()

    def _take_what_is_left(self) -> None:
        self._look()
        self._take()

    def _take(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return  # another worker was quicker, or the client is gone
        except OSError as error:
            _LOG.error("no connection can be taken for a second: %s", error)
            self._look_later(_OUT_OF_BREATH, self._look)
            return
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opening = self._loop.create_task(self._loop.connect_accepted_socket(self._protocol, connection))
        self._opening.add(opening)
        opening.add_done_callback(self._opening.discard)


class GracefulServer(uvicorn.Server):
    """uvicorn, but subscriptions are closed with a proper code first, and Ctrl-C does not interrupt the clean-up."""

    def __init__(
        self,
        config: uvicorn.Config,
        goodbye: Callable[[], Awaitable[None]],
        announce: Callable[[], None],
        departure: Departure,
        ahead: Ahead | None = None,
    ) -> None:
        super().__init__(config)
        self._goodbye = goodbye
        self._announce = announce
        self._departure = departure
        self._ahead = ahead
        self._hasty = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Ctrl-C does not wait for what kept connections might still bring."""
        self._hasty = self._hasty or sig == signal.SIGINT
        # One of several that is replaced does not speak for the others, which are as ready as ever.
        self._departure.told = self._departure.told or self._ahead is None
        super().handle_exit(sig, frame)

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """uvicorn raises the signal again at the end, which would cut off the stores' own closing."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        handlers = {
            signal.SIGINT: self.handle_exit,
            signal.SIGTERM: self.handle_exit,
            signal.SIGUSR1: self._say_that_all_leave,
        }
        before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _say_that_all_leave(self, sig: int, frame: FrameType | None) -> None:
        self._departure.told = True

    async def main_loop(self) -> None:
        """Until it is told to stop and has served on for as long as it was to."""
        await super().main_loop()
        clock = asyncio.get_running_loop().time
        end = clock() + self._departure.seconds
        while clock() < end and not (self._hasty or self.force_exit):  # noqa: ASYNC110 - as uvicorn
            await asyncio.sleep(0.05)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listens, and says so."""
        await super().startup(sockets if self._ahead is None else [])
        if (ahead := self._ahead) is not None:
            connections = self.server_state.connections
            doormen: list[Any] = [
                Doorman(listener, lambda: ahead(len(connections)), self._make_protocol) for listener in sockets or ()
            ]
            self.servers = doormen
        self._announce()

    def _make_protocol(self) -> asyncio.Protocol:
        make: Any = self.config.http_protocol_class
        protocol: asyncio.Protocol = make(self.config, self.server_state, self.lifespan.state)
        return protocol

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
    app: ASGIApp,
    listener: socket.socket,
    goodbye: Callable[[], Awaitable[None]],
    announce: Callable[[], None],
    departure: Departure,
    ahead: Ahead | None = None,
) -> None:
    """Serves until SIGINT or SIGTERM and its departure; `announce` is called when the first request can come.

    With `ahead` other processes take connections from this socket as well, and SIGUSR1 says that all of them leave.
    """
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
        http=BoundedHeads,
    )
    garbage.settle()
    async with running(garbage=garbage.collect_by_the_clock):
        await GracefulServer(config, goodbye, announce, departure, ahead).serve(sockets=[listener])


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """uvloop's loop where it is installed; it halves the cost of transport."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop
    factory: Any = uvloop.new_event_loop
    return factory  # type: ignore[no-any-return]
