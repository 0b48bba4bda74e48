"""The price history in the graph."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.parts import make_graph
from gateway.pricing import Pricing, by_field, wire_pricing
from modules.kernel.graph import GraphContext
from modules.kernel.moments import format_moment
from modules.kernel.viewer import OPERATOR
from modules.pricing.engine.lifecycle import Step
from modules.pricing.model.prices import PriceKind
from modules.pricing.model.taxes import TaxRuleInput
from modules.runtime.database import Database
from modules.runtime.feed import StreamFeed
from tests.builders import NOW, a_channel, a_viewer, an_article
from tests.pricing.builders import ArticlesInMemory, ChannelsInMemory, a_row_input
from tests.pricing.promotion_documents import a_document

GRAPH = make_graph(["pricing"])
BOSS = a_viewer(OPERATOR)
DAY = timedelta(days=1)

POINTS = """
query ($after: String) {
  pricePoints(sku: "A-1", first: 2, after: $after) {
    edges { node {
      gross { amount } from until announced cause voided prior { verdict allowedPercent price { amount } }
    } }
    pageInfo { hasNextPage endCursor }
  }
}"""
EVIDENCE = """
query ($after: String) {
  promotionEvidence(promotion: "spring", first: 1, after: $after) {
    edges { node {
      promotion version point { sku gross { amount } listPrice { amount } prior { allowedPercent rule } }
    } }
    pageInfo { hasNextPage endCursor }
  }
}"""
VOID = """
mutation ($from: DateTime!, $sku: ID!) {
  voidPricePoints(input: { idempotencyKey: "v", reason: "typing error", points: [
    { sku: $sku, channel: "web", currency: "EUR", from: $from }
  ] }) { changed unchanged problems { code path } }
}"""
LINK = """
mutation {
  linkPriceHistory(input: { idempotencyKey: "l", reason: "renamed", links: [{ sku: "A-2", historyOf: "A-1" }] }) {
    changed problems { code }
  }
}"""


class Shop:
    """A shop whose product went from 12.00 over 10.00 to a sale at 8.00."""

    def __init__(self, database: Database, feed: StreamFeed) -> None:
        self.now = NOW - 40 * DAY
        articles = ArticlesInMemory(an_article("A-1"), an_article("A-2"))
        channels = ChannelsInMemory(a_channel())
        self.pricing: Pricing = wire_pricing(database, articles, channels, clock=lambda: self.now)
        self.feed = feed

    async def open(self) -> Shop:
        german = TaxRuleInput(country="DE", tax_class="standard", rate="0.19")
        await self.pricing.taxes.upsert_tax_rules(BOSS, [german], "law")
        for days, amount, kind in ((-40, "12", PriceKind.BASE), (-9, "10", PriceKind.BASE), (0, "8", PriceKind.SALE)):
            self.now = NOW + days * DAY
            await self.pricing.rows.set_prices(BOSS, [a_row_input(amount=amount, kind=kind)], "test")
        return self

    async def ask(self, document: str, **variables: Any) -> dict[str, Any]:
        viewer = replace(BOSS, now=self.now)
        context = GraphContext(viewer, self.feed, by_field(self.pricing), GRAPH.parts, GRAPH.owners)
        result = await GRAPH.execute(document, variables, context_value=context)
        assert result.errors is None, result.errors
        assert result.data is not None
        return result.data


@pytest.fixture
async def shop(database: Database, feed: StreamFeed) -> Shop:
    return await Shop(database, feed).open()


async def test_the_history_of_a_product_is_paged_by_time_with_what_was_said_of_each_price(shop: Shop) -> None:
    first = (await shop.ask(POINTS))["pricePoints"]
    assert first["pageInfo"]["hasNextPage"]
    second = (await shop.ask(POINTS, after=first["pageInfo"]["endCursor"]))["pricePoints"]
    assert not second["pageInfo"]["hasNextPage"]
    nodes = [edge["node"] for page in (first, second) for edge in page["edges"]]
    assert [node["gross"]["amount"] for node in nodes] == ["12.00", "10.00", "8.00"]
    assert nodes[1]["from"] == format_moment(NOW - 9 * DAY)
    assert nodes[2] == {
        "gross": {"amount": "8.00"},
        "from": format_moment(NOW),
        "until": None,
        "announced": True,
        "cause": "manual",
        "voided": False,
        "prior": {"verdict": "ANNOUNCEABLE", "allowedPercent": 20, "price": {"amount": "10.00"}},
    }


async def test_mistakes_are_declared_and_products_linked(shop: Shop) -> None:
    done = await shop.ask(VOID, sku="A-1", **{"from": format_moment(NOW - 9 * DAY)})
    assert done["voidPricePoints"] == {"changed": 1, "unchanged": 0, "problems": []}
    assert (await shop.ask(POINTS))["pricePoints"]["edges"][1]["node"]["voided"]
    assert (await shop.ask(LINK))["linkPriceHistory"] == {"changed": 1, "problems": []}


async def test_the_evidence_of_a_promotion_is_paged(shop: Shop) -> None:
    await shop.pricing.rows.set_prices(BOSS, [a_row_input(sku="A-2")], "test")
    shop.now = NOW + DAY
    boss = replace(BOSS, now=shop.now)
    await shop.pricing.promotions.upsert(boss, [a_document()], "test")
    await shop.pricing.promotions.step(boss, Step.ACTIVATE, ["spring"], "test")
    await shop.pricing.history.tell_due()
    first = (await shop.ask(EVIDENCE))["promotionEvidence"]
    assert first["pageInfo"]["hasNextPage"]
    second = (await shop.ask(EVIDENCE, after=first["pageInfo"]["endCursor"]))["promotionEvidence"]
    assert [edge["node"] for page in (first, second) for edge in page["edges"]] == [
        {
            "promotion": "spring",
            "version": 2,
            "point": {
                "sku": sku,
                "gross": {"amount": amount},
                "listPrice": {"amount": "10.00"},
                "prior": {"allowedPercent": percent, "rule": "30d progressive perishable outside=last_price"},
            },
        }
        for sku, amount, percent in (("A-1", "7.20", 28), ("A-2", "9.00", 10))
    ]


async def test_what_may_be_announced_over_channels_is_said_per_product(shop: Shop) -> None:
    document = '{ announcements(skus: ["A-1", "A-2"], channels: ["web"]) { verdict allowedPercent } }'
    found = (await shop.ask(document))["announcements"]
    assert found == [{"verdict": "ANNOUNCEABLE", "allowedPercent": 20}, None]
