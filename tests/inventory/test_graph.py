"""Inventory in the graph: shapes, and who sees what."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import strawberry

from gateway.schema import GraphSchema
from modules.inventory.graph import PART
from modules.inventory.model.levels import IncomingInput, LevelInput
from modules.inventory.service.following import FollowingService
from modules.inventory.service.stock import InventoryService
from modules.inventory.store.stock import InventoryStore
from modules.kernel.errors import BadUserInput, Forbidden
from modules.kernel.graph import GraphContext, Info, Part, Product, field, products
from modules.kernel.viewer import OPERATOR, Permission, Principal, Role, Viewer
from modules.runtime.database import Database
from modules.runtime.feed import StreamFeed
from modules.runtime.outbox import Relay
from tests.builders import NOW, a_channel, a_viewer
from tests.inventory.builders import Shelf, These, a_count

BOTH = a_channel(sources=("main", "berlin"), few_left=3)
SHOPPER = a_viewer(channel=BOTH)
OPERATING = a_viewer(OPERATOR, channel=BOTH)
Run = Callable[..., Any]


async def _page(info: Info, skus: list[strawberry.ID]) -> list[Product]:
    found = products(skus)
    await info.context.prefetch(info, found)
    return found


async def _one(info: Info, sku: strawberry.ID) -> Product:
    return Product(sku=sku)


@strawberry.type
class Query:
    """List roots such as the catalogue has."""

    page: list[Product] = field(_page, description="A page.")
    one: Product = field(_one, description="One.")


SCHEMA = GraphSchema([PART, Part("lists", query=Query)])


class NoFeed:
    """For operations that follow nothing."""

    def follow(self, *arguments: object) -> Any:
        raise AssertionError("nothing is followed here")


def a_context(service: InventoryService, viewer: Viewer, feed: Any = None, *others: object) -> GraphContext:
    services = {type(other): other for other in others}
    return GraphContext(
        viewer=viewer,
        feed=feed or NoFeed(),
        services={InventoryService: service, **services},
        parts=SCHEMA.parts,
        owners=SCHEMA.owners,
    )


@pytest.fixture
def run(service: InventoryService) -> Run:
    """Runs a document and answers its data."""

    async def run(document: str, viewer: Viewer = SHOPPER, **variables: object) -> Any:
        result = await SCHEMA.execute(document, variables, a_context(service, viewer))
        assert not result.errors, result.errors
        return result.data

    return run


AVAILABILITY = """
    query Stock($sku: ID!, $at: DateTime) { one(sku: $sku) { availability(at: $at) {
        state available earliest
        sources {
            source { id name type latitude } available onHand safetyStock incoming { at quantity } canShip canPickUp
        }
    } } }
"""


@pytest.fixture
async def counted(service: InventoryService) -> None:
    """Nine in the warehouse, two of them never sold, five more in two days; one in the store."""
    goods = IncomingInput(at=NOW + timedelta(days=2), quantity="5")
    levels = [
        LevelInput(sku="A-1", source="main", on_hand="9", safety_stock="2", incoming=[goods]),
        a_count("1", source="berlin"),
        replace(a_count("0", sku="B-1"), track=False),
    ]
    await service.set_stock_levels(OPERATING, levels, "count")


@pytest.mark.usefixtures("counted")
async def test_who_sees_stock_sees_all_of_it(run: Run) -> None:
    data = await run(AVAILABILITY, OPERATING, sku="A-1")
    assert data["one"]["availability"] == {
        "state": "IN_STOCK",
        "available": "8",
        "earliest": "2026-03-02T12:00:00Z",
        "sources": [
            {
                "source": {"id": "main", "name": "Main", "type": "WAREHOUSE", "latitude": "52.516266"},
                "available": "7",
                "onHand": "9",
                "safetyStock": "2",
                "incoming": [{"at": "2026-03-04T12:00:00Z", "quantity": "5"}],
                "canShip": True,
                "canPickUp": False,
            },
            {
                "source": {"id": "berlin", "name": "Berlin Mitte", "type": "STORE", "latitude": None},
                "available": "1",
                "onHand": "1",
                "safetyStock": "0",
                "incoming": [],
                "canShip": True,
                "canPickUp": True,
            },
        ],
    }


@pytest.mark.usefixtures("counted")
async def test_shoppers_see_what_they_can_have_and_not_what_lies_behind_it(run: Run) -> None:
    found = (await run(AVAILABILITY, sku="A-1"))["one"]["availability"]
    assert (found["available"], [part["available"] for part in found["sources"]]) == ("8", ["7", "1"])
    hidden = [(part["onHand"], part["safetyStock"], part["incoming"]) for part in found["sources"]]
    assert hidden == [(None, None, None)] * 2


@pytest.mark.usefixtures("counted")
async def test_a_channel_without_figures_shows_states_only_except_to_who_sees_stock(run: Run) -> None:
    silent = replace(BOTH, shows_figures=False)
    found = (await run(AVAILABILITY, replace(SHOPPER, channel=silent), sku="A-1"))["one"]["availability"]
    assert (found["state"], found["available"]) == ("IN_STOCK", None)
    assert [part["available"] for part in found["sources"]] == [None, None]
    for principal in (
        Principal("till", frozenset({Role.STORE_ASSOCIATE})),
        Principal("key:1", permissions=frozenset({Permission.STOCK_READ})),
    ):
        found = (await run(AVAILABILITY, a_viewer(principal, channel=silent), sku="A-1"))["one"]["availability"]
        assert (found["available"], found["sources"][0]["onHand"]) == ("8", "9")


@pytest.mark.usefixtures("counted")
async def test_an_untracked_product_has_no_figure(run: Run) -> None:
    found = (await run(AVAILABILITY, OPERATING, sku="B-1"))["one"]["availability"]
    assert (found["state"], found["available"]) == ("IN_STOCK", None)


async def test_a_product_that_nobody_counts_is_unknown(run: Run) -> None:
    found = (await run(AVAILABILITY, sku="C-1"))["one"]["availability"]
    assert found == {"state": "UNKNOWN", "available": "0", "earliest": None, "sources": []}


@pytest.mark.usefixtures("counted")
async def test_another_moment_is_for_who_may_ask_for_it(run: Run, service: InventoryService) -> None:
    then = "2026-03-04T12:00:00Z"
    data = await run(AVAILABILITY, OPERATING, sku="A-1", at=then)
    assert data["one"]["availability"]["available"] == "13"
    till = a_viewer(Principal("till", frozenset({Role.STORE_ASSOCIATE})), channel=BOTH)
    result = await SCHEMA.execute(AVAILABILITY, {"sku": "A-1", "at": then}, a_context(service, till))
    assert result.data == {"one": {"availability": None}}
    assert [type(error.original_error) for error in result.errors or ()] == [Forbidden]


@pytest.mark.usefixtures("counted")
async def test_a_page_is_one_statement(run: Run, database: Database) -> None:
    page = "query ($skus: [ID!]!) { page(skus: $skus) { sku availability { state sources { available } } } }"
    before = database.statements
    data = await run(page, skus=["A-1", "B-1", *(f"X-{number}" for number in range(22))])
    assert database.statements == before + 1
    assert [item["availability"]["state"] for item in data["page"][:3]] == ["IN_STOCK", "IN_STOCK", "UNKNOWN"]


@pytest.mark.usefixtures("counted")
async def test_single_products_of_one_document_are_asked_for_together(run: Run, database: Database) -> None:
    before = database.statements
    await run('{ a: one(sku: "A-1") { availability { state } } b: one(sku: "B-1") { availability { state } } }')
    assert database.statements == before + 1


@pytest.mark.usefixtures("counted")
async def test_an_entity_that_nobody_counts_is_null(run: Run) -> None:
    entities = '{_entities(representations: [{__typename: "Product", sku: "A-1"}, {__typename: "Product", sku: "?"}])'
    data = await run(entities + " { ... on Product { sku availability { state } } } }")
    assert data["_entities"] == [{"sku": "A-1", "availability": {"state": "IN_STOCK"}}, None]


async def test_sources_for_planning_are_hidden_from_shoppers(run: Run) -> None:
    document = "{ sources { id sells canPickUp cutOff zone } }"
    assert [source["id"] for source in (await run(document))["sources"]] == ["main", "berlin"]
    assert [source["id"] for source in (await run(document, OPERATING))["sources"]] == ["main", "berlin", "plan"]


SET = """
    mutation Set($input: SetStockLevelsInput!) { setStockLevels(input: $input) {
        changed unchanged
        problems {
            __typename code message path
            ... on UnknownSku { sku nearest }
            ... on UnknownLocation { source allowed }
            ... on InvalidInput { allowed }
        }
    } }
"""


async def test_levels_are_set_and_each_refusal_carries_its_data(run: Run) -> None:
    levels = [
        {"sku": "A-1", "source": "main", "onHand": "4", "safetyStock": "1", "track": True, "backorderLimit": "2"},
        {"sku": "A-2", "source": "main", "onHand": "4"},
        {"sku": "A-1", "source": "moon", "onHand": "4"},
        {"sku": "B-1", "source": "main", "onHand": "-4"},
    ]
    payload = await run(SET, OPERATING, input={"idempotencyKey": "k", "reason": "count", "levels": levels})
    done = payload["setStockLevels"]
    unknown, nowhere, negative = done["problems"]
    assert (done["changed"], done["unchanged"]) == (1, 0)
    assert (unknown["__typename"], unknown["path"]) == ("UnknownSku", ["input", "levels", "1", "sku"])
    assert unknown["nearest"]
    assert (nowhere["__typename"], nowhere["code"], nowhere["source"]) == (
        "UnknownLocation",
        "UNKNOWN_LOCATION",
        "moon",
    )
    assert nowhere["allowed"] == "one of: berlin, main, plan"
    assert (negative["__typename"], negative["path"][-1]) == ("InvalidInput", "onHand")
    assert (await run(AVAILABILITY, sku="A-1"))["one"]["availability"]["available"] == "5"


async def test_a_key_used_for_other_input_is_a_problem(run: Run) -> None:
    for on_hand, expected in (("4", []), ("5", ["IdempotencyConflict"])):
        levels = [{"sku": "A-1", "source": "main", "onHand": on_hand}]
        payload = await run(SET, OPERATING, input={"idempotencyKey": "k", "reason": "count", "levels": levels})
        assert [problem["__typename"] for problem in payload["setStockLevels"]["problems"]] == expected


async def test_sources_and_buffers_are_set_up_through_the_graph(run: Run) -> None:
    document = """
        mutation { upsertSources(input: { reason: "opened", sources: [
            { id: "hamburg", name: "Hamburg", type: STORE, country: "DE", latitude: "53.55", longitude: "9.99",
              cutOff: "16:30", zone: "Europe/Berlin", canPickUp: true, priority: 9 }
        ] }) { changed unchanged problems { code } }
        setChannelBuffers(input: { reason: "walk-ins", buffers: [
            { channel: "web", source: "hamburg", units: "1" }, { channel: "web", percent: "1" }
        ] }) { changed unchanged problems { code path } } }
    """
    data = await run(document, OPERATING)
    assert data["upsertSources"] == {"changed": 1, "unchanged": 0, "problems": []}
    assert data["setChannelBuffers"] == {"changed": 2, "unchanged": 0, "problems": []}
    found = (await run("{ sources { id latitude cutOff } }"))["sources"]
    assert found[-1] == {"id": "hamburg", "latitude": "53.55", "cutOff": "16:30"}


FOLLOW = """
    subscription ($skus: [ID!]!, $sources: [ID!], $after: String) {
        stockChanged(skus: $skus, sources: $sources, after: $after) {
            kind cursor items { sku availability { state available sources { source { id } onHand } } }
        }
    }
"""


@pytest.fixture
def followers(service: InventoryService, database: Database) -> FollowingService:
    return FollowingService(InventoryStore(database), service, Shelf(), These(BOTH), clock=lambda: NOW)


@asynccontextmanager
async def subscribed(
    service: InventoryService, feed: StreamFeed, followers: FollowingService, viewer: Viewer, **variables: object
) -> AsyncIterator[Callable[[], Any]]:
    """The next event's data."""
    events: Any = await SCHEMA.subscribe(FOLLOW, variables, a_context(service, viewer, feed, followers))

    async def step() -> Any:
        async with asyncio.timeout(10):
            result = await anext(events)
        assert not result.errors, result.errors
        return result.data["stockChanged"]

    try:
        yield step
    finally:
        await events.aclose()


@pytest.mark.usefixtures("counted")
async def test_a_till_follows_its_store(
    service: InventoryService, followers: FollowingService, relay: Relay, feed: StreamFeed, database: Database
) -> None:
    till = a_viewer(Principal("till", frozenset({Role.STORE_ASSOCIATE})), channel=BOTH)
    async with subscribed(service, feed, followers, till, skus=["A-1", "B-1"], sources=["berlin"]) as step:
        first = await step()
        assert (first["kind"], [item["sku"] for item in first["items"]]) == ("SNAPSHOT", ["A-1", "B-1"])
        assert first["items"][0]["availability"]["sources"] == [{"source": {"id": "berlin"}, "onHand": "1"}]
        await service.set_stock_levels(OPERATING, [a_count("4", source="berlin"), a_count("1")], "sold")
        await relay.pass_on()
        before = database.statements
        second = await step()
        assert database.statements == before
    sources = [{"source": {"id": "berlin"}, "onHand": "4"}]
    told = {"sku": "A-1", "availability": {"state": "IN_STOCK", "available": "4", "sources": sources}}
    assert (second["kind"], second["items"]) == ("CHANGE", [told])
    assert second["cursor"] != first["cursor"]


async def test_a_subscription_to_what_is_not_there_names_it(
    service: InventoryService, followers: FollowingService, feed: StreamFeed
) -> None:
    context = a_context(service, SHOPPER, feed, followers)
    events: Any = await SCHEMA.subscribe(FOLLOW, {"skus": ["A-1", "A-9"]}, context)
    (error,) = (await anext(events)).errors
    assert isinstance(error.original_error, BadUserInput)
    assert "'A-9'" in error.message
