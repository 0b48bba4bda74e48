"""Conditions one by one (2.1): whether they are met, and at which bound."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest

from modules.kernel.customer import Profile
from modules.kernel.names import ChannelId, MarketId, ShippingMethodId, StoreId
from modules.kernel.policies import ThresholdBasis
from modules.kernel.quantity import pieces
from modules.pricing.engine.actions import ACTIONS, FreeShipping
from modules.pricing.engine.case import Freight
from modules.pricing.engine.conditions import (
    CONDITIONS,
    All,
    Any as AnyOf,
    Contains,
    CustomerGroup,
    DeliveredBy,
    InChannel,
    InHours,
    InMarket,
    InStore,
    Not,
    OrderNumber,
    PaidBy,
    QuantityOf,
    Subtotal,
    WithCode,
)
from modules.pricing.engine.shapes import slots
from modules.pricing.model.prices import Span
from modules.pricing.model.promotions import Amounts, Condition, Filter, PromotionState
from tests.builders import a_store
from tests.pricing.builders import a_promotion, in_segment
from tests.pricing.cases import a_claim, a_customer, a_ware, apply, euros, only

YES, NO = Not(in_segment("x")), in_segment("x")
MONDAY_NOON = (Span((1,), time(13), time(14)),)  # NOW is a Monday, 13:00 in Berlin
GARDEN = Filter(categories=("garden",))


def _buyer(**changes: Any) -> dict[str, Profile]:
    return {"customer": a_customer(**changes)}


CASES: list[tuple[Condition, dict[str, Any], bool]] = [
    (All(()), {}, True),
    (All((YES, YES)), {}, True),
    (All((YES, NO)), {}, False),
    (AnyOf((NO, YES)), {}, True),
    (AnyOf((NO, NO)), {}, False),
    (AnyOf(()), {}, False),
    (Not(YES), {}, False),
    (in_segment("vip", "club"), {"customer": a_customer("club")}, True),
    (in_segment("vip"), {"customer": a_customer("club")}, False),
    (CustomerGroup(("trade",)), _buyer(groups=("trade",)), True),
    (CustomerGroup(("trade",)), {}, False),
    (OrderNumber(), _buyer(orders=0), True),
    (OrderNumber(), _buyer(orders=1), False),
    (OrderNumber(), {}, False),
    (OrderNumber(3), _buyer(orders=2), True),
    (OrderNumber(3), _buyer(orders=5), False),
    (OrderNumber(3, every=True), _buyer(orders=5), True),
    (OrderNumber(0, every=True), _buyer(orders=5), False),
    (InMarket((MarketId("de"),)), {}, True),
    (InMarket((MarketId("at"),)), {}, False),
    (InChannel((ChannelId("web"),)), {}, True),
    (InChannel((ChannelId("app"),)), {}, False),
    (InStore((StoreId("berlin"),)), {"store": a_store("berlin")}, True),
    (InStore((StoreId("berlin"),)), {"store": a_store("bonn")}, False),
    (InStore((StoreId("berlin"),)), {}, False),
    (InHours(MONDAY_NOON), {}, True),
    (InHours((Span((1,), time(12), time(13)),)), {}, False),
    (InHours((Span((2,), time(13), time(14)),)), {}, False),
    (InHours(()), {}, False),
    (Subtotal(euros(3_500)), {}, True),
    (Subtotal(euros(3_501)), {}, False),
    (Subtotal(euros(3_499), more_than=True), {}, True),
    (Subtotal(euros(3_500), more_than=True), {}, False),
    (Subtotal(euros(1_000), only("A")), {}, True),
    (Subtotal(euros(1_001), only("A")), {}, False),
    (Subtotal(euros(4_000), basis=ThresholdBasis.ORIGINAL), {}, True),
    (Subtotal(Amounts((("CHF", 1),))), {}, False),
    (QuantityOf(pieces(5)), {}, True),
    (QuantityOf(pieces(6)), {}, False),
    (QuantityOf(pieces(5), more_than=True), {}, False),
    (QuantityOf(pieces(2), GARDEN), {}, True),
    (QuantityOf(pieces(3), GARDEN), {}, False),
    (Contains(only("A", "Z")), {}, True),
    (Contains(Filter(groups=("tools",))), {}, True),
    (Contains(Filter(categories=("garden",), without_skus=only("B").skus)), {}, False),
    (Contains(Filter(skus=only("B").skus, without_categories=("garden",))), {}, False),
    (Contains(Filter(price_from=euros(1_250), price_until=euros(1_250))), {}, True),
    (Contains(Filter(price_from=euros(1_251))), {}, False),
    (Contains(Filter(price_until=euros(333))), {}, False),
    (Contains(Filter(price_until=Amounts((("CHF", 10**9),)))), {}, False),
    (WithCode(("SPRING",)), {"claims": (a_claim("SPRING", "other"),)}, True),
    (WithCode(("SPRING",)), {"claims": (a_claim("AUTUMN", "other"),)}, False),
    (PaidBy(("cash",)), {"payment": "cash"}, True),
    (PaidBy(("cash",)), {}, False),
    (DeliveredBy((ShippingMethodId("parcel"),)), {"freight": Freight("parcel", 490)}, True),
    (DeliveredBy((ShippingMethodId("pickup"),)), {"freight": Freight("parcel", 490)}, False),
]
WARES = [
    a_ware("A", 3, 1_000, list_minor=1_002),
    a_ware("B", 2, 2_500, list_minor=2_998, unit_list_micros=12_500_000, categories=("garden",), group="tools"),
]


@pytest.mark.parametrize(("condition", "circumstance", "met"), CASES, ids=lambda value: str(value)[:70])
def test_a_condition_is_met_or_not(condition: Condition, circumstance: dict[str, Any], met: bool) -> None:
    """2.1: bounds are inclusive unless they are named more_than. What applies shows in the delivery's discount."""
    given = {"freight": Freight("parcel", 490), **circumstance}
    promoted = apply(a_promotion(FreeShipping(), condition=condition), to=WARES, **given)
    assert bool(promoted.reductions) is met


def test_every_kind_is_registered_once_and_says_what_it_is() -> None:
    for registry in (CONDITIONS, ACTIONS):
        for name, kind in registry.items():
            assert (kind.KIND, bool(kind.SUMMARY)) == (name, True)
            assert {slot.name for slot in slots(kind)} == set(kind.DESCRIPTIONS)
            assert {*kind.LEAST, *kind.ONE_OF} <= set(kind.DESCRIPTIONS)


@pytest.mark.parametrize("state", [state for state in PromotionState if state is not PromotionState.ACTIVE])
def test_only_active_promotions_apply(state: PromotionState) -> None:
    assert apply(a_promotion(FreeShipping(), state=state), to=WARES, freight=490).reductions == ()
