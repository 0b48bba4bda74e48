"""A bad line: a TCP proxy before a gateway that cuts, delays and doubles, as its seed says."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from random import Random

_LOST = (OSError, EOFError)
TROUBLES = ("cut request", "cut answer", "lost answer", "doubled", "delayed")


class BadLine:
    """Every request meets a trouble with the chance `badness`; a WebSocket is cut at some point instead."""

    def __init__(self, port: int, seed: int, badness: float = 0.6) -> None:
        self.badness = badness
        self.met: Counter[str] = Counter()
        """How often each trouble was."""
        self.cut_off = False
        """While it is so, nobody comes through."""
        self._voice = _a_voice()
        self._port = port
        self._chance = Random(seed)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client's connection, until either side or a trouble ends it."""
        with suppress(*_LOST):
            while not self.cut_off and await self._pass(reader, writer):
                pass
        writer.close()

    def go_silent(self) -> None:
        """Nothing comes any more through the sockets that are open now, and neither side hears that they broke."""
        self._voice.clear()
        self._voice = _a_voice()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request and its answer. Whether the connection lives on."""
        request = await _message(reader)
        if b"upgrade: websocket" in request.lower():
            await self._pipe(request, reader, writer)
            return False
        trouble = self._chance.choice(TROUBLES) if self._chance.random() < self.badness else ""
        self.met[trouble] += 1
        if trouble == "delayed":
            await asyncio.sleep(self._chance.uniform(0, 0.05))
        if trouble == "doubled":
            await self._answer(request)
        if trouble == "cut request":
            await self._begin(request)
            return False
        answer = await self._answer(request)
        if trouble == "lost answer":
            return False
        writer.write(answer[: len(answer) // 2] if trouble == "cut answer" else answer)
        await writer.drain()
        return trouble != "cut answer"

    async def _answer(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            writer.write(request)
            return await _message(reader)
        finally:
            writer.close()

    async def _begin(self, request: bytes) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(request[: len(request) // 2])
        await writer.drain()
        writer.close()

    async def _pipe(self, request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, server = await asyncio.open_connection("127.0.0.1", self._port)
        server.write(request)
        life = self._chance.randrange(1, 12) if self._chance.random() < self.badness else 1_000_000
        ways = [
            asyncio.create_task(_carry(reader, server, 1_000_000, self._voice)),
            asyncio.create_task(_carry(answers, writer, life, self._voice)),
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        self.met["cut socket"] += 1
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        server.close()


async def _message(reader: asyncio.StreamReader) -> bytes:
    """The next whole HTTP message."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0]
    return head + await reader.readexactly(int(length or 0))


def _a_voice() -> asyncio.Event:
    voice = asyncio.Event()
    voice.set()
    return voice


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, life: int, voice: asyncio.Event) -> None:
    """So many pieces, as long as there is a voice; the last one is cut in two."""
    with suppress(*_LOST):
        while data := await reader.read(65_536):
            if not voice.is_set():
                continue
            life -= 1
            writer.write(data if life else data[: len(data) // 2])
            await writer.drain()
            if not life:
                return


@asynccontextmanager
async def bad_line(port: int, seed: int, badness: float = 0.6) -> AsyncIterator[tuple[BadLine, str]]:
    """The line, and the address at which clients find the gateway behind it."""
    line = BadLine(port, seed, badness)
    server = await asyncio.start_server(line.serve, "127.0.0.1", 0)
    try:
        yield line, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
