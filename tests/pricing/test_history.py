"""The public price over time (L-1, L-2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from modules.kernel.moments import to_us
from modules.kernel.policies import TaxMode
from modules.pricing.engine.history import Stretch, next_due, pieces, tell
from modules.pricing.engine.public import Place, PublicPrice, Rules, Shop, Subject, price_at
from modules.pricing.engine.tax import TaxBook
from modules.pricing.model.points import Cause, PricePoint
from modules.pricing.model.prices import PriceKind, PriceRow, Span
from tests.builders import NOW, a_channel, a_market, a_store, an_article
from tests.pricing.builders import a_row, a_tax_rule

DAY = timedelta(days=1)
NOW_US = to_us(NOW)
WEB = Place(a_channel(), "EUR")
RULES = Rules(TaxBook([a_tax_rule()]))


def day(number: int) -> int:
    return to_us(NOW + number * DAY)


def subject(*rows: PriceRow, **article: Any) -> Subject:
    return Subject.of(an_article(**article), rows)


def told(*rows: PriceRow, rules: Rules = RULES, **article: Any) -> list[tuple[int, int | None, int, bool]]:
    """(first day, last day, whole euros, announced) from now."""

    def days(us: int | None) -> int | None:
        return None if us is None else (us - NOW_US) // (86_400 * 10**6)

    found = pieces(subject(*rows, **article), WEB, rules, NOW_US)
    return [(days(p.from_us) or 0, days(p.to_us), p.micros // 10**6, p.announced) for p in found]


def write(
    *rows: PriceRow, held: Sequence[PricePoint] = (), cause: Cause = Cause.MANUAL, now: int = NOW_US
) -> list[PricePoint]:
    return tell(subject(*rows), WEB, RULES, held, Stretch(now, now, cause))


def shown(found: PublicPrice | None) -> tuple[int, bool] | None:
    return (found.micros, found.announced) if found else None


def after(held: Sequence[PricePoint], written: Sequence[PricePoint]) -> list[PricePoint]:
    """What the table holds then."""
    rows = {point.from_us: point for point in (*held, *written)}
    return [rows[since] for since in sorted(rows)]


@pytest.mark.parametrize(
    ("row", "price"),
    [
        (a_row("10"), 10_000_000),
        (a_row("10", tax_mode=TaxMode.NET), 11_900_000),
        (a_row("10", channel="web", market="de"), 10_000_000),
        (a_row("10", tiers=[("2", "1")]), 10_000_000),
        (a_row("10", segment="gardeners"), None),
        (a_row("10", customer="c"), None),
        (a_row("10", customer_group="b2b"), None),
        (a_row("10", contract="k"), None),
        (a_row("10", store="berlin"), None),
        (a_row("10", channel="pos"), None),
        (a_row("10", currency="USD"), None),
    ],
)
def test_public_is_what_any_consumer_pays_for_one_unit(row: PriceRow, price: int | None) -> None:  # L-2
    found = shown(price_at(subject(row), WEB, RULES, NOW_US))
    assert found == (None if price is None else (price, False))


def test_a_sale_below_the_list_price_is_announced() -> None:
    base, sale = a_row("10"), a_row("8", id="s", kind=PriceKind.SALE)
    assert price_at(subject(base, sale), WEB, RULES, NOW_US) == PublicPrice(8_000_000, 10_000_000)
    assert shown(price_at(subject(base, sale), WEB, RULES, NOW_US)) == (8_000_000, True)
    assert shown(price_at(subject(sale), WEB, RULES, NOW_US)) == (8_000_000, False)


def test_what_is_not_on_sale_or_not_taxed_has_no_public_price() -> None:
    assert price_at(subject(a_row(), active_from_us=day(1)), WEB, RULES, NOW_US) is None
    assert price_at(subject(a_row()), WEB, Rules(TaxBook()), NOW_US) is None


def test_every_currency_of_every_channel_is_a_place_and_stores_with_own_rows_are_too() -> None:
    web, pos = a_channel("web", market=a_market(currencies=("EUR", "USD"))), a_channel("pos")
    shop = Shop.of([(web, [a_store("berlin"), a_store("paris", country="FR")]), (pos, [])])
    found = [place.key for place in shop.places({"paris"})]
    assert found == [
        ("de", "web", "", "EUR"),
        ("de", "web", "", "USD"),
        ("de", "pos", "", "EUR"),
        ("de", "web", "paris", "EUR"),
        ("de", "web", "paris", "USD"),
    ]
    assert len(list(shop.places(()))) == 3


def test_a_stores_own_rows_count_for_that_store_with_its_countrys_tax() -> None:  # L-2
    rows = a_row("10", tax_mode=TaxMode.NET), a_row("8", id="s", store="paris", tax_mode=TaxMode.NET)
    taxes = TaxBook([a_tax_rule(), a_tax_rule("0.2", country="FR")])
    paris, berlin = (
        Place(WEB.channel, "EUR", a_store(id, country=land)) for id, land in (("paris", "FR"), ("b", "DE"))
    )
    found = [price_at(subject(*rows), place, Rules(taxes), NOW_US) for place in (WEB, paris, berlin)]
    assert [price and price.micros for price in found] == [11_900_000, 9_600_000, 11_900_000]
    assert subject(*rows).stores == {"paris"}


def test_windows_make_a_step_function() -> None:
    rows = [
        a_row("12", id="old", valid_from=NOW - 900 * DAY, valid_until=NOW - 500 * DAY),
        a_row("10", id="base", valid_from=NOW - 500 * DAY),
        a_row("8", id="sale", kind=PriceKind.SALE, valid_from=NOW - 20 * DAY, valid_until=NOW - 10 * DAY),
        a_row("7", id="next", valid_from=NOW + DAY),
    ]
    assert told(*rows) == [
        (-900, -500, 12, False),
        (-500, -20, 10, False),
        (-20, -10, 8, True),
        (-10, None, 10, False),
    ]


def test_equal_neighbours_are_one_piece_and_a_gap_stays_a_gap() -> None:
    rows = [
        a_row("10", id="a", valid_from=NOW - 9 * DAY, valid_until=NOW - 6 * DAY),
        a_row("10", id="b", valid_from=NOW - 6 * DAY, valid_until=NOW - 4 * DAY),
        a_row("10", id="c", valid_from=NOW - 2 * DAY, valid_until=NOW - DAY),
    ]
    assert told(*rows) == [(-9, -4, 10, False), (-2, -1, 10, False)]


def test_a_row_without_a_beginning_says_nothing_about_the_past() -> None:
    assert told(a_row("10")) == [(0, None, 10, False)]
    sale = a_row("8", id="s", kind=PriceKind.SALE, valid_from=NOW - 3 * DAY, valid_until=NOW - DAY)
    assert told(a_row("10"), sale) == [(-3, -1, 8, True), (-1, None, 10, False)]


def test_tax_and_the_life_of_the_article_cut_the_past() -> None:
    taxes = TaxBook(
        [a_tax_rule("0.19", valid_until=NOW - 5 * DAY), a_tax_rule("0.5", id="n", valid_from=NOW - 5 * DAY)]
    )
    row = a_row("100", tax_mode=TaxMode.NET, valid_from=NOW - 30 * DAY)
    assert told(row, rules=Rules(taxes), active_from_us=day(-10)) == [(-10, -5, 119, False), (-5, None, 150, False)]


def test_weekday_hours_are_spelled_out() -> None:
    monday = a_row("8", id="s", price_list="list", valid_until=NOW + DAY, schedule=[Span((1,), time(0), time(0))])
    found = told(a_row("10"), monday)
    assert len(found) in (115, 116)  # 400 days
    assert found[-1][2:] == (8, False)


def test_the_first_write_begins_the_history() -> None:
    (point,) = write(a_row("10"))
    assert (point.sku, point.market, point.channel, point.currency) == ("A-1", "de", "web", "EUR")
    assert (point.micros, point.from_us, point.to_us) == (10_000_000, NOW_US, None)
    assert (point.cause, point.recorded_at_us, point.public) == (Cause.MANUAL, NOW_US, True)


def test_a_change_closes_the_last_point_and_begins_another() -> None:
    held = write(a_row("10"))
    later = NOW_US + 5
    written = write(a_row("9"), held=held, now=later)
    assert written == [
        replace(held[0], to_us=later),
        replace(held[0], micros=9_000_000, list_micros=9_000_000, from_us=later, recorded_at_us=later),
    ]


def test_what_changes_no_public_price_writes_nothing() -> None:
    held = write(a_row("10"))
    assert write(a_row("10"), a_row("1", id="x", segment="staff"), held=held, now=NOW_US + 5) == []
    assert write(a_row("10", segment="staff")) == []


def test_the_end_of_the_last_row_closes_the_history() -> None:
    held = write(a_row("10"))
    (closed,) = write(a_row("10", valid_until=NOW), held=held, now=NOW_US + 5)
    assert closed.to_us == NOW_US + 5


@pytest.mark.parametrize("now", [NOW_US, NOW_US - 3600 * 10**6])
def test_no_piece_ends_before_it_begins_even_when_the_clock_steps_back(now: int) -> None:
    held = write(a_row("10"))
    closed, opened = write(a_row("9"), held=held, now=now)
    assert closed.to_us == opened.from_us == NOW_US + 1
    (again,) = write(a_row("9"), held=[replace(held[0], to_us=NOW_US + 7)], now=now)
    assert again.from_us == NOW_US + 7


def test_an_import_tells_the_past_of_the_windows() -> None:
    base = a_row("10", id="base", valid_from=NOW - 30 * DAY)
    sale = a_row("8", id="s", kind=PriceKind.SALE, valid_from=NOW - 9 * DAY, valid_until=NOW - 3 * DAY)
    found = write(base, sale, cause=Cause.IMPORT)
    assert [(p.from_us, p.to_us, p.micros, p.announced) for p in found] == [
        (day(-30), day(-9), 10_000_000, False),
        (day(-9), day(-3), 8_000_000, True),
        (day(-3), None, 10_000_000, False),
    ]
    assert {p.cause for p in found} == {Cause.IMPORT}
    assert write(base, sale, held=found, cause=Cause.IMPORT, now=NOW_US + 5) == []


def test_history_is_accepted_only_before_the_first_live_point() -> None:  # L-1
    live = write(a_row("10"))
    old = a_row("12", id="old", valid_from=NOW - 9 * DAY, valid_until=NOW - 3 * DAY)
    late = a_row("5", id="late", valid_from=NOW - DAY, valid_until=NOW + DAY)
    written = write(old, late, held=live, cause=Cause.IMPORT, now=day(2))
    assert [(p.from_us, p.to_us, p.micros) for p in after(live, written)] == [
        (day(-9), day(-3), 12_000_000),
        (day(-1), NOW_US, 5_000_000),
        (NOW_US, day(2), 10_000_000),
    ]


def test_an_import_never_rewrites_what_is_told() -> None:
    base = a_row("10", valid_from=NOW - 30 * DAY)
    held = write(base, cause=Cause.IMPORT)
    raised = a_row("12", valid_from=NOW - 30 * DAY, version=2)
    written = write(raised, held=held, cause=Cause.IMPORT, now=day(1))
    assert [(p.from_us, p.to_us, p.micros) for p in after(held, written)] == [
        (day(-30), day(1), 10_000_000),
        (day(1), None, 12_000_000),
    ]


WINDOWS = st.tuples(st.integers(-60, 60), st.integers(1, 60), st.integers(1, 5), st.sampled_from(PriceKind))


def a_window(index: int, window: tuple[int, int, int, PriceKind]) -> PriceRow:
    start, length, price, kind = window
    since: datetime = NOW + start * DAY
    return a_row(str(price), id=str(index), kind=kind, valid_from=since, valid_until=since + length * DAY)


@given(st.lists(WINDOWS, max_size=5), st.lists(WINDOWS, max_size=3), st.sampled_from(Cause))
@settings(max_examples=100)
def test_the_points_tell_the_public_price_without_overlap(
    first: list[tuple[int, int, int, PriceKind]], more: list[tuple[int, int, int, PriceKind]], cause: Cause
) -> None:
    rows = [a_window(index, window) for index, window in enumerate(first)]
    held = write(*rows, cause=Cause.IMPORT)
    for probe in range(-60, 0):
        price = shown(price_at(subject(*rows), WEB, RULES, day(probe)))
        point = next((p for p in held if p.from_us <= day(probe) < (p.to_us or day(99))), None)
        assert price == (point and (point.micros, point.announced))

    rows += [a_window(index + 10, window) for index, window in enumerate(more)]
    table = after(held, write(*rows, held=held, cause=cause, now=day(3)))
    for earlier, later in pairwise(table):
        assert earlier.to_us is not None
        assert earlier.from_us < earlier.to_us <= later.from_us
    now = shown(price_at(subject(*rows), WEB, RULES, day(3)))
    last = table[-1] if table and table[-1].to_us is None else None
    assert now == (last and (last.micros, last.announced))
    assert all(any(p == q or (p.to_us is None and replace(q, to_us=None) == p) for q in table) for p in held)


def test_after_hours_without_a_timer_each_moment_is_told_at_its_own_time_in_order() -> None:  # L-1
    base = a_row("10")
    sale = a_row("8", id="s", kind=PriceKind.SALE, valid_from=NOW + DAY, valid_until=NOW + 2 * DAY)
    monday = a_row("7", id="m", kind=PriceKind.SALE, schedule=[Span((1,), time(10), time(14))])
    held = write(base, sale)
    written = tell(subject(base, sale, monday), WEB, RULES, held, Stretch(day(1), day(8), Cause.TIME))
    assert [(p.from_us, p.to_us, p.micros) for p in after(held, written)] == [
        (NOW_US, day(1), 10_000_000),
        (day(1), day(2), 8_000_000),
        (day(2), to_us(NOW + 7 * DAY - timedelta(hours=3)), 10_000_000),
        (to_us(NOW + 7 * DAY - timedelta(hours=3)), to_us(NOW + 7 * DAY + timedelta(hours=1)), 7_000_000),
        (to_us(NOW + 7 * DAY + timedelta(hours=1)), None, 10_000_000),
    ]
    assert (
        tell(subject(base, sale, monday), WEB, RULES, after(held, written), Stretch(day(8), day(8), Cause.TIME)) == []
    )


def test_the_next_moment_is_known_whatever_it_comes_from() -> None:
    shop = Shop.of([(WEB.channel, [])])

    def due(*rows: PriceRow, rules: Rules = RULES, **article: Any) -> int | None:
        return next_due(subject(*rows, **article), shop, rules, {}, NOW_US)

    assert due(a_row()) is None
    assert due(a_row(valid_from=NOW + DAY), a_row(id="b", valid_until=NOW + 2 * DAY)) == day(1)
    assert due(a_row(valid_until=NOW + 2 * DAY), active_until_us=day(1)) == day(1)
    assert due(a_row(schedule=[Span((1,), time(8), time(14))])) == to_us(NOW + timedelta(hours=1))
    assert due(a_row(), rules=Rules(TaxBook([a_tax_rule(valid_until=NOW + DAY)]))) == day(1)
    assert due(a_row(valid_until=NOW + DAY, price_list="nobody's")) is None
