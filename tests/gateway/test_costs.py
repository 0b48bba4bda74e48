"""What an answer may cost: statements and round trips, whatever the page size. Held here, so that no one adds one."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.importing import import_files
from gateway.parts import make_graph
from gateway.settings import ROOT
from gateway.wiring import by_class, wire_cart, wire_trade
from modules.kernel.graph import GraphContext
from modules.kernel.viewer import OPERATOR
from modules.pricing.engine.lifecycle import Step
from modules.pricing.service.promotions import PromotionService
from modules.runtime.database import Database
from modules.runtime.feed import StreamFeed
from modules.runtime.redis import Redis
from tests.builders import a_viewer

DOCUMENTS = ROOT / "tests" / "bench" / "documents"
GRAPH = make_graph()


@dataclass
class Shop:
    """The demo shop in this process, and what it has cost so far."""

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


@pytest.fixture
async def shop(database: Database, redis: Redis, feed: StreamFeed, tmp_path: Path) -> AsyncIterator[Shop]:
    trade = wire_trade(database)
    demo = ROOT / "examples" / "demo"
    await import_files(trade, demo / "mapping.toml", demo, tmp_path)
    services = by_class(trade, wire_cart(trade, redis, b"secret" * 8, keep_days=1))
    viewer = a_viewer(channel=trade.market.channel(None), currency="EUR", now=datetime.now(UTC))
    while await trade.pricing.history.tell_due():  # as the timer of a running process has
        pass
    with trade.pricing.shelf.tended(lambda: True):
        yield Shop(database, redis, GraphContext(viewer, feed, services, GRAPH.parts, GRAPH.owners))


async def test_a_listing_costs_at_most_4_statements_whatever_its_size(shop: Shop) -> None:
    document = (DOCUMENTS / "listing.graphql").read_text()
    await shop.run(document)  # the first of a process reads what is then held in memory
    data, statements, trips = await shop.run(document)
    assert len(data["products"]["edges"]) == 24
    assert statements <= 4
    assert trips == 0
    data, statements, _ = await shop.run(document.replace("first: 24", "first: 96"))
    assert len(data["products"]["edges"]) == 96
    assert statements <= 4


async def test_a_cart_operation_with_its_quote_costs_at_most_2_redis_round_trips(shop: Shop) -> None:
    listing, _, _ = await shop.run((DOCUMENTS / "listing.graphql").read_text())
    skus = [edge["node"]["sku"] for edge in listing["products"]["edges"]]
    create = "mutation ($key: String!) { createCart(input: { idempotencyKey: $key }) { key } }"
    key = (await shop.run(create, key=str(uuid.uuid4())))[0]["createCart"]["key"]
    document = (DOCUMENTS / "cart_add.graphql").read_text()
    costs = []
    for number, sku in enumerate(skus):
        data, statements, trips = await shop.run(document, key=key, id=f"tap-{number}", sku=sku)
        assert len(data["applyCartOperations"]["cart"]["lines"]) == number + 1
        costs.append((statements, trips))
    assert max(trips for _, trips in costs) <= 2
    assert len(set(costs[1:])) == 1, "a longer cart costs no more trips or statements"


async def test_twenty_promotions_cost_a_cart_operation_one_round_trip_and_at_most_3_statements(shop: Shop) -> None:
    listing, _, _ = await shop.run((DOCUMENTS / "listing.graphql").read_text())
    skus = [edge["node"]["sku"] for edge in listing["products"]["edges"]]
    await promote(shop, skus[-1])
    await shop.run((DOCUMENTS / "listing.graphql").read_text())  # writing has made the process forget
    create = "mutation ($key: String!) { createCart(input: { idempotencyKey: $key }) { key } }"
    key = (await shop.run(create, key=str(uuid.uuid4())))[0]["createCart"]["key"]
    document = (DOCUMENTS / "cart_add.graphql").read_text()
    costs = [(await shop.run(document, key=key, id=f"tap-{n}", sku=skus[n % 5]))[1:] for n in range(10)]
    assert max(costs[1:]) <= (3, 1), "the first of a process reads what is then held in memory"
    cart = "query ($key: String!) { cart(key: $key) { quote { promotions { outcome } } } }"
    outcomes = (await shop.run(cart, key=key))[0]["cart"]["quote"]["promotions"]
    assert sum(one["outcome"] == "APPLIED" for one in outcomes) >= 17


async def promote(shop: Shop, gift: str) -> None:
    """Twenty active promotions of many kinds; one has a limit, one gives a gift that nobody earns yet."""
    actions: list[dict[str, Any]] = [{"itemPercentOff": {"percent": "1"}}, {"orderPercentOff": {"percent": "1"}}] * 9
    actions += [{"buyGet": {"buy": 2, "get": 1}}, {"gift": {"sku": gift}}]
    names = [{"locale": "en", "text": "A promotion"}]
    documents: list[dict[str, Any]] = [
        {"id": f"p{number:02d}", "names": names, "actions": [action]} for number, action in enumerate(actions)
    ]
    documents[0]["limits"] = {"total": 1000}
    documents[-1]["condition"] = {"subtotal": {"amount": [{"currency": "EUR", "amount": "99999"}]}}
    service, boss = shop.context.use(PromotionService), a_viewer(OPERATOR, now=datetime.now(UTC))
    assert (await service.upsert(boss, documents, "test")).problems == ()
    assert (await service.step(boss, Step.ACTIVATE, [one["id"] for one in documents], "test")).problems == ()
