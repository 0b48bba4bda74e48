"""What the shop floor and parts cost, as it is handed in, and what that does to costs that were kept."""

from __future__ import annotations

from decimal import Decimal

import pytest

from modules.configurator.model.breakdowns import NoCost
from modules.configurator.model.errors import ZeroCost
from modules.configurator.model.works import CostKey
from modules.kernel.names import Sku
from tests.configurator.manufacture import (
    BOSS,
    DOOR,
    HOUR,
    RED_WIDE,
    Maker,
    a_subject,
    put_costs,
    put_floor,
)


async def test_a_cost_is_rolled_up_saved_as_its_level_says_and_stale_after_a_correction(maker: Maker) -> None:
    await put_floor(maker)
    subject = await a_subject(maker)
    with pytest.raises(ZeroCost) as refusal:
        await maker.making.making.save_cost(subject, Decimal(2), BOSS)
    assert refusal.value.paths == ("DOOR/FRAME#10", "DOOR/FRAME#10/BAR#10", "DOOR/KEY-BLANK#20")
    await put_costs(maker, BAR=6 * HOUR, KEY_BLANK=HOUR)
    assert (await maker.making.making.cost(subject, Decimal(2), BOSS)).saved is None
    key, costed = await maker.making.making.save_cost(subject, Decimal(2), BOSS)
    result = costed.result
    # five bars 30.00, six keys 6.00, two hours 80.00
    assert (result.root.total, result.root.per_unit, result.gaps) == (116 * HOUR, 58 * HOUR, ())
    assert key == CostKey(DOOR, subject.id or "")
    (kept,) = await maker.making.making._shop.store.costs([DOOR], "EUR")
    assert (kept, kept.micros, kept.inputs) == (costed.saved, 58 * HOUR, result.inputs)
    assert not (await maker.making.making.cost(subject, Decimal(2), BOSS)).is_stale
    await put_costs(maker, BAR=7 * HOUR)
    again = await maker.making.making.cost(subject, Decimal(2), BOSS)
    assert (again.saved, again.is_stale) == (kept, True)
    assert again.result.root.total == 121 * HOUR


TWICE = """mutation {
  upsertWorks(input: { reason: "test", centres: [{ id: "SAW", rate: "1" }, { id: "SAW", rate: "2" }],
      supplies: [{ sku: "SAW" }, { sku: "BAR", leadTimeDays: 1 }, { sku: "BAR" }],
      overheads: [{ level: 1, materialPercent: "5" }, { level: 1 }] }) { changed problems { code path } }
  setStandardCosts(input: { reason: "test", costs: [{ sku: "BAR", amount: "6" }, { sku: "BAR", configuration: "1",
      amount: "8" }, { sku: "BAR", amount: "7" }] }) { changed problems { code path } } }"""


async def test_of_what_is_handed_in_twice_the_second_is_refused(maker: Maker) -> None:
    done = await maker.run(TWICE)
    told = {name: [one["path"] for one in done[name]["problems"]] for name in done}
    assert told == {
        "upsertWorks": [["input", "centres", "1"], ["input", "supplies", "2"], ["input", "overheads", "1"]],
        "setStandardCosts": [["input", "costs", "2"]],
    }
    assert (done["upsertWorks"]["changed"], done["setStandardCosts"]["changed"]) == (4, 2)
    floor = await maker.making.making._shop.store.floor([Sku("BAR")])
    assert (floor.centres["SAW"].rate_micros, floor.supplies[Sku("BAR")].lead_time_days) == (HOUR, 1)
    assert floor.overheads[1].material_micros == 50_000
    kept = await maker.making.making._shop.store.costs([Sku("BAR")], "EUR")
    assert [(one.key.configuration, one.micros) for one in kept] == [("*", 6 * HOUR), ("1", 8 * HOUR)]


async def test_a_gap_that_is_named_is_accepted(maker: Maker) -> None:
    subject = await a_subject(maker)
    await put_floor(maker)
    await put_costs(maker, BAR=6 * HOUR)
    result = (await maker.making.making.cost(subject, Decimal(1), BOSS)).result
    assert [(gap.path, gap.reason) for gap in result.gaps] == [("DOOR/KEY-BLANK#20", NoCost.MISSING)]
    key, _ = await maker.making.making.save_cost(subject, Decimal(1), BOSS, ["DOOR/KEY-BLANK#20"])
    assert key.part == DOOR


STALE = """query($configuration: ID!) {
    configurationMaking(configuration: $configuration) { cost { saved { stale } } } }"""


async def test_a_saved_cost_says_when_it_is_stale(maker: Maker) -> None:
    await put_floor(maker)
    configuration = await maker.configured(*RED_WIDE)
    saving = "mutation ($configuration: ID!) { saveConfigurationCost(input: { configuration: $configuration," \
        ' accepted: ["DOOR/KEY-BLANK#20"] }) { savedAs cost { saved { stale } } problems { code } } }'  # fmt: skip
    await put_costs(maker, BAR=6 * HOUR)
    done = (await maker.run(saving, configuration=configuration))["saveConfigurationCost"]
    assert (done["problems"], done["cost"]) == ([], {"saved": {"stale": False}})
    await put_costs(maker, BAR=7 * HOUR)
    found = (await maker.run(STALE, configuration=configuration))["configurationMaking"]
    assert found["cost"]["saved"]["stale"]
