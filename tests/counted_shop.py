"""The demo shop in this process, without an edge, that counts what each answer costs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gateway.carts import Keeping
from gateway.importing import import_files
from gateway.parts import make_graph
from gateway.settings import ROOT
from gateway.wiring import by_class, wire_cart, wire_trade
from modules.kernel.feed import Feed
from modules.kernel.graph import GraphContext
from modules.kernel.viewer import OPERATOR
from modules.pricing.engine.lifecycle import Step
from modules.pricing.service.promotions import PromotionService
from modules.runtime.database import Database
from modules.runtime.redis import Redis
from tests.bench.promotions import twenty_promotions
from tests.builders import a_viewer

GRAPH = make_graph()
_DOCUMENTS = ROOT / "tests" / "bench" / "documents"


def document(name: str) -> str:
    """What the benchmark asks."""
    return (_DOCUMENTS / f"{name}.graphql").read_text()


@dataclass
class CountedShop:
    """What it has cost so far stands in the database and in Redis."""

    database: Database
    redis: Redis
    context: GraphContext

    async def run(self, document: str, **variables: Any) -> tuple[dict[str, Any], int, int]:
        """The data, the SQL statements and the Redis round trips."""
        statements, trips = self.database.statements, self.redis.trips
        result = await GRAPH.execute(document, variable_values=variables, context_value=self.context)
        assert result.errors is None, result.errors
        assert result.data is not None
        return result.data, self.database.statements - statements, self.redis.trips - trips

    async def skus(self) -> list[str]:
        """Of the first page; asked once, what a process holds in memory is there."""
        listing, _, _ = await self.run(document("listing"))
        return [edge["node"]["sku"] for edge in listing["products"]["edges"]]

    async def promote(self, skus: Sequence[str]) -> None:
        """Twenty promotions are active."""
        documents = twenty_promotions(skus)
        service, boss = self.context.use(PromotionService), a_viewer(OPERATOR, now=datetime.now(UTC))
        assert (await service.upsert(boss, documents, "test")).problems == ()
        assert (await service.step(boss, Step.ACTIVATE, [one["id"] for one in documents], "test")).problems == ()


@asynccontextmanager
async def counted_shop(database: Database, redis: Redis, feed: Feed, directory: Path) -> AsyncIterator[CountedShop]:
    """The shop as a process has it a moment after its start."""
    trade = wire_trade(database)
    demo = ROOT / "examples" / "demo"
    await import_files(trade, demo / "mapping.toml", demo, directory)
    services = by_class(trade, wire_cart(trade, database, redis, Keeping(b"secret" * 8)))
    viewer = a_viewer(channel=trade.market.channel(None), currency="EUR", now=datetime.now(UTC))
    while await trade.pricing.history.tell_due():  # as the timer of a running process has
        pass
    with trade.pricing.shelf.tended(lambda: True):
        yield CountedShop(database, redis, GraphContext(viewer, feed, services, GRAPH.parts, GRAPH.owners))
