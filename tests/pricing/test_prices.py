"""Which price row holds (P-1, P-3 to P-6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import permutations
from random import Random
from typing import Any

import pytest
from hypothesis import given, strategies as st

from modules.kernel.customer import Profile
from modules.kernel.moments import to_us
from modules.kernel.names import CustomerId
from modules.kernel.policies import Policies, PricePolicy
from modules.pricing.engine.prices import PriceContext, WhyNot, explain, floor, select
from modules.pricing.model.prices import PriceKind, PriceRow, Span
from tests.builders import NOW, a_channel, a_market, a_store, a_viewer
from tests.pricing.builders import a_row

DAY = timedelta(days=1)
PLACE = a_channel(price_lists=("vip", "list"))
HERE = PriceContext.of(a_viewer(channel=PLACE))
CUSTOMER = Profile(
    CustomerId("c1"),
    groups=frozenset({"staff"}),
    segments=frozenset({"gardeners", "cooks"}),
    contracts=frozenset({"k1", "k2"}),
)
SOMEBODY = PriceContext.of(replace(a_viewer(channel=PLACE, store=a_store("berlin")), customer=CUSTOMER))
LOWEST = replace(SOMEBODY, policy=PricePolicy.LOWEST)


def winner(*rows: PriceRow, context: PriceContext = HERE) -> str | None:
    """The id of the row that holds; the order of the rows never matters."""
    found = {select(order, context).row for order in permutations(rows)}
    assert len(found) == 1
    row = found.pop()
    return row.id if row else None


@pytest.mark.parametrize(
    ("row", "matches"),
    [
        (a_row(), True),
        (a_row(currency="USD"), False),
        (a_row(price_list="other"), False),
        (a_row(market="de"), True),
        (a_row(market="at"), False),
        (a_row(channel="web"), True),
        (a_row(channel="pos"), False),
        (a_row(store="berlin"), False),
        (a_row(segment="gardeners"), False),
        (a_row(customer_group="staff"), False),
        (a_row(customer="c1"), False),
        (a_row(contract="k1"), False),
        (a_row(valid_from=NOW), True),
        (a_row(valid_from=NOW + DAY), False),
        (a_row(valid_until=NOW), False),
        (a_row(valid_until=NOW + DAY), True),
        (a_row(schedule=[Span((1,), time(12), time(14))]), True),
        (a_row(schedule=[Span((2,), time(12), time(14))]), False),
    ],
)
def test_every_present_key_window_and_schedule_must_fit(row: PriceRow, matches: bool) -> None:  # P-1, P-3
    assert (winner(row) is not None) is matches


@pytest.mark.parametrize(
    "keys",
    [
        {"store": "berlin"},
        {"segment": "cooks"},
        {"segment": "gardeners", "customer_group": "staff"},
        {"customer": "c1"},
        {"contract": "k1"},
        {"contract": "k2", "customer": "c1", "customer_group": "staff", "segment": "cooks", "store": "berlin"},
    ],
)
def test_a_key_fits_when_it_is_among_those_of_the_context(keys: dict[str, Any]) -> None:  # P-3
    assert winner(a_row(**keys), context=SOMEBODY) == "row"
    assert winner(a_row(**keys, market="at"), context=SOMEBODY) is None
    assert winner(a_row(**keys)) is None


@pytest.mark.parametrize("key", ["segment", "customer_group", "customer", "contract"])
def test_another_customers_row_never_holds(key: str) -> None:  # P-3
    assert winner(replace(a_row(), keys=((key, "other"),)), context=SOMEBODY) is None


def test_a_viewer_in_a_store_sees_the_prices_of_the_store() -> None:
    context = PriceContext.of(a_viewer(store=a_store("berlin")))
    assert winner(a_row("9", id="store", store="berlin"), a_row("8", id="all"), context=context) == "store"
    assert winner(a_row("9", id="store", store="hamburg"), a_row("8", id="all"), context=context) == "all"


def test_the_more_important_price_list_wins_over_all_else() -> None:  # P-4 (1)
    cheap = a_row("1", id="cheap", price_list="list", market="de", channel="web", valid_from=NOW - DAY)
    assert winner(a_row("99", id="vip", price_list="vip"), cheap) == "vip"


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"contract": "k1"}, {"customer": "c1", "customer_group": "staff", "segment": "cooks", "store": "berlin"}),
        ({"customer": "c1"}, {"customer_group": "staff", "segment": "cooks", "store": "berlin", "channel": "web"}),
        ({"customer_group": "staff"}, {"segment": "cooks", "store": "berlin", "channel": "web", "market": "de"}),
        ({"segment": "cooks"}, {"store": "berlin", "channel": "web", "market": "de"}),
        ({"store": "berlin"}, {"channel": "web", "market": "de"}),
        ({"channel": "web"}, {"market": "de"}),
        ({"market": "de"}, {}),
        ({"channel": "web", "market": "de"}, {"channel": "web"}),
    ],
)
def test_the_more_specific_row_wins_over_a_dated_and_cheaper_one(  # P-4 (2)
    better: dict[str, Any], worse: dict[str, Any]
) -> None:
    dated = a_row("1", id="worse", valid_from=NOW - DAY, valid_until=NOW + DAY, **worse)
    assert winner(a_row("99", id="better", **better), dated, context=SOMEBODY) == "better"


@pytest.mark.parametrize("window", [{"valid_from": NOW - DAY}, {"valid_until": NOW + DAY}])
def test_a_price_row_with_a_window_wins_over_one_without(window: dict[str, Any]) -> None:  # P-4 (3)
    assert winner(a_row("99", id="dated", **window), a_row("1", id="undated")) == "dated"


def test_the_row_that_began_later_wins() -> None:  # P-4 (4)
    later = a_row("99", id="later", valid_from=NOW - DAY)
    sooner = a_row("1", id="sooner", valid_from=NOW - 2 * DAY)
    only_end = a_row("1", id="end", valid_until=NOW + DAY)
    assert winner(later, sooner, only_end) == "later"


def test_the_lower_amount_wins_and_then_the_id() -> None:  # P-4 (5), (6)
    assert winner(a_row("9", id="b"), a_row("10", id="a")) == "b"
    assert winner(a_row("9", id="b"), a_row("9", id="a")) == "a"


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({}, {"contract": "k1"}),
        ({"segment": "cooks"}, {"customer": "c1"}),
        ({}, {"valid_from": NOW - DAY, "valid_until": NOW + DAY}),
    ],
)
def test_a_market_may_put_the_lowest_amount_before_the_most_specific_row(  # P-4, choice 1
    better: dict[str, Any], worse: dict[str, Any]
) -> None:
    rows = a_row("9", id="better", **better), a_row("10", id="worse", **worse)
    assert winner(*rows, context=LOWEST) == "better"
    assert winner(*rows, context=SOMEBODY) == "worse"


def test_the_price_list_comes_before_the_lowest_amount_and_equal_amounts_go_on_to_the_keys() -> None:  # P-4
    assert winner(a_row("9", id="vip", price_list="vip"), a_row("1", id="list"), context=LOWEST) == "vip"
    assert winner(a_row("9", id="all"), a_row("9", id="mine", customer="c1"), context=LOWEST) == "mine"


def test_the_markets_policy_reaches_the_choice() -> None:
    market = a_market(policies=Policies(price_policy=PricePolicy.LOWEST))
    assert PriceContext.of(a_viewer(channel=a_channel(market=market))).policy is PricePolicy.LOWEST


ROWS = st.builds(
    lambda id, amount, price_list, kind, since, until, keys: a_row(
        f"{amount}",
        id=id,
        price_list=price_list,
        kind=kind,
        valid_from=NOW + since * DAY if since is not None else None,
        valid_until=NOW + until * DAY if until is not None else None,
        **keys,
    ),
    st.uuids().map(str),
    st.integers(0, 3),
    st.sampled_from(["vip", "list", "other"]),
    st.sampled_from(PriceKind),
    st.none() | st.integers(-3, 1),
    st.none() | st.integers(0, 3),
    st.sampled_from([{}, {"customer": "c1"}, {"segment": "cooks"}, {"market": "de", "channel": "web"}, {"store": "x"}]),
)


@given(st.lists(ROWS, max_size=7), st.randoms(use_true_random=False), st.sampled_from([SOMEBODY, HERE, LOWEST]))
def test_the_order_of_rows_never_changes_what_is_chosen(  # P-4
    rows: list[PriceRow], random: Random, context: PriceContext
) -> None:
    shuffled = random.sample(rows, len(rows))
    assert select(shuffled, context) == select(rows, context)
    assert floor(shuffled, context) == floor(rows, context)
    assert explain(shuffled, context) == explain(rows, context)


@given(st.lists(ROWS, max_size=7), st.sampled_from([SOMEBODY, HERE, LOWEST]))
def test_until_then_the_answer_stays_and_what_holds_fits(rows: list[PriceRow], context: PriceContext) -> None:  # P-3
    found = select(rows, context)
    for edge in range(-1, 4):
        moment = to_us(NOW + edge * DAY)
        if moment >= context.at_us and (found.until_us is None or moment < found.until_us):
            later = select(rows, replace(context, at_us=moment))
            assert (later.row, later.original) == (found.row, found.original)
    if found.row and found.original:
        assert found.row.kind is not PriceKind.FLOOR
        assert found.row.kind is not PriceKind.SALE or found.original.kind is not PriceKind.OVERRIDE


def test_a_floor_is_no_price_and_explains_none() -> None:  # O-10
    row = a_row("5", kind=PriceKind.FLOOR)
    assert select([row], HERE).row is None
    assert explain([a_row("5", kind=PriceKind.FLOOR, channel="pos")], HERE) == []


def test_the_floor_that_holds_is_the_most_specific_one() -> None:  # O-10
    rows = [
        a_row("5", id="all", kind=PriceKind.FLOOR),
        a_row("6", id="web", kind=PriceKind.FLOOR, channel="web", valid_until=NOW + DAY),
        a_row("1", id="base"),
        a_row("7", id="later", kind=PriceKind.FLOOR, price_list="vip", valid_from=NOW + 2 * DAY),
    ]
    for context in (HERE, LOWEST):
        found = floor(rows, context)
        assert found.row
        assert (found.row.id, found.until_us) == ("web", to_us(NOW + DAY))
    assert floor([rows[2]], HERE).row is None


def test_zero_is_a_price() -> None:  # P-6
    assert winner(a_row("0", id="free"), a_row("1", id="paid")) == "free"


def test_a_sale_has_the_list_price_as_original() -> None:  # P-5
    found = select([a_row("10", id="base"), a_row("8", id="sale", kind=PriceKind.SALE)], HERE)
    assert found.row
    assert found.original
    assert (found.row.id, found.original.id) == ("sale", "base")


def test_an_override_replaces_both_prices() -> None:  # P-5
    rows = [a_row("10", id="base"), a_row("7", id="override", kind=PriceKind.OVERRIDE)]
    found = select(rows, HERE)
    assert found.row is found.original is rows[1]


def test_a_sale_without_a_list_price_is_its_own_original() -> None:
    sale = a_row("8", kind=PriceKind.SALE)
    found = select([sale], HERE)
    assert found.row is found.original is sale


def test_no_row_is_no_price_and_never_another_currency() -> None:  # P-6
    assert select([a_row(currency="USD")], HERE).row is None
    assert select([], HERE).row is None


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (a_row(currency="USD"), (WhyNot.OTHER_CURRENCY,)),
        (a_row(price_list="x", market="at"), (WhyNot.OTHER_PRICE_LIST, WhyNot.OTHER_MARKET)),
        (a_row(channel="pos"), (WhyNot.OTHER_CHANNEL,)),
        (a_row(store="berlin"), (WhyNot.OTHER_STORE,)),
        (a_row(valid_from=NOW + DAY), (WhyNot.NOT_STARTED,)),
        (a_row(valid_until=NOW - DAY), (WhyNot.EXPIRED,)),
        (a_row(schedule=[Span((2,), time(12), time(14))]), (WhyNot.OUT_OF_SCHEDULE,)),
    ],
)
def test_a_missing_price_is_explained_by_the_rows_that_came_nearest(row: PriceRow, why: tuple[WhyNot, ...]) -> None:
    assert explain([row], HERE) == [(row, why)]  # P-6


def test_the_rows_with_the_fewest_reasons_come_first_and_three_at_most() -> None:
    rows = [a_row(id=f"{n}", price_list="x", channel="pos") for n in range(4)]
    near = a_row(id="near", price_list="x")
    assert [row.id for row, _ in explain([*rows, near], HERE)] == ["near", "0", "1"]


def test_no_hint_reveals_who_else_gets_a_price() -> None:
    assert explain([a_row(segment="staff"), a_row(customer="c9"), a_row(contract="k")], HERE) == []


def test_a_price_holds_until_its_window_ends_or_a_better_one_begins() -> None:
    until = NOW + 9 * DAY
    rows = [
        a_row("10", id="now", valid_from=NOW - DAY, valid_until=until),
        a_row("11", id="next", valid_from=NOW + 5 * DAY),
        a_row("1", id="worse", price_list="list", valid_until=NOW + DAY),
        a_row("1", id="elsewhere", channel="pos", valid_from=NOW + DAY),
    ]
    assert select(rows[:1], HERE).until_us == to_us(until)
    assert select(rows, HERE).until_us == to_us(NOW + 5 * DAY)


def test_the_end_of_a_row_that_does_not_win_changes_nothing() -> None:
    rows = [a_row("10", price_list="vip"), a_row("1", price_list="list", valid_until=NOW + DAY)]
    assert select(rows, HERE).until_us is None


def test_a_list_price_that_ends_ends_the_answer_too() -> None:
    rows = [a_row("10", id="base", valid_until=NOW + DAY), a_row("8", price_list="vip", kind=PriceKind.SALE)]
    assert select(rows, HERE).until_us == to_us(NOW + DAY)


def test_where_no_row_holds_the_next_beginning_is_known() -> None:
    assert select([a_row(valid_from=NOW + DAY)], HERE).until_us == to_us(NOW + DAY)


def test_a_schedule_bounds_the_answer_by_the_clock_of_the_market() -> None:
    found = select([a_row("10"), a_row("8", price_list="vip", schedule=[Span((1,), time(12), time(14))])], HERE)
    assert found.row is not None
    assert found.row.price_list == "vip"  # 12:00 UTC is 13:00 in Berlin
    assert found.until_us == to_us(datetime(2026, 3, 2, 13, tzinfo=UTC))
