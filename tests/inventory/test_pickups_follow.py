"""What tills hear of pick-ups, and storefronts of how stock is shown."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Hashable
from typing import Any

import pytest

from gateway.parts import make_graph
from modules.inventory.model.pickups import PickupState
from modules.inventory.service.following import FollowingService
from modules.inventory.service.pickups import PickupService, reaches_stores
from modules.inventory.service.sourcing import SourcingService
from modules.inventory.service.stock import InventoryService
from modules.kernel.graph import GraphContext
from modules.kernel.viewer import ANONYMOUS, Permission, Principal, Role, Viewer
from modules.runtime.database import Database
from modules.runtime.feed import StreamFeed
from modules.runtime.outbox import Relay
from tests.builders import a_viewer
from tests.inventory.conftest import SOURCES
from tests.inventory.pickup_desk import ANNA, BERT, MANAGER, WEB, Counter, fresh, taken

PATIENCE = 10.0
SCHEMA = make_graph(("inventory", "catalog"))
PICKUPS = 'subscription { pickupChanged(store: "berlin") { kind items { state lines { picked } } } }'
OF_ORDERS = """subscription {{ pickupChanged(store: "berlin", orders: {}, after: {}) {{
  kind cursor items {{ order state }} }} }}"""
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


def test_followers_are_told_apart_by_the_rights_that_decide_over_pickups() -> None:
    def sight(id: str, *permissions: Permission, role: Role = Role.INTEGRATOR, **confined: frozenset[str]) -> Hashable:
        return reaches_stores(a_viewer(Principal(id, frozenset({role}), frozenset(permissions), **confined)))  # type: ignore[arg-type]

    reads, here = Permission.STOCK_READ, frozenset({"berlin"})
    apart = [
        reaches_stores(a_viewer(ANONYMOUS)),
        sight("a", Permission.CARTS_OPEN),
        sight("a", Permission.CARTS_OPEN, role=Role.STORE_ASSOCIATE),
        sight("a", reads),
        sight("a", Permission.STOCK_WRITE),
        sight("a", reads, stores=here),
        sight("a", reads, stores=frozenset({"hamburg"})),
        sight("a", reads, channels=here),
    ]
    assert len(set(apart)) == len(apart)
    assert sight("a", reads, stores=here) == sight("b", reads, Permission.CARTS_OPEN, stores=here)


async def test_who_follows_orders_hears_of_those_alone_and_so_after_being_away(
    counter: Counter, feed: StreamFeed, relay: Relay
) -> None:
    for order in ("o-1", "o-2"):
        taken(await counter.ask(("A-1", "1"), order=order))
    await relay.pass_on()
    answers = subscribe(counter, ANNA, feed, OF_ORDERS.format('["o-2", "o-3", "o-4"]', "null"))
    begin = await told(answers)
    assert begin["items"] == [{"order": "o-2", "state": "CONFIRMED"}]
    made = [taken(await counter.ask(("A-1", "1"), order=order)) for order in ("o-5", "o-3")]
    await relay.pass_on()
    assert (await told(answers))["items"] == [{"order": "o-3", "state": "CONFIRMED"}]
    for pickup in made:
        taken(await counter.service.cancel(ANNA, fresh(), pickup.id, "test"))
    taken(await counter.ask(("A-1", "1"), order="o-4"))
    await relay.pass_on()
    away = subscribe(counter, ANNA, feed, OF_ORDERS.format('["o-2", "o-3", "o-4"]', f'"{begin["cursor"]}"'))
    missed = await told(away)
    assert missed["kind"] == "CHANGE"
    assert missed["items"] == [{"order": "o-3", "state": "CANCELLED"}, {"order": "o-4", "state": "CONFIRMED"}]
    lost = subscribe(counter, ANNA, feed, OF_ORDERS.format('["o-4"]', '"0123456789abcdef-1-0"'))
    again = await told(lost)
    assert (again["kind"], again["items"]) == ("RESYNC", [{"order": "o-4", "state": "CONFIRMED"}])


@pytest.mark.parametrize("orders", ["[]", '["o 1"]', '[""]'])
async def test_orders_that_cannot_be_are_refused(counter: Counter, feed: StreamFeed, orders: str) -> None:
    async with asyncio.timeout(PATIENCE):
        result = await anext(subscribe(counter, ANNA, feed, OF_ORDERS.format(orders, "null")))
    assert [type(error.original_error).__name__ for error in result.errors] == ["BadUserInput"]


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
