"""`python -m tests.bench listing cart edge`: what a request costs, as a multiple of a route with ready bytes.

Figures in milliseconds depend on the machine and on what else it does; ratios do less, as both servers are measured in
the same run, in turn, and each counts with its least disturbed round. Targets: listing and cart add at most 70, cart
read at most 50; an add at most 2 round trips to Redis and 3 SQL statements, 100,000 carts below 800 MB of Redis, and
with 2,000 open carts and 200 operations a second 99 of 100 reach the other device within 200 ms; the edge adds at most
0.3 ms to a bare route.
`subscriptions` starts a gateway of its own; `pricing`, `inventory` and `configurator` need none. Their own files in
`tests/bench` say what they measure.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from time import perf_counter

from gateway.server import loop_factory
from tests.bench import cart_store, configurator, inventory, pricing, subscriptions
from tests.bench.cart import CartAdd, CartRead, Carts
from tests.bench.cart_sync import CARTS, RATE, OpenCarts
from tests.bench.cases import CHANNEL, Case, Listing, open_channel, replies
from tests.bench.edge import EdgeOnly
from tests.bench.load import Script, load
from tests.bench.processes import bare_server, children, cpu_seconds
from tests.bench.subscribers import Tills
from tests.gateway_process import GatewayProcess

SERVED = ("listing", "cart", "edge")
CASES = (*SERVED, "subscriptions", "pricing", "inventory", "configurator")
ROUNDS = 8
WARM_UP = 1.5
CHANGES = 20
"""Stock changes that subscribers hear of."""
SPARE = 1.5
"""So many times the expected requests are prepared for, in case a round is faster than the warm-up."""


@dataclass
class Tally:
    """What a server did over all its rounds, and what a request cost in each of them, in milliseconds."""

    latencies: list[float] = field(default_factory=list)
    seconds: float = 0.0
    cpu: list[float] = field(default_factory=list)
    redis_cpu: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Requests per second."""
        return len(self.latencies) / self.seconds


@dataclass(frozen=True)
class Warm:
    """A case that ran for a moment, and what that showed."""

    case: Case
    rate: float
    """Requests per second, roughly."""
    sample: tuple[bytes, bytes]


@dataclass(frozen=True)
class Server:
    """Where it listens, and the processes whose time counts."""

    port: int
    pid: int
    redis: tuple[int, ...] = ()

    async def play(self, scripts: Sequence[Script], seconds: float, tally: Tally) -> None:
        """One round; adds what it showed to the tally."""
        before = cpu_seconds(self.pid), sum(map(cpu_seconds, self.redis))
        done = await load(self.port, scripts, seconds)
        after = cpu_seconds(self.pid), sum(map(cpu_seconds, self.redis))
        tally.cpu.append(1000 * (after[0] - before[0]) / len(done.latencies))
        tally.redis_cpu.append(1000 * (after[1] - before[1]) / len(done.latencies))
        tally.seconds += done.seconds
        tally.latencies += done.latencies


def main() -> None:
    """Prints a line per case, and with --json one flat object as the last line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"{' or '.join(CASES)}; all when none is named")
    parser.add_argument("--seconds", type=float, default=6.0, help="of load on the gateway for each case (6)")
    parser.add_argument("--subscribers", type=int, default=0, metavar="N", help="also: N tills hear of stock changes")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON, too")
    options = parser.parse_args()
    if unknown := set(options.cases) - set(CASES):
        parser.error(f"there is no case {', '.join(sorted(unknown))}; there is: {', '.join(CASES)}")
    named = options.cases or CASES
    served = [name for name in SERVED if name in named]
    figures = bench(served, options.seconds, options.subscribers) if served or options.subscribers else {}
    if "cart" in named:
        figures |= cart_store.bench()
    if "subscriptions" in named:
        figures |= subscriptions.bench()
    if "pricing" in named:
        figures |= pricing.bench()
    if "inventory" in named:
        figures |= inventory.bench()
    if "configurator" in named:
        figures |= configurator.bench()
    if options.json:
        print(json.dumps(figures))


def bench(names: Sequence[str], seconds: float, subscribers: int = 0) -> dict[str, float | None]:
    """Measures the cases on a gateway with the demo shop, in a directory that is thrown away."""
    with (
        tempfile.TemporaryDirectory(prefix="cogwerk-bench-") as room,
        asyncio.Runner(loop_factory=loop_factory()) as runner,
    ):
        process = GatewayProcess(Path(room) / "data")
        try:
            process.start()
            gateway = Server(process.port, process.pid, tuple(children(process.pid)))
            listing = runner.run(_listing(gateway.port, process.token()))
            carts = Carts(gateway.port, listing.skus())
            cases = runner.run(_cases(listing, carts, process.token(), names))
            warm = [runner.run(_warm_up(gateway, case)) for case in cases]
            with _bare(Path(room) / "answers", warm) as bare:
                measured = [runner.run(_measure(item, gateway, bare, seconds / ROUNDS)) for item in warm]
            if subscribers:
                tills = Tills(gateway.port, process.token(), listing.skus())
                measured.append(runner.run(_fan_out(tills, gateway, subscribers)))
            if "cart" in names:
                measured.append(runner.run(_sync(OpenCarts(Carts(gateway.port, listing.skus(), CHANNEL)), gateway)))
        finally:
            process.stop()
    return {name: figure for figures in measured for name, figure in figures.items()}


async def _listing(port: int, token: str) -> Listing:
    """The case all others start from, as it knows the products."""
    await open_channel(port, token)
    listing = Listing(port)
    await listing.prepare(0)
    return listing


async def _cases(listing: Listing, carts: Carts, token: str, names: Sequence[str]) -> list[Case]:
    cases: list[Case] = [listing] if "listing" in names else []
    if "cart" in names:
        await carts.open(token)
        cases += [CartAdd(carts), CartRead(carts)]
    return [*cases, EdgeOnly(listing.port)] if "edge" in names else cases


@contextmanager
def _bare(answers: Path, warm: Sequence[Warm]) -> Iterator[Server]:
    answers.mkdir()
    for item in warm:
        (answers / item.case.name).write_bytes(item.sample[1])
    with bare_server(answers) as (port, pid):
        yield Server(port, pid)


async def _warm_up(gateway: Server, case: Case) -> Warm:
    tally = Tally()
    await case.prepare(2000)
    await gateway.play(case.scripts(), WARM_UP, tally)
    return Warm(case, tally.rate, case.sample())


async def _measure(warm: Warm, gateway: Server, bare: Server, seconds: float) -> dict[str, float]:
    """Rounds of both servers in turn, so that whatever else the machine does meets both."""
    path = f"/{warm.case.name}"
    ours, yardstick = Tally(), Tally()
    await load(bare.port, replies(bare.port, path, warm.sample), WARM_UP / 2)
    for _ in range(ROUNDS):
        await warm.case.prepare(int(SPARE * warm.rate * seconds))
        await gateway.play(warm.case.scripts(), seconds, ours)
        await bare.play(replies(bare.port, path, warm.sample), seconds / 2, yardstick)
    return _report(warm.case.name, ours, yardstick)


async def _fan_out(tills: Tills, gateway: Server, subscribers: int) -> dict[str, float]:
    await tills.connect(subscribers)
    await tills.change()
    before = cpu_seconds(gateway.pid)
    latencies = [latency for _ in range(CHANGES) for latency in await tills.change()]
    cpu_us = 1e6 * (cpu_seconds(gateway.pid) - before) / len(latencies)
    tills.close()
    p50, p99 = _percentiles(latencies)
    print(f"stock: {subscribers} tills, p50 {p50:.1f} ms, p99 {p99:.1f} ms; CPU {cpu_us:.0f} us a delivery")
    figures = {"subscribers": subscribers, "delivery_cpu_us": cpu_us, "p50_ms": p50, "p99_ms": p99}
    return {f"stock_{key}": round(figure, 3) for key, figure in figures.items()}


async def _sync(carts: OpenCarts, gateway: Server) -> dict[str, float]:
    await carts.open()
    before, start = cpu_seconds(gateway.pid), perf_counter()
    p50, p99 = _percentiles(await carts.change())
    busy = (cpu_seconds(gateway.pid) - before) / (perf_counter() - start)
    carts.close()
    print(
        f"cart sync: {CARTS} open carts, {RATE} operations/s, p50 {p50:.1f} ms, p99 {p99:.1f} ms; "
        f"the gateway is busy for {busy:.0%} of the time"
    )
    return {"cart_sync_p50_ms": round(p50, 3), "cart_sync_p99_ms": round(p99, 3), "cart_sync_busy": round(busy, 3)}


def _percentiles(latencies: Sequence[float]) -> tuple[float, float]:
    """The median and the 99th of a hundred, in milliseconds."""
    cuts = quantiles(latencies, n=100)
    return 1000 * cuts[49], 1000 * cuts[98]


def _report(name: str, ours: Tally, yardstick: Tally) -> dict[str, float]:
    cpu, bare_cpu, redis_cpu = min(ours.cpu), min(yardstick.cpu), min(ours.redis_cpu)
    p50, p99 = _percentiles(ours.latencies)
    print(
        f"{name}: {ours.rate:.0f} requests/s, p50 {p50:.1f} ms, p99 {p99:.1f} ms; "
        f"CPU {cpu:.3f} ms a request (Redis {redis_cpu:.3f}), a bare route {bare_cpu:.3f}: ratio {cpu / bare_cpu:.1f}"
    )
    figures = {
        f"{name}_ratio": cpu / bare_cpu,
        f"{name}_cpu_ms": cpu,
        f"{name}_redis_cpu_ms": redis_cpu,
        f"{name}_rps": ours.rate,
        f"{name}_p50_ms": p50,
        f"{name}_p99_ms": p99,
        **({"edge_overhead_ms": cpu - bare_cpu} if name == EdgeOnly.name else {}),
        "bare_cpu_ms" if name == Listing.name else f"{name}_bare_cpu_ms": bare_cpu,
    }
    return {key: round(figure, 3) for key, figure in figures.items()}


if __name__ == "__main__":
    main()
