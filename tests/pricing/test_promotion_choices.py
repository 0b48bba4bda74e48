"""What a market chose holds where a promotion does not say (section 7: choices 4, 7, 8 and 9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from modules.kernel.moments import to_us
from modules.kernel.money import MICROS
from modules.kernel.policies import FreeUnit, Grouping as MarketGrouping, Percentages, PercentRounding
from modules.pricing.engine.actions import (
    Bundle,
    BundlePart,
    BuyGet,
    CheapestOff,
    Grouping,
    ItemPercentOff,
    OrderPercentOff,
    PercentBasis,
    PickFrom,
    ShippingPercentOff,
    Tiered,
    TierStep,
)
from modules.pricing.engine.articles import ArticlePlace, reduced
from modules.pricing.engine.book import PromotionBook
from modules.pricing.engine.case import Ware
from modules.pricing.engine.conditions import Subtotal
from modules.pricing.engine.tax import Terms
from modules.pricing.model.promotions import Promotion
from tests.builders import NOW, an_article
from tests.pricing.builders import a_promotion
from tests.pricing.cases import a_place, a_ware, apply, euros, left, off, only, outcome, percent

PRICE: dict[str, Any] = {"percent_rounding": PercentRounding.PRICE}
ADD: dict[str, Any] = {"percentages": Percentages.ADD}
DEAREST: dict[str, Any] = {"free_unit": FreeUnit.DEAREST}
DOWN: dict[str, Any] = {"grouping": MarketGrouping.DEAREST_DOWN}
PARTIAL: dict[str, Any] = {"partial_get": True}

CHEAP = (a_ware("A", 1, 450),)
SIX = (a_ware("A", 3, 3_000), a_ware("B", 3, 6_000))
THREE = (a_ware("A", 1, 1_000), a_ware("B", 1, 2_000), a_ware("C", 1, 3_000))
TO_ORDER = Subtotal(euros(1))  # makes a percentage no article reduction


def two_percentages(basis: PercentBasis | None = None) -> tuple[Promotion, ...]:
    """20 % and then 10 % off items."""
    first, second = ItemPercentOff(percent(20), basis=basis), ItemPercentOff(percent(10), basis=basis)
    return a_promotion(first, id="a", condition=TO_ORDER), a_promotion(second, id="b", condition=TO_ORDER)


@dataclass(frozen=True)
class Choice:
    """Wares and promotions; what is taken off by default, and where the market chose otherwise."""

    says: str
    wares: Sequence[Ware]
    promotions: Sequence[Promotion]
    otherwise: dict[str, Any]
    off: tuple[int, int]
    freight: int | None = None


CHOICES = [
    Choice("4: 7 % off an article of 4.50", CHEAP, (a_promotion(ItemPercentOff(percent(7))),), PRICE, (32, 31)),
    Choice(
        "4: 7 % off a line of 4.50",
        CHEAP,
        (a_promotion(ItemPercentOff(percent(7)), condition=TO_ORDER),),
        PRICE,
        (32, 31),
    ),
    Choice("4: 7 % off an order of 4.50", CHEAP, (a_promotion(OrderPercentOff(percent(7))),), PRICE, (32, 31)),
    Choice("4: 7 % off the cheapest unit", CHEAP, (a_promotion(CheapestOff(percent(7))),), PRICE, (32, 31)),
    Choice(
        "4: 7 % from 1.00 on",
        CHEAP,
        (a_promotion(Tiered((TierStep(euros(100), percent=percent(7)),))),),
        PRICE,
        (32, 31),
    ),
    Choice(
        "4: 7 % off a bundle",
        (a_ware("A", 2, 450),),
        (a_promotion(Bundle((BundlePart(only("A"), 2),), percent=percent(7))),),
        PRICE,
        (32, 31),
    ),
    Choice("4: 7 % off delivery", CHEAP, (a_promotion(ShippingPercentOff(percent(7))),), PRICE, (32, 31), 450),
    Choice("7: 20 % and 10 % off items", (a_ware(),), two_percentages(), ADD, (280, 300)),
    Choice("7: the promotion's own word", (a_ware(),), two_percentages(PercentBasis.RUNNING), ADD, (280, 280)),
    Choice(
        "7: 20 % and 10 % off articles",
        (a_ware(),),
        (a_promotion(ItemPercentOff(percent(20)), id="a"), a_promotion(ItemPercentOff(percent(10)), id="b")),
        ADD,
        (280, 300),
    ),
    Choice(
        "7: 20 % and 10 % off the order",
        (a_ware(),),
        (a_promotion(OrderPercentOff(percent(20)), id="a"), a_promotion(OrderPercentOff(percent(10)), id="b")),
        ADD,
        (280, 300),
    ),
    Choice(
        "8: buy A, get B or C",
        THREE,
        (a_promotion(BuyGet(1, 1, only("A"), only("B", "C"))),),
        DEAREST,
        (2_000, 3_000),
    ),
    Choice(
        "8: the promotion's own word on the unit",
        THREE,
        (a_promotion(BuyGet(1, 1, only("A"), only("B", "C"), pick=PickFrom.CHEAPEST)),),
        DEAREST,
        (2_000, 2_000),
    ),
    Choice("8: buy 2 get 2, three there", (a_ware("A", 3, 3_000),), (a_promotion(BuyGet(2, 2)),), PARTIAL, (0, 1_000)),
    Choice(
        "8: the promotion's own word on half a set",
        (a_ware("A", 3, 3_000),),
        (a_promotion(BuyGet(2, 2, partial_get=False)),),
        PARTIAL,
        (0, 0),
    ),
    Choice("9: 3 for 2 of mixed prices", SIX, (a_promotion(BuyGet(2, 1)),), DOWN, (2_000, 3_000)),
    Choice(
        "9: the promotion's own word on groups",
        SIX,
        (a_promotion(BuyGet(2, 1, grouping=Grouping.OVERALL)),),
        DOWN,
        (2_000, 2_000),
    ),
]


@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: choice.says)
def test_where_a_promotion_does_not_say_the_market_decides(choice: Choice) -> None:
    usual, other = (
        apply(*choice.promotions, to=choice.wares, channel=a_place(**chosen), freight=choice.freight)
        for chosen in ({}, choice.otherwise)
    )

    assert (off(usual), off(other)) == choice.off


def test_a_price_is_rounded_to_what_line_amounts_are_multiples_of_and_no_discount_is_negative() -> None:
    # O-3, G-2: in steps of 5, 8 at 1 % less would be rounded up to 10.
    found = apply(a_promotion(OrderPercentOff(percent(1))), to=(a_ware("A", 1, 8),), channel=a_place(step=5, **PRICE))

    assert off(found) == 0


def test_an_article_costs_by_itself_what_it_costs_in_a_cart_of_one() -> None:
    # L-2: the public price follows the same choices.
    channel = a_place(**PRICE, **ADD)
    both = a_promotion(ItemPercentOff(percent(7)), id="a"), a_promotion(ItemPercentOff(percent(3)), id="b")
    terms = Terms.of(channel.market, "EUR")

    shown, _ = reduced(
        450 * MICROS // 100, an_article("A"), ArticlePlace(channel), PromotionBook.of(both), to_us(NOW), terms
    )

    assert shown * 100 // MICROS == left(CHEAP, apply(*both, to=CHEAP, channel=channel))["A"] == 406


def test_a_hint_promises_the_cheapest_only_where_it_is_the_cheapest() -> None:
    # 2.4
    short = (a_ware("A", 2, 2_000),)

    texts = [
        outcome(apply(a_promotion(BuyGet(2, 1)), to=short, channel=a_place(**chosen))).missing[0].text
        for chosen in ({}, DEAREST)
    ]

    assert [text.endswith("the cheapest is free") for text in texts] == [True, False]
