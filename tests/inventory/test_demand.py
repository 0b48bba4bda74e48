"""Demand, supply policies and open orders as they are handed in, over a real database."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from modules.inventory.model.demand import DemandInput, OrderLineInput, SupplyInput
from modules.inventory.service.demand import DemandService
from modules.inventory.service.stock import InventoryService
from modules.kernel.moments import to_us
from modules.runtime.database import Database
from tests.builders import NOW
from tests.inventory.planner import BOSS, ago, sold


async def test_demand_that_is_told_twice_counts_once(demand: DemandService, database: Database) -> None:
    """S-5, and that what was told otherwise is replaced."""
    first = await demand.record(BOSS, sold([1, 2, 3]), "till")
    again = await demand.record(BOSS, sold([1, 2, 4]), "till")
    assert (first.changed, first.unchanged) == (3, 0)
    assert (again.changed, again.unchanged) == (1, 2)
    rows = await database.read("SELECT day, units_micros FROM inventory_demand ORDER BY day")
    assert rows == [(ago(3), 1_000_000), (ago(2), 2_000_000), (ago(1), 4_000_000)]
    trail = await database.read("SELECT after FROM runtime_audit WHERE action = 'inventory.record_demand' ORDER BY id")
    assert [json.loads(after) for (after,) in trail] == [
        {"records": 3, "first": ago(3), "last": ago(1)},
        {"records": 1, "first": ago(1), "last": ago(1)},
    ]


@pytest.mark.parametrize(
    ("wrong", "field", "code"),
    [
        ({"sku": "A-9"}, "sku", "UNKNOWN_SKU"),
        ({"source": "moon"}, "source", "UNKNOWN_LOCATION"),
        ({"day": "2026-02-30"}, "day", "INVALID_INPUT"),
        ({"day": "20260201"}, "day", "INVALID_INPUT"),
        ({"day": ago(-3)}, "day", "INVALID_INPUT"),
        ({"units": "-1"}, "units", "INVALID_INPUT"),
        ({"units": "0.5"}, "units", "INVALID_INPUT"),
        ({"units": "many"}, "units", "INVALID_INPUT"),
    ],
)
async def test_a_bad_day_of_demand_is_refused_at_its_place(
    demand: DemandService, wrong: dict[str, Any], field: str, code: str
) -> None:
    bad = DemandInput(**{"sku": "A-1", "source": "main", "day": ago(1), "units": "1", **wrong})
    done = await demand.record(BOSS, [bad, *sold([1], "B-1")], "till")
    assert done.changed == 1
    assert [(problem.code, problem.path) for problem in done.problems] == [(code, ("input", "demand", "0", field))]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"sku": "A-9"}, "sku"),
        ({"source": "moon"}, "source"),
        ({"service_level": "1"}, "serviceLevel"),
        ({"service_level": "0"}, "serviceLevel"),
        ({"lead_time_days": "-1"}, "leadTimeDays"),
        ({"lead_deviation_days": "x"}, "leadDeviationDays"),
        ({"review_days": "1001"}, "reviewDays"),
        ({"min_order": "0.5"}, "minOrder"),
        ({"pack_size": "0"}, "packSize"),
        ({"supplier": ""}, "supplier"),
        ({"sku": "*", "reorder_point": "5"}, "reorderPoint"),
    ],
)
async def test_a_bad_policy_is_refused_at_its_place(demand: DemandService, wrong: dict[str, Any], field: str) -> None:
    good = SupplyInput(sku="B-1")
    done = await demand.set_policies(BOSS, [SupplyInput(**{"sku": "A-1", **wrong}), good], "terms")
    assert done.changed == 1
    assert [problem.path for problem in done.problems] == [("input", "policies", "0", field)]


async def test_a_policy_is_replaced_wholly_and_audited(demand: DemandService, database: Database) -> None:
    await demand.set_policies(BOSS, [SupplyInput(sku="A-1", supplier="Gear & Co", lead_time_days="3")], "terms")
    again = await demand.set_policies(BOSS, [SupplyInput(sku="A-1", lead_time_days="3")], "terms")
    same = await demand.set_policies(BOSS, [SupplyInput(sku="A-1", lead_time_days="3.0")], "terms")
    assert (again.changed, same.changed, same.unchanged) == (1, 0, 1)
    assert await database.read("SELECT sku, source, supplier, lead_time FROM inventory_supply_policy") == [
        ("A-1", "*", None, 3_000_000)
    ]
    trail = await database.read("SELECT target, before FROM runtime_audit WHERE action = 'inventory.set_supply_policy'")
    assert [(target, json.loads(before)["supplier"] if before else None) for target, before in trail] == [
        ("supply:A-1@*", None),
        ("supply:A-1@*", "Gear & Co"),
    ]


async def test_open_orders_are_all_that_is_expected(
    demand: DemandService, service: InventoryService, database: Database
) -> None:
    """Lines that arrived, or whose order is closed, take with them what was expected of them."""

    def line(number: int, **more: Any) -> OrderLineInput:
        values = {"sku": "A-1", "source": "main", "due": NOW + timedelta(days=number), "ordered": "10", **more}
        return OrderLineInput(order="p1", line=str(number), **values)

    lines = [
        line(2),
        line(1, received="4"),
        line(3, open=False),
        line(4, received="10"),
        line(5, sku="B-1", open=False),
    ]
    first = await demand.take_order_lines(BOSS, lines, "orders")
    again = await demand.take_order_lines(BOSS, lines, "orders")
    assert (first.changed, first.unchanged, again.changed) == (1, 4, 0)
    rows: dict[str, str] = dict(await database.read("SELECT sku, incoming FROM inventory_level"))
    due = [to_us(NOW + timedelta(days=days)) for days in (1, 2)]
    assert {sku: json.loads(text) for sku, text in rows.items()} == {"A-1": [[due[0], 6_000_000], [due[1], 10_000_000]]}
    await demand.take_order_lines(BOSS, [line(2, received="10")], "orders")
    assert await database.read("SELECT incoming FROM inventory_level WHERE sku = 'A-1'") == [("[]",)]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"sku": "A-9"}, "sku"),
        ({"source": "moon"}, "source"),
        ({"order": "no name"}, "order"),
        ({"line": ""}, "line"),
        ({"due": NOW.replace(tzinfo=None)}, "due"),
        ({"ordered": "-1"}, "ordered"),
        ({"received": "0.5"}, "received"),
    ],
)
async def test_a_bad_line_of_an_order_is_refused_at_its_place(
    demand: DemandService, wrong: dict[str, Any], field: str
) -> None:
    values = {"order": "p1", "line": "1", "sku": "A-1", "source": "main", "due": NOW, "ordered": "1", **wrong}
    (problem,) = (await demand.take_order_lines(BOSS, [OrderLineInput(**values)], "orders")).problems
    assert problem.path == ("input", "lines", "0", field)
