"""Promotions rule by rule: each case cites the rule it keeps (O-1 to O-12)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from modules.kernel.names import Sku
from modules.kernel.policies import ThresholdBasis
from modules.kernel.quantity import pieces
from modules.pricing.engine.actions import (
    Accessory,
    Bundle,
    BundlePart,
    BuyGet,
    CheapestOff,
    FreeShipping,
    GiftOf,
    Grouping,
    ItemAmountOff,
    ItemPercentOff,
    NForPrice,
    OrderAmountOff,
    OrderFixedPrice,
    OrderPercentOff,
    PercentBasis,
    PickFrom,
    ShippingAmountOff,
    Spread,
    Tiered,
    TierStep,
)
from modules.pricing.engine.case import Room, Ware
from modules.pricing.engine.conditions import Subtotal
from modules.pricing.model.promotions import Promotion, Stack
from tests.pricing.builders import a_promotion
from tests.pricing.cases import a_place, a_ware, apply, euros, left, only, percent, rooms


@dataclass(frozen=True)
class Rule:
    """Wares, promotions, and what each line costs afterwards."""

    says: str
    wares: Sequence[Ware]
    promotions: Sequence[Promotion]
    left: dict[str, int]
    freight: int | None = None
    circumstances: dict[str, Any] = field(default_factory=dict)
    gifts: tuple[tuple[str, int], ...] = ()


def _one(*actions: Any, **changes: Any) -> tuple[Promotion]:
    return (a_promotion(*actions, **changes),)


TWELVE = (a_ware("A", 12, 1_200),)
MIXED = (a_ware("A", 1, 1_000), a_ware("B", 1, 800), a_ware("C", 1, 600), a_ware("D", 1, 100))
CLUB = Subtotal(euros(1))  # makes a percentage no article reduction
REDUCED = (a_ware("A", 1, 1_000, is_reduced=True), a_ware("B", 1, 1_000))
TIERS = Tiered((TierStep(euros(10_000), percent=percent(10)), TierStep(euros(5_000), percent=percent(5))))

RULES = [
    Rule(
        "O-1 items come before order whatever the priority: 100 - 10 = 90 twice at 10 %",
        (a_ware("A", 1, 10_000),),
        (
            a_promotion(OrderAmountOff(euros(1_000)), id="order", priority=9),
            a_promotion(ItemPercentOff(percent(10)), id="items", condition=CLUB),
        ),
        {"A": 8_000},
    ),
    Rule(
        "O-1 within a phase by priority, then id: amount before percentage",
        (a_ware("A", 1, 10_000),),
        (
            a_promotion(OrderPercentOff(percent(10)), id="a"),
            a_promotion(OrderAmountOff(euros(1_000)), id="b", priority=1),
        ),
        {"A": 8_100},
    ),
    Rule(
        "O-2 25 % then 8.00 on 60.00 is 37.00",
        (a_ware("A", 1, 6_000),),
        (a_promotion(OrderPercentOff(percent(25)), id="a"), a_promotion(OrderAmountOff(euros(800)), id="b")),
        {"A": 3_700},
    ),
    Rule(
        "O-2 8.00 then 25 % on 60.00 is 39.00",
        (a_ware("A", 1, 6_000),),
        (a_promotion(OrderAmountOff(euros(800)), id="a"), a_promotion(OrderPercentOff(percent(25)), id="b")),
        {"A": 3_900},
    ),
    Rule(
        "O-2 percentages add up only with the list price as basis",
        (a_ware("A", 1, 10_000),),
        (
            a_promotion(ItemPercentOff(percent(10)), id="a"),
            a_promotion(ItemPercentOff(percent(20), basis=PercentBasis.LIST_PRICE), id="b"),
        ),
        {"A": 7_000},
    ),
    Rule(
        "O-3 the discount is rounded, not the price: 7 % off 4.50 is 4.18",
        (a_ware("A", 1, 450),),
        _one(ItemPercentOff(percent(7))),
        {"A": 418},
    ),
    Rule(
        "O-3 a percentage of the order is rounded once and then split",
        (a_ware("A", 1, 450), a_ware("B", 1, 450)),
        _one(OrderPercentOff(percent(7))),
        {"A": 418, "B": 419},
    ),
    Rule("O-4 an amount is capped at what is left", (a_ware(),), _one(OrderAmountOff(euros(9_999))), {"A": 0}),
    Rule(
        "O-4 delivery does not fall below zero",
        (a_ware(),),
        _one(ShippingAmountOff(euros(900))),
        {"A": 1_000},
        freight=490,
    ),
    Rule(
        "O-5 buy 3 get 3 once, then buy 2 get 1 on the 6 units left: 3 and 2 are free",
        TWELVE,
        (a_promotion(BuyGet(3, 3, max_sets=1), id="a", priority=1), a_promotion(BuyGet(2, 1), id="b")),
        {"A": 700},
    ),
    Rule(
        "O-5 a plain percentage applies to consumed units as well",
        (a_ware("A", 3, 3_000),),
        (
            a_promotion(BuyGet(2, 1), id="a", priority=1),
            a_promotion(ItemPercentOff(percent(10)), id="b", condition=CLUB),
        ),
        {"A": 1_800},
    ),
    Rule(
        "O-5 but not within one exclusion group",
        (a_ware("A", 4, 4_000),),
        (
            a_promotion(BuyGet(2, 1), id="a", priority=1, exclusion_group="g"),
            a_promotion(ItemPercentOff(percent(10)), id="b", condition=CLUB, exclusion_group="g"),
        ),
        {"A": 2_900},
    ),
    Rule(
        "O-5a a measured line is one unit",
        (a_ware("A", "2.5", 1_000, quantity_scale=3), a_ware("B", 1, 700)),
        _one(BuyGet(1, 1)),
        {"A": 1_000, "B": 0},
    ),
    Rule("O-6 the cheapest of all are free", MIXED, _one(BuyGet(1, 1)), {"A": 1_000, "B": 800, "C": 0, "D": 0}),
    Rule(
        "O-6 groups from the dearest down free the cheapest of each",
        MIXED,
        _one(BuyGet(1, 1, grouping=Grouping.DEAREST_DOWN)),
        {"A": 1_000, "B": 0, "C": 600, "D": 0},
    ),
    Rule(
        "O-6 the dearest remaining are got",
        MIXED,
        _one(BuyGet(1, 1, pick=PickFrom.DEAREST, max_sets=1)),
        {"A": 1_000, "B": 0, "C": 600, "D": 100},
    ),
    Rule("O-6 the get side must be complete", MIXED, _one(BuyGet(3, 2)), {"A": 1_000, "B": 800, "C": 600, "D": 100}),
    Rule(
        "O-6 unless partial_get",
        MIXED,
        _one(BuyGet(3, 2, partial_get=True)),
        {"A": 1_000, "B": 800, "C": 600, "D": 0},
    ),
    Rule(
        "O-6 other goods at half price, once for each that is bought",
        (a_ware("A", 2, 2_000), a_ware("B", 3, 900)),
        _one(BuyGet(1, 1, only("A"), only("B"), percent=percent(50))),
        {"A": 2_000, "B": 600},
    ),
    Rule(
        "O-7 a threshold looks at what earlier promotions left",
        (a_ware("A", 1, 10_000),),
        (
            a_promotion(ItemPercentOff(percent(10)), id="a"),
            a_promotion(OrderAmountOff(euros(500)), id="b", condition=Subtotal(euros(9_500))),
        ),
        {"A": 9_000},
    ),
    Rule(
        "O-7 or at list amounts",
        (a_ware("A", 1, 10_000),),
        (
            a_promotion(ItemPercentOff(percent(10)), id="a"),
            a_promotion(OrderAmountOff(euros(500)), id="b", condition=Subtotal(euros(9_500))),
        ),
        {"A": 8_500},
        circumstances={"channel": a_place(threshold_basis=ThresholdBasis.ORIGINAL)},
    ),
    Rule(
        "O-7 a gift is earned by goods that reach the threshold",
        (a_ware("A", 1, 10_000),),
        _one(GiftOf(Sku("G")), condition=Subtotal(euros(10_000))),
        {"A": 10_000},
        gifts=(("G", pieces(1)),),
    ),
    Rule(
        "O-7 a gift counts the subtotal at the end of the order phase",
        (a_ware("A", 1, 10_000),),
        (
            a_promotion(OrderAmountOff(euros(1)), id="a"),
            a_promotion(GiftOf(Sku("G")), id="b", condition=Subtotal(euros(10_000))),
        ),
        {"A": 9_999},
        freight=5_000,
    ),
    Rule(
        "O-8 the better of the exclusive one and the stackable set applies: here the exclusive one",
        (a_ware("A", 1, 10_000),),
        (
            a_promotion(OrderPercentOff(percent(30)), id="x", stack=Stack.EXCLUSIVE),
            a_promotion(OrderPercentOff(percent(10)), id="a"),
            a_promotion(OrderPercentOff(percent(10)), id="b"),
        ),
        {"A": 7_000},
    ),
    Rule(
        "O-8 here the stackable set",
        (a_ware("A", 1, 10_000),),
        (
            a_promotion(OrderPercentOff(percent(15)), id="x", stack=Stack.EXCLUSIVE, priority=9),
            a_promotion(OrderPercentOff(percent(10)), id="a"),
            a_promotion(OrderPercentOff(percent(10)), id="b"),
        ),
        {"A": 8_100},
    ),
    Rule(
        "O-9 reduced lines are left out",
        REDUCED,
        _one(OrderPercentOff(percent(10)), applies_to_reduced=False),
        {"A": 1_000, "B": 900},
    ),
    Rule(
        "O-9 an article promotion reduces, too",
        (a_ware("A", 1, 1_000), a_ware("B", 1, 1_000)),
        (
            a_promotion(ItemPercentOff(percent(20), only("A")), id="a"),
            a_promotion(OrderPercentOff(percent(10)), id="b", applies_to_reduced=False),
        ),
        {"A": 800, "B": 900},
    ),
    Rule(
        "O-9 a tier price is no reduction",
        (a_ware("A", 10, 900, list_minor=1_000),),
        _one(OrderPercentOff(percent(10)), applies_to_reduced=False),
        {"A": 810},
    ),
    Rule(
        "O-10 what a floor refuses goes to the other lines",
        (a_ware("A", 1, 1_000, floor_minor=950), a_ware("B", 1, 1_000)),
        _one(OrderAmountOff(euros(400))),
        {"A": 950, "B": 650},
    ),
    Rule(
        "O-10 a percentage stops at the floor",
        (a_ware(floor_minor=950),),
        _one(ItemPercentOff(percent(10))),
        {"A": 950},
    ),
    Rule(
        "O-11 ties for a cent go to the earlier line by sku",
        (a_ware("B", 1, 500), a_ware("A", 1, 500)),
        _one(OrderAmountOff(euros(1))),
        {"B": 500, "A": 499},
    ),
    Rule("2.1 an amount off each unit", (a_ware("A", 3, 3_000),), _one(ItemAmountOff(euros(100))), {"A": 2_700}),
    Rule(
        "2.1 an amount off each line",
        (a_ware("A", 3, 3_000), a_ware("B", 1, 500)),
        _one(ItemAmountOff(euros(100), spread=Spread.EACH_LINE)),
        {"A": 2_900, "B": 400},
    ),
    Rule(
        "2.1 an amount across the lines",
        (a_ware("A", 3, 3_000), a_ware("B", 1, 1_000)),
        _one(ItemAmountOff(euros(100), spread=Spread.ACROSS)),
        {"A": 2_925, "B": 975},
    ),
    Rule(
        "2.1 at most so many units, the dearest first",
        (a_ware("A", 3, 3_000), a_ware("B", 2, 3_000)),
        _one(ItemPercentOff(percent(10), max_units=3)),
        {"A": 2_900, "B": 2_700},
    ),
    Rule(
        "2.1 the order at a fixed price",
        MIXED,
        _one(OrderFixedPrice(euros(2_000))),
        {"A": 800, "B": 640, "C": 480, "D": 80},
    ),
    Rule("2.1 a fixed price never raises", (a_ware(),), _one(OrderFixedPrice(euros(2_000))), {"A": 1_000}),
    Rule(
        "2.1 three for 20.00, the fourth as it was",
        MIXED,
        _one(NForPrice(3, euros(2_000))),
        {"A": 833, "B": 667, "C": 500, "D": 100},
    ),
    Rule(
        "2.1 groups that cost less are left alone",
        (a_ware("A", 2, 2_000), a_ware("B", 2, 400)),
        _one(NForPrice(2, euros(1_500))),
        {"A": 1_500, "B": 400},
    ),
    Rule("2.1 the cheapest unit", MIXED, _one(CheapestOff(percent(50), 2)), {"A": 1_000, "B": 800, "C": 300, "D": 50}),
    Rule(
        "2.1 complete bundles only",
        (a_ware("A", 2, 2_000), a_ware("B", 3, 1_500)),
        _one(Bundle((BundlePart(only("A")), BundlePart(only("B"), 2)), fixed_price=euros(1_500))),
        {"A": 1_750, "B": 1_250},
    ),
    Rule(
        "2.1 an accessory for each main article",
        (a_ware("A", 1, 5_000), a_ware("B", 3, 3_000)),
        _one(Accessory(only("A"), only("B"), ratio=2, percent=percent(50))),
        {"A": 5_000, "B": 2_000},
    ),
    Rule("2.1 the highest step reached only", (a_ware("A", 1, 12_000),), _one(TIERS), {"A": 10_800}),
    Rule("2.1 a lower step", (a_ware("A", 1, 6_000),), _one(TIERS), {"A": 5_700}),
    Rule("2.1 free delivery", (a_ware(),), _one(FreeShipping()), {"A": 1_000}, freight=490),
    Rule(
        "2.1 a bound is inclusive",
        (a_ware("A", 1, 5_000),),
        _one(OrderAmountOff(euros(100)), condition=Subtotal(euros(5_000))),
        {"A": 4_900},
    ),
    Rule(
        "2.1 unless it is named more_than",
        (a_ware("A", 1, 5_000),),
        _one(OrderAmountOff(euros(100)), condition=Subtotal(euros(5_000), more_than=True)),
        {"A": 5_000},
    ),
    Rule(
        "C-6 a discount above the rest of the budget is not granted",
        (a_ware("A", 1, 5_000),),
        _one(OrderAmountOff(euros(100))),
        {"A": 5_000},
        circumstances={"rooms": rooms(spring=Room(budget_minor=99))},
    ),
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.says)
def test_promotions_keep_the_rule(rule: Rule) -> None:
    given = {"freight": rule.freight, **rule.circumstances}
    promoted = apply(*rule.promotions, to=rule.wares, **given)
    assert left(rule.wares, promoted) == rule.left
    assert tuple((gift.sku, gift.quantity) for gift in promoted.gifts) == rule.gifts
    assert all(minor > 0 for reduction in promoted.reductions for _, minor in reduction.shares)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.says)
def test_asking_twice_or_in_another_order_changes_nothing(rule: Rule) -> None:
    """O-12, O-5a."""
    given = {"freight": rule.freight, **rule.circumstances}
    promoted = apply(*rule.promotions, to=rule.wares, **given)
    assert apply(*rule.promotions, to=rule.wares, **given) == promoted
    turned = tuple(reversed(rule.wares))
    assert left(turned, apply(*reversed(rule.promotions), to=turned, **given)) == rule.left
