"""Article promotions: what one unit costs everybody, and when that may change (L-2, O-1)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from modules.kernel.moments import to_us
from modules.kernel.money import MICROS, exponent
from modules.kernel.names import ChannelId, Sku, StoreId
from modules.kernel.policies import Exclusivity
from modules.kernel.quantity import pieces
from modules.pricing.engine.actions import BuyGet, ItemAmountOff, ItemPercentOff, OrderPercentOff, Spread
from modules.pricing.engine.articles import ArticlePlace, article_edges, reduced
from modules.pricing.engine.book import PromotionBook
from modules.pricing.engine.conditions import (
    All,
    Any as AnyOf,
    InChannel,
    InHours,
    InStore,
    QuantityOf,
)
from modules.pricing.engine.entries import is_article_promotion
from modules.pricing.engine.tax import Terms
from modules.pricing.model.prices import Span
from modules.pricing.model.promotions import Amounts, Filter, Limits, Percent, Promotion, Stack, Trigger
from tests.builders import NOW, a_store, an_article
from tests.pricing.builders import a_promotion, in_segment
from tests.pricing.cases import a_place, a_ware, apply, euros, left, only, outcomes, percent

AT = to_us(NOW)
TENTH = ItemPercentOff(percent(10))
HOURS = (Span((1,), time(13), time(14)),)
EXCLUSIVE: dict[str, Any] = {"stack": Stack.EXCLUSIVE}


def _price(micros: int, *promotions: Promotion, at_us: int = AT, currency: str = "EUR", **more: Any) -> Any:
    place = more.pop("place", None) or ArticlePlace(more.pop("channel", None) or a_place(currency))
    article = more.pop("article", None) or an_article("A", categories=("garden",))
    terms = Terms.of(place.channel.market, currency)
    return reduced(micros, article, place, PromotionBook.of(promotions), at_us, terms, **more)


@pytest.mark.parametrize(
    ("promotion", "is_article"),
    [
        (a_promotion(TENTH), True),
        (a_promotion(ItemAmountOff(euros(1), only("A"))), True),
        (a_promotion(TENTH, condition=All((InChannel((ChannelId("web"),)), InHours(HOURS)))), True),
        (a_promotion(TENTH, trigger=Trigger.CODE), True),
        (a_promotion(TENTH, trigger=Trigger.CODE, public=False), False),
        (a_promotion(TENTH, public=False), True),
        (a_promotion(TENTH, condition=in_segment("vip")), False),
        (a_promotion(TENTH, condition=QuantityOf(pieces(1))), False),
        (a_promotion(TENTH, condition=AnyOf((InHours(HOURS),))), False),
        (a_promotion(TENTH, limits=Limits(total=100)), False),
        (a_promotion(ItemPercentOff(percent(10), max_units=1)), False),
        (a_promotion(ItemAmountOff(euros(1), spread=Spread.EACH_LINE)), False),
        (a_promotion(TENTH, OrderPercentOff(percent(1))), False),
        (a_promotion(BuyGet(2, 1)), False),
    ],
)
def test_what_counts_as_a_public_price(promotion: Promotion, is_article: bool) -> None:
    """L-2: unconditional reductions of single articles, and codes that everybody knows."""
    assert is_article_promotion(promotion) is is_article


@pytest.mark.parametrize(
    ("promotions", "micros"),
    [
        ([a_promotion(TENTH)], 9_000_000),
        ([a_promotion(TENTH, id="a"), a_promotion(ItemAmountOff(euros(100)), id="b")], 8_000_000),
        ([a_promotion(TENTH, id="a"), a_promotion(ItemAmountOff(euros(100)), id="b", priority=1)], 8_100_000),
        ([a_promotion(ItemAmountOff(euros(5_000)))], 0),
        ([a_promotion(ItemPercentOff(percent(10), only("B")))], 10_000_000),
        ([a_promotion(ItemPercentOff(percent(10), Filter(categories=("garden",))))], 9_000_000),
        ([a_promotion(ItemPercentOff(percent(10), Filter(price_from=euros(1_001))))], 10_000_000),
        ([a_promotion(TENTH, valid_from_us=AT + 1)], 10_000_000),
        ([a_promotion(TENTH, valid_from_us=AT, valid_until_us=AT + 1)], 9_000_000),
        ([a_promotion(TENTH, valid_until_us=AT)], 10_000_000),
        ([a_promotion(TENTH, schedule=HOURS)], 9_000_000),
        ([a_promotion(TENTH, condition=InStore((StoreId("berlin"),)))], 10_000_000),
        ([a_promotion(TENTH, trigger=Trigger.CODE)], 10_000_000),
        ([a_promotion(TENTH, id="a", **EXCLUSIVE), a_promotion(ItemAmountOff(euros(150)), id="b")], 8_500_000),
        ([a_promotion(TENTH, id="a", exclusion_group="g"), a_promotion(TENTH, id="b", exclusion_group="g")], 9_000_000),
        (
            [a_promotion(TENTH, id="a"), a_promotion(ItemAmountOff(euros(1)), id="b", applies_to_reduced=False)],
            9_000_000,
        ),
    ],
)
def test_one_unit_costs_what_article_promotions_leave(promotions: list[Promotion], micros: int) -> None:
    assert _price(10_000_000, *promotions)[0] == micros


def test_the_promotions_that_applied_are_named_with_their_versions() -> None:
    promotions = [a_promotion(TENTH, id="a", version=3), a_promotion(ItemPercentOff(percent(10), only("B")), id="b")]
    assert _price(10_000_000, *promotions)[1] == (("a", 3),)


def test_a_code_that_everybody_knows_counts_for_the_history_only() -> None:
    """L-2."""
    promotion = a_promotion(TENTH, trigger=Trigger.CODE)
    assert _price(10_000_000, promotion, with_public_codes=True)[0] == 9_000_000
    assert left([a_ware()], apply(promotion, to=[a_ware()])) == {"A": 1_000}


def test_a_store_s_own_promotion_counts_in_that_store() -> None:
    """L-2."""
    place = ArticlePlace(a_place(), a_store("berlin"))
    assert _price(10_000_000, a_promotion(TENTH, condition=InStore((StoreId("berlin"),))), place=place)[0] == 9_000_000


def test_a_price_with_more_decimals_than_the_currency_keeps_them() -> None:
    """G-3: 0.0899 less 10 % is 0.08091."""
    assert _price(89_900, a_promotion(TENTH))[0] == 80_910


def test_a_floor_holds_and_reduced_rows_may_be_left_out() -> None:
    """O-9, O-10."""
    assert _price(10_000_000, a_promotion(TENTH), floor_micros=9_500_000)[0] == 9_500_000
    spared = a_promotion(TENTH, applies_to_reduced=False)
    assert _price(10_000_000, spared, is_reduced=True)[0] == 10_000_000
    assert _price(10_000_000, spared)[0] == 9_000_000


@settings(max_examples=50)
@given(
    st.integers(0, 100_000),
    st.lists(st.integers(1, 1_000_000).map(Percent) | st.integers(1, 5_000), max_size=4),
    st.sampled_from(["JPY", "EUR", "KWD", "CLF"]),
    st.sampled_from([1, 5]),
    st.sampled_from(Exclusivity),
    st.lists(st.booleans(), min_size=4, max_size=4),
)
def test_a_cart_of_one_unit_costs_what_the_product_shows(
    minor: int, sizes: list[int], currency: str, step: int, policy: Exclusivity, exclusive: list[bool]
) -> None:
    """O-3, L-2: the shelf and the cart say the same, to the cent."""
    minor = minor // step * step
    promotions = [
        a_promotion(
            ItemPercentOff(Percent(size)) if size > 5_000 else ItemAmountOff(Amounts(((currency, size),))),
            id=f"p{place}",
            stack=Stack.EXCLUSIVE if exclusive[place] else Stack.STACKABLE,
        )
        for place, size in enumerate(sizes)
    ]
    channel = a_place(currency, step=step, exclusivity=policy)
    unit = MICROS // 10 ** exponent(currency)
    wares = [a_ware(minor=minor, currency=currency)]
    micros, applied = _price(minor * unit, *promotions, currency=currency, channel=channel)
    promoted = apply(*promotions, to=wares, channel=channel, currency=currency)
    assert left(wares, promoted) == {"A": micros // unit}
    assert [id for id, _ in applied] == [id for id, result in outcomes(promoted).items() if result == "APPLIED"]


def test_what_excludes_one_another_is_decided_article_by_article() -> None:
    """O-8: another article in the cart does not change what this one costs."""
    promotions = [
        a_promotion(ItemPercentOff(percent(10), only("A")), id="a", **EXCLUSIVE),
        a_promotion(ItemPercentOff(percent(50), only("B")), id="b"),
        a_promotion(ItemPercentOff(percent(5)), id="c"),
    ]
    wares = [a_ware("A"), a_ware("B", 1, 10_000)]
    assert left(wares, apply(*promotions, to=wares)) == {"A": 900, "B": 4_750}


def test_the_moments_at_which_an_article_s_price_may_change() -> None:
    """L-1: windows and hours of its promotions, in the market's zone, within [from, until)."""
    day = datetime(2026, 3, 2, tzinfo=UTC)
    promotions = [
        a_promotion(TENTH, id="a", valid_from_us=to_us(day.replace(hour=3)), valid_until_us=to_us(day.replace(day=9))),
        a_promotion(TENTH, id="b", condition=InHours(HOURS)),
        a_promotion(ItemPercentOff(percent(1), only("B")), id="c", valid_from_us=to_us(day.replace(hour=5))),
        a_promotion(TENTH, id="d", trigger=Trigger.CODE, valid_from_us=to_us(day.replace(hour=7))),
    ]
    place, article = ArticlePlace(a_place()), an_article("A")
    book = PromotionBook.of(promotions)
    window = to_us(day), to_us(day.replace(day=3))
    hours = [to_us(day.replace(hour=hour)) for hour in (3, 12, 13)]
    assert article_edges(article, place, book, *window) == hours
    assert article_edges(article, place, book, *window, True) == sorted([*hours, to_us(day.replace(hour=7))])
    assert article_edges(replace(article, sku=Sku("B")), place, book, *window)[1] == to_us(day.replace(hour=5))
