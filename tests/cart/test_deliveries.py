"""What a cart may choose as its delivery, over real Redis and through the graph."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from modules.kernel.basket import DeliveryCost, DeliveryOption, Destination, Notice, TaxedMoney
from modules.kernel.money import Money
from modules.kernel.quantity import pieces
from modules.runtime.redis import Redis
from tests.cart.shop import Shop, a_shelf

CREATE = 'mutation { createCart(input: { idempotencyKey: "0123456789abcdef" }) { key } }'
ADD = """mutation ($key: String!) { applyCartOperations(input: { key: $key, operations: [
  { id: "a", operation: { addLine: { sku: "mug", quantity: "2" } } },
  { id: "b", operation: { addLine: { sku: "pan", quantity: "1" } } }] }) { applied } }"""
OPTIONS = """query ($key: String!, $terms: QuoteTermsInput) { cart(key: $key) { deliveryOptions(terms: $terms) {
  method label pickup cost { net { amount } tax { amount } gross { amount } } earliestDays latestDays
  arrivesFrom arrivesUntil hindrance { code data } } } }"""


def cents(net: int, tax: int) -> TaxedMoney:
    """An amount with its tax."""
    return TaxedMoney(Money(net, "EUR"), Money(tax, "EUR"), Money(net + tax, "EUR"))


PARCEL = DeliveryOption("parcel", "Paket", False, DeliveryCost("parcel", "Paket", cents(412, 78), days=(2, 3)))
HEAVY = Notice("DELIVERY_TOO_HEAVY", "too heavy", data={"delivery": "express", "weightGrams": 9_000})
EXPRESS = DeliveryOption("express", "Kurier", False, None, HEAVY)


@pytest.fixture
async def key(redis: Redis) -> tuple[Shop, str]:
    """The shop, open, and the key of a cart with two mugs and a pan."""
    shop = Shop(redis, a_shelf())
    shop.shelf.ways = [PARCEL, EXPRESS]
    key = (await shop.run(CREATE))["createCart"]["key"]
    await shop.run(ADD, key=key)
    return shop, key


async def options(shop: Shop, key: str, **terms: Any) -> list[dict[str, Any]]:
    """What the graph shows."""
    found: list[dict[str, Any]] = (await shop.run(OPTIONS, key=key, terms=terms or None))["cart"]["deliveryOptions"]
    return found


async def test_options_come_with_cost_tax_days_and_reasons(key: tuple[Shop, str]) -> None:
    assert await options(*key) == [
        {
            "method": "parcel",
            "label": "Paket",
            "pickup": False,
            "cost": {"net": {"amount": "4.12"}, "tax": {"amount": "0.78"}, "gross": {"amount": "4.90"}},
            "earliestDays": 2,
            "latestDays": 3,
            "arrivesFrom": "2026-03-04",
            "arrivesUntil": "2026-03-05",
            "hindrance": None,
        },
        {
            "method": "express",
            "label": "Kurier",
            "pickup": False,
            "cost": None,
            "earliestDays": None,
            "latestDays": None,
            "arrivesFrom": None,
            "arrivesUntil": None,
            "hindrance": {"code": "DELIVERY_TOO_HEAVY", "data": {"delivery": "express", "weightGrams": 9_000}},
        },
    ]


async def test_options_are_asked_for_the_goods_that_can_be_priced_and_on_the_terms_given(
    key: tuple[Shop, str],
) -> None:
    shop, cart = key
    del shop.shelf.articles_by_sku["pan"]
    await options(shop, cart, destination={"country": "AT", "postalCode": "1010"}, delivery="express")
    basket, _ = shop.shelf.asked[-1]
    assert [line.sku for line in basket.lines] == ["mug"]
    assert basket.destination == Destination("AT", "", "1010")


@pytest.mark.parametrize("answers", [True, False])
async def test_without_enough_stock_no_day_is_promised(key: tuple[Shop, str], answers: bool) -> None:
    shop, cart = key
    shop.shelf.stock["mug"] = pieces(1)
    shop.shelf.stock_answers = answers
    parcel, _ = await options(shop, cart)
    assert (parcel["cost"]["gross"]["amount"], parcel["arrivesFrom"]) == ("4.90", None)


async def test_an_empty_cart_has_its_options_too(redis: Redis) -> None:
    shop = Shop(redis, a_shelf())
    shop.shelf.ways = [replace(PARCEL, label="Parcel")]
    key = (await shop.run(CREATE))["createCart"]["key"]
    assert [option["label"] for option in await options(shop, key)] == ["Parcel"]
