"""How those who write prices see and change rows, lists and rates in the graph."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.pricing import Pricing, by_field, wire_pricing
from gateway.schema import GraphSchema
from modules.kernel.errors import BadUserInput, Unauthenticated
from modules.kernel.graph import GraphContext, Part
from modules.kernel.viewer import OPERATOR, Viewer
from modules.pricing.graph import PART
from modules.runtime.database import Database
from modules.runtime.feed import StreamFeed
from tests.builders import a_channel, a_market, a_viewer, an_article
from tests.pricing.builders import ArticlesInMemory, ChannelsInMemory

BOSS = a_viewer(OPERATOR)
SCHEMA = GraphSchema([Part("shelf"), PART])
SHOP = ChannelsInMemory(a_channel(), a_channel("us", market=a_market("us", currencies=("USD",)), price_lists=("us",)))

SET_PRICES = """
mutation ($prices: [PriceInput!]!) {
  setPrices(input: { idempotencyKey: "k", reason: "test", prices: $prices }) { changed problems { code path message } }
}"""
PRICES = """
query ($skus: [ID!]!, $first: Int! = 24, $after: String) {
  prices(skus: $skus, first: $first, after: $after) {
    edges { cursor node {
      id sku priceList currency amount taxMode kind market channel store segment customerGroup customer contract
      validFrom validUntil schedule { weekdays since until } tiers { minQuantity amount } tierMode source
      derivedFrom exchangeRates version
    } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}"""
END_PRICES = """
mutation ($ids: [ID!]!, $at: DateTime) {
  endPrices(input: { idempotencyKey: "e", reason: "test", ids: $ids, at: $at }) {
    changed unchanged problems { code path ... on InvalidInput { allowed } }
  }
}"""
UPSERT_RATES = """
mutation ($rates: [ExchangeRatesInput!]!) {
  upsertExchangeRates(input: { reason: "test", exchangeRates: $rates }) { changed unchanged problems { path } }
}"""
UPSERT_LISTS = """
mutation ($lists: [PriceListInput!]!) {
  upsertPriceLists(input: { reason: "test", priceLists: $lists }) { changed unchanged problems { path } }
}"""
LISTS = """{
  priceLists {
    id version names { locale text }
    derivation { source exchangeRates currencyFrom currencyTo ending step direction }
  }
  exchangeRates { id day version rates { currencyFrom currencyTo rate per } }
}"""
ROW = {"sku": "A-1", "priceList": "list", "currency": "EUR", "taxMode": "GROSS", "amount": "10"}
ECB: dict[str, Any] = {
    "id": "ecb",
    "day": "2026-03-02",
    "rates": [{"currencyFrom": "EUR", "currencyTo": "USD", "rate": "1.1"}],
}
DERIVED = {"source": "list", "exchangeRates": "ecb", "currencyFrom": "EUR", "currencyTo": "USD"}


@pytest.fixture
def pricing(database: Database) -> Pricing:
    return wire_pricing(database, ArticlesInMemory(an_article("A-1"), an_article("A-2")), SHOP)


def context(pricing: Pricing, viewer: Viewer, feed: StreamFeed) -> GraphContext:
    return GraphContext(viewer, feed, by_field(pricing), SCHEMA.parts, SCHEMA.owners)


class Desk:
    """Where somebody asks."""

    def __init__(self, pricing: Pricing, feed: StreamFeed) -> None:
        self.pricing = pricing
        self.feed = feed

    async def ask(self, document: str, viewer: Viewer = BOSS, **variables: Any) -> dict[str, Any]:
        asked = context(self.pricing, viewer, self.feed)
        result = await SCHEMA.execute(document, variables, context_value=asked)
        if result.errors:
            raise result.errors[0].original_error or result.errors[0]
        assert result.data is not None
        return result.data


@pytest.fixture
def desk(pricing: Pricing, feed: StreamFeed) -> Desk:
    return Desk(pricing, feed)


async def test_a_row_is_listed_with_all_it_was_handed_in_with(desk: Desk) -> None:
    keys = {
        "market": "de", "channel": "web", "store": "berlin", "segment": "s", "customerGroup": "g", "customer": "c",
        "contract": "k",
    }  # fmt: skip
    given = {
        **ROW,
        **keys,
        "id": "mine",
        "amount": "0.0899",
        "kind": "SALE",
        "validFrom": "2026-03-01T00:00:00Z",
        "validUntil": "2026-04-01T00:00:00Z",
        "schedule": [{"weekdays": ["FRIDAY", "MONDAY"], "since": "22:00", "until": "02:30"}],
        "tiers": [{"minQuantity": "100", "amount": "0.08"}],
        "tierMode": "GRADUATED",
        "source": "erp",
    }
    done = await desk.ask(SET_PRICES, prices=[given])
    assert done["setPrices"] == {"changed": 1, "problems": []}
    (edge,) = (await desk.ask(PRICES, skus=["A-1"]))["prices"]["edges"]
    assert edge["node"] == {
        **given,
        "schedule": [{"weekdays": ["MONDAY", "FRIDAY"], "since": "22:00", "until": "02:30"}],
        "derivedFrom": None,
        "exchangeRates": None,
        "version": 1,
    }


async def test_rows_come_page_by_page(desk: Desk) -> None:
    await desk.ask(SET_PRICES, prices=[{**ROW, "id": id, "segment": id} for id in "abc"])
    first = (await desk.ask(PRICES, skus=["A-1"], first=2))["prices"]
    assert [edge["node"]["id"] for edge in first["edges"]] == ["a", "b"]
    assert first["pageInfo"]["hasNextPage"] is True
    rest = (await desk.ask(PRICES, skus=["A-1"], first=2, after=first["pageInfo"]["endCursor"]))["prices"]
    assert [edge["node"]["id"] for edge in rest["edges"]] == ["c"]
    assert (rest["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasPreviousPage"]) == (False, True)


@pytest.mark.parametrize(
    ("variables", "argument"),
    [({"skus": []}, "skus"), ({"skus": ["A-1"], "first": 0}, "first"), ({"skus": ["A-1"], "after": "x"}, "after")],
)
async def test_bad_arguments_are_named(desk: Desk, variables: dict[str, Any], argument: str) -> None:
    with pytest.raises(BadUserInput) as caught:
        await desk.ask(PRICES, **variables)
    assert caught.value.argument == argument


async def test_rows_end_by_their_ids(desk: Desk) -> None:
    await desk.ask(SET_PRICES, prices=[{**ROW, "id": "a"}])
    moment = "8000-01-01T00:00:00Z"
    done = (await desk.ask(END_PRICES, ids=["a", "b"], at=moment))["endPrices"]
    assert (done["changed"], done["problems"][0]["path"]) == (1, ["input", "ids", "1"])
    (edge,) = (await desk.ask(PRICES, skus=["A-1"]))["prices"]["edges"]
    assert edge["node"]["validUntil"] == moment


async def test_a_derived_list_is_described_seen_and_filled(desk: Desk) -> None:  # P-7
    await desk.ask(SET_PRICES, prices=[{**ROW, "id": "a"}])
    assert (await desk.ask(UPSERT_RATES, rates=[ECB]))["upsertExchangeRates"]["changed"] == 1
    names = [{"locale": "en", "text": "America"}]
    given: dict[str, Any] = {
        "id": "us",
        "names": names,
        "derivation": {**DERIVED, "ending": ".95", "direction": "DOWN"},
    }
    assert (await desk.ask(UPSERT_LISTS, lists=[given]))["upsertPriceLists"]["problems"] == []
    seen = await desk.ask(LISTS)
    assert seen["priceLists"] == [{**given, "version": 1, "derivation": {**given["derivation"], "step": None}}]
    assert seen["exchangeRates"] == [{**ECB, "version": 1, "rates": [{**ECB["rates"][0], "per": 1}]}]
    edges = (await desk.ask(PRICES, skus=["A-1"]))["prices"]["edges"]
    (derived,) = [edge["node"] for edge in edges if edge["node"]["priceList"] == "us"]
    assert (derived["amount"], derived["derivedFrom"], derived["exchangeRates"]) == ("10.95", "a", "ecb:1")


@pytest.mark.parametrize(
    ("way", "ending", "step", "direction"),
    [
        ({}, None, None, None),
        ({"ending": ".00"}, ".00", None, "NEAREST"),
        ({"ending": "0.99"}, ".99", None, "NEAREST"),
        ({"step": "0.05"}, None, "0.05", "NEAREST"),
        ({"step": "1", "direction": "UP"}, None, "1.00", "UP"),
    ],
)
async def test_endings_and_steps_are_seen_as_they_were_meant(
    desk: Desk, way: dict[str, str], ending: str | None, step: str | None, direction: str | None
) -> None:
    await desk.ask(UPSERT_RATES, rates=[ECB])
    for changed in (1, 0):
        done = await desk.ask(UPSERT_LISTS, lists=[{"id": "us", "derivation": {**DERIVED, **way}}])
        assert done["upsertPriceLists"]["changed"] == changed
    (seen,) = (await desk.ask(LISTS))["priceLists"]
    found = seen["derivation"]
    assert (found["ending"], found["step"], found["direction"]) == (ending, step, direction)


@pytest.mark.parametrize("document", [PRICES, LISTS])
async def test_strangers_see_none_of_it(desk: Desk, document: str) -> None:
    with pytest.raises(Unauthenticated):
        await desk.ask(document, a_viewer(), **({"skus": ["A-1"]} if document == PRICES else {}))
