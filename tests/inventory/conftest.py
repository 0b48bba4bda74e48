"""Inventory over a real database, with three sources: `main` and `berlin` sell, `plan` does not."""

from __future__ import annotations

import pytest

from modules.inventory.model.sources import SourceInput, SourceType
from modules.inventory.service.demand import DemandService
from modules.inventory.service.planning import PlanningService
from modules.inventory.service.stock import InventoryService
from modules.inventory.store.demand import DemandStore
from modules.inventory.store.stock import InventoryStore
from modules.kernel.viewer import OPERATOR
from modules.runtime.database import Database
from modules.runtime.outbox import Relay
from modules.runtime.redis import Redis
from tests.builders import NOW, a_viewer, an_article
from tests.inventory.builders import Places, Shelf
from tests.inventory.planner import SHELF

SOURCES = (
    SourceInput(id="berlin", name="Berlin Mitte", type=SourceType.STORE, priority=2, can_pick_up=True),
    SourceInput(id="main", name="Main", priority=1, latitude="52.516266", longitude="13.377775"),
    SourceInput(id="plan", name="Production", priority=3, sells=False),
)


@pytest.fixture
async def service(database: Database) -> InventoryService:
    """The service of one process: the articles A-1, B-1 (pieces) and C-1 (kilograms)."""
    shelf = Shelf(an_article(), an_article("B-1"), an_article("C-1", quantity_scale=3))
    service = InventoryService(InventoryStore(database), shelf, Places(), clock=lambda: NOW)
    await service.upsert_sources(a_viewer(OPERATOR), SOURCES, "set up")
    return service


@pytest.fixture
async def relay(database: Database, redis: Redis) -> Relay:
    """Moves what was published when it is told to; nothing of the set-up waits any more."""
    relay = Relay(database, redis)
    while await relay.pass_on():
        pass
    return relay


@pytest.fixture
def demand(service: InventoryService, database: Database) -> DemandService:
    """Takes in what plans are made of; its articles stand in categories."""
    return DemandService(DemandStore(database), service, SHELF)


@pytest.fixture
def planning(service: InventoryService, database: Database) -> PlanningService:
    """Plans the same articles."""
    return PlanningService(DemandStore(database), service, SHELF)
