"""Quotes of carts that are read again, through the graph and over real Redis (P-8)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from modules.cart.store.quotes import KEPT_S, MOST_KEPT
from modules.kernel.customer import Profile
from modules.kernel.names import CustomerId
from modules.kernel.quantity import pieces
from modules.kernel.viewer import Permission, Principal
from modules.runtime.redis import Redis
from tests.builders import a_viewer
from tests.cart.shop import Shop, a_shelf
from tests.redis_cluster import names

CREATE = "mutation ($id: String!) { createCart(input: { idempotencyKey: $id }) { key } }"
PUT = """mutation ($key: String!) { applyCartOperations(input: { key: $key, operations: [
  { id: "first", operation: { addLine: { sku: "mug", quantity: "1" } } }] }) { applied } }"""
ADD = """mutation ($key: String!, $id: ID!, $sku: ID!) { applyCartOperations(input: { key: $key, operations: [
  { id: $id, operation: { addLine: { sku: $sku, quantity: "1" } } }] }) { problems { code }
  cart { quote { id total { gross { amount } } } } } }"""
QUOTE = """query ($key: String!, $since: ID) { cart(key: $key) { id quote(since: $since) {
  id notices { code lineId data } total { gross { amount } } } } }"""
UNKEPT = "query ($key: String!) { cart(key: $key) { quote { total { gross { amount } } } } }"
KEPT = """query ($key: String!, $id: ID!) { cart(key: $key) { keptQuote(id: $id) { id at
  lines { product { sku title } total { gross { amount } } } total { gross { amount } } notices { code data } } } }"""


@pytest.fixture
def shop(redis: Redis) -> Shop:
    """The shop, open."""
    return Shop(redis, a_shelf())


async def a_cart(shop: Shop, name: str = "0123456789abcdef") -> str:
    """The key of a cart with a mug."""
    key: str = (await shop.run(CREATE, id=name))["createCart"]["key"]
    await shop.run(PUT, key=key)
    return key


async def quote(shop: Shop, key: str, since: str | None = None) -> dict[str, Any]:
    """The cart's quote, kept."""
    found: dict[str, Any] = (await shop.run(QUOTE, key=key, since=since))["cart"]["quote"]
    return found


async def kept(shop: Shop, key: str, id: str) -> dict[str, Any] | None:
    """What is read again."""
    found: dict[str, Any] | None = (await shop.run(KEPT, key=key, id=id))["cart"]["keptQuote"]
    return found


async def test_a_quote_is_read_again_as_it_was_answered(shop: Shop) -> None:
    key = await a_cart(shop)
    first = await quote(shop, key)
    shop.shelf.cents["mug"] = 990
    await shop.run(ADD, key=key, id="second", sku="pan")
    again = await kept(shop, key, first["id"])
    assert again
    assert (again["id"], again["total"]) == (first["id"], first["total"])
    assert [line["product"] for line in again["lines"]] == [{"sku": "mug", "title": "Title of mug"}]


async def test_only_a_quote_whose_id_was_asked_for_is_kept(shop: Shop, redis: Redis) -> None:
    key = await a_cart(shop)
    before = redis.trips
    await shop.run(UNKEPT, key=key)
    assert redis.trips - before == 1
    assert await names(redis, "cart:quotes:*") == []


async def test_adding_with_a_quote_that_is_kept_costs_two_round_trips(shop: Shop, redis: Redis) -> None:
    key = await a_cart(shop)
    first = await quote(shop, key)
    before = redis.trips
    await shop.run(ADD, key=key, id="second", sku="pan")
    assert redis.trips - before == 2
    before = redis.trips
    await quote(shop, key, since=first["id"])
    assert redis.trips - before == 2, "the earlier one comes with the same trip"


async def test_what_is_dearer_than_in_an_earlier_quote_is_said(shop: Shop) -> None:
    key = await a_cart(shop)
    first = await quote(shop, key)
    assert (await quote(shop, key, since=first["id"]))["notices"] == []
    shop.shelf.cents["mug"] = 990
    now = await quote(shop, key, since=first["id"])
    assert now["id"] != first["id"]
    said = [(notice["code"], notice["data"]["before"], notice["data"]["now"]) for notice in now["notices"]]
    assert said == [("PRICE_CHANGED", "9.50", "9.90")] * 2
    assert [notice["lineId"] is None for notice in now["notices"]] == [True, False]


@pytest.mark.parametrize("id", ["", "0" * 32, "é" * 100])
async def test_an_unknown_quote_is_null_and_compared_with_nothing(shop: Shop, id: str) -> None:
    key = await a_cart(shop)
    assert await kept(shop, key, id) is None
    assert [notice["code"] for notice in (await quote(shop, key, since=id))["notices"]] == ["QUOTE_NOT_KEPT"]


async def test_the_key_of_another_cart_reads_no_quote_of_this_one(shop: Shop) -> None:
    key, other = await a_cart(shop), await a_cart(shop, "another-0123456789abcdef")
    first = await quote(shop, key)
    assert await kept(shop, key, first["id"])
    assert await kept(shop, other, first["id"]) is None


async def test_what_rights_have_made_richer_is_not_read_without_them(shop: Shop) -> None:
    shop.shelf.places["web"] = replace(shop.shelf.places["web"], shows_figures=False)
    shop.shelf.stock["mug"] = pieces(0)
    guest = a_viewer(channel=shop.shelf.places["web"])
    agent = replace(guest, principal=Principal("agent", permissions=frozenset({Permission.STOCK_READ})))
    shop.viewer = guest
    key = await a_cart(shop)
    shop.viewer = agent
    rich = await quote(shop, key)
    assert "available" in rich["notices"][0]["data"]
    shop.viewer = guest
    assert await kept(shop, key, rich["id"]) is None
    plain = await quote(shop, key)
    assert plain["id"] == rich["id"], "the same lines, prices and rules"
    again = await kept(shop, key, rich["id"])
    assert again
    assert "available" not in again["notices"][0]["data"]
    shop.viewer = agent
    again = await kept(shop, key, rich["id"])
    assert again
    assert "available" in again["notices"][0]["data"]


async def test_a_customers_quote_is_read_by_that_customer_alone(shop: Shop) -> None:
    key, guest = await a_cart(shop), shop.viewer
    shop.move(customer=Profile(CustomerId("anna")))
    mine = await quote(shop, key)
    assert await kept(shop, key, mine["id"])
    for customer in (None, Profile(CustomerId("ben"))):
        shop.viewer = replace(guest, customer=customer)
        assert await kept(shop, key, mine["id"]) is None


async def test_a_quote_is_forgotten_after_a_day(shop: Shop, redis: Redis) -> None:
    key = await a_cart(shop)
    first = await quote(shop, key)
    (times,) = await names(redis, "cart:quotes:*:times")
    (name,) = await redis.execute("ZRANGE", times, 0, -1)
    assert 0 < await redis.execute("TTL", times) <= KEPT_S
    now, _ = await redis.execute("TIME")
    await redis.execute("ZADD", times, int(now) - KEPT_S + 60, name)
    assert await kept(shop, key, first["id"])
    await redis.execute("ZADD", times, int(now) - KEPT_S, name)
    assert await kept(shop, key, first["id"]) is None


async def test_a_cart_keeps_its_newest_quotes_only(shop: Shop, redis: Redis) -> None:
    key = await a_cart(shop)
    ids = []
    for cents in range(MOST_KEPT + 5):
        shop.shelf.cents["mug"] = cents
        ids.append((await quote(shop, key))["id"])
    (quotes, times) = sorted(await names(redis, "cart:quotes:*"), key=len)
    assert await redis.execute("HLEN", quotes) == await redis.execute("ZCARD", times) == MOST_KEPT
    # All of one second, most likely.
    assert [await kept(shop, key, id) is not None for id in ids] == [False] * 5 + [True] * MOST_KEPT


async def test_the_same_question_has_the_same_answer(shop: Shop) -> None:
    key = await a_cart(shop)
    first, again = await quote(shop, key), await quote(shop, key)
    assert first == again
    shop.move(now=shop.viewer.now.replace(hour=13))
    assert (await quote(shop, key))["id"] == first["id"], "the moment alone changes no amount"
