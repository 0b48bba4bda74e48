"""What price rows cost: bringing them in, and choosing among a million of them. On SQLite, every commit on disk.

Targets: 20,000 rows a second without history and 8,000 with it; choosing for 24 skus costs among a million rows what
it costs among 10,000.
"""

from __future__ import annotations

import asyncio
import gc
import io
import random
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TypeVar

from gateway.importing import import_files
from gateway.importing.progress import Lines
from gateway.migrations.upgrade import migrate
from gateway.pricing import Pricing, wire_pricing
from gateway.wiring import Trade, wire_trade
from modules.catalog.model import ProductInput
from modules.kernel.names import Sku
from modules.kernel.viewer import OPERATOR
from modules.market.model import ChannelInput, MarketInput
from modules.pricing.model.prices import PriceRowInput
from modules.pricing.model.taxes import TaxRuleInput
from modules.pricing.store.rows import row_of
from modules.runtime.database import Database
from tests.builders import a_channel, a_viewer, an_article
from tests.pricing.builders import ArticlesInMemory, ChannelsInMemory, a_row_input

ROWS = 20_000
BATCH = 2_000
ROWS_OF_A_SKU = 10
PAGE = 24
ROUNDS = 300
T = TypeVar("T")
BOSS = a_viewer(OPERATOR)
GERMANY = TaxRuleInput(country="DE", tax_class="standard", rate="0.19")

_FILL = """
    WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < :most - 1)
    INSERT INTO pricing_price_row
        (id, sku, currency, amount_micros, tax_mode, price_list, kind, segment, tier_mode, source, version)
    SELECT 'row-' || n, 'S-' || (n / 10), 'EUR', 1000000 + n, 'gross', 'list', 'base',
        CASE n % 10 WHEN 0 THEN NULL ELSE 'segment-' || (n % 10) END, 'all_units', '', 1
    FROM numbers
"""
_MAPPING = """
name = "bench"
[[step]]
file = "prices.csv"
target = "prices"
[step.fields]
sku = "sku"
price_list = { constant = "list" }
currency = { constant = "EUR" }
amount = "amount"
tax_mode = { constant = "gross" }
customer = "customer"
"""


def price_import_rows_s() -> dict[str, float]:
    """Rows a second through RowService, one a sku: those of customers, which write no history, and public ones; and
    rows a second out of a file."""
    personal = [a_row_input(sku=f"A-{n}", amount=_amount(n), customer="c", source="erp") for n in range(ROWS)]
    public = [a_row_input(sku=f"A-{n}", amount=_amount(n), source="erp") for n in range(ROWS)]
    figures = {
        "price_import_rows_s": asyncio.run(_import(personal)),
        "price_import_history_rows_s": asyncio.run(_import(public)),
        "price_import_file_rows_s": asyncio.run(_import_file(ROWS)),
    }
    print("rows a second: " + ", ".join(f"{name} {figure:.0f}" for name, figure in figures.items()))
    return figures


def price_select_1m_us() -> dict[str, float]:
    """Microseconds to read and choose the prices of 24 skus among 10,000 rows and among 1,000,000, in one file each."""
    figures = asyncio.run(_select())
    print("choosing 24: " + ", ".join(f"{name} {figure:.0f}" for name, figure in figures.items()))
    return figures


async def _import(rows: Sequence[PriceRowInput]) -> float:
    articles = ArticlesInMemory(*(an_article(sku) for sku in dict.fromkeys(row.sku for row in rows)))
    async with _database() as database:
        pricing = await _pricing(database, articles)
        gc.collect()
        gc.freeze()  # what the benchmark itself made ready is no part of an import
        begin = perf_counter()
        for batch in _batches(rows, BATCH):
            done = await pricing.rows.import_prices(BOSS, batch, "bench")
            assert done.changed == len(batch), done.problems[:1]
        seconds = perf_counter() - begin
        gc.unfreeze()
        return len(rows) / seconds


async def _import_file(rows: int) -> float:
    with tempfile.TemporaryDirectory(prefix="cogwerk-bench-") as room:
        place = Path(room)
        (place / "bench.toml").write_text(_MAPPING)
        lines = (f"A-{n // ROWS_OF_A_SKU},{_amount(n)},c{n % ROWS_OF_A_SKU}" for n in range(rows))
        (place / "prices.csv").write_text("\n".join(["sku,amount,customer", *lines]))
        async with _database() as database:
            trade = wire_trade(database)
            await _open_shop(trade, [f"A-{n}" for n in range(rows // ROWS_OF_A_SKU)])
            begin = perf_counter()
            report = await import_files(trade, place / "bench.toml", place, place, Lines(io.StringIO()))
            seconds = perf_counter() - begin
            assert report.steps[0].changed == rows, report
            return rows / seconds


async def _select() -> dict[str, float]:
    found: dict[str, list[float]] = {"price_select_10k_us": [], "price_select_1m_us": []}
    async with _database() as small, _database() as large:
        shops = [await _filled(small, 10_000), await _filled(large, 1_000_000)]
        gc.collect()
        chance = random.Random(7)
        for _ in range(ROUNDS):
            for (pricing, skus), times in zip(shops, found.values(), strict=True):
                wished = chance.sample(skus, PAGE)
                row_of.cache_clear()  # a shop of a thousand skus would fit into it
                begin = perf_counter()
                prices = await pricing.answers.prices(wished, a_viewer())
                times.append(perf_counter() - begin)
                assert None not in prices
    return {name: round(1e6 * median(times), 1) for name, times in found.items()}


async def _filled(database: Database, rows: int) -> tuple[Pricing, list[Sku]]:
    async with database.transaction() as tx:
        await tx.run(_FILL, most=rows)
    skus = [Sku(f"S-{n}") for n in range(rows // ROWS_OF_A_SKU)]
    return await _pricing(database, ArticlesInMemory(*map(an_article, skus))), skus


async def _pricing(database: Database, articles: ArticlesInMemory) -> Pricing:
    pricing = wire_pricing(database, articles, ChannelsInMemory(a_channel()))
    await pricing.taxes.upsert_tax_rules(BOSS, [GERMANY], "bench")
    return pricing


async def _open_shop(trade: Trade, skus: Sequence[str]) -> None:
    market = MarketInput(id="de", country="DE", zone="Europe/Berlin", currencies=["EUR"], locales=["de"])
    await trade.market.upsert_markets(BOSS, [market], "bench")
    await trade.market.upsert_channels(BOSS, [ChannelInput(id="web", market="de", price_lists=["list"])], "bench")
    await trade.pricing.taxes.upsert_tax_rules(BOSS, [GERMANY], "bench")
    for batch in _batches(skus, 1_000):
        given = [ProductInput(sku=sku, titles=[("de", sku)]) for sku in batch]
        assert (await trade.catalog.upsert_products(BOSS, given, "bench")).changed == len(given)


@asynccontextmanager
async def _database() -> AsyncIterator[Database]:
    with tempfile.TemporaryDirectory(prefix="cogwerk-bench-") as room:
        url = f"sqlite:///{room}/bench.db"
        await asyncio.to_thread(lambda: asyncio.run(migrate(url)))
        database = await Database.open(url)
        try:
            yield database
        finally:
            await database.close()


def _batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _amount(number: int) -> str:
    return f"{number % 1000 + 1}.{number % 100:02}"
