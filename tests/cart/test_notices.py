"""What a person should know before paying."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from modules.cart.engine.notices import by_line, choose, keeps_no_stock, shortages, unmakeable
from modules.cart.model import MOST_LINES, Line
from modules.kernel.basket import Notice
from modules.kernel.names import ConfigurationId, LineId, Sku
from modules.kernel.quantity import Quantity, parse_quantity, pieces
from modules.kernel.stock import Availability, AvailabilityState
from tests.builders import an_article

MUG = Sku("mug")


def a_line(id: str = "1", sku: str = "mug", quantity: str = "1") -> Line:
    """One mug."""
    return Line(LineId(id), Sku(sku), parse_quantity(quantity))


def stock(available: int | None, state: AvailabilityState = AvailabilityState.IN_STOCK) -> dict[Sku, Availability]:
    """So many mugs."""
    return {MUG: Availability(MUG, state, None if available is None else pieces(available), None, ())}


def test_a_product_that_is_gone_or_not_on_sale_is_left_out_and_said() -> None:
    articles = {MUG: an_article("mug"), Sku("old"): an_article("old", active_until_us=100), Sku("gone"): None}
    choice = choose([a_line("1"), a_line("2", "old"), a_line("3", "gone")], articles, 100)
    assert [line.id for line in choice.lines] == ["1"]
    assert [(notice.code, notice.line) for notice in choice.notices] == [
        ("PRODUCT_NOT_ACTIVE", "2"),
        ("UNKNOWN_SKU", "3"),
    ]


def test_a_product_is_on_sale_until_but_not_at_the_end_of_its_time() -> None:
    """G-5: intervals are half open."""
    articles = {MUG: an_article("mug", active_from_us=50, active_until_us=100)}
    assert [len(choose([a_line()], articles, moment).lines) for moment in (49, 50, 99, 100)] == [0, 1, 1, 0]


def test_a_quote_lasts_no_longer_than_until_a_product_begins_or_ends() -> None:
    """P-8: valid until the next boundary of any window that could change it."""
    articles = {MUG: an_article("mug", active_until_us=200), Sku("new"): an_article("new", active_from_us=150)}
    lines = [a_line("1"), a_line("2", "new")]
    assert [choose(lines, articles, moment).until_us for moment in (100, 150, 200)] == [150, 200, None]


def test_a_quantity_that_the_article_does_not_have_is_not_priced() -> None:
    choice = choose([a_line(quantity="1.5")], {MUG: an_article("mug")}, 0)
    assert (choice.lines, [notice.code for notice in choice.notices]) == ((), ["QUANTITY_NOT_ALLOWED"])


def test_only_the_first_1000_lines_are_priced() -> None:
    lines = [a_line(str(index)) for index in range(MOST_LINES + 1)]
    choice = choose(lines, {MUG: an_article("mug")}, 0)
    assert len(choice.lines) == MOST_LINES
    assert [(notice.code, notice.data) for notice in choice.notices] == [
        ("CART_LINE_LIMIT", {"limit": 1000, "lines": 1001})
    ]


def test_lines_of_one_product_are_served_in_their_order() -> None:
    found = shortages([a_line("1", quantity="3"), a_line("2", quantity="3"), a_line("3")], stock(4), True)
    assert [(notice.line, notice.data) for notice in found] == [
        ("2", {"sku": "mug", "requested": "3", "available": "1"}),
        ("3", {"sku": "mug", "requested": "1", "available": "0"}),
    ]


def test_stock_that_reaches_exactly_is_no_shortage() -> None:
    assert shortages([a_line(quantity="4")], stock(4), True) == []


def test_stock_without_limit_or_without_knowledge_is_no_shortage() -> None:
    assert shortages([a_line()], stock(None), True) == []
    assert shortages([a_line()], stock(0, AvailabilityState.UNKNOWN), True) == []
    assert shortages([a_line()], {}, True) == []


def test_figures_are_kept_back_where_the_channel_shows_states_only() -> None:
    (found,) = shortages([a_line(quantity="5")], stock(4), False)
    assert found.data == {"sku": "mug", "requested": "5"}
    assert "4" not in found.message


def test_quantities_in_notices_are_exact_decimal_strings() -> None:
    (found,) = shortages([Line(LineId("1"), MUG, Quantity(2_500_000))], stock(2), True)
    assert found.data == {"sku": "mug", "requested": "2.5", "available": "2"}


def test_notices_stand_in_the_order_of_the_lines_after_those_about_the_whole() -> None:
    notices = [
        Notice("A", "", LineId("2")),
        Notice("B", ""),
        Notice("C", "", LineId("1")),
        Notice("D", "", LineId("2")),
    ]
    assert [notice.code for notice in by_line(notices, [a_line("1"), a_line("2")])] == ["B", "C", "A", "D"]


def test_what_is_made_to_order_goes_by_its_components_only_where_nobody_counts_the_product() -> None:
    plain, made = a_line("1"), replace(a_line("2", quantity="3"), configuration=ConfigurationId("7"))
    assert keeps_no_stock([plain, made], stock(4)) == []
    assert keeps_no_stock([plain, made], stock(0, AvailabilityState.UNKNOWN)) == [made]
    later = Availability(MUG, AvailabilityState.BACK_ORDER, pieces(1), datetime(2026, 3, 9, tzinfo=UTC), ())
    (found,) = unmakeable([(made, later)], True)
    assert (found.code, found.line) == ("INSUFFICIENT_STOCK", "2")
    told = {"sku": "mug", "requested": "3", "available": "1", "earliest": "2026-03-09T00:00:00Z"}
    assert found.data == told
    (hidden,) = unmakeable([(made, later)], False)
    assert "available" not in hidden.data
    for enough in (None, replace(later, available=pieces(3)), replace(later, available=None)):
        assert unmakeable([(made, enough)], True) == []
