"""What is told of promotions: outcomes, hints, codes; and what is not told (2.4, C-2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from typing import Any

import pytest

from modules.kernel.basket import GiftChoice, PromotionResult
from modules.kernel.moments import to_us
from modules.kernel.money import MICROS
from modules.kernel.names import Locale, MarketId, PromotionId, Sku
from modules.kernel.policies import BudgetPolicy
from modules.kernel.quantity import pieces
from modules.pricing.engine.actions import (
    Bundle,
    BundlePart,
    BuyGet,
    FreeShipping,
    GiftOf,
    ItemAmountOff,
    ItemPercentOff,
    NForPrice,
    OrderAmountOff,
    OrderPercentOff,
    Tiered,
    TierStep,
)
from modules.pricing.engine.case import CodeResult, Room
from modules.pricing.engine.conditions import All, Any as AnyOf, InHours, InMarket, Not, Subtotal, WithCode
from modules.pricing.model.prices import Span
from modules.pricing.model.promotions import Condition, Promotion, PromotionState, Stack, Trigger
from tests.builders import NOW
from tests.pricing.builders import a_promotion, in_segment
from tests.pricing.cases import (
    a_claim,
    a_customer,
    a_place,
    a_ware,
    apply,
    euros,
    left,
    only,
    outcome,
    outcomes,
    percent,
    rooms,
)

TEN_OFF = OrderPercentOff(percent(10))
FROM_100 = Subtotal(euros(10_000))
EVENING = (Span((1, 2, 3, 4, 5, 6, 7), time(18), time(22)),)
HINTS: list[tuple[str, tuple[Any, ...], Any, Condition | None, str, str]] = [
    ("gift", (a_ware("A", 1, 8_750),), GiftOf(Sku("G")), FROM_100,
     "12.50 EUR to go for the free gift", "Noch 12,50 EUR bis zum Gratisgeschenk"),
    ("delivery", (a_ware("A", 1, 8_750),), FreeShipping(), FROM_100,
     "12.50 EUR to go for free delivery", "Noch 12,50 EUR bis zum kostenlosen Versand"),
    ("named", (a_ware("A", 1, 8_750),), TEN_OFF, FROM_100,
     "12.50 EUR to go for “Spring”", "Noch 12,50 EUR bis „Frühling“"),
    ("buy_get", (a_ware("A", 2, 2_000),), BuyGet(2, 1), None,
     "One more and the cheapest is free", "Noch ein Stück, und das günstigste ist gratis"),
    ("group", (a_ware("A", 1, 1_000),), NForPrice(3, euros(100)), None,
     "2 more and there is “Spring”", "Noch 2 Stück, und es gibt „Frühling“"),
    ("bundle", (a_ware("A", 1, 1_000),),
     Bundle((BundlePart(only("A")), BundlePart(only("B"))), percent=percent(10)), None,
     "One more of B and there is “Spring”", "Noch ein Stück B, und es gibt „Frühling“"),
    ("hours", (a_ware(),), TEN_OFF, InHours(EVENING),
     "From 2026-03-02 18:00 there is “Spring”", "Ab 02.03.2026 18:00: es gibt „Frühling“"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("wares", "action", "condition", "english", "german"), [h[1:] for h in HINTS], ids=[h[0] for h in HINTS]
)
def test_a_near_miss_says_what_is_missing_in_both_languages(
    wares: Any, action: Any, condition: Condition | None, english: str, german: str
) -> None:
    promotion = a_promotion(action, condition=condition)
    for locale, text in ((Locale("en"), english), (Locale("de-AT"), german)):
        told = outcome(apply(promotion, to=wares, locale=locale))
        assert (told.outcome, [missing.text for missing in told.missing]) == (PromotionResult.NOT_ELIGIBLE, [text])


def test_what_is_missing_is_told_for_programs_as_well() -> None:
    (missing,) = outcome(apply(a_promotion(TEN_OFF, condition=FROM_100), to=[a_ware("A", 1, 8_750)])).missing
    assert (missing.kind, missing.required, missing.actual, missing.missing, missing.basis) == (
        "amount", "100.00", "87.50", "12.50", "EUR",
    )  # fmt: skip


@pytest.mark.parametrize(("amount", "missing"), [(10_000, "10.00"), (20_000, "110.00")])
def test_what_is_missing_is_measured_when_it_is_the_promotion_s_turn(amount: int, missing: str) -> None:
    """O-7: after 10 % off the article, and before a later promotion of its phase."""
    promotions = [
        a_promotion(ItemPercentOff(percent(10)), id="article"),
        a_promotion(OrderAmountOff(euros(500)), id="later"),
        a_promotion(TEN_OFF, priority=1, condition=Subtotal(euros(amount))),
    ]
    told = outcome(apply(*promotions, to=[a_ware("A", 1, 10_000)]))
    assert [one.missing for one in told.missing] == [missing]


def test_the_next_step_is_told_beside_the_one_that_is_reached() -> None:
    steps = Tiered((TierStep(euros(5_000), percent=percent(5)), TierStep(euros(10_000), percent=percent(10))))
    told = outcome(apply(a_promotion(steps), to=[a_ware("A", 1, 8_750)]))
    assert (told.outcome, told.amount.minor, [one.missing for one in told.missing]) == (
        PromotionResult.APPLIED, 438, ["12.50"],
    )  # fmt: skip


def test_applied_ones_come_first_then_the_nearest_misses() -> None:
    """2.4: sorted by relative distance, not by the amount that is missing."""
    promotions = [
        a_promotion(FreeShipping(), id="far", condition=Subtotal(euros(20_000))),
        a_promotion(BuyGet(2, 1), id="nearer"),
        a_promotion(TEN_OFF, id="near", condition=Subtotal(euros(10_500))),
        a_promotion(TEN_OFF, id="applied"),
    ]
    assert list(outcomes(apply(*promotions, to=[a_ware("A", 2, 10_000)]))) == ["applied", "near", "nearer", "far"]


SECRETS: list[tuple[str, Promotion, dict[str, Any]]] = [
    ("segment", a_promotion(TEN_OFF, condition=in_segment("vip")), {}),
    ("segment beside a threshold", a_promotion(TEN_OFF, condition=All((in_segment("vip"), FROM_100))), {}),
    ("of others", a_promotion(TEN_OFF, condition=in_segment("vip")), {"customer": a_customer("club")}),
    ("code", a_promotion(TEN_OFF, condition=WithCode(("SECRET",))), {}),
    ("not public", a_promotion(TEN_OFF, condition=FROM_100, public=False), {}),
    ("code of a promotion that is not public", a_promotion(TEN_OFF, trigger=Trigger.CODE, public=False), {}),
    ("used up", a_promotion(TEN_OFF, public=False), {"rooms": rooms(spring=Room(total=0))}),
    ("out of hours", a_promotion(TEN_OFF, public=False, schedule=EVENING), {}),
]  # fmt: skip


@pytest.mark.parametrize(("promotion", "circumstance"), [one[1:] for one in SECRETS], ids=[one[0] for one in SECRETS])
def test_nothing_tells_of_what_the_customer_does_not_have(promotion: Promotion, circumstance: dict[str, Any]) -> None:
    assert apply(promotion, to=[a_ware()], **circumstance).outcomes == ()


def test_of_alternatives_only_the_open_one_is_hinted_at() -> None:
    promotion = a_promotion(TEN_OFF, condition=AnyOf((in_segment("vip"), FROM_100)))
    told = outcome(apply(promotion, to=[a_ware()]))
    assert [missing.kind for missing in told.missing] == ["amount"]
    assert told.because == ("subtotal",)


def test_a_public_code_may_be_hinted_at_but_is_not_named() -> None:
    told = outcome(apply(a_promotion(TEN_OFF, trigger=Trigger.CODE), to=[a_ware()]))
    assert (told.outcome, [missing.kind for missing in told.missing]) == (PromotionResult.CODE_MISSING, ["code"])


CODED = {"trigger": Trigger.CODE, "public": False}
CODES: list[tuple[str, Promotion, dict[str, Any], CodeResult]] = [
    ("applies", a_promotion(TEN_OFF, **CODED), {}, CodeResult.ACCEPTED),
    ("misses", a_promotion(TEN_OFF, condition=FROM_100, **CODED), {}, CodeResult.CONDITIONS_NOT_MET),
    ("other market", a_promotion(TEN_OFF, condition=WithCode(("OTHER",)), **CODED), {}, CodeResult.CONDITIONS_NOT_MET),
    ("early", a_promotion(TEN_OFF, valid_from_us=to_us(NOW) + 1, **CODED), {}, CodeResult.NOT_STARTED),
    ("late", a_promotion(TEN_OFF, valid_until_us=to_us(NOW), **CODED), {}, CodeResult.EXPIRED),
    ("ended", a_promotion(TEN_OFF, state=PromotionState.ENDED, **CODED), {}, CodeResult.EXPIRED),
    ("draft", a_promotion(TEN_OFF, state=PromotionState.DRAFT, **CODED), {}, CodeResult.UNKNOWN),
    ("hours", a_promotion(TEN_OFF, schedule=EVENING, **CODED), {}, CodeResult.CONDITIONS_NOT_MET),
    ("used up", a_promotion(TEN_OFF, **CODED), {"rooms": rooms(spring=Room(total=0))}, CodeResult.LIMIT_REACHED),
    ("used by this customer", a_promotion(TEN_OFF, **CODED), {"rooms": rooms(spring=Room(5, 0))},
     CodeResult.CUSTOMER_LIMIT_REACHED),
    ("spent", a_promotion(TEN_OFF, **CODED), {"rooms": rooms(spring=Room(budget_minor=1))}, CodeResult.LIMIT_REACHED),
]  # fmt: skip


@pytest.mark.parametrize(
    ("promotion", "circumstance", "result"), [one[1:] for one in CODES], ids=[one[0] for one in CODES]
)
def test_a_code_is_told_what_became_of_it(
    promotion: Promotion, circumstance: dict[str, Any], result: CodeResult
) -> None:
    """C-2: codes are kept with their result."""
    promoted = apply(promotion, to=[a_ware()], claims=(a_claim("c", "spring"),), **circumstance)
    assert [claim.result for claim in promoted.claims] == [result]
    assert bool(promoted.reductions) is (result is CodeResult.ACCEPTED)


def test_a_code_whose_conditions_are_not_met_says_what_is_missing() -> None:
    """C-2: its owner knows of it, though it is not public."""
    promotion = a_promotion(TEN_OFF, condition=FROM_100, **CODED)
    told = outcome(apply(promotion, to=[a_ware()], claims=(a_claim("c", "spring"),)))
    assert [missing.missing for missing in told.missing] == ["90.00"]


@pytest.mark.parametrize(
    ("window", "result", "waits"),
    [
        ({"valid_from_us": to_us(NOW) + 60_000_000}, PromotionResult.NOT_STARTED, ["time"]),
        ({"valid_until_us": to_us(NOW)}, PromotionResult.EXPIRED, []),
    ],
)
def test_a_promotion_out_of_its_window_is_told_to_whoever_names_it(
    window: dict[str, int], result: PromotionResult, waits: list[str]
) -> None:
    """2.4: as a draft, or by its code; of all others nothing is said."""
    promotion = a_promotion(TEN_OFF, **CODED, **window)
    for circumstance in ({"claims": (a_claim("c", "spring"),)}, {"drafts": frozenset({"spring"})}):
        promoted = apply(promotion, to=[a_ware()], **circumstance)
        told = outcome(promoted)
        assert (told.outcome, [lack.kind for lack in told.missing]) == (result, waits)
        assert promoted.until_us == window.get("valid_from_us")
    assert outcomes(apply(promotion, to=[a_ware()])) == {}


def test_a_draft_has_an_outcome_whatever_keeps_it_away() -> None:
    """2.4, item by item: another market, a segment, other goods, though it is not public."""
    kept_away = {
        "market": a_promotion(TEN_OFF, id="market", condition=InMarket((MarketId("ch"),)), public=False),
        "segment": a_promotion(TEN_OFF, id="segment", condition=in_segment("vip"), public=False),
        "goods": a_promotion(ItemPercentOff(percent(10), only("Z")), id="goods", public=False),
    }
    drafts = frozenset(map(PromotionId, kept_away))
    assert outcomes(apply(*kept_away.values(), to=[a_ware()], drafts=drafts)) == {
        "market": PromotionResult.NOT_ELIGIBLE,
        "segment": PromotionResult.NOT_ELIGIBLE,
        "goods": PromotionResult.NO_EFFECT,
    }
    assert outcomes(apply(*kept_away.values(), to=[a_ware()])) == {}


def test_codes_that_exclude_one_another_are_not_combinable() -> None:
    """C-2, O-8."""
    promotions = [
        a_promotion(OrderPercentOff(percent(size)), id=f"p{size}", stack=Stack.EXCLUSIVE, **CODED) for size in (10, 20)
    ]
    promoted = apply(*promotions, to=[a_ware()], claims=(a_claim("a", "p10"), a_claim("b", "p20")))
    assert [claim.result for claim in promoted.claims] == [CodeResult.NOT_COMBINABLE, CodeResult.ACCEPTED]
    assert outcome(promoted, "p10").because == ("exclusive:p20",)


def test_a_code_that_was_refused_before_stays_so_and_triggers_nothing() -> None:
    claim = replace(a_claim("c", "spring"), result=CodeResult.TOO_MANY_TRIES)
    promoted = apply(a_promotion(TEN_OFF, **CODED), to=[a_ware()], claims=(claim,))
    assert (promoted.claims, promoted.reductions, promoted.outcomes) == ((claim,), (), ())


def test_units_that_another_used_up_are_said_to_be() -> None:
    """O-5: with `priority` the higher one has them."""
    promotions = [a_promotion(BuyGet(2, 1), id="a", priority=1), a_promotion(BuyGet(1, 1), id="b")]
    promoted = apply(*promotions, to=[a_ware("A", 3, 3_000)])
    assert outcomes(promoted) == {"a": PromotionResult.APPLIED, "b": PromotionResult.UNITS_USED_BY}
    assert outcome(promoted, "b").because == ("units:a",)
    assert [(one.line, one.units) for one in outcome(promoted, "a").units] == [("A", 3)]


def test_caps_and_floors_are_told() -> None:
    """O-4, O-10."""
    capped = outcome(apply(a_promotion(OrderAmountOff(euros(5_000))), to=[a_ware()]))
    held = outcome(apply(a_promotion(TEN_OFF), to=[a_ware(floor_minor=950)]))
    stuck = outcome(apply(a_promotion(TEN_OFF), to=[a_ware(floor_minor=1_000)]))
    assert (capped.because, held.because, stuck.outcome) == (("capped",), ("floor",), PromotionResult.FLOOR_REACHED)
    assert (capped.amount.minor, held.amount.minor, stuck.amount.minor) == (1_000, 50, 0)


def test_caps_and_floors_of_articles_are_told() -> None:
    """O-4, O-10: an article is reduced by itself, and its trace says as much."""
    much = a_promotion(ItemAmountOff(euros(5_000)), id="spring")
    capped = outcome(apply(much, to=[a_ware()]))
    held = outcome(apply(much, to=[a_ware(floor_minor=950)]))
    stuck = outcome(apply(much, to=[a_ware(floor_minor=1_000)]))
    assert (capped.phase, capped.because, held.because) == ("article", ("capped",), ("floor",))
    assert (capped.amount.minor, held.amount.minor, stuck.amount.minor) == (1_000, 50, 0)
    assert (stuck.outcome, stuck.because) == (PromotionResult.FLOOR_REACHED, ("floor",))


@pytest.mark.parametrize(
    ("room", "result", "because", "taken"),
    [
        (Room(total=0), PromotionResult.LIMIT_REACHED, (), 0),
        (Room(customer=0), PromotionResult.LIMIT_REACHED, (), 0),
        (Room(budget_minor=99), PromotionResult.APPLIED, ("budget",), 99),
        (Room(budget_minor=0), PromotionResult.BUDGET_EXHAUSTED, (), 0),
        (Room(1, 1, 100), PromotionResult.APPLIED, (), 100),
    ],
)
def test_limits_hold_and_a_budget_may_be_spent_in_part(
    room: Room, result: PromotionResult, because: tuple[str, ...], taken: int
) -> None:
    """C-6 with the setting `partial`."""
    place = a_place(budget=BudgetPolicy.PARTIAL)
    told = outcome(apply(a_promotion(TEN_OFF), to=[a_ware()], channel=place, rooms=rooms(spring=room)))
    assert (told.outcome, told.because, told.amount.minor) == (result, because, taken)


def test_a_promotion_without_budget_is_as_if_it_had_never_been_there() -> None:
    """C-6, O-12: what it excluded comes back."""
    wares = [a_ware()]
    promotions = [
        a_promotion(OrderPercentOff(percent(50)), id="x", stack=Stack.EXCLUSIVE),
        a_promotion(TEN_OFF, id="a"),
    ]
    promoted = apply(*promotions, to=wares, rooms=rooms(x=Room(budget_minor=499)))
    assert left(wares, promoted) == {"A": 900}
    assert outcomes(promoted)["a"] is PromotionResult.APPLIED


@pytest.mark.parametrize(
    ("stock", "wanted", "given"),
    [
        ({}, (), "G"),
        ({}, ("H",), "H"),
        ({}, ("X",), "G"),
        ({"G": 0}, (), "H"),
        ({"H": 0}, ("H",), "G"),
        ({"G": 0, "H": MICROS - 1}, (), None),
    ],
)
def test_a_gift_needs_stock_and_may_be_chosen(
    stock: dict[str, int], wanted: tuple[str, ...], given: str | None
) -> None:
    choices = tuple(GiftChoice(PromotionId("spring"), Sku(sku)) for sku in wanted)
    promotion = a_promotion(GiftOf(Sku("G"), choice=(Sku("H"),)))
    promoted = apply(promotion, to=[a_ware()], stock=stock, gifts=choices)
    assert [gift.sku for gift in promoted.gifts] == ([given] if given else [])
    expected = PromotionResult.APPLIED if given else PromotionResult.OUT_OF_STOCK
    assert outcome(promoted).outcome is expected


def test_two_promotions_do_not_give_the_last_gift_twice() -> None:
    promotions = [a_promotion(GiftOf(Sku("G")), id="a"), a_promotion(GiftOf(Sku("G")), id="b")]
    promoted = apply(*promotions, to=[a_ware()], stock={"G": pieces(1)})
    assert outcomes(promoted) == {"a": PromotionResult.APPLIED, "b": PromotionResult.OUT_OF_STOCK}


def test_a_threshold_under_not_may_be_met_by_what_promotions_take_off() -> None:
    """O-7: eligibility is not decided before its time."""
    promotions = [
        a_promotion(ItemPercentOff(percent(50)), id="a"),
        a_promotion(FreeShipping(), id="b", condition=Not(Subtotal(euros(800)))),
    ]
    assert outcomes(apply(*promotions, to=[a_ware()], freight=490))["b"] is PromotionResult.APPLIED


@pytest.mark.parametrize(
    ("changes", "until"),
    [
        ({"valid_until_us": to_us(NOW) + 5}, to_us(NOW) + 5),
        ({"valid_from_us": to_us(NOW) + 7}, to_us(NOW) + 7),
        ({"schedule": EVENING}, to_us(NOW.replace(hour=17))),
        ({"condition": InHours(EVENING)}, to_us(NOW.replace(hour=17))),
        ({"valid_until_us": to_us(NOW) + 5, "condition": in_segment("vip")}, None),
        ({}, None),
    ],
)
def test_the_answer_names_the_next_moment_that_may_change_it(changes: dict[str, Any], until: int | None) -> None:
    """P-8, G-5: Berlin's 18:00 is 17:00 in UTC."""
    assert apply(a_promotion(TEN_OFF, **changes), to=[a_ware()]).until_us == until


@pytest.mark.parametrize(
    "changes",
    [
        {"valid_from_us": to_us(NOW) + 5},
        {"valid_until_us": to_us(NOW) + 5},
        {"schedule": EVENING},
        {"condition": InHours(EVENING)},
    ],
    ids=str,
)
def test_nobody_hears_when_a_promotion_begins_or_ends_whose_code_he_has_not(changes: dict[str, Any]) -> None:
    """2.4, P-8: without the code nothing will change, so there is nothing to wait for; with it there is."""
    promotion = a_promotion(TEN_OFF, public=False, trigger=Trigger.CODE, **changes)
    without = apply(promotion, to=[a_ware()])
    entered = apply(promotion, to=[a_ware()], claims=(a_claim("ten", "spring"),))
    assert without.until_us is None
    assert entered.until_us is not None


def test_the_answer_may_change_when_a_code_ends() -> None:
    """P-8: the code's own window, not the promotion's."""
    claim = replace(a_claim("ten", "spring"), until_us=to_us(NOW) + 5)
    promotion = a_promotion(TEN_OFF, trigger=Trigger.CODE, valid_until_us=to_us(NOW) + 9)
    assert apply(promotion, to=[a_ware()], claims=(claim,)).until_us == to_us(NOW) + 5


def test_a_code_that_nobody_entered_hides_no_boundary_behind_it() -> None:
    """P-8"""
    secret = a_promotion(TEN_OFF, id="a", trigger=Trigger.CODE, valid_from_us=to_us(NOW) + 5)
    later = a_promotion(TEN_OFF, id="b", valid_from_us=to_us(NOW) + 9)
    assert apply(secret, later, to=[a_ware()]).until_us == to_us(NOW) + 9
