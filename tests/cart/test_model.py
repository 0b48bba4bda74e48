"""The fold: any order of arrival, any duplication, one cart."""

from __future__ import annotations

from itertools import count, permutations
from typing import Any

from hypothesis import given, strategies as st

from modules.cart.model import (
    AddLine,
    Entry,
    Line,
    Operation,
    RemoveLine,
    SetQuantity,
    Wish,
    default_line,
    fold,
    in_order,
    kind_of,
    page,
)
from modules.kernel.names import ConfigurationId, LineId, Sku
from modules.kernel.quantity import MOST, Quantity, pieces
from modules.kernel.viewer import ANONYMOUS, OPERATOR, Principal, Role
from tests.cart.histories import MUG, PLATE, histories

_ids = count()


def wish(wish: Wish) -> Operation:
    """With an id of its own."""
    return Operation(f"op{next(_ids)}", wish)


def add(sku: str, quantity: int = 1, line: str | None = None, configuration: str | None = None) -> Operation:
    """Pieces of a product, in a line apart when it is named."""
    wished = LineId(line) if line else None
    made = ConfigurationId(configuration) if configuration else None
    return wish(AddLine(Sku(sku), pieces(quantity), wished, made))


def put(line: str, quantity: int) -> Operation:
    """A line's new quantity."""
    return wish(SetQuantity(LineId(line), pieces(quantity)))


def drop(line: str) -> Operation:
    """A line's end."""
    return wish(RemoveLine(LineId(line)))


def entries(*operations: Operation) -> list[Entry]:
    """One after the other."""
    return [Entry(time, operation, "shopper") for time, operation in enumerate(operations)]


def lines(*operations: Operation) -> list[tuple[str, int]]:
    """Skus and pieces of the cart these make."""
    return [(line.sku, line.quantity // 1_000_000) for line in fold(entries(*operations)).lines]


@given(histories(), st.randoms())
def test_any_order_of_arrival_and_any_duplication_give_the_same_cart(history: list[Entry], random: Any) -> None:
    arrived = [*history, *random.choices(history, k=5)] if history else []
    random.shuffle(arrived)
    assert fold(arrived) == fold(history)
    assert in_order(arrived) == in_order(history)


@given(histories())
def test_lines_have_distinct_ids_and_possible_quantities(history: list[Entry]) -> None:
    found = fold(history).lines
    assert len({line.id for line in found}) == len(found)
    assert all(0 < line.quantity <= MOST for line in found)


@given(histories())
def test_what_was_only_ever_added_is_all_there(history: list[Entry]) -> None:
    added = [entry for entry in history if isinstance(entry.operation.wish, AddLine)]
    wishes = [entry.operation.wish for entry in added if isinstance(entry.operation.wish, AddLine)]
    for sku in (MUG, PLATE):
        wished = sum(wish.quantity for wish in wishes if wish.sku == sku)
        assert sum(line.quantity for line in fold(added).lines if line.sku == sku) == wished


def test_all_permutations_of_a_small_history_agree() -> None:
    history = entries(add("mug", 2), put(default_line(MUG), 5), add("plate"), drop(default_line(MUG)), add("mug"))
    carts = {fold(order).lines for order in permutations(history)}
    assert [[line.sku for line in cart] for cart in carts] == [["plate", "mug"]]


def test_the_same_product_added_twice_is_one_line_with_the_sum() -> None:
    assert lines(add("mug", 2), add("plate"), add("mug", 3)) == [("mug", 5), ("plate", 1)]


def test_a_line_id_of_its_own_makes_a_line_apart() -> None:
    assert lines(add("mug"), add("mug", 2, "as-a-gift"), add("mug", 1, "as-a-gift")) == [("mug", 1), ("mug", 3)]


def test_another_configuration_is_another_line() -> None:
    assert lines(add("mug", configuration="red"), add("mug"), add("mug", configuration="red")) == [
        ("mug", 2),
        ("mug", 1),
    ]


def test_an_id_that_another_product_has_is_not_taken_from_it_and_nothing_is_lost() -> None:
    assert lines(add("mug", 1, "1"), add("plate", 2, "1"), add("plate")) == [("mug", 1), ("plate", 3)]


def test_nobody_takes_another_products_default_line() -> None:
    assert lines(add("plate", 1, default_line(MUG)), add("mug")) == [("plate", 1), ("mug", 1)]


def test_setting_replaces_and_zero_removes() -> None:
    mug = default_line(MUG)
    assert lines(add("mug", 2), put(mug, 7)) == [("mug", 7)]
    assert lines(add("mug", 2), put(mug, 0)) == []
    assert lines(add("mug", 2), drop(mug)) == []


def test_setting_or_removing_a_line_that_is_not_there_has_no_effect() -> None:
    mug = default_line(MUG)
    assert lines(put(mug, 7), drop("other"), add("mug", 2)) == [("mug", 2)]
    assert lines(add("mug", 2), drop(mug), put(mug, 7)) == []


def test_a_line_added_again_after_its_removal_begins_anew_at_the_end() -> None:
    assert lines(add("mug", 5), add("plate"), drop(default_line(MUG)), add("mug")) == [("plate", 1), ("mug", 1)]


def test_setting_keeps_a_lines_place_and_configuration() -> None:
    red = default_line(MUG, ConfigurationId("red"))
    found = fold(entries(add("mug", configuration="red"), add("plate"), put(red, 4)))
    assert found.lines[0] == Line(red, MUG, pieces(4), ConfigurationId("red"))


def test_a_line_holds_no_more_than_the_most() -> None:
    huge = [wish(AddLine(MUG, MOST)) for _ in range(3)]
    assert [line.quantity for line in fold(entries(*huge)).lines] == [MOST]


def test_operations_of_one_moment_stand_in_the_order_of_their_ids() -> None:
    first, second = Operation("a", AddLine(MUG, pieces(1))), Operation("b", RemoveLine(default_line(MUG)))
    assert fold([Entry(1, second, ""), Entry(1, first, "")]).lines == ()


def test_the_default_line_of_a_product_never_changes() -> None:
    """Carts live for months: lines that are stored are found again by this name."""
    assert default_line(MUG) == "l-4424feffa8ac73e9384b"


def test_pages_of_a_history_meet_without_gap_or_overlap() -> None:
    history = in_order(entries(*(add("mug") for _ in range(7))))
    first = page(history, 3, None)
    second = page(history, 3, first[-1].place)
    third = page(history, 3, second[-1].place)
    assert [*first, *second, *third] == history
    assert page(history, 3, third[-1].place) == []


def test_others_see_the_weightiest_role_and_no_name() -> None:
    clerk = Principal("clerk-7", frozenset({Role.SHOPPER, Role.STORE_ASSOCIATE}))
    assert [kind_of(who) for who in (ANONYMOUS, clerk, OPERATOR)] == ["shopper", "store_associate", "administrator"]
    assert kind_of(Principal("nobody", frozenset())) == "shopper"


def test_quantities_are_exact_to_the_millionth() -> None:
    grams = [wish(AddLine(Sku("cheese"), Quantity(100_000))) for _ in range(3)]
    assert fold(entries(*grams)).lines[0].quantity == 300_000
