"""What has become of prices since an earlier quote (P-8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, strategies as st

from modules.cart.engine.changes import differs, price_changes as compare
from modules.cart.engine.glimpses import Glimpse
from modules.cart.engine.keeping import KeptQuote
from modules.kernel.basket import (
    DeliveryCost,
    Notice,
    PromotionOutcome,
    PromotionResult,
    Quote,
    QuoteLine,
    TaxedMoney,
)
from modules.kernel.later import Later
from modules.kernel.money import Money, UnitPrice
from modules.kernel.names import LineId, Sku
from modules.kernel.quantity import pieces
from tests.builders import NOW


def taxed(cents: int, currency: str = "EUR", tax: int = 0) -> TaxedMoney:
    """So much, of it so much tax."""
    return TaxedMoney(Money(cents - tax, currency), Money(tax, currency), Money(cents, currency))


def a_line(sku: str, cents: int, count: int = 1, **changes: Any) -> QuoteLine:
    """Some pieces for so many cents in all; its id is the sku."""
    unit = UnitPrice(cents * 10_000 // count, changes.pop("currency", "EUR"))
    line = QuoteLine(LineId(sku), Sku(sku), pieces(count), unit, taxed(cents, unit.currency), "0", ())
    return replace(line, **changes)


def a_kept(*lines: QuoteLine, asked: str = "1", delivery: int | None = None, method: str = "parcel") -> KeptQuote:
    """A quote of these lines."""
    currency = lines[0].total.gross.currency if lines else "EUR"
    subtotal = sum((line.total for line in lines), TaxedMoney.zero(currency))
    cost = None if delivery is None else DeliveryCost(method, "", taxed(delivery, currency))
    total = subtotal + cost.total if cost else subtotal
    quote = Quote(f"{lines} {cost}", NOW, NOW, lines, (), subtotal, total, delivery=cost)
    return KeptQuote(quote, asked)


def price_changes(before: KeptQuote, now: KeptQuote) -> list[Notice]:
    """As a subscription compares: of the earlier quote it keeps a glimpse."""
    return compare(Glimpse.of(before), now)


def said(notices: Sequence[Notice]) -> list[tuple[str | None, str, str]]:
    """Line, before and now."""
    assert {notice.code for notice in notices} <= {"PRICE_CHANGED"}
    return [(notice.line, notice.data["before"], notice.data["now"]) for notice in notices]


def test_a_dearer_line_is_said_and_the_total_with_it() -> None:
    before, now = a_kept(a_line("mug", 950), a_line("pan", 4_000)), a_kept(a_line("mug", 990), a_line("pan", 4_000))
    notices = price_changes(before, now)
    assert said(notices) == [("mug", "9.50", "9.90"), (None, "49.50", "49.90")]
    assert notices[0].message == "The price of 1 of 'mug' changed from 9.50 to 9.90 EUR."
    assert notices[0].data["sku"] == "mug"


def test_what_a_person_changed_is_no_change_of_price() -> None:
    before = a_kept(a_line("mug", 950), a_line("pan", 4_000))
    more = a_kept(a_line("mug", 1_900, 2), a_line("pan", 4_000), asked="2")
    without = a_kept(a_line("pan", 4_000), asked="2")
    assert price_changes(before, more) == price_changes(before, without) == []


def test_a_line_that_stayed_is_compared_though_others_changed() -> None:
    before = a_kept(a_line("mug", 950), a_line("pan", 4_000))
    now = a_kept(a_line("mug", 1_900, 2), a_line("pan", 4_100), asked="2")
    assert said(price_changes(before, now)) == [("pan", "40.00", "41.00")]


def test_another_product_under_the_same_line_id_is_not_compared() -> None:
    other = replace(a_line("mug", 990), sku=Sku("cup"))
    assert price_changes(a_kept(a_line("mug", 950)), a_kept(other, asked="2")) == []


def test_a_line_that_lost_its_price_shows_in_the_total() -> None:
    before = a_kept(a_line("mug", 950), a_line("pan", 4_000))
    assert said(price_changes(before, a_kept(a_line("mug", 950)))) == [(None, "49.50", "9.50")]


def test_delivery_is_compared_when_the_method_is_the_same() -> None:
    before = a_kept(a_line("mug", 950), delivery=490)
    dearer, other = a_kept(a_line("mug", 950), delivery=590), a_kept(a_line("mug", 950), delivery=990, method="express")
    notices = price_changes(before, dearer)
    assert said(notices) == [(None, "4.90", "5.90"), (None, "14.40", "15.40")]
    assert [notice.data.get("delivery") for notice in notices] == ["parcel", None]
    assert price_changes(before, replace(other, asked="2")) == []


def test_a_net_price_that_changed_under_the_same_gross_one_is_said() -> None:
    before, now = a_line("mug", 950), replace(a_line("mug", 950), total=taxed(950, tax=100))
    (line, _) = price_changes(a_kept(before), a_kept(now))
    assert (line.data["beforeNet"], line.data["nowNet"]) == ("9.50", "8.50")
    assert "without tax" in line.message


def test_gifts_and_other_currencies_are_not_compared() -> None:
    gift = replace(a_line("mug", 0), line=None, is_gift=True)
    assert price_changes(a_kept(a_line("pan", 1), gift), a_kept(a_line("pan", 1))) == []
    assert price_changes(a_kept(a_line("mug", 950)), a_kept(a_line("mug", 990, currency="CHF"))) == []


LINES = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 3), max_size=4).map(
    lambda found: [a_line(sku, cents) for sku, cents in found.items()]
)


@given(LINES, LINES)
def test_exactly_the_lines_that_cost_another_amount_are_said(old: list[QuoteLine], new: list[QuoteLine]) -> None:
    notices = price_changes(a_kept(*old), a_kept(*new, asked="2"))
    was = {line.line: line.total.gross.minor for line in old}
    expected = {line.line for line in new if line.line in was and was[line.line] != line.total.gross.minor}
    assert {notice.line for notice in notices} == expected
    assert price_changes(a_kept(*new), a_kept(*new)) == []


@pytest.mark.parametrize(
    ("changes", "shows"),
    [
        ({}, False),
        ({"at": NOW.replace(hour=13), "valid_until": NOW.replace(hour=14)}, False),
        ({"id": "other"}, True),
        ({"notices": (Notice("INSUFFICIENT_STOCK", ""),)}, True),
    ],
)
def test_a_quote_differs_by_what_a_person_sees_of_it(changes: dict[str, Any], shows: bool) -> None:
    kept = a_kept(a_line("mug", 950))
    assert differs(Glimpse.of(kept), replace(kept.quote, **changes)) is shows


def an_outcome(label: str) -> PromotionOutcome:
    """A promotion that misses something."""
    return PromotionOutcome(("p", 1), label, PromotionResult.NOT_ELIGIBLE, "order", Money(0, "EUR"))


def test_what_became_of_promotions_is_compared_where_it_was_shown() -> None:
    kept = a_kept(a_line("mug", 950))
    near, nearer = (replace(kept.quote, promotions=Later(lambda said=said: [an_outcome(said)])) for said in "ab")  # type: ignore[misc]
    assert list(near.promotions)
    shown = Glimpse.of(replace(kept, quote=near))
    assert differs(shown, nearer)
    assert not differs(shown, replace(nearer, promotions=(an_outcome("a"),)))


def test_what_became_of_promotions_is_not_worked_out_for_who_does_not_look() -> None:
    def make() -> list[PromotionOutcome]:
        raise AssertionError("nobody has asked")

    kept = a_kept(a_line("mug", 950))
    quiet = replace(kept, quote=replace(kept.quote, promotions=Later(make)))
    assert not differs(Glimpse.of(quiet), replace(kept.quote, promotions=Later(make)))
