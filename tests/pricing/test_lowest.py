"""The lowest price before a reduction (3.3 of the rules), with every edge case that they name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings, strategies as st

from modules.kernel.moments import from_us, to_us
from modules.kernel.policies import OutsideWindow, PriorPriceRule, PriorWindow
from modules.pricing.engine.lowest import allowed, days_from, prior_price, rule_name, successor
from modules.pricing.model.points import NO_REDUCTION, Piece, PriorPrice, Verdict

BERLIN = ZoneInfo("Europe/Berlin")
DAY = timedelta(days=1)
NOON = datetime(2026, 6, 1, 12, tzinfo=BERLIN)
STEPS = PriorPriceRule()
PLAIN = PriorPriceRule(progressive=False)


def us(day: float) -> int:
    """So many days after noon of June 1st."""
    return to_us(NOON + day * DAY)


def history(*told: tuple[float, float | None, int, bool]) -> list[Piece]:
    """Pieces of (first day, last day, whole euros, announced)."""
    return [
        Piece(euros * 10**6, announced, us(since), None if until is None else us(until))
        for since, until, euros, announced in told
    ]


def ask(pieces: Sequence[Piece], day: float = 0, rule: PriorPriceRule = STEPS) -> PriorPrice:
    return prior_price(pieces, us(day), rule, BERLIN)


def said(found: PriorPrice) -> tuple[Verdict, int | None, int | None]:
    """Verdict, prior price in whole euros, largest percentage."""
    return found.verdict, None if found.micros is None else found.micros // 10**6, found.allowed_percent


SALE = Verdict.ANNOUNCEABLE
NOT = Verdict.NOT_A_REDUCTION


def test_the_lowest_price_of_the_window_is_named_with_its_interval_and_rule() -> None:  # 3.3, steps 1 to 8
    pieces = history((-90, -20, 12, False), (-20, -10, 10, False), (-10, 0, 12, False), (0, None, 8, True))
    assert ask(pieces, 3) == PriorPrice(
        verdict=SALE,
        micros=10_000_000,
        allowed_percent=20,
        reduced_from_us=us(0),
        window_from_us=us(-30),
        low_from_us=us(-20),
        low_to_us=us(-10),
        rule="30d progressive perishable outside=last_price",
    )


def test_a_price_that_is_not_announced_needs_no_prior_price() -> None:  # step 2
    pieces = history((-90, 0, 12, False), (0, 5, 8, False))
    assert ask(pieces, 1) == NO_REDUCTION
    assert ask(pieces, 5) == NO_REDUCTION
    assert ask(pieces, -91) == NO_REDUCTION
    assert ask([]) == NO_REDUCTION


def test_a_day_with_a_clock_change_inside_the_window_is_one_day() -> None:  # 30 calendar days, not 720 hours
    midnight = datetime(2026, 4, 14, tzinfo=BERLIN)
    start, edge = to_us(midnight), to_us(datetime(2026, 3, 15, tzinfo=BERLIN))
    assert midnight.timestamp() - from_us(edge).timestamp() == 719 * 3600
    before = Piece(5_000_000, False, us(-300), edge)
    until = Piece(9_000_000, False, edge, start)
    found = prior_price([before, until, Piece(8_000_000, True, start)], start, STEPS, BERLIN)
    assert (found.window_from_us, found.micros) == (edge, 9_000_000)
    longer = [replace(before, to_us=edge + 1), replace(until, from_us=edge + 1), Piece(8_000_000, True, start)]
    assert prior_price(longer, start, STEPS, BERLIN).micros == 5_000_000


@pytest.mark.parametrize(
    ("start", "window_from"),
    [
        ("2026-04-28T02:30:00+02:00", "2026-03-29T03:30:00+02:00"),  # in spring the wall time does not exist
        ("2026-11-24T02:30:00+01:00", "2026-10-25T02:30:00+02:00"),  # in autumn it exists twice
        ("2026-10-25T02:30:00+01:00", "2026-09-25T02:30:00+02:00"),
    ],
)
def test_the_window_begins_at_the_same_wall_time(start: str, window_from: str) -> None:  # G-5
    found = days_from(to_us(datetime.fromisoformat(start)), -30, BERLIN)
    assert found == to_us(datetime.fromisoformat(window_from))


def test_a_price_held_for_one_minute_counts() -> None:
    minute = 60 * 10**6
    dip = us(-7)
    pieces = [
        Piece(12_000_000, False, us(-90), dip),
        Piece(9_000_000, False, dip, dip + minute),
        Piece(12_000_000, False, dip + minute, us(0)),
        Piece(10_000_000, True, us(0)),
    ]
    assert said(ask(pieces)) == (NOT, 9, None)


def test_the_same_reduction_repeated_after_a_gap_is_no_claim() -> None:  # prior = the reduced price
    pieces = history((-90, -20, 12, False), (-20, -10, 8, True), (-10, 0, 12, False), (0, None, 8, True))
    assert said(ask(pieces)) == (NOT, 8, None)
    assert said(ask(pieces, -15)) == (SALE, 12, 33)


def test_a_raise_before_the_sale_does_not_help() -> None:
    pieces = history((-90, -3, 10, False), (-3, 0, 15, False), (0, None, 10, True))
    assert said(ask(pieces)) == (NOT, 10, None)


def test_a_dip_without_announcement_lowers_the_prior_price() -> None:
    pieces = history((-90, -9, 10, False), (-9, -8, 7, False), (-8, 0, 10, False), (0, None, 6, True))
    assert said(ask(pieces)) == (SALE, 7, 14)


def test_a_change_of_tax_inside_the_window_counts_gross_as_displayed() -> None:
    """The net price stays 10.00; the rate rises from 7 to 19 per cent."""
    pieces = [
        Piece(10_700_000, False, us(-90), us(-5)),
        Piece(11_900_000, False, us(-5), us(0)),
        Piece(10_710_000, True, us(0)),
    ]
    found = ask(pieces)
    assert (found.verdict, found.micros) == (NOT, 10_700_000)


def test_a_new_sku_of_the_same_article_goes_on_with_its_history() -> None:  # history_of
    old = history((-90, -20, 9, False), (-20, None, 12, False))
    new = history((-2, 0, 12, False), (0, None, 10, True))
    assert said(ask(new)) == (SALE, 12, 16)
    assert said(ask(successor(old, new))) == (NOT, 9, None)
    assert all(a.to_us is not None and a.to_us <= b.from_us for a, b in pairwise(successor(old, new)))
    assert successor(old, []) == old


def test_zero_by_mistake_forbids_the_claim_until_it_leaves_the_window() -> None:
    pieces = history((-90, -6, 12, False), (-6, -5, 0, False), (-5, 0, 12, False), (0, None, 10, True))
    assert said(ask(pieces)) == (NOT, 0, None)


@pytest.mark.parametrize(("error_void", "answer"), [(False, (NOT, 0, None)), (True, (SALE, 12, 16))])
def test_a_voided_mistake_stays_out_only_where_the_market_allows_it(
    error_void: bool, answer: tuple[Verdict, int, int | None]
) -> None:  # L-3
    pieces = history((-90, -6, 12, False), (-6, -5, 0, False), (-5, 0, 12, False), (0, None, 10, True))
    pieces[1] = replace(pieces[1], voided=True)
    assert said(ask(pieces, rule=PriorPriceRule(error_void=error_void))) == answer


def test_a_promotion_paused_and_resumed_is_a_new_reduction() -> None:
    pieces = history((-90, -6, 12, False), (-6, -5, 8, True), (-5, -4, 12, False), (-4, None, 8, True))
    found = ask(pieces)
    assert (said(found), found.reduced_from_us) == ((NOT, 8, None), us(-4))


def test_a_break_in_sale_begins_a_new_reduction() -> None:
    pieces = history((-90, -6, 12, False), (-6, -5, 8, True), (-4, None, 8, True))
    assert said(ask(pieces)) == (NOT, 8, None)


CHAIN = history((-90, -50, 20, False), (-50, -20, 16, True), (-20, -10, 12, True), (-10, None, 10, True))


@pytest.mark.parametrize(
    ("rule", "day", "start", "prior"),
    [
        (STEPS, 0, -50, 20),
        (PLAIN, 0, -10, 12),
        (PriorPriceRule(chain_max_days=60), 0, -50, 20),
        (PriorPriceRule(chain_max_days=60), 9.999, -50, 20),
        (PriorPriceRule(chain_max_days=60), 10, -20, 16),
        (PriorPriceRule(chain_max_days=60), 40, -10, 12),
        (PriorPriceRule(chain_max_days=5), 0, -10, 12),
    ],
)
def test_a_reduction_in_steps_keeps_the_price_before_its_first(
    rule: PriorPriceRule, day: float, start: int, prior: int
) -> None:
    found = ask(CHAIN, day, rule)
    assert (found.reduced_from_us, found.micros) == (us(start), prior * 10**6)


def test_a_chain_says_when_it_grows_too_old() -> None:
    rule = PriorPriceRule(chain_max_days=60)
    assert [ask(CHAIN, day, rule).until_us for day in (0, 10, 40)] == [us(10), us(40), None]
    assert ask(CHAIN).until_us is None


def test_a_rise_of_the_reduced_price_begins_a_new_reduction() -> None:
    pieces = history((-90, -50, 20, False), (-50, -20, 12, True), (-20, None, 14, True))
    assert said(ask(pieces)) == (NOT, 12, None)


def test_pieces_of_equal_price_are_one_step_however_they_are_cut() -> None:
    pieces = history((-90, -50, 20, False), (-50, -40, 16, True), (-40, -10, 16, True), (-10, None, 12, True))
    assert ask(pieces, 0, PriorPriceRule(chain_max_days=45)).reduced_from_us == us(-10)
    assert ask(pieces, -20, PLAIN).reduced_from_us == us(-50)


def test_a_reduction_longer_than_the_window_keeps_its_prior_price() -> None:
    pieces = history((-190, -100, 12, False), (-100, None, 8, True))
    assert said(ask(pieces)) == (SALE, 12, 33)


def test_new_goods_are_judged_by_their_life() -> None:  # step 7
    pieces = history((-4, 0, 12, False), (0, None, 9, True))
    assert said(ask(pieces)) == (SALE, 12, 25)


def test_new_goods_need_no_prior_price_where_the_market_exempts_them() -> None:
    rule = PriorPriceRule(new_goods_exempt=True)
    new = ask(history((-4, 0, 12, False), (0, None, 9, True)), rule=rule)
    assert (said(new), new.exempt) == ((SALE, None, None), True)
    old = ask(history((-40, 0, 12, False), (0, None, 9, True)), rule=rule)
    assert (said(old), old.exempt) == ((SALE, 12, 25), False)
    never = ask(history((0, None, 9, True)), rule=rule)
    assert never.verdict is Verdict.NO_PRIOR_PRICE


def test_nothing_sold_in_the_window_names_the_last_earlier_price() -> None:  # step 6
    pieces = history((-90, -60, 9, False), (-60, -40, 12, False), (0, None, 10, True))
    found = ask(pieces)
    assert (said(found), found.outside_window, found.low_to_us) == ((SALE, 12, 16), True, us(-40))
    strict = ask(pieces, rule=PriorPriceRule(outside=OutsideWindow.NO_CLAIM))
    assert (said(strict), strict.outside_window) == ((Verdict.NO_PRIOR_PRICE, None, None), False)


def test_what_was_never_sold_cannot_be_reduced() -> None:
    assert said(ask(history((0, None, 10, True)))) == (Verdict.NO_PRIOR_PRICE, None, None)


def test_a_price_set_long_before_the_window_counts_when_it_is_in_force_at_its_beginning() -> None:  # step 5
    pieces = history((-300, -29.5, 9, False), (-29.5, 0, 12, False), (0, None, 10, True))
    assert said(ask(pieces)) == (NOT, 9, None)


def test_a_price_that_ends_at_the_first_instant_of_the_window_does_not_count() -> None:  # half open
    pieces = history((-300, -30, 9, False), (-30, 0, 12, False), (0, None, 10, True))
    assert said(ask(pieces)) == (SALE, 12, 16)


def test_goods_that_expire_are_exempt_where_the_market_says_so() -> None:  # step 9
    pieces = history((-90, -5, 8, False), (-5, 0, 12, False), (0, None, 9, True))
    pieces[-1] = replace(pieces[-1], perishable=True)
    found = ask(pieces)
    assert (said(found), found.exempt) == ((SALE, None, None), True)
    assert said(ask(pieces, rule=PriorPriceRule(perishable_exempt=False))) == (NOT, 8, None)


@pytest.mark.parametrize(
    ("prior", "micros", "percent"),
    [
        (10_000_000, 9_999_999, 0),
        (10_000_000, 9_000_000, 10),
        (3_000_000, 2_000_000, 33),
        (99_000, 1, 99),
        (1, 0, 100),
        (5, 5, None),
        (0, 0, None),
    ],
)
def test_the_percentage_is_floored_and_never_promises_more(prior: int, micros: int, percent: int | None) -> None:
    assert allowed(prior, micros)[1] == percent


def test_the_rule_is_named_by_all_its_choices() -> None:
    rule = PriorPriceRule(45, True, 60, False, True, True, OutsideWindow.NO_CLAIM)
    assert rule_name(rule) == "45d progressive chain=60d new_goods error_void outside=no_claim"
    assert rule_name(PriorPriceRule(window=PriorWindow.HOURS, public_codes=False)) == (
        "30d window=hours progressive perishable without_codes outside=last_price"
    )


@pytest.mark.parametrize(
    ("window", "edge", "prior"),
    [
        # Over the clock change of March 29th 30 days of the calendar are 719 hours.
        (PriorWindow.HALF_OPEN, "2026-03-15T00:00", 9),
        (PriorWindow.CLOSED, "2026-03-15T00:00", 5),
        (PriorWindow.CLOSED, "2026-03-14T23:59", 9),
        (PriorWindow.HOURS, "2026-03-14T23:30", 5),
        (PriorWindow.HOURS, "2026-03-14T23:00", 9),
    ],
)
def test_a_market_chooses_how_its_window_begins(window: PriorWindow, edge: str, prior: int) -> None:  # choice 14
    start = to_us(datetime(2026, 4, 14, tzinfo=BERLIN))
    end = to_us(datetime.fromisoformat(edge).replace(tzinfo=BERLIN))
    before, until = Piece(5_000_000, False, us(-300), end), Piece(9_000_000, False, end, start)
    found = prior_price([before, until, Piece(4_000_000, True, start)], start, PriorPriceRule(window=window), BERLIN)
    assert said(found)[1] == prior


PIECES = st.lists(
    st.tuples(st.integers(0, 12), st.integers(1, 25), st.integers(0, 6), st.booleans(), st.booleans()), max_size=9
)


def a_history(steps: Sequence[tuple[int, int, int, bool, bool]]) -> list[Piece]:
    """Gap before it (0 to 4 is none), length in days, euros, announced, voided; the last one is open."""
    found: list[Piece] = []
    day = -120
    for gap, length, euros, announced, voided in steps:
        day += max(0, gap - 4)
        found.append(Piece(euros * 10**6, announced, us(day), us(day + length), voided=voided))
        day += length
    return [*found[:-1], replace(found[-1], to_us=None)] if found else []


def by_brute_force(pieces: Sequence[Piece], at_us: int, rule: PriorPriceRule) -> tuple[Verdict, int | None, int | None]:
    """Step by step as the rules are written, day by day: all moments of these histories are whole days."""
    days = list(range(-120, 400))
    table = {
        day: next((p for p in pieces if p.from_us <= us(day) and (p.to_us is None or us(day) < p.to_us)), None)
        for day in days
    }
    now = table[next(day for day in days if us(day) == at_us)]
    if now is None or not now.announced:
        return Verdict.NO_REDUCTION, None, None
    day = next(day for day in days if us(day) == at_us)
    start, price = day, now.micros
    while (before := table.get(start - 1)) is not None and before.announced:
        if before.micros != price and not (rule.progressive and before.micros > price):
            break
        start, price = start - 1, before.micros
    counted = {d: p for d, p in table.items() if p and d < start and not (p.voided and rule.error_void)}
    window = [p.micros for d, p in counted.items() if d >= start - rule.days]
    if not window:
        window = [counted[max(counted)].micros] if counted else []
    if not window:
        return Verdict.NO_PRIOR_PRICE, None, us(start)
    low = min(window)
    return (NOT if now.micros >= low else SALE), low, us(start)


@given(PIECES, st.integers(-110, 120), st.booleans(), st.booleans(), st.integers(1, 60))
@settings(max_examples=150)
def test_the_algorithm_agrees_with_the_rules_read_day_by_day(
    steps: list[tuple[int, int, int, bool, bool]], day: int, progressive: bool, error_void: bool, days: int
) -> None:
    rule = PriorPriceRule(days=days, progressive=progressive, error_void=error_void)
    pieces = a_history(steps)
    found = ask(pieces, day, rule)
    assert (found.verdict, found.micros, found.reduced_from_us) == by_brute_force(pieces, us(day), rule)


@given(PIECES, st.integers(-110, 120), st.integers(1, 90), st.integers(0, 90))
def test_the_prior_price_never_rises_with_a_longer_window(
    steps: list[tuple[int, int, int, bool, bool]], day: int, days: int, more: int
) -> None:
    pieces = a_history(steps)
    short, long = (ask(pieces, day, PriorPriceRule(days=length)) for length in (days, days + more))
    assert (short.micros is None) == (long.micros is None)
    if short.micros is not None and long.micros is not None:
        assert long.micros <= short.micros


@given(PIECES, PIECES, st.integers(-110, 120))
def test_what_comes_later_changes_nothing(
    steps: list[tuple[int, int, int, bool, bool]], more: list[tuple[int, int, int, bool, bool]], day: int
) -> None:
    pieces = a_history(steps)
    if pieces and us(day) >= pieces[-1].from_us:
        cut = [*pieces[:-1], replace(pieces[-1], to_us=us(130))]
        later = [replace(p, from_us=p.from_us + us(250) - us(0), to_us=None) for p in a_history(more)[-1:]]
        assert ask([*cut, *later], day) == ask(pieces, day)
