"""What holds for all promotions on all carts, in currencies of 0, 2, 3 and 4 decimals (section 8)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from modules.kernel.basket import PromotionResult
from modules.kernel.money import Rounding
from modules.kernel.names import LineId, Sku
from modules.kernel.place import Channel
from modules.kernel.policies import Exclusivity, Policies, ThresholdBasis
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
    Spread,
    Tiered,
    TierStep,
)
from modules.pricing.engine.book import PromotionBook
from modules.pricing.engine.case import Circumstances, Promoted, Ware
from modules.pricing.engine.combine import excludes
from modules.pricing.engine.conditions import All, Not, QuantityOf, Subtotal
from modules.pricing.engine.entries import Entry, entry_of
from modules.pricing.engine.muster import Muster
from modules.pricing.engine.promotions import Rivalry, promote, with_articles
from modules.pricing.engine.view import Case
from modules.pricing.model.promotions import Action, Amounts, Condition, Filter, Percent, Promotion, Stack
from tests.pricing.builders import a_promotion
from tests.pricing.cases import a_place, a_ware, apply, circumstances, left, off, only, outcome

SKUS = "ABC"
CURRENCIES = ["JPY", "EUR", "KWD", "CLF"]
FILTERS = st.sampled_from(
    [Filter(), only("A"), only("A", "B"), Filter(categories=("c",)), Filter(without_skus=(Sku("B"),))]
)
PERCENTS = st.sampled_from([10_000, 70_000, 333_333, 500_000, 1_000_000]).map(Percent)
FREIGHT = 490


def _amounts(currency: str, most: int = 3_000) -> st.SearchStrategy[Amounts]:
    return st.integers(1, most).map(lambda minor: Amounts(((currency, minor),)))


def _actions(currency: str) -> st.SearchStrategy[Action]:
    amount, few = _amounts(currency), st.integers(1, 3)
    step = st.builds(TierStep, at_least=amount, percent=PERCENTS)
    part = st.builds(BundlePart, FILTERS, few)
    return st.one_of(
        st.builds(ItemPercentOff, PERCENTS, FILTERS, st.none() | few, st.sampled_from(PercentBasis)),
        st.builds(ItemAmountOff, amount, FILTERS, st.none() | few, st.sampled_from(Spread)),
        st.builds(BuyGet, few, few, FILTERS, st.none() | FILTERS, PERCENTS, st.sampled_from(PickFrom), st.none() | few,
                  st.booleans(), st.sampled_from(Grouping)),
        st.builds(NForPrice, few, amount, FILTERS),
        st.builds(CheapestOff, PERCENTS, few, FILTERS),
        st.builds(Bundle, st.lists(part, min_size=1, max_size=2).map(tuple), fixed_price=amount),
        st.builds(Accessory, FILTERS, FILTERS, few, PERCENTS),
        st.builds(OrderPercentOff, PERCENTS, FILTERS),
        st.builds(OrderAmountOff, amount, FILTERS),
        st.builds(OrderFixedPrice, amount, FILTERS),
        st.builds(Tiered, st.lists(step, min_size=1, max_size=2).map(tuple), FILTERS),
        st.just(FreeShipping()),
        st.just(GiftOf(Sku("G"))),
    )  # fmt: skip


def _conditions(currency: str) -> st.SearchStrategy[Condition | None]:
    plain = st.builds(Subtotal, _amounts(currency), FILTERS) | st.builds(
        QuantityOf, st.integers(1, 4).map(pieces), FILTERS
    )
    return (
        st.none()
        | st.none()
        | plain
        | plain.map(Not)
        | st.lists(plain, min_size=2, max_size=2).map(lambda two: All(tuple(two)))
    )


@dataclass(frozen=True)
class Asked:
    """Everything an answer is made of."""

    wares: tuple[Ware, ...]
    promotions: tuple[Promotion, ...]
    channel: Channel
    currency: str

    @property
    def circumstances(self) -> Circumstances:
        """In the channel, with freight."""
        return circumstances(channel=self.channel, currency=self.currency, freight=FREIGHT)

    def answer(self, **changes: Any) -> Promoted:
        """What promotions do; with other wares or promotions."""
        asked = replace(self, **changes)
        return promote(asked.wares, asked.circumstances, PromotionBook.of(asked.promotions))

    def under(self, policy: Exclusivity, promotions: tuple[Promotion, ...]) -> Promoted:
        """What these promotions do under this policy."""
        market = self.channel.market
        market = replace(market, policies=replace(market.policies, exclusivity=policy))
        return self.answer(promotions=promotions, channel=replace(self.channel, market=market))


@st.composite
def wares(draw: st.DrawFn, currency: str) -> Ware:
    """A line of one of a few skus, some measured, some with a floor, some reduced."""
    sku, minor = draw(st.sampled_from(SKUS)), draw(st.integers(0, 2_000))
    measured = sku == "C"
    return a_ware(
        sku,
        draw(st.sampled_from(["0.5", "2.25"])) if measured else draw(st.integers(1, 6)),
        minor,
        line=f"{draw(st.integers(0, 10**6))}",
        list_minor=minor + draw(st.integers(0, 300)),
        floor_minor=draw(st.sampled_from([0, 0, 0, minor // 2, 5_000])),
        is_reduced=draw(st.booleans()),
        currency=currency,
        quantity_scale=3 if measured else 0,
        categories=("c",) if sku != "A" else (),
    )


@st.composite
def questions(draw: st.DrawFn, most: int = 5) -> Asked:
    currency = draw(st.sampled_from(CURRENCIES))
    lines = draw(st.lists(wares(currency), min_size=1, max_size=5, unique_by=lambda ware: ware.line))
    promotions = tuple(
        a_promotion(
            draw(_actions(currency)),
            id=f"p{number}",
            condition=draw(_conditions(currency)),
            priority=draw(st.integers(0, 2)),
            stack=draw(st.sampled_from([Stack.STACKABLE, Stack.STACKABLE, Stack.EXCLUSIVE])),
            exclusion_group=draw(st.sampled_from(["", "", "g"])),
            applies_to_reduced=draw(st.booleans()),
        )
        for number in range(draw(st.integers(0, most)))
    )
    policies = draw(
        st.builds(Policies, exclusivity=st.sampled_from(Exclusivity), threshold_basis=st.sampled_from(ThresholdBasis))
    )
    place = a_place(currency, step=draw(st.sampled_from([1, 1, 5])))
    market = replace(place.market, policies=policies, rounding=draw(st.sampled_from(Rounding)))
    return Asked(tuple(lines), promotions, replace(place, market=market), currency)


def order_moves_no_cent(asked: Asked, chance: Any) -> None:
    """O-5a, section 8: neither the order of lines nor that of promotions."""
    lines, promotions = list(asked.wares), list(asked.promotions)
    chance.shuffle(lines)
    chance.shuffle(promotions)
    turned = asked.answer(wares=tuple(lines), promotions=tuple(promotions))
    assert left(lines, turned) == left(asked.wares, asked.answer())
    assert turned.outcomes == asked.answer().outcomes


def parts_sum_to_the_whole(asked: Asked, _: Any) -> None:
    """O-4, O-10, O-11: no line below zero or below its floor, and the shares of an outcome are its amount."""
    promoted = asked.answer()
    after = left(asked.wares, promoted)
    assert all(min(ware.minor, ware.floor_minor) <= after[ware.line] <= ware.minor for ware in asked.wares)
    freight = [minor for reduction in promoted.reductions for index, minor in reduction.shares if index is None]
    assert sum(freight) <= FREIGHT
    assert all(minor > 0 for reduction in promoted.reductions for _, minor in reduction.shares)
    assert all(sum(share.amount.minor for share in one.lines) == one.amount.minor for one in promoted.outcomes)
    assert sum(one.amount.minor for one in promoted.outcomes) == off(promoted)


def no_unit_is_used_up_twice(asked: Asked, _: Any) -> None:
    """O-5."""
    used: dict[str, int] = {}
    for told in asked.answer().outcomes:
        for one in told.units:
            used[one.line] = used.get(one.line, 0) + one.units
    assert all(used.get(ware.line, 0) <= ware.units for ware in asked.wares)


def what_does_not_apply_might_as_well_not_exist(asked: Asked, _: Any) -> None:
    """O-12: twice is the same as once, and without the losers all amounts stay."""
    promoted = asked.answer()
    assert asked.answer() == promoted
    applied = {one.promotion[0] for one in promoted.outcomes if one.outcome is PromotionResult.APPLIED}
    kept = tuple(one for one in asked.promotions if one.id in applied)
    if asked.channel.market.policies.exclusivity is Exclusivity.BEST_COMBINATION:
        assert left(asked.wares, asked.answer(promotions=kept)) == left(asked.wares, promoted)


LAWS: list[Callable[[Asked, Any], None]] = [
    order_moves_no_cent,
    parts_sum_to_the_whole,
    no_unit_is_used_up_twice,
    what_does_not_apply_might_as_well_not_exist,
]


@pytest.mark.parametrize("examples", [pytest.param(40), pytest.param(1_500, marks=pytest.mark.slow)])
def test_every_answer_keeps_the_laws(examples: int) -> None:
    """O-4, O-5, O-5a, O-10, O-11, O-12."""

    @settings(max_examples=examples)
    @given(questions(), st.randoms())
    def check(asked: Asked, chance: Any) -> None:
        for law in LAWS:
            law(asked, chance)

    check()


@settings(max_examples=25)
@given(questions(most=3), st.data())
def test_a_line_of_other_goods_takes_nothing_from_the_others(asked: Asked, data: st.DataObject) -> None:
    """Section 8: adding a line never lowers another line's entitlement except through exclusion. Goods that no filter
    means and no threshold counts change nothing at all."""
    named = tuple(one for one in asked.promotions if _names_goods(entry_of(one)))
    ware = data.draw(wares(asked.currency))
    other = replace(ware, line=LineId("other"), article=replace(ware.article, sku=Sku("Z"), categories=frozenset()))
    before = left(asked.wares, asked.answer(promotions=named))
    more = (*asked.wares, other)
    assert left(more, asked.answer(promotions=named, wares=more)) == {**before, "other": other.minor}


def _names_goods(entry: Entry) -> bool:
    goods = [goods for _, acts in entry.acts for act in acts for goods in act.filters()]
    return entry.condition is None and bool(goods) and all(each.skus or each.categories for each in goods)


@settings(max_examples=60)
@given(st.lists(st.integers(1, 500), min_size=1, max_size=8), st.integers(1, 500), st.integers(1, 3), st.integers(1, 2))
def test_one_more_unit_never_makes_fewer_sets(prices: list[int], more: int, buy: int, get: int) -> None:
    """Section 8, O-6."""
    promotion = a_promotion(BuyGet(buy, get))
    lines = [a_ware("A", 1, price, line=f"{number}") for number, price in enumerate(prices)]
    added = [*lines, a_ware("A", 1, more, line="x")]
    fewer, all_units = (sum(one.units for one in outcome(apply(promotion, to=to)).units) for to in (lines, added))
    assert all_units >= fewer == len(lines) // (buy + get) * (buy + get)


@pytest.mark.parametrize("examples", [pytest.param(40), pytest.param(1_500, marks=pytest.mark.slow)])
def test_the_best_combination_is_the_best_of_all_subsets(examples: int) -> None:
    """O-8 against brute force: of those in conflict each is in or out, all others apply where nothing bars them."""

    @settings(max_examples=examples)
    @given(questions())
    def check(asked: Asked) -> None:
        # What articles cost is decided line by line and before; here it only stands in the way.
        promotions = tuple(
            replace(one, stack=Stack.STACKABLE, exclusion_group="") if entry_of(one).is_article else one
            for one in asked.promotions
        )
        asked = replace(asked, promotions=promotions)
        most = max(off(asked.under(Exclusivity.PRIORITY, subset)) for subset in _subsets(asked))
        assert off(asked.under(Exclusivity.BEST_COMBINATION, promotions)) == most

    check()


def _subsets(asked: Asked) -> Iterator[tuple[Promotion, ...]]:
    """Every set that may apply together: nothing in it bars another, and only what is in conflict may be missing."""
    case = Case.of(asked.wares, asked.circumstances)
    muster = Muster.of(case, PromotionBook.of(asked.promotions))
    start = with_articles(case, muster)
    entries, rivals = muster.contenders(start.ledger), Rivalry(case).between
    fought = [one for one in entries if any(_fight(one, other, rivals) for other in entries if other is not one)]
    for size in range(len(fought) + 1):
        for chosen in combinations(fought, size):
            if not any(excludes(*pair) for pair in combinations(chosen, 2)):
                free = [one for one in entries if one not in fought and not any(excludes(one, o) for o in chosen)]
                names = {one.id for one in (*chosen, *free, *muster.articles)}
                yield tuple(one for one in asked.promotions if one.id in names)


def _fight(one: Entry, other: Entry, rivals: Callable[[Entry, Entry], bool]) -> bool:
    if one.is_exclusive or other.is_exclusive:
        return one.is_exclusive and excludes(one, other)
    return rivals(one, other)
