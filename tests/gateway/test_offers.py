"""Three offers through the whole gateway: "buy 3 pay 2", "10 % off the cheapest", "a gift from 100 EUR"."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.carts import Keeping
from gateway.parts import make_graph
from gateway.wiring import by_class, wire_cart, wire_trade
from modules.kernel.graph import GraphContext
from modules.kernel.names import Locale
from modules.kernel.place import NOWHERE
from modules.kernel.viewer import OPERATOR, Viewer
from modules.runtime.database import Database
from modules.runtime.feed import StreamFeed
from modules.runtime.redis import Redis
from tests.builders import a_viewer

GRAPH = make_graph()
FOUNDING = """mutation ($now: String!) {
  upsertMarkets(input: { reason: "test", markets: [
    { id: "de", country: "DE", zone: "Europe/Berlin", currencies: ["EUR"], locales: ["de", "en"] }] }) {
      problems { code } }
  upsertSources(input: { reason: "test", sources: [{ id: "main", name: "Main" }] }) { problems { code } }
  upsertChannels(input: { reason: "test", channels: [
    { id: "web", market: "de", priceLists: ["list"], sources: ["main"] }] }) { problems { code } }
  upsertTaxRules(input: { reason: "test", taxRules: [
    { country: "DE", taxClass: "standard", rate: "0.19" }] }) { problems { code } }
  upsertProducts(input: { reason: "test", products: [
    { sku: "BOOK", titles: [{ locale: "de", text: "Buch" }] }
    { sku: "LAMP", titles: [{ locale: "de", text: "Lampe" }] }
    { sku: "MUG", titles: [{ locale: "de", text: "Becher" }] }] }) { problems { code } }
  setPrices(input: { idempotencyKey: $now, reason: "test", prices: [
    { sku: "BOOK", priceList: "list", currency: "EUR", amount: "12.00", taxMode: GROSS }
    { sku: "LAMP", priceList: "list", currency: "EUR", amount: "40.00", taxMode: GROSS }
    { sku: "MUG", priceList: "list", currency: "EUR", amount: "9.50", taxMode: GROSS }] }) { problems { code } }
  setStockLevels(input: { idempotencyKey: $now, reason: "test", levels: [
    { sku: "MUG", source: "main", onHand: "1" }] }) { problems { code } } }"""
CREATE = "mutation ($id: String!) { createCart(input: { idempotencyKey: $id }) { key } }"
PROMOTE = """mutation ($id: String!, $promotion: PromotionInput!, $ids: [ID!]!) {
  upsertPromotions(input: { idempotencyKey: $id, reason: "test", promotions: [$promotion] }) { problems { message } }
  activatePromotions(input: { idempotencyKey: $id, reason: "test", ids: $ids }) { problems { message } } }"""
APPLY = """mutation ($key: String!, $operations: [OperationEnvelope!]!) {
  applyCartOperations(input: { key: $key, operations: $operations }) { problems { message } cart { quote {
    payable { amount } validUntil
    lines { lineId isGift product { sku title } total { gross { amount } tax { amount } }
            steps { kind label amount { amount } result { amount } rule { id version } } }
    promotions { promotion { id version } label outcome phase amount { amount }
                 lines { lineId amount { amount } } units { lineId units } because
                 missing { kind required actual missing basis text } }
    notices { code } } } } }"""


@dataclass
class Shop:
    """An empty shop that is founded over its own graph, and one cart in it."""

    context: GraphContext
    key: str = ""

    async def run(self, document: str, **variables: Any) -> dict[str, Any]:
        """The data of an operation that must succeed."""
        result = await GRAPH.execute(document, variable_values=variables, context_value=self.context)
        assert result.errors is None, result.errors
        assert result.data is not None
        return result.data

    async def promote(self, id: str, german: str, english: str, **promotion: Any) -> None:
        """An active promotion."""
        names = [{"locale": "de", "text": german}, {"locale": "en", "text": english}]
        given = {"id": id, "names": names, **promotion}
        done = await self.run(PROMOTE, id=f"a key of {id}", promotion=given, ids=[id])
        assert [payload["problems"] for payload in done.values()] == [[], []]

    async def add(self, sku: str, quantity: int) -> dict[str, Any]:
        """Puts it in and gives the quote."""
        operation = {"id": uuid.uuid4().hex, "operation": {"addLine": {"sku": sku, "quantity": str(quantity)}}}
        done = (await self.run(APPLY, key=self.key, operations=[operation]))["applyCartOperations"]
        assert done["problems"] == []
        quote: dict[str, Any] = done["cart"]["quote"]
        return quote


@pytest.fixture
async def shop(database: Database, redis: Redis, feed: StreamFeed) -> Shop:
    trade = wire_trade(database)
    await trade.load()
    services = by_class(trade, wire_cart(trade, database, redis, Keeping(b"secret" * 8)))
    viewer: Viewer = a_viewer(OPERATOR, channel=NOWHERE, now=datetime.now(UTC))
    shop = Shop(GraphContext(viewer, feed, services, GRAPH.parts, GRAPH.owners))
    done = await shop.run(FOUNDING, now=uuid.uuid4().hex)
    assert [payload["problems"] for payload in done.values()] == [[]] * len(done)
    place = trade.market.channel("web")
    shop.context.viewer = replace(viewer, channel=place, currency="EUR", locale=Locale("de"))
    shop.key = (await shop.run(CREATE, id=uuid.uuid4().hex))["createCart"]["key"]
    return shop


def trace(quote: dict[str, Any], id: str) -> dict[str, Any]:
    """What became of a promotion."""
    found: dict[str, Any]
    (found,) = [one for one in quote["promotions"] if one["promotion"]["id"] == id]
    return found


async def test_buy_3_pay_2(shop: Shop) -> None:
    await shop.promote("3for2", "3 kaufen, 2 bezahlen", "Buy 3, pay 2", actions=[{"buyGet": {"buy": 2, "get": 1}}])
    quote = await shop.add("BOOK", 2)
    found = trace(quote, "3for2")
    assert (quote["payable"], found["outcome"]) == ({"amount": "24.00"}, "NOT_ELIGIBLE")
    assert [(lack["kind"], lack["missing"]) for lack in found["missing"]] == [("quantity", "1")]
    assert found["missing"][0]["text"] == "Noch ein Stück, und das günstigste ist gratis"
    quote = await shop.add("BOOK", 1)
    found = trace(quote, "3for2")
    (line,) = quote["lines"]
    assert quote["payable"] == {"amount": "24.00"}
    assert (found["outcome"], found["amount"], found["phase"]) == ("APPLIED", {"amount": "12.00"}, "items")
    assert found["units"] == [{"lineId": line["lineId"], "units": 3}]
    assert found["lines"] == [{"lineId": line["lineId"], "amount": {"amount": "12.00"}}]
    assert [(step["kind"], step["label"], step["amount"]["amount"]) for step in line["steps"]] == [
        ("list_price", "Listenpreis", "36.00"),
        ("promotion", "3 kaufen, 2 bezahlen", "-12.00"),
    ]
    assert line["steps"][1]["rule"] == found["promotion"]


async def test_10_percent_off_the_cheapest(shop: Shop) -> None:
    await shop.promote("cheapest", "10 % aufs Günstigste", "10 % off", actions=[{"cheapest": {"percent": "10"}}])
    await shop.add("LAMP", 1)
    quote = await shop.add("BOOK", 2)
    assert quote["payable"] == {"amount": "62.80"}
    found = trace(quote, "cheapest")
    assert (found["outcome"], found["amount"]) == ("APPLIED", {"amount": "1.20"})
    lamp, books = quote["lines"]
    assert (lamp["total"]["gross"], books["total"]["gross"]) == ({"amount": "40.00"}, {"amount": "22.80"})
    assert found["units"] == [{"lineId": books["lineId"], "units": 1}]


async def test_a_gift_from_100_euros(shop: Shop) -> None:
    hundred = {"subtotal": {"amount": [{"currency": "EUR", "amount": "100.00"}]}}
    await shop.promote("mug", "Becher ab 100", "A mug from 100", condition=hundred, actions=[{"gift": {"sku": "MUG"}}])
    quote = await shop.add("LAMP", 2)
    (lack,) = trace(quote, "mug")["missing"]
    assert (lack["required"], lack["actual"], lack["missing"], lack["basis"]) == ("100.00", "80.00", "20.00", "EUR")
    assert lack["text"] == "Noch 20,00 EUR bis zum Gratisgeschenk"
    quote = await shop.add("LAMP", 1)
    *_, gift = quote["lines"]
    assert (gift["lineId"], gift["isGift"], gift["product"]) == (None, True, {"sku": "MUG", "title": "Becher"})
    assert gift["total"] == {"gross": {"amount": "0.00"}, "tax": {"amount": "0.00"}}
    assert [(step["kind"], step["result"]["amount"]) for step in gift["steps"]] == [
        ("list_price", "9.50"),
        ("promotion", "0.00"),
    ]
    assert (trace(quote, "mug")["outcome"], quote["payable"]) == ("APPLIED", {"amount": "120.00"})
    quote = await shop.add("MUG", 1)
    assert [line["product"]["sku"] for line in quote["lines"]] == ["LAMP", "MUG"], "the last mug is bought"
    assert trace(quote, "mug")["outcome"] == "OUT_OF_STOCK"


async def test_hints_are_in_the_language_that_is_asked_for(shop: Shop) -> None:
    await shop.promote(
        "mug",
        "Becher ab 100",
        "A mug from 100",
        condition={"subtotal": {"amount": [{"currency": "EUR", "amount": "100.00"}]}},
        actions=[{"gift": {"sku": "MUG"}}],
    )
    shop.context.viewer = replace(shop.context.viewer, locale=Locale("en"))
    found = trace(await shop.add("LAMP", 1), "mug")
    assert (found["label"], found["missing"][0]["text"]) == ("A mug from 100", "60.00 EUR to go for the free gift")
