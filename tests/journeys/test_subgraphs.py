"""Four subgraphs with a database each are one shop, and one that dies costs what only it can say."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.federation.router import HiveGateway
from tests.federation.subgraphs import Subgraphs, four_subgraphs
from tests.journeys.client import Shop, operation
from tests.journeys.test_cart import a_cart, add, apply
from tests.journeys.test_stock_reaches_pos import available, count

SKU, SOURCE = "LAMP-KRAN-BLACK", "leipzig"
PAGE = "{ products(first: 24) { edges { node { sku title price { gross { amount } } availability { state } } } } }"
CART = """query ($key: String!) { cart(key: $key) { lines { quantity product { sku } }
  quote { total { gross { amount } } notices { code data } } } }"""
APPLY = """mutation ($key: String!, $operations: [OperationEnvelope!]!) {
  applyCartOperations(input: { key: $key, operations: $operations }) { problems { code } } }"""
OF_SUBGRAPH = """query ($references: [_Any!]!) { _entities(representations: $references) { ... on Product {
  %s } } }"""
GIVES = {
    "catalog": "title",
    "pricing": "price { gross { amount } }",
    "inventory": "availability { state }",
}


@pytest.fixture(scope="module")
def subgraphs(
    sqlite_template: bytes, embedded_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Subgraphs]:
    found = four_subgraphs(sqlite_template, embedded_url, tmp_path_factory.mktemp("subgraphs"))
    try:
        found.start()
        yield found
    finally:
        found.stop()


@pytest.fixture(scope="module")
def router(subgraphs: Subgraphs, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HiveGateway]:
    gateway = HiveGateway(subgraphs, tmp_path_factory.mktemp("router"))
    try:
        gateway.start()
        yield gateway
    finally:
        gateway.stop()


@pytest.fixture
def shopper(router: HiveGateway) -> Shop:
    """Somebody without a token."""
    return Shop(router.url)


@pytest.fixture
def operator(router: HiveGateway, subgraphs: Subgraphs) -> Shop:
    """Whoever holds the operator's token."""
    return Shop(router.url, token=subgraphs.operator_token)


async def test_subgraphs_answer_for_one_page_as_a_router_asks_them(subgraphs: Subgraphs) -> None:
    """By hand, where no router is to be had: what a query plan of the listing is made of."""
    asked = {name: Shop(process.url) for name, process in subgraphs.processes.items()}
    page = await asked["catalog"].run("{ products(first: 24) { edges { node { sku } } } }")
    skus = [edge["node"]["sku"] for edge in page["products"]["edges"]]
    references = [{"__typename": "Product", "sku": sku} for sku in skus]
    for name, fields in GIVES.items():
        found = (await asked[name].run(OF_SUBGRAPH % f"sku {fields}", references=references))["_entities"]
        given = fields.partition(" ")[0]
        assert [product["sku"] for product in found if product and product[given]], name
        assert [product["sku"] for product in found if product] == [sku for sku in skus if sku in _known(found)]


def _known(found: list[Any]) -> set[str]:
    return {product["sku"] for product in found if product}


@pytest.mark.slow
async def test_a_listing_is_stitched_of_three_subgraphs(shopper: Shop) -> None:
    data = await shopper.run(operation("storefront", "listing"))
    tiles = [edge["node"] for edge in data["products"]["edges"]]
    assert len(tiles) == 24
    assert all(tile["title"] and tile["price"] and tile["availability"]["state"] for tile in tiles[:2])


@pytest.mark.slow
async def test_a_cart_is_priced_by_a_process_that_has_no_carts(shopper: Shop) -> None:
    key = await a_cart(shopper)
    payload = await apply(shopper, key, add(SKU, "2"), add("CANOPY-BRASS"))
    assert payload["problems"] == []
    quote = payload["cart"]["quote"]
    assert quote["total"]["gross"] == {"amount": "389.90", "currency": "EUR"}
    unknown = await apply(shopper, key, add("LAMP-KRAN-BLAKC"))
    assert unknown["problems"][0]["code"] == "UNKNOWN_SKU"
    assert SKU in unknown["problems"][0]["nearest"]


@pytest.mark.slow
async def test_a_cart_is_followed_through_the_router(shopper: Shop) -> None:
    key = await a_cart(shopper)
    async with shopper.subscribe(operation("storefront", "cart_changed"), key=key) as events:
        assert (await events.next())["kind"] == "SNAPSHOT"
        await apply(shopper, key, add(SKU, "3"))
        event = await events.next()
    assert (event["kind"], event["what"]) == ("CHANGE", ["addLine"])
    (line,) = event["cart"]["lines"]
    assert line["product"]["title"] == "Architektenleuchte Kran, Schwarz"


@pytest.mark.slow
async def test_a_count_reaches_the_till_through_the_router(operator: Shop) -> None:
    async with operator.subscribe(operation("pos", "stock_changed"), skus=[SKU], sources=[SOURCE]) as events:
        assert (await events.next())["kind"] == "SNAPSHOT"
        assert (await count(operator, SKU, SOURCE, "5000"))["changed"] == 1
        first = await events.next()
        await count(operator, SKU, SOURCE, "5001")
        second = await events.next()
    assert int(available(second, SKU)) - int(available(first, SKU)) == 1
    async with operator.subscribe(
        operation("pos", "stock_changed"), skus=[SKU], sources=[SOURCE], after=first["cursor"]
    ) as events:
        assert (await events.next())["cursor"] == second["cursor"]


@pytest.mark.slow
async def test_rights_and_places_pass_the_router(operator: Shop, shopper: Shop) -> None:
    levels = [{"sku": SKU, "source": SOURCE, "onHand": "1"}]
    wish = {"idempotencyKey": str(uuid.uuid4()), "reason": "night count", "levels": levels}
    answer = await shopper.ask(operation("backoffice", "set_stock_levels"), input=wish)
    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    swiss = Shop(shopper.url, channel="web-ch")
    data = await swiss.run("query ($sku: ID!) { product(sku: $sku) { price { gross { currency } } } }", sku=SKU)
    assert data["product"]["price"]["gross"]["currency"] == "CHF"
    nowhere = await Shop(shopper.url, channel="nowhere").ask(PAGE)
    assert nowhere["errors"][0]["extensions"]["code"] == "UNKNOWN_CHANNEL"


async def test_a_cart_outlives_the_processes_it_asks(subgraphs: Subgraphs) -> None:
    carts, stock, pricing = (subgraphs.processes[name] for name in ("cart", "inventory", "pricing"))
    shop = Shop(carts.url)
    key = await a_cart(shop)
    await shop.run(APPLY, key=key, operations=[add(SKU)])
    whole = (await shop.run(CART, key=key))["cart"]
    stock.kill()
    cart = (await shop.run(CART, key=key))["cart"]
    notice = {"code": "UNAVAILABLE", "data": {"module": "inventory"}}
    assert cart == {**whole, "quote": {**whole["quote"], "notices": [*whole["quote"]["notices"], notice]}}
    pricing.kill()
    answer = await shop.ask(CART, key=key)
    assert answer["data"]["cart"] == {**whole, "quote": None}
    assert [(error["path"], error["extensions"]["code"]) for error in answer["errors"]] == [
        (["cart", "quote"], "UNAVAILABLE")
    ]
    assert answer["errors"][0]["message"] == "The module pricing does not answer at the moment."
    stock.start()
    pricing.start()
    assert (await shop.run(CART, key=key))["cart"] == whole


@pytest.mark.slow
async def test_a_subgraph_that_dies_costs_its_own_fields_of_a_page_and_says_so(
    subgraphs: Subgraphs, shopper: Shop
) -> None:
    whole = _tile(await shopper.ask(PAGE))
    for name, field in (("inventory", "availability"), ("pricing", "price")):
        subgraphs.processes[name].kill()
        page = await shopper.ask(PAGE)
        assert _tile(page) == {**whole, field: None}
        assert _said(page) == {("UNAVAILABLE", name)}
        subgraphs.processes[name].start()
        assert _tile(await shopper.ask(PAGE)) == whole


def _tile(page: dict[str, Any]) -> dict[str, Any]:
    tiles = [edge["node"] for edge in page["data"]["products"]["edges"]]
    return next(tile for tile in tiles if tile["sku"] == SKU)


def _said(answer: dict[str, Any]) -> set[tuple[str, str]]:
    """The codes and modules of its errors, which tell clients no more."""
    assert "request" not in str(answer["errors"])
    return {(error["extensions"]["code"], error["extensions"]["module"]) for error in answer["errors"]}
