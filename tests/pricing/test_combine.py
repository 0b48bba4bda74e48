"""Which of the promotions that exclude one another apply, under each policy (O-8)."""

from __future__ import annotations

from typing import Any

import pytest

from modules.kernel.basket import PromotionResult
from modules.kernel.names import Sku
from modules.kernel.policies import Exclusivity
from modules.pricing.engine import promotions as story
from modules.pricing.engine.actions import BuyGet, FreeShipping, GiftOf, ItemPercentOff, OrderPercentOff
from modules.pricing.engine.evaluation import Evaluator
from modules.pricing.model.promotions import Promotion, Stack
from tests.pricing.builders import a_promotion
from tests.pricing.cases import a_place, a_ware, apply, left, only, outcome, outcomes, percent

EXCLUSIVE: dict[str, Any] = {"stack": Stack.EXCLUSIVE}
WARES = [a_ware("A", 1, 10_000)]


def _off(id: str, size: int, **changes: Any) -> Promotion:
    return a_promotion(OrderPercentOff(percent(size)), id=id, **changes)


TWO = [_off("x", 10, priority=2, **EXCLUSIVE), _off("y", 20, priority=1, **EXCLUSIVE)]
STACKABLE = [_off("a", 15), _off("b", 15)]


@pytest.mark.parametrize(
    ("policy", "promotions", "winners"),
    [
        (Exclusivity.PRIORITY, [*TWO, *STACKABLE], ["x"]),
        (Exclusivity.BEST_SINGLE, [*TWO, *STACKABLE], ["y"]),
        (Exclusivity.BEST_COMBINATION, [*TWO, *STACKABLE], ["a", "b"]),
        (Exclusivity.BEST_COMBINATION, TWO, ["y"]),
        (Exclusivity.BEST_COMBINATION, [_off("x", 10, **EXCLUSIVE), _off("a", 10, **EXCLUSIVE)], ["a"]),
        (Exclusivity.BEST_COMBINATION, [_off("x", 10, priority=1, **EXCLUSIVE), _off("a", 10)], ["x"]),
        (Exclusivity.BEST_COMBINATION, [_off("x", 10, **EXCLUSIVE), _off("a", 10)], ["a"]),
        (Exclusivity.PRIORITY, STACKABLE, ["a", "b"]),
        (Exclusivity.BEST_SINGLE, STACKABLE, ["a", "b"]),
    ],
)
def test_the_policy_decides(policy: Exclusivity, promotions: list[Promotion], winners: list[str]) -> None:
    promoted = apply(*promotions, to=WARES, channel=a_place(exclusivity=policy))
    assert [id for id, result in outcomes(promoted).items() if result is PromotionResult.APPLIED] == winners
    losers = [one for one in promoted.outcomes if one.outcome is not PromotionResult.APPLIED]
    assert all(one.because == (f"exclusive:{winners[0]}",) for one in losers)
    assert all(one.outcome is PromotionResult.EXCLUDED_BY for one in losers)


@pytest.mark.parametrize("policy", Exclusivity)
def test_an_exclusive_one_that_gives_nothing_excludes_nothing(policy: Exclusivity) -> None:
    nothing = a_promotion(OrderPercentOff(percent(50), only("Z")), id="x", priority=9, **EXCLUSIVE)
    assert left(WARES, apply(nothing, *STACKABLE, to=WARES, channel=a_place(exclusivity=policy))) == {"A": 7_225}


@pytest.mark.parametrize("policy", Exclusivity)
def test_an_exclusive_one_bars_its_own_group_of_phases_only(policy: Exclusivity) -> None:
    """Items and order are one group; articles, delivery and gifts stand each for themselves."""
    promotions = [
        _off("x", 50, priority=9, **EXCLUSIVE),
        a_promotion(BuyGet(1, 1), id="items"),
        a_promotion(ItemPercentOff(percent(10)), id="article"),
        a_promotion(FreeShipping(), id="delivery"),
        a_promotion(GiftOf(Sku("G")), id="gift"),
    ]
    wares = [a_ware("A", 2, 10_000)]
    promoted = apply(*promotions, to=wares, freight=490, channel=a_place(exclusivity=policy))
    applied = {id for id, result in outcomes(promoted).items() if result is PromotionResult.APPLIED}
    assert applied == {"x", "article", "delivery", "gift"} or applied == {"items", "article", "delivery", "gift"}
    assert outcome(promoted, "items" if "x" in applied else "x").outcome is PromotionResult.EXCLUDED_BY


def test_promotions_that_want_the_same_units_are_weighed_against_one_another() -> None:
    """O-5, O-8: the cheaper set with the higher priority would use up the units."""
    promotions = [
        a_promotion(BuyGet(2, 1, percent=percent(10)), id="a", priority=9),
        a_promotion(BuyGet(2, 1), id="b"),
    ]
    wares = [a_ware("A", 3, 3_000)]
    assert left(wares, apply(*promotions, to=wares)) == {"A": 2_000}
    by_priority = apply(*promotions, to=wares, channel=a_place(exclusivity=Exclusivity.PRIORITY))
    assert left(wares, by_priority) == {"A": 2_900}


def test_at_most_one_of_an_exclusion_group_applies_to_the_same_units() -> None:
    """O-5: to different units both apply."""
    promotions = [
        a_promotion(OrderPercentOff(percent(10), only("A", "B")), id="a", exclusion_group="g"),
        a_promotion(OrderPercentOff(percent(20), only("B", "C")), id="b", exclusion_group="g"),
    ]
    wares = [a_ware("A"), a_ware("B"), a_ware("C")]
    assert left(wares, apply(*promotions, to=wares)) == {"A": 900, "B": 900, "C": 800}


def test_a_gift_counts_with_what_it_costs_otherwise() -> None:
    promotions = [
        a_promotion(GiftOf(Sku("G")), id="gift", **EXCLUSIVE),
        a_promotion(GiftOf(Sku("H")), id="other", priority=1),
    ]
    for worth, winner in ((100, "gift"), (0, "other")):
        promoted = apply(*promotions, to=WARES, gift_minor={"G": worth, "H": 50})
        assert [gift.promotion[0] for gift in promoted.gifts] == [winner]


@pytest.mark.parametrize(("number", "is_exact"), [(6, True), (7, False)])
def test_too_many_in_conflict_are_decided_by_priority_and_it_is_said(
    number: int, is_exact: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """O-8: exact up to 6 in conflict, with at most 64 evaluations."""
    asked = []

    class Counting(Evaluator):
        def evaluate(self, entries: Any, with_watchers: bool = False) -> Any:
            asked.append(entries)
            return super().evaluate(entries, with_watchers)

    monkeypatch.setattr(story, "Evaluator", Counting)
    promotions = [
        a_promotion(BuyGet(1, 1, percent=percent(10 * place)), id=f"p{place}", priority=-place)
        for place in range(1, number + 1)
    ]
    promoted = apply(*promotions, to=[a_ware("A", 2, 2_000)])
    best = f"p{number}" if is_exact else "p1"
    assert promoted.outcomes[0].promotion[0] == best
    assert all(("choice:priority" in one.because) is not is_exact for one in promoted.outcomes)
    assert len(asked) <= 64
