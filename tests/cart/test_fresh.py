"""What a process has just done to a followed cart is what its devices see, and nothing that is over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from modules.cart.engine.grants import encode_link
from modules.cart.events import CartChanged
from modules.cart.model import Operation
from modules.cart.model.keys import Key, Link, Right
from modules.cart.store import ActiveCarts, Address, CartStore, LinkStore
from modules.kernel.names import ChannelId
from modules.runtime.cluster import redis_at
from modules.runtime.redis import Redis
from tests.cart.shop import SECRET, entries_of
from tests.cart.test_store import a_cart, add

WEB = ChannelId("web")


@pytest.fixture
def active(redis: Redis) -> ActiveCarts:
    """The carts at hand of one process."""
    return ActiveCarts(redis)


@pytest.fixture
def store(active: ActiveCarts) -> CartStore:
    """A store without quotes or products."""
    return CartStore(active, SECRET)


@pytest.fixture
def links(active: ActiveCarts) -> LinkStore:
    """The links of the same process."""
    return LinkStore(active, SECRET)


@pytest.fixture
async def elsewhere(redis_url: str) -> AsyncIterator[ActiveCarts]:
    """The carts at hand of another process."""
    redis = redis_at(redis_url)
    yield ActiveCarts(redis)
    await redis.close()


async def newest_call(redis: Redis, key: Key) -> str:
    """What the newest event says of its call."""
    (change,) = (await entries_of(redis, Address(key.locator).stream))[-1][1].changes
    return CartChanged.read(change).call


async def do(store: CartStore, redis: Redis, key: Key, *operations: Operation) -> str:
    """A call of a shopper; answers how its event names it."""
    await store.append(key, operations, "shopper")
    return await newest_call(redis, key)


async def a_reader(links: LinkStore, key: Key) -> Key:
    """The key of a link to read."""
    made = links.key_of(key, "link")
    await links.add(key, made, Link("link", Right.READ, "", 0), "shopper")
    return made


async def test_what_was_just_done_here_costs_no_round_trip(store: CartStore, redis: Redis) -> None:
    key = await a_cart(store)
    with store.followed(key):
        call, before = await do(store, redis, key, add("a")), redis.trips
        cart = await store.after(key, call)
        assert redis.trips == before
        assert cart == await store.read(key)


async def test_what_nobody_follows_is_not_kept(store: CartStore, redis: Redis) -> None:
    key = await a_cart(store)
    call, before = await do(store, redis, key, add("a")), redis.trips
    assert (await store.after(key, call)) is not None
    assert redis.trips == before + 1


async def test_each_key_is_shown_what_it_opens_though_all_share_one_answer(
    store: CartStore, links: LinkStore, redis: Redis
) -> None:
    key = await a_cart(store)
    reader = await a_reader(links, key)
    with store.followed(key), store.followed(reader):
        call, before = await do(store, redis, key, add("a")), redis.trips
        owned, read = await store.after(key, call), await store.after(reader, call)
        assert redis.trips == before
    assert owned
    assert owned.access
    assert (owned.access.right, len(owned.access.links)) == (Right.OWNER, 1)
    assert read
    assert read.access
    assert (read.access.right, read.access.links) == (Right.READ, ())
    assert owned == await store.read(key)
    assert read == await store.read(reader)


async def test_a_key_that_opens_nothing_is_shown_nothing(store: CartStore, redis: Redis) -> None:
    key = await a_cart(store)
    stranger = Key(key.locator, Key.of(b"s" * 32).secret)
    with store.followed(key):
        call = await do(store, redis, key, add("a"))
        assert await store.after(stranger, call) is None


async def test_who_lost_his_key_is_not_shown_what_was_done_before(
    store: CartStore, links: LinkStore, redis: Redis
) -> None:
    key = await a_cart(store)
    reader = await a_reader(links, key)
    with store.followed(reader):
        call = await do(store, redis, key, add("a"))
        await links.revoke(key, "link", "shopper")
        assert await store.after(reader, call) is None
        assert await store.after(reader, await newest_call(redis, key)) is None


async def test_a_link_that_has_ended_meanwhile_shows_nothing(
    store: CartStore, active: ActiveCarts, redis: Redis
) -> None:
    key = await a_cart(store)
    with store.followed(key):
        call = await do(store, redis, key, add("a"))
        fresh = active.fresh.take(key.locator, call)
        assert fresh
        ended = encode_link(Link("l", Right.READ, "", 0, expires_us=1)).decode()
        fields = {**fresh.fields, f"g:{key.digest}": ended[:-1] + ',"made":0}'}
        active.fresh.note(key.locator, call, replace(fresh, fields=fields))
        assert await store.after(key, call) is None


async def test_a_call_of_another_process_is_read(store: CartStore, elsewhere: ActiveCarts, redis: Redis) -> None:
    key = await a_cart(store)
    with store.followed(key):
        mine = await do(store, redis, key, add("a"))
        theirs = await do(CartStore(elsewhere, SECRET), redis, key, add("b"))
        assert theirs != mine
        cart = await store.after(key, theirs)
        assert cart
        assert cart.version == 3


async def test_a_device_that_comes_late_looks_for_itself(
    store: CartStore, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await a_cart(store)
    with store.followed(key):
        call, before = await do(store, redis, key, add("a")), redis.trips
        monkeypatch.setattr("modules.cart.store.fresh.monotonic_ns", lambda: 1 << 62)
        assert await store.after(key, call)
        assert redis.trips == before + 1


async def test_nothing_stays_when_all_have_it_or_have_left(store: CartStore, active: ActiveCarts, redis: Redis) -> None:
    key = await a_cart(store)
    with store.followed(key), store.followed(key):
        call = await do(store, redis, key, add("a"))
        assert active.fresh.take(key.locator, call) is active.fresh.take(key.locator, call) is not None
        assert active.fresh.take(key.locator, call) is None
        call = await do(store, redis, key, add("b"))
    assert active.fresh.take(key.locator, call) is None


async def test_a_call_whose_event_is_here_before_its_answer_is_awaited(
    store: CartStore, active: ActiveCarts, redis: Redis
) -> None:
    key = await a_cart(store)
    with store.followed(key):
        before = redis.trips
        calling = asyncio.create_task(store.append(key, [add("a")], "shopper"))
        await asyncio.sleep(0)  # it has asked Redis now
        (call,) = active.fresh._under_way
        cart = await store.after(key, call)
        assert redis.trips == before + 1
        assert cart == (await calling).cart
    assert not active.fresh._under_way
