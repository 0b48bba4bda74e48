"""A shopper fills a cart on one device and sees it on another."""

from __future__ import annotations

import uuid
from typing import Any

from tests.journeys.client import Shop, operation


async def a_cart(shop: Shop) -> str:
    """The key of a new cart."""
    data = await shop.run(operation("storefront", "create_cart"), idempotencyKey=str(uuid.uuid4()))
    assert not data["createCart"]["problems"]
    key: str = data["createCart"]["key"]
    return key


async def some_skus(shop: Shop, count: int) -> list[str]:
    """Skus that have a price and stock."""
    data = await shop.run(operation("storefront", "listing"), first=48)
    tiles = [edge["node"] for edge in data["products"]["edges"]]
    found = [tile["sku"] for tile in tiles if tile["price"] and tile["availability"]["state"] == "IN_STOCK"]
    return found[:count]


def add(sku: str, quantity: str = "1", name: str | None = None) -> dict[str, Any]:
    """The envelope of one addLine."""
    return {"id": name or uuid.uuid4().hex, "operation": {"addLine": {"sku": sku, "quantity": quantity}}}


async def apply(shop: Shop, key: str, *operations: dict[str, Any]) -> dict[str, Any]:
    """The payload of applyCartOperations."""
    data = await shop.run(operation("storefront", "apply_cart_operations"), key=key, operations=list(operations))
    payload: dict[str, Any] = data["applyCartOperations"]
    return payload


async def test_what_was_put_in_is_priced_to_the_cent(shopper: Shop) -> None:
    key, (first, second) = await a_cart(shopper), await some_skus(shopper, 2)
    await apply(shopper, key, add(first, "2"), add(second))
    cart = (await shopper.run(operation("storefront", "cart_page"), key=key))["cart"]
    assert [line["product"]["sku"] for line in cart["lines"]] == [first, second]
    lines, total = cart["quote"]["lines"], cart["quote"]["total"]
    cents = [round(100 * float(line["total"]["gross"]["amount"])) for line in lines]
    assert sum(cents) == round(100 * float(total["gross"]["amount"])) > 0


async def test_a_second_device_sees_the_change_at_once(shopper: Shop) -> None:
    key, (sku,) = await a_cart(shopper), await some_skus(shopper, 1)
    async with shopper.subscribe(operation("storefront", "cart_changed"), key=key) as events:
        assert (await events.next())["kind"] == "SNAPSHOT"
        await apply(shopper, key, add(sku, "3"))
        event = await events.next()
    assert (event["kind"], event["what"]) == ("CHANGE", ["addLine"])
    assert event["cart"]["lines"][0]["quantity"] == "3"


async def test_operations_sent_twice_and_late_count_once(shopper: Shop) -> None:
    key, (sku,) = await a_cart(shopper), await some_skus(shopper, 1)
    wish = add(sku, name="tap-1")
    await apply(shopper, key, wish)
    payload = await apply(shopper, key, wish, wish)
    assert payload["applied"] == ["tap-1"]
    assert payload["cart"]["lines"][0]["quantity"] == "1"


async def test_an_unknown_sku_is_a_problem_and_the_rest_is_done(shopper: Shop) -> None:
    key, (sku,) = await a_cart(shopper), await some_skus(shopper, 1)
    payload = await apply(shopper, key, add(sku[:-1] + "?"), add(sku))
    assert [problem["code"] for problem in payload["problems"]] == ["UNKNOWN_SKU"]
    assert payload["problems"][0]["path"][:3] == ["input", "operations", "0"]
    assert [line["product"]["sku"] for line in payload["cart"]["lines"]] == [sku]


async def test_negative_and_huge_quantities_are_refused_with_what_is_allowed(shopper: Shop) -> None:
    key, (sku,) = await a_cart(shopper), await some_skus(shopper, 1)
    payload = await apply(shopper, key, add(sku, "-1"), add(sku, "1000000000000"), add(sku, "0.5"))
    assert [problem["code"] for problem in payload["problems"]] == ["INVALID_INPUT"] * 3
    assert all(problem["allowed"] for problem in payload["problems"])
    assert payload["cart"]["lines"] == []


async def test_more_than_there_is_stays_in_the_cart_with_a_notice(shopper: Shop) -> None:
    key, (sku,) = await a_cart(shopper), await some_skus(shopper, 1)
    payload = await apply(shopper, key, add(sku, "999999"))
    assert payload["cart"]["lines"][0]["quantity"] == "999999"
    assert "INSUFFICIENT_STOCK" in [notice["code"] for notice in payload["cart"]["quote"]["notices"]]


async def test_a_cart_key_that_nobody_has_opens_nothing(shopper: Shop) -> None:
    for key in ("A" * 32, "broken", ""):
        assert (await shopper.run(operation("storefront", "cart_page"), key=key))["cart"] is None
        assert [problem["code"] for problem in (await apply(shopper, key, add("X")))["problems"]] == ["CART_NOT_FOUND"]


async def test_creating_twice_with_one_key_gives_one_cart(shopper: Shop) -> None:
    name = str(uuid.uuid4())
    first = await shopper.run(operation("storefront", "create_cart"), idempotencyKey=name)
    again = await shopper.run(operation("storefront", "create_cart"), idempotencyKey=name)
    assert first == again
