"""The book of promotions: what it looks at, and what must be loaded before (2.2)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, strategies as st

from modules.kernel.moments import to_us
from modules.kernel.names import ChannelId, PromotionId, Sku
from modules.kernel.place import Channel
from modules.pricing.engine.actions import Bundle, BundlePart, FreeShipping, GiftOf, OrderPercentOff
from modules.pricing.engine.book import NEAR, Needs, PromotionBook
from modules.pricing.engine.conditions import All, Any as AnyOf, Contains, InChannel, Not, Subtotal
from modules.pricing.engine.promotions import promote
from modules.pricing.model.promotions import Action, Condition, Filter, Limits, Promotion, Trigger
from tests.builders import NOW, an_article
from tests.pricing.builders import a_promotion, in_segment
from tests.pricing.cases import (
    a_claim,
    a_customer,
    a_place,
    a_ware,
    apply,
    circumstances,
    euros,
    only,
    outcomes,
    percent,
)

TENTH = OrderPercentOff(percent(10))
VIP = in_segment("vip")
BUNDLE = Bundle((BundlePart(only("A")), BundlePart(only("B"))), percent=percent(10))


@pytest.mark.parametrize(
    ("promotion", "is_looked_at"),
    [
        (a_promotion(TENTH), True),
        (a_promotion(OrderPercentOff(percent(10), only("A"))), True),
        (a_promotion(OrderPercentOff(percent(10), only("Z"))), False),
        (a_promotion(OrderPercentOff(percent(10), Filter(categories=("garden",)))), True),
        (a_promotion(OrderPercentOff(percent(10), Filter(categories=("kitchen",)))), False),
        (a_promotion(OrderPercentOff(percent(10), Filter(groups=("G",)))), True),
        (a_promotion(BUNDLE), True),
        (a_promotion(TENTH, condition=Contains(only("Z"))), False),
        (a_promotion(TENTH, condition=Not(Contains(only("Z")))), True),
        (a_promotion(TENTH, condition=AnyOf((Contains(only("Z")), Subtotal(euros(1))))), True),
        (a_promotion(TENTH, condition=VIP), False),
        (a_promotion(TENTH, condition=AnyOf((VIP, in_segment("club")))), True),
        (a_promotion(TENTH, condition=InChannel((ChannelId("app"),))), False),
        (a_promotion(TENTH, valid_from_us=to_us(NOW) + 1), False),
        (a_promotion(TENTH, valid_until_us=to_us(NOW)), False),
    ],
)
def test_only_what_may_concern_the_cart_is_looked_at(promotion: Promotion, is_looked_at: bool) -> None:
    wares = [a_ware("A", categories=("garden",), group="G")]
    promoted = apply(promotion, to=wares, customer=a_customer("club"))
    assert bool(promoted.outcomes) is is_looked_at


def test_of_thresholds_out_of_reach_only_the_nearest_are_looked_at() -> None:
    promotions = [
        a_promotion(FreeShipping(), id=f"p{place:02}", condition=Subtotal(euros(500 + 100 * place)))
        for place in range(40)
    ]
    told = sorted(outcomes(apply(*promotions, to=[a_ware("A", 1, 1_000)], freight=490)))
    assert told == [f"p{place:02}" for place in range(6 + NEAR)]


def test_a_book_answers_for_each_place() -> None:
    """What it keeps of one place does not leak into another."""
    book = PromotionBook.of([a_promotion(TENTH, condition=InChannel((ChannelId("web"),)))])
    web, app = circumstances(), circumstances(channel=_renamed(a_place(), "app"))
    for _ in range(2):
        assert [len(book.index(place).candidates((), place)[0]) for place in (web, app)] == [1, 0]


def _renamed(channel: Channel, id: str) -> Channel:
    return Channel(ChannelId(id), channel.market, channel.price_lists, channel.sources)


LIMITED = Limits(total=1)
NEEDS: list[tuple[Action, Condition | None, dict[str, Any], set[str], set[str]]] = [
    (GiftOf(Sku("G"), choice=(Sku("H"),)), None, {}, {"G", "H"}, {"spring"}),
    (GiftOf(Sku("G")), VIP, {}, set(), set()),
    (GiftOf(Sku("G")), VIP, {"customer": a_customer("vip")}, {"G"}, {"spring"}),
    (GiftOf(Sku("G")), All((Contains(only("Z")), Subtotal(euros(1)))), {}, set(), set()),
    (GiftOf(Sku("G")), Subtotal(euros(10**9)), {}, {"G"}, {"spring"}),
    (TENTH, None, {}, set(), {"spring"}),
]


@pytest.mark.parametrize(("action", "condition", "circumstance", "gifts", "limited"), NEEDS)
def test_it_says_what_must_be_loaded_before(
    action: Action, condition: Condition | None, circumstance: dict[str, Any], gifts: set[str], limited: set[str]
) -> None:
    book = PromotionBook.of([a_promotion(action, condition=condition, limits=LIMITED)])
    needs = book.needs([an_article("A")], circumstances(**circumstance))
    assert (set(needs.gifts), set(needs.limited)) == (gifts, limited)


def test_a_promotion_with_a_code_needs_its_limits_only_where_the_code_was_entered() -> None:
    book = PromotionBook.of([a_promotion(GiftOf(Sku("G")), limits=LIMITED, trigger=Trigger.CODE)])
    without = book.needs([an_article("A")], circumstances())
    entered = book.needs([an_article("A")], circumstances(claims=(a_claim("c", "spring"),)))
    assert without == Needs(frozenset(), frozenset())
    assert entered == Needs(frozenset({Sku("G")}), frozenset({PromotionId("spring")}))


def test_a_changed_promotion_takes_the_place_of_its_other_version() -> None:
    book = PromotionBook.of([a_promotion(TENTH, version=1), a_promotion(TENTH, id="other")])
    book = book.with_promotions([a_promotion(TENTH, version=2)])
    entry = book.entry(PromotionId("spring"))
    assert entry is not None
    assert entry.promotion.version == 2
    assert book.entry(PromotionId("other")) is not None


WEB, APP = (InChannel((ChannelId(name),)) for name in ("web", "app"))
PLACES = st.recursive(
    st.sampled_from([WEB, APP]),
    lambda inner: (
        inner.map(Not) | st.lists(inner, max_size=3).map(lambda all_of: All(tuple(all_of)))
        | st.lists(inner, min_size=1, max_size=3).map(lambda any_of: AnyOf(tuple(any_of)))
    ),
    max_leaves=4,
)  # fmt: skip
ASKED = PLACES | PLACES.map(lambda place: All((place, Subtotal(euros(2_500)), Not(Contains(only("C"))))))


@given(
    st.lists(ASKED, min_size=1, max_size=4),
    st.lists(st.tuples(st.sampled_from(["web", "app"]), st.sampled_from(["A", "AB", "ABC"])), min_size=2, max_size=4),
)
def test_a_book_answers_every_cart_as_if_it_were_the_first(
    conditions: list[Condition], carts: list[tuple[str, str]]
) -> None:
    promotions = [a_promotion(TENTH, id=f"p{number}", condition=one) for number, one in enumerate(conditions)]
    book = PromotionBook.of(promotions)
    for channel, skus in carts:
        wares = [a_ware(sku, minor=1_000) for sku in skus]
        there = circumstances(channel=replace(a_place(), id=ChannelId(channel)))
        assert promote(wares, there, book) == promote(wares, there, PromotionBook.of(promotions))
