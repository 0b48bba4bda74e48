"""What carts cost without a gateway: round trips and statements of an add, and the memory of 100,000 carts."""

from __future__ import annotations

import asyncio
import secrets
import tempfile
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from gateway.migrations.upgrade import migrate
from modules.cart.engine.intake import CartInput
from modules.cart.model import Kind
from modules.runtime.database import Database
from modules.runtime.embedded import EmbeddedServer
from modules.runtime.feed import StreamFeed
from modules.runtime.redis import Redis
from tests.bench.cart import LINES, adding
from tests.bench.load import WrongAnswer
from tests.builders import an_article
from tests.cart.shop import Shop, a_shelf
from tests.counted_shop import counted_shop, document

CARTS = 25_000
"""As many are made; what they use grows in proportion, so that the figure for 100,000 follows."""
_AT_ONCE = 500
_WARM = 3
_ADDS = 10


def bench() -> dict[str, float]:
    """The figures by name; prints a line for each group."""
    figures = {**asyncio.run(_costs()), **asyncio.run(_memory())}
    print(
        f"cart add: {figures['cart_redis_trips']} Redis round trips, {figures['cart_sql_statements']} SQL statements; "
        f"100,000 carts of {LINES} lines: {figures['carts_100k_mb']:.0f} MB of Redis"
    )
    return figures


@asynccontextmanager
async def _redis(directory: Path) -> AsyncIterator[Redis]:
    server = EmbeddedServer(directory / "redis")
    await server.start()
    redis = Redis(server.url)
    try:
        yield redis
    finally:
        await redis.close()
        await server.stop()


async def _costs() -> dict[str, float]:
    """The most that an add with its quote costs, in a cart of ten lines with twenty promotions."""
    with tempfile.TemporaryDirectory(prefix="cogwerk-bench-") as room:
        url = f"sqlite:///{room}/costs.db"
        await migrate(url)
        database = await Database.open(url)
        try:
            async with (
                _redis(Path(room)) as redis,
                counted_shop(database, redis, StreamFeed(redis), Path(room)) as shop,
            ):
                skus = await shop.skus()
                await shop.promote(skus)
                made, _, _ = await shop.run(document("create_cart"), idempotencyKey=str(uuid.uuid4()))
                key = made["createCart"]["key"]
                await shop.run(document("cart_fill"), key=key, operations=[adding(sku) for sku in skus[:LINES]])
                costs = [
                    (await shop.run(document("cart_add"), key=key, id=secrets.token_hex(16), sku=sku))[1:]
                    for sku in skus[:LINES]
                ]
        finally:
            await database.close()
    # The first ones of a process read what is then held in memory.
    statements, trips = (max(counts) for counts in zip(*costs[_WARM:], strict=True))
    return {"cart_redis_trips": trips, "cart_sql_statements": statements}


async def _memory() -> dict[str, float]:
    """Redis' own figure (bytes it has given out), before and after the carts were made."""
    with tempfile.TemporaryDirectory(prefix="cogwerk-bench-") as room:
        async with _redis(Path(room)) as redis:
            shop = _shop(redis)
            before = await _used(redis)
            for _ in range(CARTS // _AT_ONCE):
                await asyncio.gather(*(_fill(shop) for _ in range(_AT_ONCE)))
            return {"carts_100k_mb": round((await _used(redis) - before) * 100_000 / CARTS / 1e6, 1)}


def _shop(redis: Redis) -> Shop:
    shelf = a_shelf()
    shelf.articles_by_sku |= {sku: an_article(sku) for sku in _skus()}
    return Shop(redis, shelf)


def _skus() -> list[str]:
    return [f"ARTICLE-{number:04d}" for number in range(LINES)]


async def _fill(shop: Shop) -> None:
    made = await shop.service.create(shop.viewer, str(uuid.uuid4()))
    assert made.key is not None
    wishes = [CartInput(uuid.uuid4().hex, Kind.ADD_LINE, sku=sku, quantity="1") for sku in _skus()]
    done = await shop.service.apply(shop.viewer, made.key, wishes)
    if done.cart is None or len(done.cart.lines) != LINES:
        raise WrongAnswer(f"not {LINES} lines: {done}")


async def _used(redis: Redis) -> int:
    info: str = await redis.execute("INFO", "memory")
    return int(next(line for line in info.splitlines() if line.startswith("used_memory:")).partition(":")[2])
