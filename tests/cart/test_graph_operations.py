"""Every kind of operation as front ends and tills write it, and what they see of it afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from modules.cart.model import Kind
from modules.runtime.redis import Redis
from tests.cart.shop import Shop, a_shelf

CREATE = 'mutation { createCart(input: { idempotencyKey: "0123456789abcdef" }) { key } }'
APPLY = """mutation ($key: String!, $operations: [OperationEnvelope!]!) {
  applyCartOperations(input: { key: $key, operations: $operations, device: "till 3" }) {
    applied problems { __typename code path } } }"""
CART = """query ($key: String!) { cart(key: $key) {
  channel note email deliveryMethod pickupStore payment codes
  lines { id note configurationId quantity product { sku } } gifts { promotion sku }
  deliveryAddress { country name company lines postalCode city region phone } billingAddress { city }
  history { totalCount edges { node { id by kind undoneBy lineId after sku quantity configurationId code note
    addressKind delivery store payment promotion channel undoes } } } } }"""
LINK = """mutation ($key: String!) { createCartLink(input: {
  key: $key, right: READ, idempotencyKey: "0123456789abcdef" }) { key } }"""
ADDRESS = {
    "country": "DE",
    "name": "Ada Lovelace",
    "company": "Analytical Engines",
    "lines": ["Hauptstraße 1", "2. Stock"],
    "postalCode": "04109",
    "city": "Leipzig",
    "region": "DE-SN",
    "phone": "+49 341 1",
}
OPERATIONS: tuple[dict[str, Any], ...] = (
    {"addLine": {"sku": "mug", "quantity": "2", "lineId": "m"}},
    {"addLine": {"sku": "plate", "quantity": "1", "lineId": "p", "configurationId": "blue"}},
    {"setQuantity": {"lineId": "m", "quantity": "3"}},
    {"moveLine": {"lineId": "p", "after": None}},
    {"setNote": {"lineId": "m", "text": "as a gift"}},
    {"setNote": {"text": "ring twice"}},
    {"addCode": "SPRING"},
    {"removeCode": "none"},
    {"setAddress": {"kind": "DELIVERY", "address": ADDRESS}},
    {"setAddress": {"kind": "BILLING", "address": {"country": "DE", "city": "Berlin"}}},
    {"setContact": {"email": "ada@example.com"}},
    {"setDelivery": {"method": "pickup", "store": "leipzig"}},
    {"setPayment": {"kind": "cash"}},
    {"chooseGift": {"promotion": "bonus", "sku": "pan"}},
    {"setChannel": {"channel": "swiss"}},
    {"removeLine": {"lineId": "none"}},
    {"undo": {"operation": "op02"}},
)


@pytest.fixture
def shop(redis: Redis) -> Shop:
    """The shop, open."""
    return Shop(redis, a_shelf())


async def a_filled_cart(shop: Shop) -> str:
    """The key of a cart that has taken up an operation of each kind."""
    key: str = (await shop.run(CREATE))["createCart"]["key"]
    operations = [{"id": f"op{index:02d}", "operation": each} for index, each in enumerate(OPERATIONS)]
    done = (await shop.run(APPLY, key=key, operations=operations))["applyCartOperations"]
    assert done == {"applied": [each["id"] for each in operations], "problems": []}
    return key


async def test_a_cart_shows_all_that_it_was_told(shop: Shop) -> None:
    cart = (await shop.run(CART, key=await a_filled_cart(shop)))["cart"]
    del cart["history"]
    assert cart == {
        "channel": "swiss",
        "note": "ring twice",
        "email": "ada@example.com",
        "deliveryMethod": "pickup",
        "pickupStore": "leipzig",
        "payment": "cash",
        "codes": ["SPRING"],
        "lines": [
            {"id": "p", "note": "", "configurationId": "blue", "quantity": "1", "product": {"sku": "plate"}},
            {"id": "m", "note": "as a gift", "configurationId": None, "quantity": "2", "product": {"sku": "mug"}},
        ],
        "gifts": [{"promotion": "bonus", "sku": "pan"}],
        "deliveryAddress": ADDRESS,
        "billingAddress": {"city": "Berlin"},
    }


async def test_the_history_tells_each_operation_by_what_was_said(shop: Shop) -> None:
    history = (await shop.run(CART, key=await a_filled_cart(shop)))["cart"]["history"]
    nodes = [edge["node"] for edge in history["edges"]]
    assert history["totalCount"] == len(OPERATIONS)
    assert {node["kind"] for node in nodes} == {kind.name for kind in Kind}
    assert {node["by"] for node in nodes} == {"till 3"}
    told = [
        {name: value for name, value in node.items() if value is not None and name not in ("id", "by", "kind")}
        for node in nodes
    ]
    assert told == [
        {"lineId": "m", "sku": "mug", "quantity": "2"},
        {"lineId": "p", "sku": "plate", "quantity": "1", "configurationId": "blue"},
        {"lineId": "m", "quantity": "3", "undoneBy": "op16"},
        {"lineId": "p"},
        {"lineId": "m", "note": "as a gift"},
        {"note": "ring twice"},
        {"code": "SPRING"},
        {"code": "none"},
        {"addressKind": "DELIVERY"},
        {"addressKind": "BILLING"},
        {},
        {"delivery": "pickup", "store": "leipzig"},
        {"payment": "cash"},
        {"promotion": "bonus", "sku": "pan"},
        {"channel": "swiss"},
        {"lineId": "none"},
        {"undoes": "op02"},
    ]


async def test_who_may_only_read_sees_the_goods_and_not_whose_they_are(shop: Shop) -> None:
    key = await a_filled_cart(shop)
    link = (await shop.run(LINK, key=key))["createCartLink"]["key"]
    cart = (await shop.run(CART, key=link))["cart"]
    assert (cart["deliveryAddress"], cart["billingAddress"], cart["email"]) == (None, None, None)
    assert len(cart["lines"]) == 2
    assert "Ada" not in str(cart)
    assert "ada@" not in str(cart)


@pytest.mark.parametrize(
    ("operation", "kind", "path"),
    [
        ({"setChannel": {"channel": "moon"}}, "UNKNOWN_CHANNEL", ["setChannel", "channel"]),
        (
            {"setAddress": {"kind": "DELIVERY", "address": {"country": "UK"}}},
            "INVALID_INPUT",
            ["setAddress", "address", "country"],
        ),
        ({"setContact": {"email": "nobody"}}, "INVALID_INPUT", ["setContact", "email"]),
        ({"addCode": ""}, "INVALID_INPUT", ["addCode"]),
        ({"chooseGift": {"promotion": "bonus", "sku": ""}}, "INVALID_INPUT", ["chooseGift", "sku"]),
        ({"undo": {"operation": "b"}}, "INVALID_INPUT", ["undo", "operation"]),
    ],
)
async def test_a_refused_operation_is_named_and_its_neighbours_are_done(
    shop: Shop, operation: dict[str, Any], kind: str, path: list[str]
) -> None:
    key: str = (await shop.run(CREATE))["createCart"]["key"]
    good = {"setNote": {"text": "hello"}}
    operations = [{"id": id, "operation": each} for id, each in zip("abc", (good, operation, good), strict=True)]
    done = (await shop.run(APPLY, key=key, operations=operations))["applyCartOperations"]
    assert done["applied"] == ["a", "c"]
    assert [(problem["code"], problem["path"]) for problem in done["problems"]] == [
        (kind, ["input", "operations", "1", "operation", *path])
    ]


async def test_of_one_operation_exactly_one_kind_is_given(shop: Shop) -> None:
    key: str = (await shop.run(CREATE))["createCart"]["key"]
    both = {"addCode": "A", "undo": {"operation": "x"}}
    result = await shop.schema.execute(
        APPLY, {"key": key, "operations": [{"id": "a", "operation": both}]}, shop.context()
    )
    assert result.errors
