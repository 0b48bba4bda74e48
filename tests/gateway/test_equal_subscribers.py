"""Those who follow the same with the same document share executions, and never what only one of them may see."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from gateway.edge.execution import Answer, _Source
from modules.kernel.errors import Forbidden, Unauthenticated
from modules.kernel.viewer import Viewer
from modules.runtime.database import Database
from modules.runtime.feed import StreamFeed
from modules.runtime.outbox import Relay
from modules.runtime.redis import Redis
from tests.demo_shop import OPERATOR, DemoShop, Heard, demo_shop

STRANGER: Mapping[str, str] = {}
MEMBER = {**OPERATOR, "cogwerk-customer": "m-1002"}
OTHER = {**OPERATOR, "cogwerk-customer": "g-1003"}
SWISS = {"cogwerk-channel": "web-ch"}
SKU = "TIMER-SAND-3"
PRICES = """subscription ($skus: [ID!]!, $after: String) {
  priceChanged(skus: $skus, after: $after) { kind cursor items { sku price { gross { amount currency } } } }
}"""
STOCK = """subscription ($skus: [ID!]!, $after: String) {
  stockChanged(skus: $skus, after: $after) {
    kind cursor items { sku availability { available sources { onHand held source { id } } } }
  }
}"""
STOCK_AND_PRICE = STOCK.replace("items { sku", "items { sku title price { gross { amount currency } }")
CART = """subscription ($key: String!) {
  cartChanged(key: $key) { kind cart { lines { quantity product { sku price { gross { amount } } } }
    quote { total { gross { amount } } } } }
}"""
ADD = """mutation ($key: String!, $id: ID!, $sku: ID!) { applyCartOperations(input: { key: $key, operations: [
  { id: $id, operation: { addLine: { sku: $sku, quantity: "1" } } }] }) { problems { message } } }"""
CREATE = """mutation ($key: String!) { createCart(input: { idempotencyKey: $key }) { key } }"""
COUNT = """mutation ($key: String!, $sku: ID!, $onHand: Decimal!) {
  setStockLevels(input: { idempotencyKey: $key, reason: "test",
    levels: [{ sku: $sku, source: "leipzig", onHand: $onHand }] }) { problems { message } } }"""
PRICE = """mutation ($key: String!, $prices: [PriceInput!]!) {
  setPrices(input: { idempotencyKey: $key, reason: "test", prices: $prices }) { changed problems { message } } }"""
PICKUPS = """subscription { pickupChanged(store: "hamburg") {
  kind items { order lines { product { sku price { gross { amount } } } } } } }"""
PICKUP = """mutation ($key: String!, $sku: ID!) { requestPickup(input: { idempotencyKey: $key,
  store: "hamburg", order: "o-1", lines: [{ lineId: "1", sku: $sku, quantity: "1" }] }) { problems { message } } }"""
WISHES = """mutation ($key: String!) { createWishlist(input: { idempotencyKey: $key, name: "mine" }) {
  key wishlist { id } } }"""
WISH = """mutation ($key: String!, $id: ID!, $sku: ID!) { applyWishlistOperations(input: { key: $key, id: $id,
  operations: [{ id: "1", operation: { addItems: [{ sku: $sku }] } }] }) { problems { message } } }"""
WISHLIST = """subscription ($key: String!, $id: ID!) { wishlistChanged(key: $key, id: $id) {
  kind wishlist { items { product { sku price { gross { amount } } } } } } }"""


@pytest.fixture
async def shop(
    database: Database, redis: Redis, feed: StreamFeed, relay: Relay, tmp_path: Path
) -> AsyncIterator[DemoShop]:
    async with demo_shop(database, redis, feed, tmp_path) as shop:
        yield shop


def found(value: object, name: str) -> set[Any]:
    """All that stands under a name, wherever."""
    if isinstance(value, dict):
        own = {value[name]} if name in value and not isinstance(value[name], dict | list) else set()
        return own.union(*(found(item, name) for item in value.values()))
    return set().union(*(found(item, name) for item in value)) if isinstance(value, list) else set()


async def set_price(shop: DemoShop, number: int) -> None:
    """Another price for everybody, and another one for members."""
    row = {"sku": SKU, "priceList": "retail", "currency": "EUR", "taxMode": "GROSS"}
    prices = [
        {**row, "id": f"{SKU}-list-eur", "amount": f"{20 + number}.01"},
        {**row, "id": f"{SKU}-members-eur", "customerGroup": "members", "amount": f"{10 + number}.02"},
    ]
    data = await shop.ask(PRICE, OPERATOR, key=f"p{number}", prices=prices)
    assert data["setPrices"] == {"changed": 2, "problems": []}


async def test_a_personal_price_is_told_to_its_customer_alone(shop: DemoShop) -> None:
    crowd = {"stranger": STRANGER, "member": MEMBER, "other": OTHER, "swiss": SWISS, "operator": OPERATOR}
    names = random.Random(5).choices(list(crowd), k=40) + list(crowd)
    async with AsyncExitStack() as stack:
        ears: list[tuple[str, Heard]] = []
        for number, name in enumerate(names):
            ears.append((name, await stack.enter_async_context(shop.following(PRICES, crowd[name], skus=[SKU]))))
            if number % 15 == 14:
                await set_price(shop, number)
        for _, heard in ears:
            await heard.number(1)
        await set_price(shop, 60)
        for name, heard in ears:
            last = {"member": "70.02", "swiss": "13.50"}.get(name, "80.01")
            await until_told(heard, last)
            told = found(heard.events, "amount")
            assert {amount.endswith(".02") for amount in told if amount != "11.50"} <= {name == "member"}, name
            assert found(heard.events, "currency") == {"CHF" if name == "swiss" else "EUR"}


async def until_told(heard: Heard, amount: str) -> None:
    async with asyncio.timeout(20):
        while amount not in found(heard.events[-1:], "amount"):
            await heard.number(len(heard.events) + 1)


@pytest.mark.parametrize("document", [STOCK, STOCK_AND_PRICE], ids=["stock", "stock and price"])
async def test_figures_for_the_staff_are_told_to_nobody_else(shop: DemoShop, document: str) -> None:
    crowd = {"stranger": STRANGER, "operator": OPERATOR, "member": MEMBER, "swiss": SWISS}
    async with AsyncExitStack() as stack:
        ears = [
            (name, await stack.enter_async_context(shop.following(document, crowd[name], skus=[SKU])))
            for name in [*crowd] * 6
        ]
        for _, heard in ears:
            await heard.number(1)
        await shop.ask(COUNT, OPERATOR, key="c1", sku=SKU, onHand="4321")
        for name, heard in ears:
            events = await heard.number(2)
            staff = name in ("operator", "member")
            assert ("4321" in found(events, "onHand")) is staff
            assert (found(events, "held") == {None}) is not staff
            if document is STOCK_AND_PRICE:
                assert found(events, "amount") == {{"swiss": "13.50", "member": "11.50"}.get(name, "12.90")}
        # Those who see alike were told the same by one execution: only channel and sight differ.
        assert len({repr(heard.events[1]) for _, heard in ears}) == (4 if document is STOCK_AND_PRICE else 3)


async def test_a_cart_is_told_to_those_alone_who_have_its_key(shop: DemoShop) -> None:
    mine, yours = [
        (await shop.ask(CREATE, key=f"5f0c8d9e-6a57-4f0e-9d58-1f6f3f0f8a1{n}"))["createCart"]["key"] for n in range(2)
    ]
    async with (
        shop.following(CART, STRANGER, key=mine) as me,
        shop.following(CART, MEMBER, key=mine) as member,
        shop.following(CART, STRANGER, key=yours) as you,
    ):
        for heard in (me, member, you):
            await heard.number(1)
        await shop.ask(ADD, key=mine, id="1", sku=SKU)
        await shop.ask(ADD, key=yours, id="1", sku="BOOK-ZAHNRAD")
        for heard in (me, member, you):
            await heard.number(2)
        assert [found(heard.events, "sku") for heard in (me, member, you)] == [{SKU}, {SKU}, {"BOOK-ZAHNRAD"}]
        assert "11.50" in found(member.events, "amount")
        assert "11.50" not in found(me.events, "amount")


async def test_a_key_that_is_revoked_hears_nothing_more(shop: DemoShop) -> None:
    create = """mutation { createApiKey(input: { name: "till", scopes: [STOCK_READ] }) {
      id key } }"""
    made = (await shop.ask(create, OPERATOR))["createApiKey"]
    token = {"authorization": f"Bearer {made['key']}"}
    async with (
        shop.following(STOCK, token, skus=[SKU]) as till,
        shop.following(STOCK, OPERATOR, skus=[SKU]) as staff,
    ):
        await till.number(1)
        await staff.number(1)
        revoke = "mutation ($ids: [ID!]!) { revokeApiKeys(input: { ids: $ids }) { changed } }"
        await shop.ask(revoke, OPERATOR, ids=[made["id"]])
        await shop.ask(COUNT, OPERATOR, key="c2", sku=SKU, onHand="99")
        await staff.number(2)
        assert len(till.events) == 1


@pytest.fixture
def executed(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The events that were executed, one by one, snapshots too."""
    events: list[Any] = []
    answer = _Source.answer

    async def noted(source: _Source, event: object, viewer: Viewer) -> Answer:
        events.append(event)
        return await answer(source, event, viewer)

    monkeypatch.setattr(_Source, "answer", noted)
    return events


async def a_till(shop: DemoShop, role: str, scope: str) -> dict[str, str]:
    """The headers of one with a key of its own, in a store."""
    create = """mutation ($role: Role!, $scope: Scope!) {
      createApiKey(input: { name: "till", role: $role, scopes: [$scope] }) { key } }"""
    made = (await shop.ask(create, OPERATOR, role=role, scope=scope))["createApiKey"]
    return {"authorization": f"Bearer {made['key']}", "cogwerk-channel": "tills-de", "cogwerk-store": "hamburg"}


async def test_tills_of_a_store_hear_of_its_pickups_by_one_execution_and_nobody_else_does(
    shop: DemoShop, executed: list[Any]
) -> None:
    anna, bert = [await a_till(shop, "STORE_ASSOCIATE", "STOCK_READ") for _ in range(2)]
    other = await a_till(shop, "INTEGRATOR", "CARTS_OPEN")
    async with AsyncExitStack() as stack:
        alike = [await stack.enter_async_context(shop.following(PICKUPS, who)) for who in (anna, bert, anna)]
        staff, member = [await stack.enter_async_context(shop.following(PICKUPS, who)) for who in (OPERATOR, MEMBER)]
        refused = [await stack.enter_async_context(shop.following(PICKUPS, who)) for who in (other, STRANGER)]
        for heard in (*alike, staff, member):
            await heard.number(1)
        for heard, refusal in zip(refused, (Forbidden, Unauthenticated), strict=True):
            with pytest.raises(refusal):
                await heard.number(1)
        executed.clear()
        await shop.ask(PICKUP, OPERATOR, key="p1", sku=SKU)
        for heard in (*alike, staff, member):
            assert found(await heard.number(2), "order") == {"o-1"}
        # The tills' channel has prices of its own; what the shop asks for a member is their price.
        assert [found(heard.events, "amount") for heard in (staff, member)] == [{"12.90"}, {"11.50"}]
        assert len({repr(heard.events[1]) for heard in alike}) == 1
        assert len(executed) == 3


async def test_a_wishlist_is_told_to_those_alone_who_have_its_key_and_by_one_execution_to_equal_ones(
    shop: DemoShop, executed: list[Any]
) -> None:
    mine, yours = [
        (await shop.ask(WISHES, key=f"5f0c8d9e-6a57-4f0e-9d58-1f6f3f0f8a1{n}"))["createWishlist"] for n in range(2)
    ]
    async with AsyncExitStack() as stack:
        crowd = ((STRANGER, mine), (STRANGER, mine), (MEMBER, mine), (STRANGER, yours))
        heard = [
            await stack.enter_async_context(shop.following(WISHLIST, who, key=one["key"], id=one["wishlist"]["id"]))
            for who, one in crowd
        ]
        for each in heard:
            await each.number(1)
        executed.clear()
        for one, sku in ((mine, SKU), (yours, "BOOK-ZAHNRAD")):
            await shop.ask(WISH, key=one["key"], id=one["wishlist"]["id"], sku=sku)
        for each in heard:
            # The news of the list's making may come behind the snapshot.
            async with asyncio.timeout(20):
                while not found(each.events, "sku"):
                    await each.number(len(each.events) + 1)
        assert [found(each.events, "sku") for each in heard] == [{SKU}, {SKU}, {SKU}, {"BOOK-ZAHNRAD"}]
        assert [found(each.events, "amount") for each in heard[:3]] == [{"12.90"}, {"12.90"}, {"11.50"}]
        assert len([event for event in executed if event.wishlist.items]) == 3
