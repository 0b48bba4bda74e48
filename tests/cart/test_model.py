"""The fold: any order of arrival, any duplication, one cart."""

from __future__ import annotations

from itertools import count, permutations
from typing import Any

from hypothesis import given, strategies as st

from modules.cart.model import Entry, Kind, Line, Operation, default_line, fold, fold_codes, in_order, kind_of, page
from modules.kernel.names import ConfigurationId, LineId, Sku
from modules.kernel.quantity import MOST, Quantity, pieces
from modules.kernel.viewer import ANONYMOUS, OPERATOR, Principal, Role

_ids = count()
MUG, PLATE = Sku("mug"), Sku("plate")


def add(sku: str, quantity: int = 1, line: str | None = None, configuration: str | None = None) -> Operation:
    """Pieces of a product, in a line apart when it is named."""
    wished = LineId(line) if line else None
    made = ConfigurationId(configuration) if configuration else None
    return Operation(f"op{next(_ids)}", Kind.ADD_LINE, wished, Sku(sku), pieces(quantity), made)


def put(line: str, quantity: int) -> Operation:
    """A line's new quantity."""
    return Operation(f"op{next(_ids)}", Kind.SET_QUANTITY, LineId(line), None, pieces(quantity))


def drop(line: str) -> Operation:
    """A line's end."""
    return Operation(f"op{next(_ids)}", Kind.REMOVE_LINE, LineId(line))


def entries(*operations: Operation) -> list[Entry]:
    """One after the other."""
    return [Entry(time, operation, "shopper") for time, operation in enumerate(operations)]


def lines(*operations: Operation) -> list[tuple[str, int]]:
    """Skus and pieces of the cart these make."""
    return [(line.sku, line.quantity // 1_000_000) for line in fold(entries(*operations))]


@st.composite
def histories(draw: st.DrawFn) -> list[Entry]:
    """Operations of several devices with colliding times, names and products."""
    names = st.sampled_from(["a", "b", default_line(MUG), default_line(PLATE)])
    kinds, skus = st.sampled_from(Kind), st.sampled_from([MUG, PLATE])
    made: list[Entry] = []
    for index in range(draw(st.integers(0, 12))):
        kind = draw(kinds)
        fields: dict[str, Any] = {"line": LineId(draw(names))}
        if kind is Kind.ADD_LINE:
            line = draw(st.none() | names)
            fields = {
                "line": LineId(line) if line else None,
                "sku": draw(skus),
                "quantity": pieces(draw(st.integers(1, 3))),
            }
        elif kind is Kind.SET_QUANTITY:
            fields["quantity"] = pieces(draw(st.integers(0, 3)))
        elif kind in (Kind.ADD_CODE, Kind.REMOVE_CODE):
            fields = {"code": draw(st.sampled_from(["SPRING", "spring ", "summer"]))}
        made.append(Entry(draw(st.integers(0, 5)), Operation(f"op{index}", kind, **fields), "till"))
    return made


@given(histories(), st.randoms())
def test_any_order_of_arrival_and_any_duplication_give_the_same_cart(history: list[Entry], random: Any) -> None:
    arrived = [*history, *random.choices(history, k=5)] if history else []
    random.shuffle(arrived)
    assert fold(arrived) == fold(history)
    assert fold_codes(arrived) == fold_codes(history)
    assert in_order(arrived) == in_order(history)


@given(histories())
def test_lines_have_distinct_ids_and_possible_quantities(history: list[Entry]) -> None:
    found = fold(history)
    assert len({line.id for line in found}) == len(found)
    assert all(0 < line.quantity <= MOST for line in found)


@given(histories())
def test_what_was_only_ever_added_is_all_there(history: list[Entry]) -> None:
    added = [entry for entry in history if entry.operation.kind is Kind.ADD_LINE]
    for sku in (MUG, PLATE):
        wished = sum(entry.operation.quantity for entry in added if entry.operation.sku == sku)
        assert sum(line.quantity for line in fold(added) if line.sku == sku) == wished


def test_all_permutations_of_a_small_history_agree() -> None:
    history = entries(add("mug", 2), put(default_line(MUG), 5), add("plate"), drop(default_line(MUG)), add("mug"))
    carts = {fold(order) for order in permutations(history)}
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
    assert found[0] == Line(red, MUG, pieces(4), ConfigurationId("red"))


def test_a_line_holds_no_more_than_the_most() -> None:
    huge = [Operation(f"huge{index}", Kind.ADD_LINE, None, MUG, MOST) for index in range(3)]
    assert [line.quantity for line in fold(entries(*huge))] == [MOST]


def test_operations_of_one_moment_stand_in_the_order_of_their_ids() -> None:
    first, second = (
        Operation("a", Kind.ADD_LINE, None, MUG, pieces(1)),
        Operation("b", Kind.REMOVE_LINE, default_line(MUG)),
    )
    assert fold([Entry(1, second, ""), Entry(1, first, "")]) == ()


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
    grams = [Operation(f"g{index}", Kind.ADD_LINE, None, Sku("cheese"), Quantity(100_000)) for index in range(3)]
    assert fold(entries(*grams))[0].quantity == 300_000
