"""A load generator cheaper than any server under it: bare sockets, one request after the other on each connection."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import cast

CONNECTIONS = 16
PATIENCE = 30.0
"""Seconds after which a server that does not answer is given up."""
Script = Generator[bytes, bytes, None]
"""What one connection says: yields requests, is sent the body of each answer, raises when that is wrong."""


class WrongAnswer(Exception):
    """The server said something else than it should; the figures would be worth nothing."""


@dataclass(frozen=True)
class Round:
    """What a round showed: seconds from request to answer, each request's, and the time it took in all."""

    latencies: Sequence[float]
    seconds: float


def request(port: int, path: str, body: bytes, **headers: str) -> bytes:
    """An HTTP request as a client of the API sends it; headers by name, with `_` for `-`."""
    lines = {
        "Host": f"127.0.0.1:{port}",
        "Content-Type": "application/json",
        "Accept": "application/graphql-response+json",
        "Content-Length": str(len(body)),
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + body


async def load(port: int, scripts: Sequence[Script], seconds: float) -> Round:
    """Plays each script on a connection of its own, until it ends or the time is over. Raises WrongAnswer."""
    loop = asyncio.get_running_loop()
    start = time.perf_counter()
    players = [_Player(script, start + seconds, loop.create_future()) for script in scripts]
    for player in players:
        await loop.create_connection(lambda player=player: player, "127.0.0.1", port)  # type: ignore[misc]
    async with asyncio.timeout(seconds + PATIENCE):
        await asyncio.gather(*(player.done for player in players))
    return Round([latency for player in players for latency in player.latencies], time.perf_counter() - start)


class _Player(asyncio.Protocol):
    def __init__(self, script: Script, end: float, done: asyncio.Future[None]) -> None:
        self.latencies: list[float] = []
        self.done = done
        self._script = script
        self._end = end
        self._received = bytearray()
        self._body = self._whole = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by inheritance
        self._send(next(self._script, None))

    def data_received(self, data: bytes) -> None:
        self._received += data
        try:
            if not self._whole:
                self._read_head()
            if self._whole and len(self._received) >= self._whole:
                self._answer()
        except Exception as error:
            self._finish(error)

    def connection_lost(self, exc: Exception | None) -> None:
        self._finish(WrongAnswer(f"the server closed the connection: {exc!r}"))

    def _read_head(self) -> None:
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self._received[:end]).lower()
        length = head.find(b"content-length:")
        if not head.startswith(b"http/1.1 200 ") or length < 0:
            raise WrongAnswer(bytes(self._received[:1000]).decode(errors="replace"))
        self._body = end + 4
        self._whole = self._body + int(head[length + 15 :].split(b"\r\n", 1)[0])

    def _answer(self) -> None:
        now = time.perf_counter()
        self.latencies.append(now - self._sent)
        body = bytes(self._received[self._body : self._whole])
        self._received.clear()
        self._whole = 0
        try:
            following = self._script.send(body)
        except StopIteration:
            following = None
        self._send(following if now < self._end else None)

    def _send(self, following: bytes | None) -> None:
        if following is None:
            self._finish(None)
            return
        self._sent = time.perf_counter()
        self._transport.write(following)

    def _finish(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error) if error else self.done.set_result(None)
            self._transport.close()
