"""Calendars, capacities, freshness and strategies of sources: handed in, kept, refused (4.1, 4.3)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from modules.inventory.engine import intake
from modules.inventory.model.sources import WORKING_DAYS, SourceInput
from modules.inventory.model.strategies import SourcingRule, SourcingRuleInput, Strategy
from modules.inventory.service.stock import InventoryService
from modules.inventory.store.stock import InventoryStore
from modules.kernel.errors import Forbidden, InvalidInput
from modules.kernel.names import SourceId
from modules.kernel.quantity import pieces
from modules.kernel.viewer import OPERATOR
from modules.runtime.database import Database
from tests.builders import a_viewer
from tests.inventory.builders import a_source_input
from tests.inventory.pickup_desk import SHOP

FULL = SourceInput(
    id="full",
    name="Full",
    working_days=[6, 1],
    holidays=["2026-12-26", "2026-12-25"],
    ship_capacity_per_day=40,
    fresh_seconds=900,
    stale_buffer="2.5",
    pickup_buffer="0",
    pickup_days=14,
)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"working_days": []}, ("workingDays",)),
        ({"working_days": [1, 8]}, ("workingDays", "1")),
        ({"working_days": [0]}, ("workingDays", "0")),
        ({"working_days": [2, 2]}, ("workingDays", "1")),
        ({"holidays": ["2026-02-30"]}, ("holidays", "0")),
        ({"holidays": ["20261225"]}, ("holidays", "0")),
        ({"holidays": ["2026-12-25", "2026-12-25"]}, ("holidays", "1")),
        ({"holidays": ["2026-12-25"] * 1_001}, ("holidays",)),
        ({"ship_capacity_per_day": 0}, ("shipCapacityPerDay",)),
        ({"ship_capacity_per_day": 1_000_001}, ("shipCapacityPerDay",)),
        ({"fresh_seconds": 0}, ("freshSeconds",)),
        ({"fresh_seconds": 31 * 86_400 + 1}, ("freshSeconds",)),
        ({"stale_buffer": "-1"}, ("staleBuffer",)),
        ({"pickup_buffer": "few"}, ("pickupBuffer",)),
        ({"pickup_days": 0}, ("pickupDays",)),
        ({"pickup_days": 61}, ("pickupDays",)),
    ],
)
def test_every_value_of_a_source_is_checked(change: dict[str, Any], path: tuple[str, ...]) -> None:
    with pytest.raises(InvalidInput) as refused:
        intake.source(replace(a_source_input(), **change), ("input", "sources", 3))
    assert refused.value.path == ("input", "sources", "3", *path)


async def test_a_source_is_kept_as_it_was_meant_and_its_defaults_are_those_of_a_new_one(
    service: InventoryService, database: Database
) -> None:
    await service.upsert_sources(a_viewer(OPERATOR), [FULL, a_source_input("plain")], "calendar")
    kept = (await InventoryStore(database).setup()).sources
    full, plain = kept[SourceId("full")], kept[SourceId("plain")]
    assert (full.working_days, full.holidays) == ((1, 6), ("2026-12-25", "2026-12-26"))
    assert (full.ship_capacity_per_day, full.fresh_seconds, full.pickup_days) == (40, 900, 14)
    assert (full.stale_buffer_micros, full.pickup_buffer_micros) == (2_500_000, 0)
    assert (plain.working_days, plain.holidays, plain.ship_capacity_per_day) == (WORKING_DAYS, (), None)
    assert (plain.fresh_seconds, plain.pickup_buffer_micros, plain.pickup_days) == (None, pieces(1), 7)
    again = await service.upsert_sources(a_viewer(OPERATOR), [FULL], "calendar")
    assert (again.changed, again.unchanged) == (0, 1)


async def test_a_channel_without_a_strategy_of_its_own_has_that_of_all(
    service: InventoryService, database: Database
) -> None:
    web = service.strategy
    assert web(SHOP.channel.id) is Strategy.MIN_SPLIT
    await service.set_sourcing_rules(a_viewer(OPERATOR), [SourcingRuleInput(strategy=Strategy.NEAREST)], "near")
    assert web(SHOP.channel.id) is Strategy.NEAREST
    own = SourcingRuleInput(channel="web", strategy=Strategy.PRIORITY)
    await service.set_sourcing_rules(a_viewer(OPERATOR), [own], "own")
    assert web(SHOP.channel.id) is Strategy.PRIORITY
    kept = await InventoryStore(database).setup()
    assert kept.sourcing_rules["web"] == SourcingRule("web", Strategy.PRIORITY)
    trail = await database.read("SELECT target, reason FROM runtime_audit WHERE action = 'inventory.set_sourcing_rule'")
    assert sorted(trail) == [("sourcing_rule:*", "near"), ("sourcing_rule:web", "own")]


async def test_a_strategy_for_no_channel_and_by_nobody_with_the_right_is_refused(service: InventoryService) -> None:
    rule = SourcingRuleInput(channel="moon", strategy=Strategy.NEAREST)
    refused = await service.set_sourcing_rules(a_viewer(OPERATOR), [rule], "why")
    assert [problem.path for problem in refused.problems] == [("input", "rules", "0", "channel")]
    with pytest.raises(Forbidden):
        await service.set_sourcing_rules(SHOP, [rule], "why")
