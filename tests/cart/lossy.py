"""A wire to Redis that can lose an answer: the command is carried out, and the caller never hears of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class LossyWire:
    """Passes bytes between clients and a server; cuts the connection instead of passing the next `losses` answers."""

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)
        self.losses = 0
        self.lost = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client's connection, until either side or a loss ends it."""
        answers, server = await self._connect()
        asking = asyncio.create_task(_carry(reader, server))
        try:
            while data := await answers.read(65_536):
                if self.losses:
                    self.losses -= 1
                    self.lost += 1
                    break
                writer.write(data)
                await writer.drain()
        finally:
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
            server.close()
            writer.close()

    async def _connect(self) -> Ends:
        if self._url.scheme == "unix":
            return await asyncio.open_unix_connection(self._url.path)
        return await asyncio.open_connection(self._url.hostname, self._url.port)


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()


@asynccontextmanager
async def lossy_wire(url: str, directory: Path) -> AsyncIterator[tuple[LossyWire, str]]:
    """A wire to the server at `url`, and the address at which clients find it."""
    wire = LossyWire(url)
    path = directory / "wire"
    server = await asyncio.start_unix_server(wire.serve, path)
    try:
        query = urlsplit(url).query
        yield wire, f"unix://{path}" + (f"?{query}" if query else "")
    finally:
        server.close()
