"""Devices that follow something over graphql-transport-ws, as cheap for the benchmark as they can be."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any, cast

from tests.bench.load import PATIENCE, WrongAnswer

_HANDSHAKE = (
    b"GET /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    b"Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
)


async def connect(port: int, devices: Sequence[Device], headers: Mapping[str, str] | None = None) -> None:
    """Returns when each has its first message; `headers` go into the payload of `connection_init`."""
    for device in devices:
        device.headers = headers
    loop = asyncio.get_running_loop()
    await asyncio.gather(
        *(loop.create_connection(lambda device=device: device, "127.0.0.1", port) for device in devices)  # type: ignore[misc]
    )
    await all_heard(devices)


async def all_heard(devices: Sequence[Device]) -> set[str]:
    """What each hears that it did not hear before; the same text counts once."""
    async with asyncio.timeout(PATIENCE):
        return set(await asyncio.gather(*(device.heard for device in devices)))


class Device(asyncio.Protocol):
    """A client of graphql-transport-ws, as cheap as it can be: the server's frames are neither masked nor split."""

    def __init__(self, payload: dict[str, Any]) -> None:
        self.heard: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.heard_at = 0.0
        self.headers: Mapping[str, str] | None = None
        self._payload = payload
        self._received = bytearray()
        self._open = False

    def listen(self) -> None:
        """From now on, for the next message."""
        if self.heard.done():
            self.heard = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(_HANDSHAKE)

    def data_received(self, data: bytes) -> None:
        self._received += data
        try:
            if not self._open:
                self._shake_hands()
            while self._open and (frame := self._frame()) is not None:
                self._take(*frame)
        except WrongAnswer as error:
            self._fail(error)

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(WrongAnswer(f"the server hung up: {exc!r}"))

    def close(self) -> None:
        """Hangs up."""
        self.heard.cancel()
        self._transport.close()

    def _shake_hands(self) -> None:
        end = self._received.find(b"\r\n\r\n")
        if end >= 0:
            if not self._received.startswith(b"HTTP/1.1 101 "):
                raise WrongAnswer(self._received.decode(errors="replace"))
            del self._received[: end + 4]
            self._open = True
            self._send({"type": "connection_init", **({"payload": self.headers} if self.headers else {})})

    def _frame(self) -> tuple[int, bytes] | None:
        """The next whole frame: kind and content."""
        if len(self._received) < 2:
            return None
        length = self._received[1]
        extra = {126: 2, 127: 8}.get(length, 0)
        if extra:
            length = int.from_bytes(self._received[2 : 2 + extra], "big")
        end = 2 + extra + length
        if len(self._received) < max(end, 2 + extra):
            return None
        frame = self._received[0] & 0x0F, bytes(self._received[2 + extra : end])
        del self._received[:end]
        return frame

    def _take(self, kind: int, content: bytes) -> None:
        if kind == 9:
            self._write(0x8A, content)
        elif kind != 1:
            raise WrongAnswer(f"frame {kind}: {content!r}")
        elif content.startswith(b'{"type":"connection_ack"'):
            self._send({"type": "subscribe", "id": "1", "payload": self._payload})
        elif content.startswith(b'{"type":"ping"'):
            self._send({"type": "pong"})
        elif b'"next"' in content and not self.heard.done():
            self.heard_at = time.perf_counter()
            self.heard.set_result(content.decode())
        else:
            raise WrongAnswer(content.decode())

    def _send(self, message: dict[str, Any]) -> None:
        self._write(0x81, json.dumps(message).encode())

    def _write(self, kind: int, content: bytes) -> None:
        # A client must mask; with a mask of zeros the content stays as it is.
        length = bytes([0x80 | len(content)]) if len(content) < 126 else b"\xfe" + len(content).to_bytes(2, "big")
        self._transport.write(bytes([kind]) + length + bytes(4) + content)

    def _fail(self, error: Exception) -> None:
        if not self.heard.done():
            self.heard.set_exception(error)
