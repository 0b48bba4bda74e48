"""Pricing's fields of the graph."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest
import strawberry

from gateway.pricing import by_field, wire_pricing
from gateway.schema import GraphSchema
from modules.kernel.errors import BadUserInput, Unauthenticated
from modules.kernel.graph import GraphContext, Info, Part, Product, field, products
from modules.kernel.viewer import OPERATOR, Viewer
from modules.pricing.graph import PART
from modules.runtime.database import Database
from modules.runtime.feed import StreamFeed
from modules.runtime.outbox import Relay
from modules.runtime.redis import Redis
from tests.builders import NOW, a_channel, a_market, a_viewer, an_article
from tests.pricing.builders import ArticlesInMemory, ChannelsInMemory

BOSS = a_viewer(OPERATOR)
SHOPPER = a_viewer()
SKUS = [f"A-{number}" for number in range(1, 25)]


async def _page(info: Info) -> list[Product]:
    page = products(SKUS)
    await info.context.prefetch(info, page)
    return page


@strawberry.type
class Query:
    page: list[Product] = field(_page, description="A listing.")


SCHEMA = GraphSchema([Part("shelf", query=Query), PART])

SET_PRICES = """
mutation ($input: SetPricesInput!) {
  setPrices(input: $input) { changed unchanged problems { __typename code path ... on UnknownSku { sku nearest } } }
}"""
SET_TAX = """
mutation ($rules: [TaxRuleInput!]!) {
  upsertTaxRules(input: { reason: "law", taxRules: $rules }) {
    changed unchanged problems { code path ... on TaxRuleAmbiguous { rule } }
  }
}"""
WATCH = """
subscription ($skus: [ID!]!, $after: String) {
  priceChanged(skus: $skus, after: $after) { kind cursor items { sku price { gross { amount } } } }
}"""


class Shop:
    """One process: service, relay and feed over a database and Redis."""

    def __init__(self, database: Database, redis: Redis) -> None:
        articles = ArticlesInMemory(*(an_article(sku) for sku in SKUS))
        self.database = database
        self.service = wire_pricing(database, articles, ChannelsInMemory(a_channel()), clock=lambda: NOW)
        self.feed = StreamFeed(redis)
        self.relay = Relay(database, redis)

    def context(self, viewer: Viewer) -> GraphContext:
        return GraphContext(viewer, self.feed, by_field(self.service), SCHEMA.parts, SCHEMA.owners)

    async def ask(self, document: str, viewer: Viewer = SHOPPER, **variables: Any) -> dict[str, Any]:
        result = await SCHEMA.execute(document, variables, context_value=self.context(viewer))
        assert result.errors is None, result.errors
        assert result.data is not None
        return result.data

    async def fail(self, document: str, viewer: Viewer = SHOPPER, **variables: Any) -> Exception | None:
        result = await SCHEMA.execute(document, variables, context_value=self.context(viewer))
        assert result.errors
        return result.errors[0].original_error

    async def set_prices(self, *prices: dict[str, Any], key: str = "k") -> dict[str, Any]:
        given = [{"priceList": "list", "currency": "EUR", "taxMode": "GROSS", **price} for price in prices]
        done = await self.ask(SET_PRICES, BOSS, input={"idempotencyKey": key, "reason": "test", "prices": given})
        found: dict[str, Any] = done["setPrices"]
        return found

    async def set_tax(self) -> None:
        await self.ask(SET_TAX, BOSS, rules=[{"country": "DE", "taxClass": "standard", "rate": "0.19"}])

    async def watch(self, viewer: Viewer = SHOPPER, **variables: Any) -> AsyncGenerator[dict[str, Any], None]:
        stream = await SCHEMA.subscribe(WATCH, variables, context_value=self.context(viewer))
        assert isinstance(stream, AsyncGenerator), stream
        async with aclosing(stream):
            async for result in stream:
                if result.errors:
                    raise result.errors[0].original_error or result.errors[0]
                assert result.data is not None
                yield result.data["priceChanged"]


@pytest.fixture
async def shop(database: Database, redis: Redis) -> AsyncIterator[Shop]:
    shop = Shop(database, redis)
    await shop.set_tax()
    running = asyncio.create_task(shop.feed.run())
    yield shop
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_page_of_prices_is_two_statements(shop: Shop) -> None:
    await shop.set_prices(*({"sku": sku, "amount": "11.9"} for sku in SKUS[1:]))
    before = shop.database.statements
    data = await shop.ask("{ page { sku price { net { amount } gross { amount currency } original { amount } } } }")
    assert shop.database.statements == before + 2
    assert data["page"][0] == {"sku": "A-1", "price": None}
    assert data["page"][1] == {
        "sku": "A-2",
        "price": {"net": {"amount": "10.00"}, "gross": {"amount": "11.90", "currency": "EUR"}, "original": None},
    }


SEVERAL = """
{
  page {
    one: price { ...P }
    five: price(quantity: "5") { ...P }
    sunday: price(at: "2026-03-08T12:00:00Z") { ...P }
  }
}
fragment P on ProductPrice { gross { amount } original { amount } validUntil tiers { minQuantity gross { amount } } }
"""


async def test_prices_of_several_quantities_and_moments_stand_side_by_side(shop: Shop) -> None:
    all_sunday = {"weekdays": "SUNDAY", "since": "00:00", "until": "00:00"}
    await shop.set_prices(
        {"sku": "A-1", "amount": "10", "tiers": [{"minQuantity": "5", "amount": "9"}]},
        {"sku": "A-1", "amount": "8", "kind": "SALE", "schedule": [all_sunday]},
    )
    found = (await shop.ask(SEVERAL, BOSS))["page"][0]
    until = {"validUntil": "2026-03-07T23:00:00Z"}
    tiers = {"tiers": [{"minQuantity": "5", "gross": {"amount": "9.00"}}]}
    assert found["one"] == {"gross": {"amount": "10.00"}, "original": None, **until, **tiers}
    assert found["five"] == {"gross": {"amount": "9.00"}, "original": None, **until, **tiers}
    assert found["sunday"] == {
        "gross": {"amount": "8.00"},
        "original": {"amount": "10.00"},
        "validUntil": "2026-03-08T23:00:00Z",
        "tiers": [],
    }


async def test_another_moment_is_for_those_who_may_travel(shop: Shop) -> None:
    document = '{ page { price(at: "2026-03-08T12:00:00Z") { gross { amount } } } }'
    assert isinstance(await shop.fail(document), Unauthenticated)


@pytest.mark.parametrize("quantity", ["0", "-1", "1.0000001", "9999999"])
async def test_a_quantity_that_cannot_be_is_bad_input(shop: Shop, quantity: str) -> None:
    error = await shop.fail(f'{{ page {{ price(quantity: "{quantity}") {{ gross {{ amount }} }} }} }}')
    assert isinstance(error, BadUserInput)
    assert error.argument == "quantity"


async def test_refused_rows_are_problems_with_their_places(shop: Shop) -> None:
    done = await shop.set_prices(
        {"sku": "A-1", "amount": "1"}, {"sku": "Axe", "amount": "1"}, {"sku": "A-2", "amount": "-1"}
    )
    assert (done["changed"], done["unchanged"]) == (1, 0)
    assert done["problems"] == [
        {
            "__typename": "UnknownSku",
            "code": "UNKNOWN_SKU",
            "path": ["input", "prices", "1", "sku"],
            "sku": "Axe",
            "nearest": ["A-1", "A-2", "A-3"],
        },
        {"__typename": "InvalidInput", "code": "INVALID_INPUT", "path": ["input", "prices", "2", "amount"]},
    ]


async def test_a_used_key_is_a_problem(shop: Shop) -> None:
    await shop.set_prices({"sku": "A-1", "amount": "1"})
    done = await shop.set_prices({"sku": "A-1", "amount": "2"})
    assert [problem["code"] for problem in done["problems"]] == ["IDEMPOTENCY_CONFLICT"]


async def test_an_ambiguous_tax_rule_is_a_problem_that_names_the_other(shop: Shop) -> None:
    rule = {"country": "DE", "taxClass": "standard", "rate": "0.2", "validFrom": "2027-01-01T00:00:00Z"}
    done = (await shop.ask(SET_TAX, BOSS, rules=[rule]))["upsertTaxRules"]
    (problem,) = done["problems"]
    assert (problem["code"], problem["path"]) == ("TAX_RULE_AMBIGUOUS", ["input", "taxRules", "0"])
    assert problem["rule"]


async def test_writing_prices_needs_the_scope(shop: Shop) -> None:
    given = {"idempotencyKey": "k", "reason": "test", "prices": []}
    assert isinstance(await shop.fail(SET_PRICES, SHOPPER, input=given), Unauthenticated)


async def test_a_change_reaches_whoever_watches_with_the_price_of_now(shop: Shop) -> None:
    await shop.set_prices({"sku": "A-1", "amount": "1"}, {"sku": "A-2", "amount": "2"})
    await shop.relay.pass_on()
    async with asyncio.timeout(20), aclosing(shop.watch(skus=["A-1", "A-2"])) as news:
        first = await anext(news)
        assert first["kind"] == "SNAPSHOT"
        assert [item["price"]["gross"]["amount"] for item in first["items"]] == ["1.00", "2.00"]

        await shop.set_prices({"sku": "A-2", "amount": "3"}, {"sku": "A-3", "amount": "9"}, key="k2")
        await shop.relay.pass_on()
        before = shop.database.statements
        second = await anext(news)
        assert (second["kind"], second["items"]) == ("CHANGE", [{"sku": "A-2", "price": {"gross": {"amount": "3.00"}}}])
        assert shop.database.statements == before + 2

        await shop.set_prices({"sku": "A-2", "amount": "4"}, key="k3")
        await shop.relay.pass_on()
        assert (await anext(news))["items"] == [{"sku": "A-2", "price": {"gross": {"amount": "4.00"}}}]


async def test_prices_of_other_currencies_and_lists_wake_nobody(shop: Shop) -> None:
    async with asyncio.timeout(20), aclosing(shop.watch(skus=["A-1"])) as news:
        await anext(news)
        await shop.set_prices({"sku": "A-1", "amount": "1", "currency": "USD"}, key="a")
        await shop.set_prices({"sku": "A-1", "amount": "1", "priceList": "till"}, key="b")
        await shop.set_prices({"sku": "A-1", "amount": "7"}, key="c")
        await shop.relay.pass_on()
        assert (await anext(news))["items"] == [{"sku": "A-1", "price": {"gross": {"amount": "7.00"}}}]


async def test_whoever_comes_back_gets_what_was_missed(shop: Shop) -> None:
    async with asyncio.timeout(20), aclosing(shop.watch(skus=["A-1", "A-2"])) as news:
        cursor = (await anext(news))["cursor"]
    await shop.set_prices({"sku": "A-1", "amount": "1"})
    await shop.relay.pass_on()
    async with (
        asyncio.timeout(20),
        aclosing(shop.watch(skus=["A-1", "A-2"], after=cursor)) as news,
    ):
        missed = await anext(news)
    assert (missed["kind"], [item["sku"] for item in missed["items"]]) == ("CHANGE", ["A-1"])


@pytest.mark.parametrize("skus", [[], ["nobody"], ["A-1", "nobody"], [f"X-{n}" for n in range(1001)]])
async def test_watching_what_does_not_exist_is_bad_input(shop: Shop, skus: list[str]) -> None:
    async with asyncio.timeout(20), aclosing(shop.watch(skus=skus)) as news:
        with pytest.raises(BadUserInput) as caught:
            await anext(news)
    assert caught.value.argument == "skus"


async def test_net_markets_read_net(shop: Shop) -> None:
    await shop.set_prices({"sku": "A-1", "amount": "0.0899", "taxMode": "NET"})
    viewer = a_viewer(channel=a_channel("b2b", market=a_market()))
    page = (await shop.ask("{ page { price { net { amount } gross { amount } } } }", viewer))["page"]
    assert page[0]["price"] == {"net": {"amount": "0.0899"}, "gross": {"amount": "0.106981"}}
