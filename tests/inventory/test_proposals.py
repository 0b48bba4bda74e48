"""What to order, over a real database."""

from __future__ import annotations

import pytest

from modules.inventory.model.demand import OrderLineInput, SupplyInput
from modules.inventory.model.levels import LevelInput
from modules.inventory.service.demand import DemandService
from modules.inventory.service.planning import PlanningService
from modules.inventory.service.stock import InventoryService
from modules.inventory.store.reservations import ReservationStore
from modules.kernel.quantity import format_quantity
from modules.runtime.database import Database
from tests.builders import NOW
from tests.inventory.builders import a_hold
from tests.inventory.planner import BOSS, plan_of, sold


async def test_a_proposal_shows_every_figure_that_led_to_it(
    demand: DemandService, planning: PlanningService, service: InventoryService, database: Database
) -> None:
    """S-6: a reorder point by hand, without any demand. 9 - 4 held + 2 coming = 7, 13 up to 20, in packs of 6 is 18."""
    await demand.set_policies(BOSS, [SupplyInput(sku="A-1", source="main", reorder_point="20", pack_size="6")], "terms")
    level = LevelInput(sku="A-1", source="main", on_hand="9", safety_stock="1")
    await service.set_stock_levels(BOSS, [level], "count")
    line = OrderLineInput(order="p1", line="1", sku="A-1", source="main", due=NOW, ordered="5", received="3")
    assert (await demand.take_order_lines(BOSS, [line], "orders")).changed == 1
    await ReservationStore(database, service.reach).decide([a_hold(("A-1", "4"), sources=["main"])])
    (found,) = (await planning.proposals(BOSS, "main")).items
    figures = (found.stock.on_hand, found.stock.held, found.stock.available, found.stock.incoming, found.position)
    assert [format_quantity(each) for each in figures] == ["9", "4", "5", "2", "7"]
    assert [format_quantity(each) for each in (found.reorder_point, found.needed, found.quantity)] == ["20", "13", "18"]
    assert (found.by_hand, found.plan, found.stock.safety_stock) == (True, None, 1_000_000)


@pytest.mark.parametrize(
    ("on_hand", "policy", "quantity"),
    [
        ("20", {}, None),  # at the reorder point with nothing missing, and no least order
        ("20", {"min_order": "5"}, "5"),
        ("21", {"min_order": "5"}, None),
        ("19", {}, "1"),
        ("19", {"min_order": "5"}, "5"),
        ("14", {"min_order": "5", "pack_size": "4"}, "8"),
        ("0", {"min_order": "5"}, "20"),
    ],
)
async def test_an_order_fills_up_to_the_reorder_point_in_whole_packs(
    demand: DemandService,
    planning: PlanningService,
    service: InventoryService,
    on_hand: str,
    policy: dict[str, str],
    quantity: str | None,
) -> None:
    """S-1: with a reorder point of 20."""
    await service.set_stock_levels(BOSS, [LevelInput(sku="A-1", source="main", on_hand=on_hand)], "count")
    await demand.set_policies(BOSS, [SupplyInput(sku="A-1", source="main", reorder_point="20", **policy)], "terms")
    found = (await planning.proposals(BOSS, "main")).items
    assert [format_quantity(each.quantity) for each in found] == ([quantity] if quantity else [])


async def test_a_planned_reorder_point_proposes_until_one_is_set_by_hand(
    demand: DemandService, planning: PlanningService
) -> None:
    """S-6: whoever sets one knows something."""
    await demand.record(BOSS, sold([4] * 20), "till")
    await planning.plan_stock(BOSS, "main", None, "nightly")
    (planned,) = (await planning.proposals(BOSS, "main")).items
    assert (format_quantity(planned.quantity), planned.by_hand) == ("28", False)  # 4 a day for 7 days
    assert planned.plan == await plan_of(planning)
    await demand.set_policies(BOSS, [SupplyInput(sku="A-1", reorder_point="3")], "for all together")
    (unchanged,) = (await planning.proposals(BOSS, "main")).items
    assert unchanged.quantity == planned.quantity
    (total,) = (await planning.proposals(BOSS, None)).items
    assert (total.source, format_quantity(total.quantity)) == ("*", "3")
    await demand.set_policies(BOSS, [SupplyInput(sku="A-1", source="main", reorder_point="3")], "here")
    (by_hand,) = (await planning.proposals(BOSS, "main")).items
    assert (format_quantity(by_hand.quantity), by_hand.by_hand) == ("3", True)


async def test_proposals_come_in_pages_by_sku(demand: DemandService, planning: PlanningService) -> None:
    policies = [SupplyInput(sku=sku, source="main", reorder_point="3") for sku in ("A-1", "B-1", "D-1")]
    await demand.set_policies(BOSS, policies, "terms")
    first = await planning.proposals(BOSS, "main", 2)
    assert ([each.sku for each in first.items], first.next) == (["A-1", "B-1"], "B-1")
    rest = await planning.proposals(BOSS, "main", 2, first.next)
    assert ([each.sku for each in rest.items], rest.next) == (["D-1"], None)
