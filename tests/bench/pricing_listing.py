"""What a listing's prices cost the processor once rows and standing prices are in memory.

Target: below 1 ms for 24 prices, each reduced, with its prior price.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time

from gateway.migrations.upgrade import migrate
from gateway.pricing import Pricing, wire_pricing
from modules.kernel.names import Sku
from modules.kernel.viewer import OPERATOR
from modules.pricing.engine.lifecycle import Step
from modules.pricing.model.prices import PriceKind
from modules.pricing.model.taxes import TaxRuleInput
from modules.runtime.database import Database
from tests.builders import NOW, a_channel, a_viewer, an_article
from tests.pricing.builders import ArticlesInMemory, ChannelsInMemory, a_row_input
from tests.pricing.promotion_documents import a_document

PAGE = 24
ROUNDS = 5
ASKED = 100
BOSS = a_viewer(OPERATOR)
SKUS = [Sku(f"A-{number}") for number in range(PAGE)]


async def listing_24_ms(promotions: int = 0) -> float:
    """The median of a page from memory in the least disturbed of some rounds, in milliseconds of the processor;
    `promotions` run beside it, one of them on every product."""
    with TemporaryDirectory() as directory:
        url = f"sqlite:///{Path(directory)}/bench.db"
        await migrate(url)
        database = await Database.open(url)
        try:
            return await _measured(database, promotions)
        finally:
            await database.close()


async def _measured(database: Database, promotions: int) -> float:
    now = NOW - timedelta(days=40)
    articles = ArticlesInMemory(*(an_article(sku, categories=("garden",)) for sku in SKUS))
    pricing = wire_pricing(database, articles, ChannelsInMemory(a_channel()), clock=lambda: now)
    await pricing.taxes.upsert_tax_rules(BOSS, [TaxRuleInput(country="DE", tax_class="standard", rate="0.19")], "law")
    await pricing.rows.set_prices(BOSS, [a_row_input(sku=sku) for sku in SKUS], "bench")
    now = NOW
    sales = [a_row_input(sku=sku, amount="8", kind=PriceKind.SALE) for sku in SKUS]
    await pricing.rows.set_prices(BOSS, sales, "bench")
    await _promote(pricing, promotions)
    viewer = a_viewer(now=NOW + timedelta(hours=1))
    now = viewer.now
    await pricing.history.tell_due()
    with pricing.shelf.tended(lambda: True):
        found = await pricing.answers.prices(SKUS, viewer)
        assert all(price and price.original and price.prior_price and price.allowed_percent for price in found)
        before = database.statements
        rounds = [await _round(pricing, SKUS) for _ in range(ROUNDS)]
        assert database.statements == before
    return min(median(taken) for taken in rounds) * 1_000


async def _promote(pricing: Pricing, count: int) -> None:
    for number in range(count):
        goods = {"categories": ["garden"]} if not number else {"skus": [SKUS[number % PAGE]]}
        document = a_document(f"p-{number}", actions=[{"itemPercentOff": {"percent": "5", "of": goods}}])
        await pricing.promotions.upsert(BOSS, [document], "bench")
        await pricing.promotions.step(BOSS, Step.ACTIVATE, [f"p-{number}"], "bench")


async def _round(pricing: Pricing, skus: Sequence[Sku]) -> list[float]:
    viewer = a_viewer(now=NOW + timedelta(hours=1))
    taken = []
    gc.disable()
    try:
        for _ in range(ASKED):
            begun = process_time()
            await pricing.answers.prices(skus, viewer)
            taken.append(process_time() - begun)
    finally:
        gc.enable()
    return taken


def main() -> None:
    """Prints what was measured."""
    for promotions in (0, 10):
        print(f"24 prices from memory, {promotions} promotions: {asyncio.run(listing_24_ms(promotions)):.2f} ms")


if __name__ == "__main__":
    main()
