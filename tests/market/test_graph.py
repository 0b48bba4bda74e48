"""Places in the graph: what a front end chooses from, and what an administrator changes."""

from __future__ import annotations

from typing import Any, cast

import pytest

from gateway.schema import GraphSchema
from modules.kernel.errors import Unauthenticated
from modules.kernel.graph import GraphContext
from modules.kernel.viewer import OPERATOR, Viewer
from modules.market.graph import PART
from modules.market.service import MarketService
from modules.market.store import MarketStore
from modules.runtime.database import Database
from tests.builders import a_viewer

SCHEMA = GraphSchema([PART])
SET_UP = """
mutation {
  upsertMarkets(input: { reason: "set up", markets: [
    { id: "de", country: "DE", zone: "Europe/Berlin", currencies: ["EUR"], locales: ["de", "en"] }
    { id: "hu", country: "HU", zone: "Europe/Budapest", currencies: ["HUF"], locales: ["hu"],
      rounding: HALF_EVEN, taxRounding: TOTAL, lineSteps: [{ currency: "HUF", minorUnits: 100 }] }
  ] }) { changed unchanged problems { path } }
  upsertChannels(input: { reason: "set up", channels: [
    { id: "web", market: "de", priceLists: ["sale", "list"], sources: ["main"], fewLeft: 3 }
    { id: "till", market: "hu", showsFigures: false, position: -1 }
    { id: "lost", market: "fr" }
  ] }) { changed problems { code message path ... on InvalidInput { allowed } } }
  upsertStores(input: { reason: "set up", stores: [
    { id: "berlin", name: "Berlin Mitte", country: "DE", channels: ["web"] }
  ] }) { changed }
}
"""


@pytest.fixture
async def market(database: Database) -> MarketService:
    """An empty shop."""
    return MarketService(MarketStore(database))


async def ask(market: MarketService, document: str, viewer: Viewer) -> dict[str, Any]:
    """The data of an operation without errors."""
    context = GraphContext(viewer, cast("Any", None), {MarketService: market}, SCHEMA.parts, SCHEMA.owners)
    result = await SCHEMA.execute(document, context_value=context)
    assert result.errors is None, result.errors
    assert result.data is not None
    return result.data


async def test_places_that_are_handed_in_can_be_chosen_from(market: MarketService) -> None:
    done = await ask(market, SET_UP, a_viewer(OPERATOR))
    assert done["upsertMarkets"] == {"changed": 2, "unchanged": 0, "problems": []}
    assert done["upsertChannels"]["changed"] == 2
    (problem,) = done["upsertChannels"]["problems"]
    assert problem["code"] == "INVALID_INPUT"
    assert problem["path"] == ["input", "channels", "2", "market"]
    assert problem["allowed"] == "one of: de, hu"
    document = "{ channels { id isDefault market { id currencies zone } stores { id name country } } }"
    data = await ask(market, document, a_viewer())
    assert data["channels"] == [
        {
            "id": "till",
            "isDefault": True,
            "market": {"id": "hu", "currencies": ["HUF"], "zone": "Europe/Budapest"},
            "stores": [],
        },
        {
            "id": "web",
            "isDefault": False,
            "market": {"id": "de", "currencies": ["EUR"], "zone": "Europe/Berlin"},
            "stores": [{"id": "berlin", "name": "Berlin Mitte", "country": "DE"}],
        },
    ]


async def test_markets_say_how_they_round(market: MarketService) -> None:
    await ask(market, SET_UP, a_viewer(OPERATOR))
    document = "{ markets { id country locales rounding taxRounding lineSteps { currency minorUnits } } }"
    data = await ask(market, document, a_viewer())
    steps = [{"currency": "HUF", "minorUnits": 100}]
    expected = {"rounding": "HALF_EVEN", "taxRounding": "TOTAL", "lineSteps": steps}
    assert data["markets"][1] == {"id": "hu", "country": "HU", "locales": ["hu"], **expected}


async def test_how_a_channel_is_set_up_is_for_those_who_may_change_it(market: MarketService) -> None:
    await ask(market, SET_UP, a_viewer(OPERATOR))
    document = "{ channels { settings { priceLists sources fewLeft showsFigures position } } }"
    assert await ask(market, document, a_viewer()) == {"channels": [{"settings": None}, {"settings": None}]}
    data = await ask(market, document, a_viewer(OPERATOR))
    expected = {"priceLists": ["sale", "list"], "sources": ["main"], "fewLeft": 3, "showsFigures": True, "position": 0}
    assert data["channels"][1]["settings"] == expected


async def test_a_stranger_changes_nothing(market: MarketService) -> None:
    context = GraphContext(a_viewer(), cast("Any", None), {MarketService: market}, SCHEMA.parts, SCHEMA.owners)
    result = await SCHEMA.execute(SET_UP, context_value=context)
    assert result.errors is not None
    assert all(isinstance(error.original_error, Unauthenticated) for error in result.errors)
    assert list(market.markets()) == []
