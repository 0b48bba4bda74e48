"""Operations older than 30 days become the base of their cart: it stays the same, and nothing of it is done again."""

from __future__ import annotations

from typing import Any

import pytest

from modules.cart.engine.intake import CartInput
from modules.cart.model import Cart, Kind, TooLate
from modules.cart.service import Applied
from modules.runtime.database import Database
from modules.runtime.redis import Redis
from tests.cart.shop import Shop, a_shelf, address_of
from tests.cart.test_archive import Desk

DAY_US = 86_400_000_000
UUID = "7f3b2a66-8b0f-4f6f"


@pytest.fixture
def shop(redis: Redis) -> Shop:
    """The shop, open."""
    return Shop(redis, a_shelf())


async def ago(shop: Shop, days: int) -> int:
    """So many days back by the store's clock (us)."""
    seconds, micros = await shop.redis.execute("TIME")
    return int(seconds) * 1_000_000 + int(micros) - days * DAY_US


async def add(shop: Shop, key: str, id: str, days: int = 0, sku: str = "mug") -> Applied:
    """What comes of a piece that was added so many days ago, and is sent now."""
    at_us = await ago(shop, days) if days else None
    wish = CartInput(id, Kind.ADD_LINE, at_us, sku=sku, quantity="1")
    return await shop.service.apply(shop.viewer, key, [wish])


async def a_day_later(shop: Shop, key: str) -> Cart:
    """The cart, touched when nobody has sent old operations for a day."""
    await shop.redis.execute("HDEL", address_of(key).keys[0], "late_at")
    cart = await shop.service.get(key)
    assert cart
    return cart


async def an_old_cart(shop: Shop) -> str:
    """Two mugs of 40 days ago in the base, a plate of 10 days ago in the log."""
    made = await shop.service.create(shop.viewer, UUID)
    assert made.key
    for id, days, sku in (("a", 40, "mug"), ("b", 39, "mug"), ("c", 10, "plate")):
        assert (await add(shop, made.key, id, days, sku)).applied == (id,)
    await a_day_later(shop, made.key)
    return made.key


def content(cart: Cart | None) -> dict[str, int]:
    """Pieces by sku."""
    assert cart
    return {line.sku: line.quantity // 1_000_000 for line in cart.lines}


def ids(cart: Cart | None) -> list[str]:
    """What the log still holds one by one."""
    assert cart
    return [entry.operation.id for entry in cart.entries]


async def test_a_compacted_cart_is_the_same_with_a_shorter_history(shop: Shop) -> None:
    key = await an_old_cart(shop)
    cart = await shop.service.get(key)
    assert cart
    assert (content(cart), ids(cart), cart.version) == ({"mug": 2, "plate": 1}, ["c"], 4)
    done = await add(shop, key, "d")
    assert (done.applied, content(done.cart)) == (("d",), {"mug": 3, "plate": 1})


async def test_what_the_base_holds_is_known_when_it_comes_again_and_not_done_twice(shop: Shop) -> None:
    key = await an_old_cart(shop)
    for days in (40, 0):
        done = await add(shop, key, "a", days)
        assert (done.applied, done.problems, content(done.cart)) == (("a",), (), {"mug": 2, "plate": 1})


async def test_what_counts_before_the_base_is_too_late_and_nothing_else_is_lost(shop: Shop) -> None:
    key = await an_old_cart(shop)
    late = CartInput("late", Kind.ADD_LINE, await ago(shop, 35), sku="pan", quantity="1")
    good = CartInput("good", Kind.ADD_LINE, await ago(shop, 5), sku="pan", quantity="1")
    done = await shop.service.apply(shop.viewer, key, [late, good])
    assert (done.applied, content(done.cart)) == (("good",), {"mug": 2, "plate": 1, "pan": 1})
    (problem,) = done.problems
    assert isinstance(problem, TooLate)
    assert problem.path == ("input", "operations", "0", "at")


async def test_what_the_base_holds_cannot_be_undone_any_more(shop: Shop) -> None:
    key = await an_old_cart(shop)
    done = await shop.service.apply(shop.viewer, key, [CartInput("u", Kind.UNDO, undone="a")])
    (problem,) = done.problems
    assert isinstance(problem, TooLate)
    assert problem.path == ("input", "operations", "0", "operation", "undo", "operation")
    assert content(done.cart) == {"mug": 2, "plate": 1}


async def test_a_till_that_was_offline_for_40_days_sends_in_many_calls(shop: Shop) -> None:
    """What came first is not folded under the hands of what comes next: there is a day for all of it."""
    made = await shop.service.create(shop.viewer, UUID)
    assert made.key
    for index in range(5):
        assert (await add(shop, made.key, f"{index}", 40 - index)).problems == ()
    assert ids(await shop.service.get(made.key)) == ["0", "1", "2", "3", "4"]
    await a_day_later(shop, made.key)
    assert ids(await shop.service.get(made.key)) == []


async def test_compaction_races_an_append_and_takes_nothing_from_it(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process wrote between reading and folding: nothing is folded now, and what it wrote is there."""
    made = await shop.service.create(shop.viewer, UUID)
    assert made.key
    await add(shop, made.key, "a", 40)
    await shop.redis.execute("HDEL", address_of(made.key).keys[0], "late_at")
    compact, other = shop.store._compact, Shop(shop.redis, a_shelf())

    async def late(keys: Any, args: Any) -> Any:
        shop.store._compact = compact
        await other.redis.execute("HINCRBY", keys[0], "version", 1)
        return await compact(keys=keys, args=args)

    monkeypatch.setattr(shop.store, "_compact", late)
    await shop.service.get(made.key)
    assert ids(await shop.service.get(made.key)) == ["a"]


async def test_ids_that_the_base_holds_do_not_fill_the_cart(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modules.cart.store.carts.MOST_OPERATIONS", 3)
    key = await an_old_cart(shop)
    for id in ("d", "e"):
        assert (await add(shop, key, id)).problems == ()
    assert len((await add(shop, key, "f")).problems) == 1


async def test_ids_with_any_sign_are_remembered(shop: Shop) -> None:
    made = await shop.service.create(shop.viewer, UUID)
    assert made.key
    for id in ('"', "\\", "{}", "'x'"):
        await add(shop, made.key, id, 40)
    await a_day_later(shop, made.key)
    for id in ('"', "\\", "{}", "'x'"):
        assert (await add(shop, made.key, id)).applied == (id,)
    assert content(await shop.service.get(made.key)) == {"mug": 4}


async def test_the_base_travels_to_the_database_and_back(redis: Redis, database: Database) -> None:
    desk = Desk(redis, database)
    key = await an_old_cart(desk.shop)
    await desk.put_away()
    cart = await desk.shop.service.get(key)
    assert (content(cart), ids(cart)) == ({"mug": 2, "plate": 1}, ["c"])
    assert (await add(desk.shop, key, "a")).applied == ("a",)
    assert content(await desk.shop.service.get(key)) == {"mug": 2, "plate": 1}
