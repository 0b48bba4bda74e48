"""Plans of demand and shipments, over a real database."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from modules.inventory.events import StockChanged
from modules.inventory.model.demand import DemandInput, SupplyInput
from modules.inventory.model.levels import LevelInput
from modules.inventory.model.sources import SourceInput
from modules.inventory.service.demand import DemandService
from modules.inventory.service.planning import PlanningService
from modules.inventory.service.stock import InventoryService
from modules.kernel.errors import BadUserInput, Forbidden
from modules.kernel.moments import to_us
from modules.kernel.names import Sku
from modules.kernel.quantity import format_quantity
from modules.kernel.viewer import Principal
from modules.runtime.database import Database
from tests.builders import a_viewer
from tests.inventory.planner import BOSS, TODAY, ago, history_at, plan_of, ship, sold


async def test_each_value_is_taken_from_the_most_specific_policy_that_says_it(
    demand: DemandService, planning: PlanningService
) -> None:
    await demand.set_policies(
        BOSS,
        [
            SupplyInput(service_level="0.9", lead_time_days="20", review_days="1", supplier="any"),
            SupplyInput(source="main", lead_time_days="10", supplier="main's"),
            SupplyInput(sku="A-1", supplier="the maker", min_order="4"),
            SupplyInput(sku="A-1", source="main", pack_size="6"),
        ],
        "terms",
    )
    await demand.record(BOSS, sold([5] * 20), "till")
    await planning.plan_stock(BOSS, "main", ["A-1"], "nightly")
    policy = (await plan_of(planning)).policy
    assert policy[2:] == (900_000, 10_000_000, 0, 1_000_000, 4_000_000, 6_000_000, "the maker", None)


async def test_what_is_told_of_a_day_wins_over_what_was_shipped_on_it(
    demand: DemandService, planning: PlanningService, database: Database
) -> None:
    """Recorded demand contains the day's shipments; other days are those of the shipments, returns left alone."""
    noon = datetime.combine(TODAY, datetime.min.time(), UTC) + timedelta(hours=12)
    await demand.record(BOSS, sold([7, 0, 2]), "till")  # three days ago, two, one
    await ship(database, "5", noon - timedelta(days=3))
    await ship(database, "1", noon - timedelta(days=5))
    await ship(database, "2", noon - timedelta(days=5, hours=3))
    history = await history_at(planning)
    assert (history.first.isoformat(), history.units) == (ago(5), (3.0, 0.0, 7.0, 0.0, 2.0))


async def test_a_shipment_counts_on_the_day_of_its_source(
    service: InventoryService, planning: PlanningService, database: Database
) -> None:
    """S-5: in Kathmandu, 5 h 45 min ahead, a new day has begun."""
    await service.upsert_sources(BOSS, [SourceInput(id="far", name="Far", zone="Asia/Kathmandu")], "set up")
    midnight = datetime.combine(TODAY - timedelta(days=3), datetime.min.time(), UTC) - timedelta(hours=5, minutes=45)
    await ship(database, "1", midnight - timedelta(seconds=1), source="far")
    await ship(database, "2", midnight, source="far")
    history = await history_at(planning, "far")
    assert (history.first.isoformat(), history.units[:2]) == (ago(4), (1.0, 2.0))


async def test_a_day_of_which_nothing_has_been_told_yet_is_not_one_without_demand(
    demand: DemandService, planning: PlanningService
) -> None:
    """The tills tell two days late: their silence is not the customers'. What tells of one article tells of all."""
    late = sold([4] * 10 + [0, 0])[:10]
    await demand.record(BOSS, late, "till")
    assert (await history_at(planning)).until.isoformat() == ago(2)
    await demand.record(BOSS, sold([1], "B-1"), "till")
    assert (await history_at(planning)).units[-3:] == (4.0, 0.0, 0.0)


async def test_days_without_stock_are_left_out_and_remembered(
    demand: DemandService, planning: PlanningService, service: InventoryService, database: Database
) -> None:
    """S-5: the level has been empty for four days; once it is filled only the note tells of them."""
    await demand.record(BOSS, sold([3] * 20), "till")
    await demand.record(BOSS, sold([6] * 20, "B-1"), "till")
    await service.set_stock_levels(BOSS, [LevelInput(sku="A-1", source="main", on_hand="0")], "count")
    noon = datetime.combine(TODAY - timedelta(days=5), datetime.min.time(), UTC) + timedelta(hours=12)
    async with database.transaction() as tx:
        await tx.run("UPDATE inventory_level SET as_of_us = :at", at=to_us(noon))
        await tx.run("DELETE FROM inventory_demand WHERE sku = 'A-1' AND day >= :day", day=ago(4))
    before = await history_at(planning)
    assert before.units[-5:] == (3.0, None, None, None, None)
    await planning.plan_stock(BOSS, "main", ["A-1"], "nightly")
    await service.set_stock_levels(BOSS, [LevelInput(sku="A-1", source="main", on_hand="9")], "count")
    assert await history_at(planning) == before
    assert (await plan_of(planning)).demand == 3_000_000


async def test_all_sources_together_are_planned_as_one(demand: DemandService, planning: PlanningService) -> None:
    """I-2 and S-5: what is dry in one place only was not dry."""
    await demand.record(BOSS, sold([3] * 20), "till")
    await demand.record(BOSS, sold([5] * 19, source="berlin"), "till")
    await demand.record(BOSS, [DemandInput(sku="A-1", source="main", day=ago(2), units="0", censored=True)], "till")
    history = await history_at(planning, None)
    assert history.units == (3.0, *[8.0] * 17, 5.0, 8.0)
    done = await planning.plan_stock(BOSS, None, None, "nightly")
    assert (done.changed, done.next) == (1, None)
    assert (await plan_of(planning, source=None)).source == "*"
    assert await planning.plans(BOSS, ["A-1"], "main") == [None]


async def test_a_plan_tells_class_method_forecast_and_proof(demand: DemandService, planning: PlanningService) -> None:
    """S-1 to S-3; figures that are kept are rounded up to whole pieces."""
    week = [10, 12, 11, 13, 20, 35, 4]
    await demand.record(BOSS, sold(week * 12), "till")
    await demand.set_policies(BOSS, [SupplyInput(sku="A-1", lead_time_days="5", lead_deviation_days="0.5")], "terms")
    done = await planning.plan_stock(BOSS, "main", ["A-1", "A-9"], "nightly")
    assert (done.changed, done.unchanged) == (1, 0)
    assert [problem.path for problem in done.problems] == [("input", "skus", "1")]
    plan = await plan_of(planning)
    assert (plan.demand_class, plan.method, plan.basis) == ("smooth", "seasonal_naive", "normal")
    assert [units // 1_000_000 for units in plan.daily] == week * 4
    assert [score.method for score in plan.scores] == ["seasonal_naive", "exponential_smoothing"]
    assert (plan.scores[0].rmsse, plan.scores[0].bias) == (0, 0)
    assert format_quantity(plan.safety_stock or 0) == "13"  # 1.6449 * sqrt(15 * 15 * 0.25) = 12.34
    assert format_quantity(plan.reorder_point or 0) == "88"  # 15 * 5 + 12.34
    assert plan.service_level is not None
    assert plan.fill_rate is not None
    assert 0 < plan.service_level <= plan.fill_rate <= 1_000_000
    assert plan.until == TODAY


async def test_quantities_by_weight_are_rounded_up_at_their_own_scale(
    demand: DemandService, planning: PlanningService
) -> None:
    """S-1: to the gram."""
    await demand.record(BOSS, sold(["1.5", "2.5"] * 20, "C-1"), "till")
    await planning.plan_stock(BOSS, "main", ["C-1"], "nightly")
    plan = await plan_of(planning, "C-1")
    assert plan.safety_stock is not None
    assert plan.safety_stock % 1_000 == 0
    assert plan.safety_stock % 1_000_000


async def test_a_new_article_sells_like_its_category_and_its_stock_is_set_by_hand(
    demand: DemandService, planning: PlanningService
) -> None:
    """S-6: three lamps tell enough; the category of all articles is wider."""
    for sku, units in {"A-1": 2, "B-1": 4, "D-1": 90, "C-1": 50}.items():
        await demand.record(BOSS, sold([units] * 20, sku), "till")
    await demand.record(BOSS, sold([1] * 7, "E-1"), "till")
    done = await planning.plan_stock(BOSS, "main", None, "nightly")
    assert (done.changed, done.unchanged) == (4, 1)
    plan = await plan_of(planning, "E-1")
    assert (plan.demand_class, plan.method, plan.demand) == ("new", "category_median", 4_000_000)
    assert (plan.safety_stock, plan.reorder_point, len(plan.daily)) == (None, None, 28)


async def test_planning_goes_on_where_it_stopped(demand: DemandService, planning: PlanningService) -> None:
    for sku in ("A-1", "B-1", "D-1"):
        await demand.record(BOSS, sold([3] * 10, sku), "till")
    done = await planning.plan_stock(BOSS, "main", None, "nightly", after="A-1")
    assert done.changed == 2
    assert [plan is not None for plan in await planning.plans(BOSS, ["A-1", "B-1", "D-1"], "main")] == [
        False,
        True,
        True,
    ]


async def test_planned_safety_stock_is_withheld_from_sale_once_it_is_activated(
    demand: DemandService, planning: PlanningService, service: InventoryService, database: Database
) -> None:
    await demand.record(BOSS, sold([2, 8] * 20), "till")
    await service.set_stock_levels(BOSS, [LevelInput(sku="A-1", source="main", on_hand="100")], "count")
    await planning.plan_stock(BOSS, "main", ["A-1", "B-1"], "nightly")
    safety = (await plan_of(planning)).safety_stock
    assert safety
    done = await planning.activate(BOSS, "main", ["A-1"], "winter")
    assert (done.changed, done.unchanged, done.problems) == (1, 0, ())
    (told,) = await service.availability([Sku("A-1")], BOSS)
    assert told.available == 100_000_000 - safety
    again = await planning.activate(BOSS, "main", ["A-1"], "winter")
    assert (again.changed, again.unchanged) == (0, 1)
    events = await database.read("SELECT envelope FROM runtime_outbox ORDER BY id")
    news = [json.loads(envelope) for (envelope,) in events if StockChanged.NAME in envelope]
    assert str(safety) in json.dumps(news[-1])
    ((by, before, after, reason),) = await database.read(
        "SELECT principal, before, after, reason FROM runtime_audit WHERE action = 'inventory.activate_safety_stock'"
    )
    assert (by, reason) == (BOSS.principal.id, "winter")
    assert json.loads(before)["safety_stock_micros"] == 0
    assert json.loads(after)["safety_stock_micros"] == safety


async def test_what_is_not_planned_or_not_counted_is_not_activated(
    demand: DemandService, planning: PlanningService
) -> None:
    await demand.record(BOSS, sold([2, 8] * 20), "till")
    await planning.plan_stock(BOSS, "main", ["A-1"], "nightly")
    done = await planning.activate(BOSS, "main", ["B-1", "A-1"], "winter")
    assert [(problem.path, problem.code) for problem in done.problems] == [
        (("input", "skus", "0"), "INVALID_INPUT"),
        (("input", "skus", "1"), "INVALID_INPUT"),
    ]
    (moon,) = (await planning.activate(BOSS, "moon", ["A-1"], "winter")).problems
    assert (moon.code, moon.path) == ("UNKNOWN_LOCATION", ("input", "source"))


async def test_questions_about_no_place_are_refused(planning: PlanningService) -> None:
    for question in (
        planning.plans(BOSS, ["A-1"], "moon"),
        planning.proposals(BOSS, "moon"),
        planning.proposals(BOSS, "main", 0),
        planning.sight(BOSS, Sku("A-1"), "moon"),
        planning.sight(BOSS, Sku("A-9"), "main"),
    ):
        with pytest.raises(BadUserInput):
            await question
    (problem,) = (await planning.plan_stock(BOSS, "moon", ["A-1"], "nightly")).problems
    assert problem.code == "UNKNOWN_LOCATION"


async def test_planning_is_for_those_who_may(demand: DemandService, planning: PlanningService) -> None:
    clerk = a_viewer(Principal("clerk"))
    for call in (
        demand.record(clerk, [], "x"),
        demand.set_policies(clerk, [], "x"),
        demand.take_order_lines(clerk, [], "x"),
        planning.plan_stock(clerk, "main", [], "x"),
        planning.activate(clerk, "main", [], "x"),
        planning.plans(clerk, ["A-1"], "main"),
        planning.sight(clerk, Sku("A-1"), "main"),
        planning.proposals(clerk, "main"),
    ):
        with pytest.raises(Forbidden):
            await call


async def test_an_empty_shop_has_nothing_to_plan_or_order(demand: DemandService, planning: PlanningService) -> None:
    assert (await demand.record(BOSS, [], "till")).changed == 0
    assert (await planning.plan_stock(BOSS, "main", None, "nightly")).changed == 0
    assert (await planning.proposals(BOSS, None)).items == ()
    assert (await history_at(planning)).units == ()
    assert (await history_at(planning)).first >= date(2026, 1, 1)
