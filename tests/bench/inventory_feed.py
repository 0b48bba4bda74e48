"""A stock feed of many rows through the service: rows a second and the memory it takes at most."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from gateway.migrations.upgrade import migrate
from modules.inventory.model.feeds import FeedMode, MessageInput
from modules.inventory.model.sources import SourceInput
from modules.inventory.service.feeds import FeedService
from modules.inventory.service.stock import InventoryService
from modules.inventory.store.feeds import FeedStore
from modules.inventory.store.stock import InventoryStore
from modules.kernel.names import Sku, TaxClass
from modules.kernel.product import Article
from modules.kernel.viewer import OPERATOR
from modules.runtime.database import Database
from tests.bench.processes import peak_mb
from tests.builders import a_viewer
from tests.inventory.builders import Places

ROOT = Path(__file__).resolve().parents[2]
ROWS = 1_000_000
SOURCES = 20
BATCH = 1_000


class Everything:
    """A product master for which every sku is an article in pieces."""

    async def articles(self, skus: Sequence[Sku]) -> list[Article | None]:
        return [Article(sku, TaxClass("standard"), 0) for sku in skus]

    async def nearest(self, skus: Sequence[str]) -> list[list[Sku]]:
        return [[] for _ in skus]


def feed_figures(rows: int = ROWS) -> dict[str, float]:
    """`feed_rows_s` and `feed_peak_mb`, measured in a process of its own: SQLite, synchronous FULL, with events."""
    command = [sys.executable, "-m", "tests.bench.inventory_feed", str(rows)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


async def _feed(rows: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="cogwerk-bench-") as room:
        url = f"sqlite:///{room}/feed.db"
        await migrate(url)
        database = await Database.open(url)
        try:
            stock = InventoryService(InventoryStore(database), Everything(), Places())
            boss = a_viewer(OPERATOR)
            await stock.upsert_sources(boss, [SourceInput(id=f"s{n}", name=f"S {n}") for n in range(SOURCES)], "bench")
            service = FeedService(FeedStore(database), stock, Everything())
            began, taken = time.perf_counter(), 0
            for batch in _batches(rows):
                taken += (await service.take(boss, "erp", batch)).applied
            seconds = time.perf_counter() - began
        finally:
            await database.close()
    assert taken == rows
    return {"feed_rows_s": round(rows / seconds), "feed_peak_mb": round(peak_mb(), 1)}


def _batches(rows: int) -> Iterator[list[MessageInput]]:
    moment = datetime.now(UTC)
    for start in range(0, rows, BATCH):
        yield [
            MessageInput(
                sku=f"SKU-{row // SOURCES}",
                source=f"s{row % SOURCES}",
                mode=FeedMode.ABSOLUTE,
                quantity=str(row % 97),
                seq="1",
                as_of=moment,
            )
            for row in range(start, min(start + BATCH, rows))
        ]


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_feed(int(sys.argv[1])))))
