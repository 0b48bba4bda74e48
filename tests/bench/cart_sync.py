"""Many open carts, and how soon the other device has what one of them did.

Operations are sent by a clock and not one after the other, so that a gateway that falls behind is seen to. The carts
have ten lines each and the promotions of the demo shop.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Iterator, Sequence

from tests.bench.cart import LINES, Carts, adding
from tests.bench.cases import data
from tests.bench.devices import Device, connect
from tests.bench.load import WrongAnswer
from tests.gateway_process import ROOT

FOLLOWED = ROOT / "clients" / "documents" / "cart_changed.graphql"
"""What the reference clients ask for."""
CARTS = 2_000
RATE = 200
"""Operations a second."""
WARM = 400
_BATCH = 50
_WIRES = 32
_PATIENCE = 120.0
"""Seconds for a gateway that has fallen behind to come to the end."""


class OpenCarts:
    """Carts that are each followed by a device, while another one works in them."""

    def __init__(self, carts: Carts) -> None:
        self._carts = carts
        self._open: list[tuple[str, Device]] = []

    async def open(self, count: int = CARTS) -> None:
        """Returns when each device has its snapshot."""
        document = FOLLOWED.read_text(encoding="utf-8")
        keys = await self._carts.fill(count)
        for start in range(0, count, _BATCH):
            batch = keys[start : start + _BATCH]
            devices = [Device({"query": document, "variables": {"key": key}}) for key in batch]
            await connect(self._carts.port, devices)
            self._open += zip(batch, devices, strict=True)

    async def change(self) -> list[float]:
        """An operation in every cart, once; seconds from the moment it was due to the other device's hearing of it."""
        await self._play(self._open[:WARM])
        return await self._play(self._open)

    def close(self) -> None:
        """All hang up."""
        for _, device in self._open:
            device.close()

    async def _play(self, carts: Sequence[tuple[str, Device]]) -> list[float]:
        wires = asyncio.Queue[_Wire]()
        for _ in range(_WIRES):
            wires.put_nowait(await _Wire.to(self._carts.port))
        async with asyncio.timeout(len(carts) / RATE + _PATIENCE), asyncio.TaskGroup() as group:
            tasks = []
            for due, (key, device) in zip(_clock(), carts, strict=False):
                await asyncio.sleep(due - time.perf_counter())
                tasks.append(group.create_task(self._change(wires, key, device, due)))
        while not wires.empty():
            wires.get_nowait().close()
        return [task.result() for task in tasks]

    async def _change(self, wires: asyncio.Queue[_Wire], key: str, device: Device, due: float) -> float:
        device.listen()
        wish = adding(self._carts.skus[secrets.randbelow(LINES)])
        wire = await wires.get()
        answer = await wire.ask(self._carts.question("cart_fill", key=key, operations=[wish]))
        wires.put_nowait(wire)
        if data(answer)["applyCartOperations"]["applied"] != [wish["id"]]:
            raise WrongAnswer(answer.decode())
        event = json.loads(await device.heard)["payload"]["data"]["cartChanged"]
        if (event["kind"], event["what"]) != ("CHANGE", ["addLine"]) or not event["cart"]["quote"]:
            raise WrongAnswer(f"another event: {event}")
        return device.heard_at - due


def _clock() -> Iterator[float]:
    start = time.perf_counter()
    count = 0
    while True:
        yield start + count / RATE
        count += 1


class _Wire:
    """A connection that is kept open, for one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def to(cls, port: int) -> _Wire:
        """Connects."""
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def ask(self, request: bytes) -> bytes:
        """The body of the answer."""
        self._writer.write(request)
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        if not head.startswith(b"http/1.1 200 "):
            raise WrongAnswer(head.decode())
        return await self._reader.readexactly(int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0]))

    def close(self) -> None:
        """Hangs up."""
        self._writer.close()
