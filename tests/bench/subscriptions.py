"""What it costs to tell thousands of tills of a change: one worker, real sockets, the tills on the same cores.

Three figures with targets: a stock change that reaches all of 2,000 equal tills (at most 40 us of CPU a delivery, the
change itself and all else the gateway does meanwhile counted in, and 99 of 100 within 250 ms); 1,000 changes a second
that reach one till in a hundred each, sustained; 5,000 tills in less than 1,000 MB. The 2,000 tills of the second stand
in 100 stores, 20 in each, and follow the same 24 products, each till at its own store.
"""

from __future__ import annotations

import asyncio
import resource
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from typing import Any

from gateway.server import loop_factory
from tests.bench.cases import CHANNEL, Listing, ask, body, data, open_channel, order
from tests.bench.load import PATIENCE, WrongAnswer, request
from tests.bench.processes import cpu_seconds, resident_mb
from tests.bench.tills import Crowd, Till, Together, read
from tests.gateway_process import GatewayProcess

TILLS = 2_000
EVENTS = 40
"""Changes that reach all tills."""
STORES = 100
RATE = 1_100
"""Changes a second that are handed in; a tenth more than must be kept up with."""
BATCH = 100
"""Changes in one call of those; each is another store's."""
SECONDS = 10.0
SOCKETS = 5_000
STORE_CHANNEL = "stores"
_FILES = 12_000


def bench() -> dict[str, float]:
    """Measures on a gateway with the demo shop, in a directory that is thrown away."""
    # The gateway inherits it.
    resource.setrlimit(resource.RLIMIT_NOFILE, (_FILES, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    with (
        tempfile.TemporaryDirectory(prefix="cogwerk-bench-") as room,
        asyncio.Runner(loop_factory=loop_factory()) as runner,
    ):
        process = GatewayProcess(Path(room) / "data")
        try:
            process.start()
            return runner.run(_measure(process))
        finally:
            process.stop()


async def _measure(process: GatewayProcess) -> dict[str, float]:
    token = process.token()
    await open_channel(process.port, token)
    listing = Listing(process.port)
    await listing.prepare(0)
    shop = Shop(process.port, process.pid, token, listing.skus())
    return {**await fan_out(shop), **await filtered(shop), **await sockets(shop)}


@dataclass
class Shop:
    """A gateway that runs, and what is counted there."""

    port: int
    pid: int
    token: str
    skus: Sequence[str]
    counted: int = 0

    async def count(self, sku: str) -> None:
        """Another figure for one product at one source."""
        self.counted += 1
        level = {"sku": sku, "source": "leipzig", "onHand": str(10_000 + self.counted)}
        await self._write(body("count", idempotencyKey=f"fan-out-{self.counted}", level=level), 1)

    async def count_many(self, levels: Sequence[dict[str, str]]) -> None:
        """Figures for products at stores, each other than before."""
        self.counted += 1
        await self._write(body("count_many", idempotencyKey=f"filtered-{self.counted}", levels=levels), len(levels))

    async def _write(self, wish: bytes, changes: int) -> None:
        (answer,) = await ask(self.port, request(self.port, "/graphql", wish, Authorization=f"Bearer {self.token}"))
        if data(answer)["setStockLevels"]["changed"] != changes:
            raise WrongAnswer(answer.decode())


async def fan_out(shop: Shop) -> dict[str, float]:
    """`fanout_us_per_delivery`, `fanout_p50_ms`, `fanout_p99_ms`: one event to all."""
    together = Together(0)
    crowd = Crowd(shop.port, CHANNEL, lambda till, content: together.hear(till, content))
    await crowd.join([{"skus": shop.skus}] * TILLS)
    latencies: list[float] = []
    for number in range(-2, EVENTS):
        if number == 0:
            latencies.clear()
            before = cpu_seconds(shop.pid)
        sku, together = shop.skus[number % len(shop.skus)], Together(TILLS)
        start = time.perf_counter()
        await shop.count(sku)
        event = await together.event()
        if event["kind"] != "CHANGE" or [item["sku"] for item in event["items"]] != [sku]:
            raise WrongAnswer(f"another event: {event}")
        latencies += [moment - start for moment in together.moments]
    cpu = 1e6 * (cpu_seconds(shop.pid) - before) / len(latencies)
    crowd.leave()
    p50, p99 = _percentiles(latencies)
    print(f"fan-out: {TILLS} tills, p50 {p50:.1f} ms, p99 {p99:.1f} ms; CPU {cpu:.1f} us a delivery")
    return {"fanout_us_per_delivery": round(cpu, 2), "fanout_p50_ms": round(p50, 2), "fanout_p99_ms": round(p99, 2)}


async def filtered(shop: Shop) -> dict[str, float]:
    """`filtered_events_s`, `filtered_p99_ms`, `filtered_busy`: many events, each to the tills of one store."""
    names = [f"store-{number:03}" for number in range(STORES)]
    await order(shop.port, shop.token, "open_stores", sources=[{"id": name, "name": name} for name in names])
    channel = {"id": STORE_CHANNEL, "market": "de", "priceLists": ["retail"], "sources": names, "position": 9}
    await order(shop.port, shop.token, "open_channel", channel=channel)
    ledger = Ledger()
    crowd = Crowd(shop.port, STORE_CHANNEL, ledger.hear)
    for name in names:
        ledger.places += [name] * (TILLS // STORES)
    await crowd.join([{"skus": shop.skus, "sources": [name]} for name in ledger.places])
    ledger.tills = dict(zip(crowd.tills, ledger.places, strict=True))
    await _count_by_clock(shop, ledger, names, 1.0)
    ledger.latencies.clear()
    before, start = cpu_seconds(shop.pid), time.perf_counter()
    events = await _count_by_clock(shop, ledger, names, SECONDS)
    seconds = time.perf_counter() - start
    busy = (cpu_seconds(shop.pid) - before) / seconds
    crowd.leave()
    rate, (_, p99) = events / seconds, _percentiles(ledger.latencies)
    print(
        f"filtered: {rate:.0f} events/s, each to {TILLS // STORES} of {TILLS} tills, p99 {p99:.1f} ms, in "
        f"{len(ledger.latencies) / seconds:.0f} deliveries/s; the gateway is busy for {busy:.0%} of the time"
    )
    return {"filtered_events_s": round(rate, 1), "filtered_p99_ms": round(p99, 2), "filtered_busy": round(busy, 3)}


async def _count_by_clock(shop: Shop, ledger: Ledger, names: Sequence[str], seconds: float) -> int:
    """Hands in changes at the rate; returns when each till has heard the last of all that concerns it, and how many
    changes there were."""
    start, number, stores = time.perf_counter(), 0, _rounds(names)
    async with asyncio.TaskGroup() as group:
        while number * BATCH < seconds * RATE:
            due = start + number * BATCH / RATE
            await asyncio.sleep(due - time.perf_counter())
            number += 1
            sku = shop.skus[number % len(shop.skus)]
            levels = [ledger.next(sku, next(stores), due) for _ in range(BATCH)]
            group.create_task(shop.count_many(levels))
    async with asyncio.timeout(PATIENCE):
        await ledger.settled()
    return number * BATCH


def _rounds(names: Sequence[str]) -> Iterator[str]:
    while True:
        yield from names


@dataclass
class Ledger:
    """What was counted at stores, and what the tills there have heard of it."""

    places: list[str] = field(default_factory=list)
    tills: dict[Till, str] = field(default_factory=dict)
    latencies: list[float] = field(default_factory=list)
    """Of each delivery: from the moment that its oldest change was due."""
    _counts: dict[tuple[str, str], int] = field(default_factory=dict)
    _due: dict[tuple[str, str, str], float] = field(default_factory=dict)
    _missing: dict[tuple[Till, str], int] = field(default_factory=dict)
    _by_place: dict[str, list[Till]] = field(default_factory=dict)
    _read: tuple[bytes, list[tuple[str, str, str]]] = (b"", [])
    """The last text, and what it says: place, sku, available. All tills of a store hear the same text."""

    def next(self, sku: str, place: str, due: float) -> dict[str, str]:
        """A figure that the store's tills are to hear: higher than all before it."""
        if not self._by_place:
            for till, name in self.tills.items():
                self._by_place.setdefault(name, []).append(till)
        count = self._counts[place, sku] = self._counts.get((place, sku), 0) + 1
        self._due[place, sku, str(count)] = due
        for till in self._by_place[place]:
            self._missing[till, sku] = count
        return {"sku": sku, "source": place, "onHand": str(count)}

    def hear(self, till: Till, content: bytes) -> None:
        """Checked: it is of the till's own store, and rises."""
        now, place = time.perf_counter(), self.tills[till]
        if content != self._read[0]:
            self._read = content, _shares(content)
        for told_of, sku, available in self._read[1]:
            if told_of != place:
                raise WrongAnswer(content.decode())
            self._note(till, sku, available, now)

    async def settled(self) -> None:
        """When nothing is missing any more."""
        while self._missing:  # noqa: ASYNC110 - a look every few milliseconds costs less than waking at each message
            await asyncio.sleep(0.005)

    def _note(self, till: Till, sku: str, available: str, now: float) -> None:
        self.latencies.append(now - self._due[self.tills[till], sku, available])
        if self._missing.get((till, sku)) == int(available):
            del self._missing[till, sku]


def _shares(content: bytes) -> list[tuple[str, str, str]]:
    event = read(content)
    if event["kind"] != "CHANGE":
        raise WrongAnswer(content.decode())
    found = [(item["sku"], item["availability"]["sources"]) for item in event["items"]]
    return [(share["source"]["id"], sku, share["available"]) for sku, (share,) in found]


async def sockets(shop: Shop) -> dict[str, float]:
    """`sockets_5000_mb`: what the process holds with so many tills that have all heard a change."""
    together = Together(0)
    crowd = Crowd(shop.port, CHANNEL, lambda till, content: together.hear(till, content))
    start = time.perf_counter()
    await crowd.join([{"skus": shop.skus}] * SOCKETS)
    connecting = 1000 * (time.perf_counter() - start) / SOCKETS
    together = Together(SOCKETS)
    await shop.count(shop.skus[0])
    await together.event()
    held = resident_mb(shop.pid)
    crowd.leave()
    print(f"sockets: {SOCKETS} tills, {held:.0f} MB resident; {connecting:.1f} ms to connect one and give its snapshot")
    return {"sockets_5000_mb": round(held, 1), "sockets_connect_ms": round(connecting, 2)}


def _percentiles(latencies: Sequence[float]) -> tuple[float, float]:
    cuts: list[Any] = quantiles(latencies, n=100)
    return 1000 * cuts[49], 1000 * cuts[98]
