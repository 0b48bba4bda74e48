"""`python -m tests.bench inventory`: what stock costs, without a server: holds a second, availability in milliseconds.

64 callers hold one piece after the other through the service, with idempotency keys, outbox and full durability: all of
one article, or spread over a thousand. The yardstick is one transaction for each hold, in the same run. Targets, each
second: SQLite 6,000 and 4,000, PostgreSQL 2,500 and 1,500, at least 8 times the yardstick; a page of 100 articles over
50 sources below 10 ms of CPU. PostgreSQL is that of BENCH_DATABASE_URL, an empty database; without one its figures are
null.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import os
import secrets
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

from gateway.migrations.upgrade import migrate
from gateway.server import loop_factory
from modules.inventory.engine.availability import Question, availability
from modules.inventory.engine.wishes import HoldInput, LineInput
from modules.inventory.model.levels import Levels
from modules.inventory.model.sources import Setup, SourceInput
from modules.inventory.service.reservations import ReservationService
from modules.inventory.service.stock import InventoryService
from modules.inventory.store.reservations import ReservationStore
from modules.inventory.store.stock import InventoryStore
from modules.kernel.names import Sku
from modules.kernel.place import Channel
from modules.kernel.product import Article
from modules.kernel.stock import Availability
from modules.kernel.viewer import OPERATOR, Viewer
from modules.runtime.database import Database
from tests.builders import NOW, a_channel, a_viewer, an_article
from tests.inventory.builders import Shelf, a_level, a_source

CALLERS = 64
SECONDS = 3.0
SPREAD = 1_000
SKUS, SOURCES, ROUNDS = 100, 50, 50
PLENTY = 1_000_000
_LEVEL = """
    INSERT INTO inventory_level (sku, source, on_hand_micros, safety_stock_micros, track, backorder_limit_micros,
        incoming, version, as_of_us, held_micros, committed_micros)
    VALUES (:sku, :source, :on_hand, 0, TRUE, 0, '[]', 1, 0, 0, 0)
"""
Figures = dict[str, float | None]


class OneShop:
    """The port Channels."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def channels(self) -> Sequence[Channel]:
        return [self._channel]


@dataclass
class Shop:
    """The services of one process over an empty database."""

    database: Database
    stock: InventoryService
    holds: ReservationService
    viewer: Viewer

    @classmethod
    async def of(cls, database: Database, skus: int, sources: int) -> Shop:
        """So many articles at each of so many sources, more than anybody takes."""
        names = [f"s{number:02}" for number in range(sources)]
        articles: list[Article] = [an_article(f"K-{number}") for number in range(skus)]
        channel = a_channel(sources=names)
        stock = InventoryService(InventoryStore(database), Shelf(*articles), OneShop(channel), clock=lambda: NOW)
        places = [SourceInput(id=name, name=name) for name in names]
        await stock.upsert_sources(a_viewer(OPERATOR), places, "measured")
        rows = [
            {"sku": article.sku, "source": name, "on_hand": PLENTY * 1_000_000}
            for article in articles
            for name in names
        ]
        async with database.transaction() as tx:
            await tx.run_many(_LEVEL, rows)
        service = ReservationService(ReservationStore(database, stock.reach), stock, Shelf(*articles))
        return cls(database, stock, service, a_viewer(OPERATOR, channel=channel))

    async def hold(self, sku: str) -> None:
        """One piece, under a key of its own."""
        line = LineInput(line="1", sku=sku, quantity="1")
        given = HoldInput(idempotency_key=secrets.token_hex(12), lines=(line,), owner="bench")
        decision = await self.holds.hold(self.viewer, given)
        assert decision.reservations, decision.problems

    async def oversold(self) -> int:
        """Places where more is set aside than there is, or other than the reservations say."""
        sql = """
            SELECT COUNT(*) FROM inventory_level l WHERE held_micros > on_hand_micros OR held_micros <> COALESCE(
                (SELECT SUM(quantity_micros) FROM inventory_reservation r
                 WHERE r.sku = l.sku AND r.source = l.source AND r.state = 'held'), 0)
        """
        ((count,),) = await self.database.read(sql)
        return int(count)


def bench() -> Figures:
    """The figures of this part by name; prints a line for each group."""
    with asyncio.Runner(loop_factory=loop_factory()) as runner, tempfile.TemporaryDirectory() as room:
        url = f"sqlite:///{Path(room) / 'bench.db'}"
        figures = {**_availability(), **runner.run(_page(f"sqlite:///{Path(room) / 'page.db'}"))}
        figures |= runner.run(_holds(url, "sqlite_full"))
        other = os.environ.get("BENCH_DATABASE_URL", "")
        figures |= runner.run(_holds(other, "postgres")) if other else _no_postgres()
    oversold = [figures.pop(name) or 0 for name in ("oversold_sqlite_full", "oversold_postgres")]
    figures["oversold"] = sum(oversold)
    # Feeds have a part of their own, which may be left out of a checkout.
    if importlib.util.find_spec("tests.bench.inventory_feed"):
        figures |= importlib.import_module("tests.bench.inventory_feed").feed_figures()
    return figures


def _no_postgres() -> Figures:
    print("holds, postgres: no BENCH_DATABASE_URL")
    return {"hold_hot_postgres_s": None, "hold_1000_postgres_s": None, "oversold_postgres": 0}


def _availability() -> Figures:
    """A page from memory, and what each answer is checked against: all of it is there."""
    sources = tuple(a_source(f"s{number:02}") for number in range(SOURCES))
    setup = Setup.of(sources, ())
    skus = [Sku(f"K-{number}") for number in range(SKUS)]
    levels: Levels = {sku: {source.id: a_level("5", sku=sku, source=source.id) for source in sources} for sku in skus}
    channel = a_channel(sources=[source.id for source in sources])

    def page() -> list[Availability]:
        question = Question.of(channel, sources, NOW)
        return [availability(sku, levels[sku], setup, question) for sku in skus]

    assert {answer.available for answer in page()} == {SOURCES * 5_000_000}
    spent = median(_milliseconds(page) for _ in range(ROUNDS))
    print(f"availability: {SKUS} articles over {SOURCES} sources from memory: {spent:.2f} ms of CPU")
    return {"availability_100x50_ms": round(spent, 3)}


async def _page(url: str) -> Figures:
    """The same with its statement, in a process that does nothing else."""
    await migrate(url)
    database = await Database.open(url)
    try:
        shop = await Shop.of(database, SKUS, SOURCES)
        skus = [Sku(f"K-{number}") for number in range(SKUS)]
        spent = []
        for _ in range(ROUNDS):
            begin = process_time()
            answers = await shop.stock.availability(skus, shop.viewer)
            spent.append(1000 * (process_time() - begin))
            assert len(answers[0].sources) == SOURCES
    finally:
        await database.close()
    print(f"availability: the same with its statement on SQLite: {median(spent):.2f} ms of CPU")
    return {"availability_100x50_read_ms": round(median(spent), 3)}


async def _holds(url: str, name: str) -> Figures:
    await migrate(url)
    database = await Database.open(url)
    try:
        shop = await Shop.of(database, SPREAD, 1)
        hot = await _rate(shop, CALLERS, lambda count: "K-0")
        spread = await _rate(shop, CALLERS, lambda count: f"K-{7 * count % SPREAD}")
        single = await _rate(shop, 1, lambda count: f"K-{7 * count % SPREAD}")
        oversold = await shop.oversold()
    finally:
        await database.close()
    print(
        f"holds, {name}: {hot:.0f} a second of one article, {spread:.0f} of {SPREAD}, "
        f"{single:.0f} one transaction each; {oversold} places oversold"
    )
    figures: Figures = {f"hold_hot_{name}_s": round(hot), f"hold_1000_{name}_s": round(spread)}
    if name == "sqlite_full":
        figures["hold_gain_over_single"] = round(hot / single, 1)
    return {**figures, f"oversold_{name}": oversold}


async def _rate(shop: Shop, callers: int, sku: Callable[[int], str]) -> float:
    """Holds a second; with one caller each is a transaction of its own."""
    done = 0
    begin = perf_counter()

    async def call() -> None:
        nonlocal done
        while perf_counter() < begin + SECONDS:
            done += 1
            await shop.hold(sku(done))

    await asyncio.gather(*(call() for _ in range(callers)))
    return done / (perf_counter() - begin)


def _milliseconds(act: Callable[[], object]) -> float:
    begin = process_time()
    act()
    return 1000 * (process_time() - begin)
