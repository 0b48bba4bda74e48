"""What can go wrong between a client, the gateway and Redis, each hazard by its name."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from modules.cart.engine.intake import CartInput
from modules.cart.model import Cart, Kind
from modules.kernel.feed import ChangeKind
from modules.runtime.feed import StreamFeed
from modules.runtime.redis import Redis
from tests.cart.lossy import LossyWire, lossy_wire
from tests.cart.shop import Shop, a_shelf, address_of, entries_of

UUID = "7f3b2a66-8b0f-4f6f-9c3e-0d2f6a1b5c77"
PATIENCE_SECONDS = 10


def add(id: str) -> CartInput:
    """One mug."""
    return CartInput(id, Kind.ADD_LINE, sku="mug", quantity="1")


def mugs(cart: Cart | None) -> int:
    """How many are in the cart."""
    assert cart
    return sum(line.quantity for line in cart.lines) // 1_000_000


async def a_key(shop: Shop) -> str:
    """Of a new cart."""
    made = await shop.service.create(shop.viewer, UUID)
    assert made.key
    return made.key


@asynccontextmanager
async def a_shop_behind(redis: Redis, redis_url: str, directory: Path) -> AsyncIterator[tuple[Shop, LossyWire]]:
    """A shop that reaches Redis over a wire that can lose answers."""
    async with lossy_wire(redis_url, directory) as (wire, url):
        far = Redis(url)
        yield Shop(far, a_shelf()), wire
        await far.close()


@pytest.mark.parametrize("losses", [1, 2])
async def test_an_append_whose_answer_is_lost_is_made_again_and_counts_once(
    redis: Redis, redis_url: str, tmp_path: Path, losses: int
) -> None:
    async with a_shop_behind(redis, redis_url, tmp_path) as (shop, wire):
        key = await a_key(shop)
        await shop.service.apply(shop.viewer, key, [add("a")])
        wire.losses = losses
        done = await shop.service.apply(shop.viewer, key, [add("b"), add("c")])
        assert wire.lost == losses
        assert (done.applied, done.problems, mugs(done.cart)) == (("b", "c"), (), 3)
        entries = await entries_of(redis, address_of(key).stream)
        assert [each.changes[0].version for _, each in entries] == [2, 4]


async def test_a_creation_whose_answers_are_lost_makes_one_cart(redis: Redis, redis_url: str, tmp_path: Path) -> None:
    async with a_shop_behind(redis, redis_url, tmp_path) as (shop, wire):
        wire.losses = 2
        made = await shop.service.create(shop.viewer, UUID)
        again = await shop.service.create(shop.viewer, UUID)
        assert wire.lost == 2
        assert (made.problems, again) == ((), made)
        assert len(await redis.execute("KEYS", "cart:{*")) == 1


async def test_a_client_that_hears_nothing_sends_again_through_another_gateway(redis: Redis, redis_url: str) -> None:
    """The gateway was killed after Redis had answered: the operation is there, the client does not know."""
    shop = Shop(redis, a_shelf())
    key = await a_key(shop)
    lost = asyncio.create_task(shop.service.apply(shop.viewer, key, [add("a")]))
    await asyncio.sleep(0)
    lost.cancel()
    await asyncio.gather(lost, return_exceptions=True)
    other = Redis(redis_url)
    second = Shop(other, a_shelf())
    done = await second.service.apply(second.viewer, key, [add("a"), add("b")])
    await other.close()
    assert (done.applied, mugs(done.cart)) == (("a", "b"), 2)


async def test_a_shop_that_forgot_the_scripts_goes_on(redis: Redis) -> None:
    """As after a restart or failover of Redis."""
    shop = Shop(redis, a_shelf())
    key = await a_key(shop)
    await redis.execute("SCRIPT", "FLUSH")
    done = await shop.service.apply(shop.viewer, key, [add("a")])
    assert mugs(done.cart) == 1


async def test_every_touchpoint_sees_at_once_what_another_does(redis: Redis, redis_url: str) -> None:
    """A2, over the feed that runs in production and a second process's connection."""
    shop, feed = Shop(redis, a_shelf()), StreamFeed(redis)
    running = asyncio.create_task(feed.run())
    other = Redis(redis_url)
    till = Shop(other, a_shelf())
    key = await a_key(shop)
    async with asyncio.timeout(PATIENCE_SECONDS), shop.service.follow(key, feed) as changes:
        seen = await anext(changes)
        assert (seen.delivery.kind, mugs(seen.cart)) == (ChangeKind.SNAPSHOT, 0)
        await till.service.apply(till.viewer, key, [add("a")], "till 3")
        seen = await anext(changes)
        assert (seen.delivery.kind, mugs(seen.cart)) == (ChangeKind.CHANGE, 1)
        assert seen.delivery.changes[0].state["by"] == "till 3"
        cursor = seen.delivery.cursor
    await till.service.apply(till.viewer, key, [add("b"), add("c")])
    async with asyncio.timeout(PATIENCE_SECONDS), shop.service.follow(key, feed, cursor) as changes:
        seen = await anext(changes)
        assert (seen.delivery.kind, mugs(seen.cart), seen.delivery.changes[-1].version) == (ChangeKind.CHANGE, 3, 4)
    await other.close()
    await feed.close()
    await running
