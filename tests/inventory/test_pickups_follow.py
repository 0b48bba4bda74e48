"""What tills hear of pick-ups, and storefronts of how stock is shown."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from gateway.parts import make_graph
from modules.inventory.model.pickups import PickupState
from modules.inventory.service.following import FollowingService
from modules.inventory.service.pickups import PickupService
from modules.inventory.service.sourcing import SourcingService
from modules.inventory.service.stock import InventoryService
from modules.kernel.graph import GraphContext
from modules.kernel.viewer import Viewer
from modules.runtime.database import Database
from modules.runtime.feed import StreamFeed
from modules.runtime.outbox import Relay
from tests.inventory.conftest import SOURCES
from tests.inventory.pickup_desk import ANNA, BERT, MANAGER, WEB, Counter, fresh, taken

PATIENCE = 10.0
SCHEMA = make_graph(("inventory", "catalog"))
PICKUPS = 'subscription { pickupChanged(store: "berlin") { kind items { state lines { picked } } } }'
STATES = 'subscription { stockStateChanged(skus: ["A-1"]) { kind items { product { sku } state previous } } }'


@pytest.fixture
async def counter(database: Database, relay: Relay) -> Counter:
    """Five of A-1 in the store in Berlin; nothing of that is still to be passed on."""
    counter = Counter(database)
    await counter.stock.upsert_sources(MANAGER, SOURCES, "set up")
    await counter.count("5")
    while await relay.pass_on():
        pass
    return counter


def subscribe(counter: Counter, viewer: Viewer, feed: StreamFeed, document: str) -> AsyncIterator[Any]:
    """The answers of a subscription."""
    services: dict[type, object] = {
        InventoryService: counter.stock,
        FollowingService: counter.followers,
        PickupService: counter.service,
        SourcingService: SourcingService(counter.stock, counter.shelf),
    }
    context = GraphContext(viewer, feed, services, SCHEMA.parts, SCHEMA.owners)
    return _answers(document, context)


async def _answers(document: str, context: GraphContext) -> AsyncIterator[Any]:
    stream: Any = await SCHEMA.subscribe(document, context_value=context)
    async for result in stream:
        yield result


async def told(answers: AsyncIterator[Any]) -> dict[str, Any]:
    """The next answer's only field."""
    async with asyncio.timeout(PATIENCE):
        result = await anext(answers)
    assert not result.errors, result.errors
    (field,) = result.data.values()
    return dict(field)


async def test_a_till_sees_the_open_pickups_of_its_store_then_each_that_changes(
    counter: Counter, feed: StreamFeed, relay: Relay
) -> None:
    pickup = await counter.confirmed()
    await relay.pass_on()
    answers = subscribe(counter, ANNA, feed, PICKUPS)
    assert await told(answers) == {"kind": "SNAPSHOT", "items": [{"state": "CONFIRMED", "lines": [{"picked": "0"}]}]}
    taken(await counter.service.pick(ANNA, fresh(), pickup.id))
    await relay.pass_on()
    assert await told(answers) == {"kind": "CHANGE", "items": [{"state": "PICKING", "lines": [{"picked": "0"}]}]}
    taken(await counter.service.finish(ANNA, fresh(), pickup.id))
    await relay.pass_on()
    assert await told(answers) == {"kind": "CHANGE", "items": [{"state": "READY", "lines": [{"picked": "2"}]}]}
    assert (await counter.service.at(ANNA, "berlin"))[0].state is PickupState.READY


async def test_a_till_of_another_store_hears_nothing(counter: Counter, feed: StreamFeed) -> None:
    async with asyncio.timeout(PATIENCE):
        result = await anext(subscribe(counter, BERT, feed, PICKUPS))
    assert [type(error.original_error).__name__ for error in result.errors] == ["Forbidden"]


async def test_a_storefront_hears_few_left_and_back_in_stock_and_nothing_between(
    counter: Counter, feed: StreamFeed, relay: Relay
) -> None:
    answers = subscribe(counter, MANAGER, feed, STATES)
    begin = {"product": {"sku": "A-1"}, "state": "IN_STOCK", "previous": None}
    assert await told(answers) == {"kind": "SNAPSHOT", "items": [begin]}
    for on_hand in ("4", "0"):
        await counter.count(on_hand)
        await relay.pass_on()
    assert (await told(answers))["items"] == [{**begin, "state": "OUT_OF_STOCK", "previous": "IN_STOCK"}]
    await counter.count("9")
    await relay.pass_on()
    assert (await told(answers))["items"] == [{**begin, "state": "IN_STOCK", "previous": "OUT_OF_STOCK"}]
    assert WEB.few_left == 0
