"""The log in Redis: one script, one trip, once and for all."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import pytest

from modules.cart.events import CartChanged
from modules.cart.model import AddLine, Cart, CartNotFound, Operation, RemoveLine, SetQuantity, default_line
from modules.cart.model.keys import Key, Locator, cart_id
from modules.cart.store import ActiveCarts, Address, Appended, CartStore, carts as store_file, scripts
from modules.cart.store.addresses import touched_in
from modules.kernel.errors import IdempotencyConflict
from modules.kernel.names import ChannelId, LineId, Sku
from modules.kernel.quantity import pieces
from modules.runtime.cluster import redis_at
from modules.runtime.redis import Redis
from tests.cart.shop import SECRET, entries_of
from tests.redis_cluster import names

WEB = ChannelId("web")
MINUTE_US = 60_000_000


@pytest.fixture
async def store(redis: Redis) -> CartStore:
    """Carts, with the scripts known to Redis already."""
    store = CartStore(ActiveCarts(redis), SECRET)
    await a_cart(store, "the first call loads the scripts")
    return store


async def a_cart(store: CartStore, idempotency_key: str = "0123456789abcdef") -> Key:
    """The owner's key of a new cart."""
    key = await store.reserve("anonymous", idempotency_key, WEB)
    await store.create(key, WEB)
    await store.read(key)
    return key


def add(id: str, sku: str = "mug", quantity: int = 1, at_us: int | None = None) -> Operation:
    """Pieces of a product."""
    return Operation(id, AddLine(Sku(sku), pieces(quantity)), at_us)


def put(id: str, sku: str, quantity: int, at_us: int | None = None) -> Operation:
    """A product's new quantity."""
    return Operation(id, SetQuantity(default_line(Sku(sku)), pieces(quantity)), at_us)


async def append(store: CartStore, key: Key, *operations: Operation, by: str = "shopper") -> Cart:
    """The cart after these."""
    done = await store.append(key, operations, by)
    assert done
    assert not done.full
    return done.cart


def content(cart: Cart) -> dict[str, int]:
    """Pieces by sku."""
    return {line.sku: line.quantity // 1_000_000 for line in cart.lines}


async def server_us(redis: Redis) -> int:
    """The server's clock."""
    seconds, micros = await redis.execute("TIME")
    return int(seconds) * 1_000_000 + int(micros)


async def test_a_new_cart_is_empty_and_at_version_1(store: CartStore) -> None:
    cart = await store.read(await a_cart(store))
    assert cart
    assert (cart.version, cart.channel, cart.lines, cart.entries) == (1, "web", (), ())


async def test_an_append_is_one_round_trip_and_gives_back_the_whole_cart(store: CartStore, redis: Redis) -> None:
    key = await a_cart(store)
    await store.read(key)  # from now on Redis knows the script
    before = redis.trips
    cart = await append(store, key, add("a"), add("b", "plate", 2))
    assert redis.trips - before == 1
    assert (content(cart), cart.version) == ({"mug": 1, "plate": 2}, 3)


async def test_reading_is_one_round_trip(store: CartStore, redis: Redis) -> None:
    key = await a_cart(store)
    await store.read(key)  # from now on Redis knows the script
    before = redis.trips
    await store.read(key)
    assert redis.trips - before == 1


async def test_what_is_read_is_what_was_written(store: CartStore) -> None:
    key = await a_cart(store)
    operations = [add("a"), Operation("b", RemoveLine(LineId("x"))), put("c", 'Größe "42"', 3), add("d", 'ü"\\/')]
    cart = await append(store, key, *operations)
    assert [entry.operation for entry in cart.entries] == operations
    assert {entry.by for entry in cart.entries} == {"shopper"}


async def test_an_operation_that_was_seen_is_ignored_and_publishes_nothing(store: CartStore, redis: Redis) -> None:
    key = await a_cart(store)
    once = await append(store, key, add("a"), add("a"), add("b"))
    again = await append(store, key, add("b"), add("a"))
    assert again == once
    assert once.version == 3
    assert len(await entries_of(redis, Address(key.locator).stream)) == 1


async def test_an_id_that_comes_again_with_another_content_keeps_the_first(store: CartStore) -> None:
    key = await a_cart(store)
    await append(store, key, add("a", quantity=1))
    assert content(await append(store, key, add("a", quantity=9))) == {"mug": 1}


async def test_a_script_that_runs_twice_because_its_answer_was_lost_does_what_it_does_once(
    store: CartStore, redis: Redis
) -> None:
    """The client of Redis repeats a trip whose answer was lost: the very same bytes arrive again."""
    key = await a_cart(store)
    sent: list[tuple[Sequence[str], Sequence[str | int | bytes]]] = []
    script = redis.script(scripts.APPEND)

    async def lossy(keys: Sequence[str], args: Sequence[str | int | bytes]) -> object:
        sent.append((keys, args))
        await script(keys=keys, args=args)
        return await script(keys=keys, args=args)

    store._append = lossy  # type: ignore[assignment]
    cart = await append(store, key, add("a"), add("b"))
    assert len(sent) == 1
    assert (content(cart), cart.version) == ({"mug": 2}, 3)
    assert len(await entries_of(redis, Address(key.locator).stream)) == 1


async def test_a_list_without_times_keeps_its_order_across_calls(store: CartStore) -> None:
    key = await a_cart(store)
    await append(store, key, add("z"), put("y", "mug", 5))
    cart = await append(store, key, add("x"), put("w", "mug", 2), add("v"))
    assert [entry.operation.id for entry in cart.entries] == ["z", "y", "x", "w", "v"]
    assert content(cart) == {"mug": 3}


async def test_a_clock_that_runs_behind_does_not_turn_the_order_around(store: CartStore, redis: Redis) -> None:
    """As after a failover to a server whose clock is slow: the cart already knows a later time."""
    key = await a_cart(store)
    ahead = await server_us(redis) + MINUTE_US
    await redis.execute("HSET", Address(key.locator).keys[0], "last_at", ahead)
    cart = await append(store, key, add("b"), put("a", "mug", 4))
    assert [entry.at_us for entry in cart.entries] == [ahead + 1, ahead + 2]
    assert content(cart) == {"mug": 4}


async def test_a_till_that_sends_later_counts_at_the_time_it_did_it(store: CartStore, redis: Redis) -> None:
    key = await a_cart(store)
    now = await server_us(redis)
    await append(store, key, put("web-2", "mug", 7, now - 2 * MINUTE_US))
    assert content(await append(store, key, add("till-1", at_us=now - 3 * MINUTE_US))) == {"mug": 7}
    assert content(await append(store, key, put("till-2", "mug", 3, now - MINUTE_US))) == {"mug": 3}


async def test_a_time_of_the_future_is_bounded_and_the_order_of_its_list_kept(store: CartStore, redis: Redis) -> None:
    key = await a_cart(store)
    later = await server_us(redis) + 10 * MINUTE_US
    cart = await append(store, key, add("b", at_us=later), put("a", "mug", 4, later + 1))
    assert all(entry.at_us <= later - 9 * MINUTE_US for entry in cart.entries)
    assert content(cart) == {"mug": 4}
    assert content(await append(store, key, put("c", "mug", 2))) == {"mug": 2}


@pytest.mark.parametrize("at_us", [-62_135_596_800_000_000, 0, 253_402_300_799_999_999])
async def test_an_absurd_time_counts_as_none(store: CartStore, redis: Redis, at_us: int) -> None:
    key = await a_cart(store)
    await append(store, key, add("a"))
    cart = await append(store, key, put("b", "mug", 4, at_us))
    assert content(cart) == {"mug": 4}
    assert abs(cart.entries[-1].at_us - await server_us(redis)) < MINUTE_US


async def test_times_are_kept_to_the_microsecond(store: CartStore, redis: Redis) -> None:
    key = await a_cart(store)
    exact = (await server_us(redis) - MINUTE_US) // 10 * 10 + 7
    assert [entry.at_us for entry in (await append(store, key, add("a", at_us=exact))).entries] == [exact]


@pytest.mark.parametrize("seed", range(8))
async def test_any_order_split_and_duplication_of_timed_operations_give_the_same_cart(
    store: CartStore, redis: Redis, seed: int
) -> None:
    chance = random.Random(seed)
    start = await server_us(redis) - 60 * MINUTE_US
    skus, operations = ("mug", "plate", "pan"), []
    for index in range(30):
        at_us, sku = start + chance.randrange(20), chance.choice(skus)
        operations.append(
            add(f"{index}", sku, 2, at_us) if chance.random() < 0.6 else put(f"{index}", sku, index % 4, at_us)
        )
    straight, mixed = await a_cart(store, f"straight-{seed:020d}"), await a_cart(store, f"mixed-{seed:020d}")
    expected = await append(store, straight, *operations)
    arrivals = operations + chance.choices(operations, k=20)
    chance.shuffle(arrivals)
    while arrivals:
        size = chance.randint(1, 7)
        found = await append(store, mixed, *arrivals[:size], by="till")
        arrivals = arrivals[size:]
    assert (found.lines, found.version) == (expected.lines, expected.version)
    assert [entry.place for entry in found.entries] == [entry.place for entry in expected.entries]


async def test_devices_that_write_at_once_lose_nothing_and_versions_are_dense(store: CartStore, redis: Redis) -> None:
    key = await a_cart(store)
    calls = [
        append(store, key, add(f"{device}-{index}"), by=f"till {device}") for device in range(8) for index in range(25)
    ]
    carts = await asyncio.gather(*calls)
    assert sorted(cart.version for cart in carts) == list(range(2, 202))
    cart = await store.read(key)
    assert cart
    assert content(cart) == {"mug": 200}
    published = [envelope.changes[0].version for _, envelope in await entries_of(redis, Address(key.locator).stream)]
    assert published == list(range(2, 202))


async def test_processes_of_their_own_connections_lose_nothing(store: CartStore, redis: Redis, redis_url: str) -> None:
    key = await a_cart(store)
    others = [redis_at(redis_url) for _ in range(4)]
    stores = [CartStore(ActiveCarts(other), SECRET) for other in others]
    calls = [append(each, key, add(f"{index}-{turn}")) for index, each in enumerate(stores) for turn in range(20)]
    await asyncio.gather(*calls)
    for other in others:
        await other.close()
    cart = await store.read(key)
    assert cart
    assert (content(cart), cart.version) == ({"mug": 80}, 81)


async def test_a_change_is_published_in_the_form_all_events_have(store: CartStore, redis: Redis) -> None:
    key = await a_cart(store)
    by = 'Kasse "Süd" / 3'
    await append(store, key, add("a"), put("b", "mug", 2), add("c"), by=by)
    ((_, envelope),) = await entries_of(redis, Address(key.locator).stream)
    (change,) = envelope.changes
    assert (envelope.name, envelope.module, len(envelope.id)) == (CartChanged.NAME, "cart", 32)
    what = ["addLine", "setQuantity"]
    expected = CartChanged(version=4, cart=cart_id(key.locator), by=by, what=what, call=envelope.id)  # type: ignore[arg-type]
    assert CartChanged.read(change) == expected
    assert (change.key, change.version) == (cart_id(key.locator), 4)


async def test_no_key_of_a_cart_reaches_redis(store: CartStore, redis: Redis) -> None:
    key = await store.reserve("anonymous", "a very secret idempotency key".replace(" ", "-"), WEB)
    await store.create(key, WEB)
    await append(store, key, add("a"))
    kept = []
    for name in await names(redis):
        kind = await redis.execute("TYPE", name)
        reading = {"string": ("GET",), "hash": ("HGETALL",), "stream": ("XRANGE", "-", "+"), "zset": ("ZRANGE", 0, -1)}
        command, *more = reading[kind]
        kept.append(f"{name} {await redis.execute(command, name, *more)}")
    text = "\n".join(kept)
    assert key.locator in text
    assert key.digest in text
    assert key.secret not in text
    assert "very-secret" not in text


def test_addresses_are_public_ids_that_open_nothing_and_share_a_slot_with_their_stream() -> None:
    addresses = [Address(Locator(f"{index:016d}")) for index in range(300)]
    assert len({address.bucket for address in addresses}) == 16
    for address in addresses:
        assert re.fullmatch(r"\{c(0\d|1[0-5])\}", address.bucket)
        assert all(address.bucket in name for name in address.keys)
        assert address.id not in address.locator
        assert address.locator not in address.id


@pytest.mark.parametrize("text", ["", "short", "x" * 44, "x" * 42 + "!", "x" * 42 + "\n", "ü" * 43, "\ud800" * 43])
def test_a_text_that_is_no_key_is_none(text: str) -> None:
    assert Key.parse(text) is None


async def test_an_idempotency_key_leads_to_the_same_cart_key_for_the_same_principal(store: CartStore) -> None:
    first = await store.reserve("anonymous", "0123456789abcdef-1", WEB)
    assert await store.reserve("anonymous", "0123456789abcdef-1", WEB) == first
    assert await store.reserve("somebody", "0123456789abcdef-1", WEB) != first
    assert await store.reserve("anonymous", "0123456789abcdef-2", WEB) != first
    assert Key.parse(first.text) == first


async def test_an_idempotency_key_with_another_channel_is_a_conflict(store: CartStore) -> None:
    await store.reserve("anonymous", "0123456789abcdef-1", WEB)
    with pytest.raises(IdempotencyConflict) as caught:
        await store.reserve("anonymous", "0123456789abcdef-1", ChannelId("swiss"))
    assert "0123456789abcdef" not in str(caught.value)


async def test_a_forgotten_idempotency_key_gives_another_cart(store: CartStore, redis: Redis) -> None:
    """After 24 hours: the nonce is gone, so nobody derives the key of a cart of yesterday."""
    first = await store.reserve("anonymous", "0123456789abcdef-1", WEB)
    (record,) = [name for name in await names(redis, "cart:new:*") if await redis.execute("TTL", name) > 86_390][:1]
    assert record
    for name in await names(redis, "cart:new:*"):
        await redis.execute("DEL", name)
    assert await store.reserve("anonymous", "0123456789abcdef-1", WEB) != first


async def test_another_secret_gives_other_keys(store: CartStore, redis: Redis) -> None:
    first = await store.reserve("anonymous", "0123456789abcdef-1", WEB)
    assert await CartStore(ActiveCarts(redis), b"other").reserve("anonymous", "0123456789abcdef-1", WEB) != first


async def test_creating_again_after_a_crash_leaves_the_cart_as_it_is(store: CartStore) -> None:
    key = await store.reserve("anonymous", "0123456789abcdef-1", WEB)
    assert await store.read(key) is None, "reserved, and the gateway died before it made the cart"
    await store.create(key, WEB)
    await append(store, key, add("a"))
    assert content(await store.create(key, ChannelId("other"))) == {"mug": 1}


async def test_no_operation_makes_a_cart(store: CartStore, redis: Redis) -> None:
    before = await names(redis)
    key = Key.of(b"x" * 32)
    with pytest.raises(CartNotFound):
        await store.append(key, [add("a")], "shopper")
    assert sorted(await names(redis)) == sorted(before)
    # Another cart's bucket may be the same: what carts of a bucket share is there with the first of them.
    assert await redis.execute("ZSCORE", touched_in(Address(key.locator).bucket), key.locator) is None


async def test_a_cart_is_touched_by_reading_and_writing_once_an_hour(store: CartStore, redis: Redis) -> None:
    key = await a_cart(store)
    touched = Address(key.locator).keys[3]
    touches: list[Callable[[], Awaitable[object]]] = [lambda: append(store, key, add("b")), lambda: store.read(key)]
    for touch in touches:
        long_ago = await server_us(redis) - 61 * MINUTE_US
        await redis.execute("ZADD", touched, long_ago, key.locator)
        await touch()
        first = await redis.execute("ZSCORE", touched, key.locator)
        assert int(first) > long_ago + 60 * MINUTE_US
        await touch()
        assert await redis.execute("ZSCORE", touched, key.locator) == first


async def test_a_cart_that_would_keep_too_much_refuses_the_whole_call(
    store: CartStore, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_file, "MOST_OPERATIONS", 3)
    key = await a_cart(store)
    await append(store, key, add("a"), add("b"))
    done = await store.append(key, [add("b"), add("c"), add("d")], "shopper")
    assert isinstance(done, Appended)
    assert (done.full, content(done.cart), done.cart.version) == (True, {"mug": 2}, 3)
    assert content(await append(store, key, add("a"), add("c"))) == {"mug": 3}


async def test_the_stream_is_trimmed_to_a_day(store: CartStore, redis: Redis) -> None:
    key = await a_cart(store)
    old = (await server_us(redis) - 2 * 86_400_000_000) // 1000
    await redis.execute("DEL", Address(key.locator).stream)
    for index in range(300):
        await redis.execute("XADD", Address(key.locator).stream, f"{old + index}-0", "e", "{}")
    await append(store, key, add("a"))
    assert await redis.execute("XLEN", Address(key.locator).stream) < 150


async def test_a_cart_keeps_what_a_client_says_of_itself_apart_from_its_operations(store: CartStore) -> None:
    """The time a client gives is not part of what makes two operations the same."""
    assert add("a", at_us=1) == replace(add("a"), at_us=2)
