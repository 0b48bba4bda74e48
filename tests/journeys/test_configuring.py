"""Customer and adviser configure one product at two gateways, over real sockets, and it goes into the cart."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from modules.kernel.names import Sku
from modules.runtime.database import Database
from tests.configurator.released import release
from tests.gateway_process import GatewayProcess
from tests.journeys.client import Shop
from tests.journeys.test_cart import a_cart, some_skus
from tests.postgresql import PostgresqlServer

SESSION = "session { version characteristics { id options { id possible } } configuration { pinnedId } }"
CONFIGURE = f"""
mutation ($input: ConfigureInput!) {{
  configure(input: $input) {{ key {SESSION} problems {{ code message }} }}
}}
"""
FOLLOW = f"""
subscription ($key: String!, $after: String) {{
  configurationChanged(key: $key, after: $after) {{ kind cursor what {SESSION} }}
}}
"""
SHARE = """
mutation ($input: ShareConfigurationInput!) { shareConfiguration(input: $input) { key problems { code } } }
"""
FINALISE = f"""
mutation ($key: String!) {{ finaliseConfiguration(input: {{ key: $key }}) {{ {SESSION} problems {{ code }} }} }}
"""
ADD = """
mutation ($key: String!, $sku: ID!, $made: ID!) {
  applyCartOperations(input: { key: $key, operations: [
    { id: "made", operation: { addLine: { sku: $sku, quantity: "1", configurationId: $made } } }
  ] }) {
    cart { lines { configurationId } quote { lines { product { sku } } notices { code } } }
    problems { code path }
  }
}
"""


@pytest.fixture
def shop(postgresql_server: PostgresqlServer, embedded_url: str, tmp_path: Path) -> Iterator[tuple[str, list[str]]]:
    """The database, and the addresses of two gateways on it; the first has filled the demo shop."""
    with postgresql_server.fresh_database() as url:
        environ = {"DATABASE_URL": url, "REDIS_URL": embedded_url, "COGWERK_SECRET": uuid.uuid4().hex * 2}
        gateways = [GatewayProcess(tmp_path / name, environ=environ) for name in ("one", "two")]
        for gateway in gateways:
            gateway.start()
        yield url, [gateway.url for gateway in gateways]
        for gateway in gateways:
            gateway.stop()


async def configurable(url: str, sku: str, colour: str = "RED", version: int = 1) -> None:
    database = await Database.open(url)
    try:
        await release(database, Sku(sku), colour, version)
    finally:
        await database.close()


async def configure(shop: Shop, **input: Any) -> dict[str, Any]:
    data = await shop.run(CONFIGURE, input=input)
    payload: dict[str, Any] = data["configure"]
    assert payload["problems"] == []
    return payload


def chosen(**choices: str) -> list[dict[str, str]]:
    return [{"characteristic": name, "value": value} for name, value in choices.items()]


def glass(event: dict[str, Any]) -> list[bool]:
    (found,) = [one for one in event["session"]["characteristics"] if one["id"] == "GLASS"]
    return [option["possible"] for option in found["options"]]


async def until_chosen(events: Any) -> dict[str, Any]:
    while "choose" not in (event := await events.next())["what"]:
        pass
    found: dict[str, Any] = event
    return found


async def test_two_who_configure_at_two_gateways_see_what_is_left_and_buy_what_they_made(
    shop: tuple[str, list[str]],
) -> None:
    url, (one, two) = shop
    customer, adviser = Shop(one), Shop(two)
    sku, other = await some_skus(customer, 2)
    await configurable(url, sku)
    product = await customer.run("query ($sku: ID!) { product(sku: $sku) { configurable { revision } } }", sku=sku)
    assert product["product"]["configurable"] == {"revision": "1"}
    key = (await configure(customer, sku=sku))["key"]
    share = {"key": key, "right": "EDIT", "idempotencyKey": uuid.uuid4().hex}
    link = (await customer.run(SHARE, input=share))["shareConfiguration"]["key"]
    async with customer.subscribe(FOLLOW, key=key) as here, adviser.subscribe(FOLLOW, key=link) as there:
        for events in (here, there):
            first = await events.next()
            assert (first["kind"], glass(first)) == ("SNAPSHOT", [True, True])
        await configure(adviser, key=link, choices=chosen(COLOUR="RED"))
        seen = [await until_chosen(events) for events in (here, there)]
        assert [glass(event) for event in seen] == [[False, True], [False, True]]
    # The cursor of one gateway is good at the other.
    await configure(customer, key=key, choices=chosen(LOCK="SAFE", GLASS="NO"))
    async with adviser.subscribe(FOLLOW, key=link, after=seen[0]["cursor"]) as there:
        assert (await there.next())["kind"] == "CHANGE"
    done = (await customer.run(FINALISE, key=key))["finaliseConfiguration"]
    assert done["problems"] == []
    made = done["session"]["configuration"]["pinnedId"]
    await _buys(url, adviser, sku, other, made)


async def _buys(url: str, shop: Shop, sku: str, other: str, made: str) -> None:
    """It goes into the cart as what it is, and the quote tells when its model has changed since."""
    cart = await a_cart(shop)
    wrong = (await shop.run(ADD, key=cart, sku=other, made=made))["applyCartOperations"]
    assert [(problem["code"], problem["path"][-1]) for problem in wrong["problems"]] == [
        ("INVALID_INPUT", "configurationId")
    ]
    added = (await shop.run(ADD, key=cart, sku=sku, made=made))["applyCartOperations"]
    assert [line["configurationId"] for line in added["cart"]["lines"]] == [made]
    assert "CONFIGURATION_CHANGED" not in _codes(added["cart"])
    await configurable(url, sku, "BLUE", 2)
    query = "query ($key: String!) { cart(key: $key) { quote { notices { code } } } }"
    assert "CONFIGURATION_CHANGED" in _codes((await shop.run(query, key=cart))["cart"])


def _codes(cart: dict[str, Any]) -> list[str]:
    return [notice["code"] for notice in cart["quote"]["notices"]]
