"""What a configuration costs its maker, and what nobody could say (section 8)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal

import pytest

from modules.configurator.engine.costing import is_stale, require_costs, roll_up
from modules.configurator.model.assemblies import Configured, Explosion
from modules.configurator.model.breakdowns import CostResult, NoCost
from modules.configurator.model.errors import OutOfRange, ZeroCost
from modules.configurator.model.revisions import CostLevel
from modules.configurator.model.works import CostKey, Costs, Overhead, WorkCentre, key_to_save
from modules.kernel.names import ConfigurationId, Sku
from tests.configurator.builders import a_content, discrete
from tests.configurator.making import a_line, a_routing, a_structure, an_operation, exploded, works

DOOR = a_content(discrete("COLOUR", "RED BLUE"))
HOUR = 1_000_000
"""One unit of the currency."""
SHOP = works(
    a_structure(
        "DOOR", a_line("FRAME", per=2), a_line("PAINT", per="0.25", unit_scale=2), a_line("LOCK", free_issue=True)
    ),
    a_structure("FRAME", a_line("SCREW", per=4)),
    routings=[a_routing("DOOR", an_operation("FIT", "0.5", "0.25")), a_routing("FRAME", an_operation("CUT", 0, "0.1"))],
)
CENTRES = {"SAW": WorkCentre(id="SAW", rate_micros=60 * HOUR)}
UNITS = {CostKey(Sku("PAINT")): 8 * HOUR, CostKey(Sku("SCREW")): HOUR // 10, CostKey(Sku("LOCK")): 30 * HOUR}


def tree(quantity: int = 10) -> Explosion:
    return exploded(DOOR, SHOP, quantity, COLOUR="RED")


def costs(units: Mapping[CostKey, int] = UNITS, overheads: Iterable[Overhead] = ()) -> Costs:
    return Costs("EUR", units, {one.level: one for one in overheads})


def rolled(found: Costs, quantity: int = 10) -> CostResult:
    return roll_up(tree(quantity), found, CENTRES)


def test_material_operations_and_overhead_roll_up_per_order_and_per_unit() -> None:
    result = rolled(costs(overheads=[Overhead(level=0, material_micros=100_000, operations_micros=500_000)]))
    by_part = {node.part: node for node in result.nodes}
    assert by_part["FRAME"].material == 80 * HOUR // 10
    assert by_part["FRAME"].operations == 2 * 60 * HOUR
    # 20 frames 128.00, 2.5 litres of paint 20.00; 0.5 + 2.5 hours 180.00; 14.80 and 90.00 on top
    root = result.root
    assert (root.material, root.operations, root.overhead) == (148 * HOUR, 180 * HOUR, 104_800_000)
    assert (root.total, root.per_unit) == (432_800_000, 43_280_000)
    assert root.total == root.material + root.operations + root.overhead


def test_a_cost_beyond_all_measure_is_refused() -> None:
    with pytest.raises(OutOfRange):
        rolled(costs({CostKey(Sku("SCREW")): 10**15}), 1_000)


def test_the_log_tells_free_issue_apart_from_what_is_missing_and_what_is_zero() -> None:
    result = rolled(costs({CostKey(Sku("SCREW")): 0}))
    assert [(gap.path, gap.reason) for gap in result.gaps] == [
        ("DOOR/FRAME#FRAME/SCREW#SCREW", NoCost.ZERO),
        ("DOOR/LOCK#LOCK", NoCost.FREE_ISSUE),
        ("DOOR/PAINT#PAINT", NoCost.MISSING),
    ]


def test_a_cost_is_saved_only_when_every_gap_is_free_issue_or_accepted() -> None:
    result = rolled(costs({CostKey(Sku("SCREW")): 0}))
    with pytest.raises(ZeroCost) as refusal:
        require_costs(result, ["DOOR/PAINT#PAINT"])
    assert refusal.value.paths == ("DOOR/FRAME#FRAME/SCREW#SCREW",)
    require_costs(result, ["DOOR/PAINT#PAINT", "DOOR/FRAME#FRAME/SCREW#SCREW"])
    require_costs(rolled(costs()))


def test_an_operation_without_a_rate_leaves_a_gap_that_names_it() -> None:
    result = roll_up(tree(), costs(), {"SAW": WorkCentre(id="SAW")})
    assert [(gap.path, gap.reason, gap.detail) for gap in result.gaps if gap.reason is NoCost.MISSING] == [
        ("DOOR", NoCost.MISSING, "FIT"),
        ("DOOR/FRAME#FRAME", NoCost.MISSING, "CUT"),
    ]


def test_a_result_is_stale_when_a_cost_a_rate_or_an_overhead_that_came_into_it_changes() -> None:
    result, found = rolled(costs()), tree()
    other = {**UNITS, CostKey(Sku("NAIL")): 1}
    assert not is_stale(result, found, costs(other), CENTRES)
    assert is_stale(result, found, costs({**UNITS, CostKey(Sku("SCREW")): 1}), CENTRES)
    assert is_stale(result, found, costs(), {"SAW": replace(CENTRES["SAW"], rate_micros=1)})
    assert is_stale(result, found, costs(overheads=[Overhead(level=0, material_micros=1)]), CENTRES)


def test_a_correction_changes_the_result_only_when_it_is_rolled_up_again() -> None:
    before = rolled(costs({**UNITS, CostKey(Sku("SCREW")): 0}))
    after = rolled(costs())
    assert after.root.total - before.root.total == 80 * HOUR // 10
    assert [gap.path for gap in after.gaps] == ["DOOR/LOCK#LOCK"]


def test_a_bought_configuration_costs_what_is_kept_for_it_else_what_is_kept_for_all() -> None:
    explosion = exploded(DOOR, works(a_structure("DOOR", a_line("FRAME"))), COLOUR="RED")
    (frame,) = explosion.root.children
    bought = replace(frame, configured=Configured(1, 1, {}, "", "h", ConfigurationId("7")))
    found = replace(explosion, root=replace(explosion.root, children=(bought,)))
    every, own = CostKey(Sku("FRAME")), CostKey(Sku("FRAME"), "7")
    for units, total, source in (({every: 5}, 5, every), ({every: 5, own: 9}, 9, own)):
        node = roll_up(found, costs(units), {}).nodes[1]
        assert (node.total, node.source) == (total, source)


def test_a_standard_cost_is_written_for_all_configurations_or_for_one() -> None:
    assert key_to_save(Sku("DOOR"), "205", CostLevel.PART) == CostKey(Sku("DOOR"), "*")
    assert key_to_save(Sku("DOOR"), "205", CostLevel.CONFIGURATION) == CostKey(Sku("DOOR"), "205")


def test_costs_per_order_do_not_grow_with_the_setup() -> None:
    one, ten = rolled(costs(), 1), rolled(costs(), 10)
    assert one.root.per_unit - ten.root.per_unit == 60 * HOUR // 2 - 60 * HOUR // 20
    assert one.quantity == Decimal(1)
