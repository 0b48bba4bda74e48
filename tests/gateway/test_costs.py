"""What an answer may cost: statements and round trips, whatever the page size. Held here, so that no one adds one."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from modules.runtime.database import Database
from modules.runtime.feed import StreamFeed
from modules.runtime.redis import Redis
from tests.bench.promotions import APPLIED
from tests.counted_shop import CountedShop, counted_shop, document


@pytest.fixture
async def shop(database: Database, redis: Redis, feed: StreamFeed, tmp_path: Path) -> AsyncIterator[CountedShop]:
    async with counted_shop(database, redis, feed, tmp_path) as shop:
        yield shop


async def test_a_listing_costs_at_most_4_statements_whatever_its_size(shop: CountedShop) -> None:
    listing = document("listing")
    await shop.run(listing)  # the first of a process reads what is then held in memory
    data, statements, trips = await shop.run(listing)
    assert len(data["products"]["edges"]) == 24
    assert statements <= 4
    assert trips == 0
    data, statements, _ = await shop.run(listing.replace("first: 24", "first: 96"))
    assert len(data["products"]["edges"]) == 96
    assert statements <= 4


async def test_a_cart_operation_with_its_quote_costs_at_most_2_redis_round_trips(shop: CountedShop) -> None:
    skus = await shop.skus()
    create = "mutation ($key: String!) { createCart(input: { idempotencyKey: $key }) { key } }"
    key = (await shop.run(create, key=str(uuid.uuid4())))[0]["createCart"]["key"]
    costs = []
    for number, sku in enumerate(skus):
        data, statements, trips = await shop.run(document("cart_add"), key=key, id=f"tap-{number}", sku=sku)
        assert len(data["applyCartOperations"]["cart"]["lines"]) == number + 1
        costs.append((statements, trips))
    assert max(trips for _, trips in costs) <= 2
    assert len(set(costs[1:])) == 1, "a longer cart costs no more trips or statements"


async def test_twenty_promotions_cost_a_cart_operation_one_round_trip_and_at_most_3_statements(
    shop: CountedShop,
) -> None:
    skus = await shop.skus()
    await shop.promote(skus)
    await shop.skus()  # writing has made the process forget
    create = "mutation ($key: String!) { createCart(input: { idempotencyKey: $key }) { key } }"
    key = (await shop.run(create, key=str(uuid.uuid4())))[0]["createCart"]["key"]
    costs = [(await shop.run(document("cart_add"), key=key, id=f"tap-{n}", sku=skus[n % 10]))[1:] for n in range(10)]
    assert max(costs[1:]) <= (3, 1), "the first of a process reads what is then held in memory"
    cart = "query ($key: String!) { cart(key: $key) { quote { promotions { outcome } } } }"
    outcomes = (await shop.run(cart, key=key))[0]["cart"]["quote"]["promotions"]
    assert sum(one["outcome"] == "APPLIED" for one in outcomes) >= APPLIED
