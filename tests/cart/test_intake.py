"""What a cart takes up, and the path to what it does not."""

from __future__ import annotations

import pytest

from modules.cart.engine.intake import CartInput, check_call, check_idempotency_key, doubt, outcome
from modules.cart.engine.reading import read, read_all
from modules.cart.model import AddLine, Kind, Operation, RemoveCode, SetQuantity, TooLate, Undo
from modules.kernel.errors import IdempotencyConflict, InvalidInput, UnknownSku
from modules.kernel.names import LineId, Sku
from modules.kernel.quantity import ZERO, Quantity, pieces
from tests.builders import an_article

MUG = Sku("mug")


def adding(quantity: str = "1", sku: str = "mug", id: str = "op", line: str | None = None) -> CartInput:
    """A client's wish for a mug."""
    return CartInput(id, Kind.ADD_LINE, None, line, sku, quantity)


def refusal(given: CartInput, index: int = 0) -> InvalidInput:
    """Why it is refused."""
    with pytest.raises(InvalidInput) as caught:
        read(given, index)
    return caught.value


def test_a_quantity_is_read_to_the_millionth() -> None:
    assert read(adding("2.000001"), 0).wish == AddLine(MUG, Quantity(2_000_001))


@pytest.mark.parametrize("quantity", ["0", "-1", "1000000.1", "1e3000000", "0.0000001", "NaN", "many", ""])
def test_a_quantity_that_no_cart_takes_is_refused_with_its_path(quantity: str) -> None:
    found = refusal(adding(quantity), 3)
    assert found.path == ("input", "operations", "3", "operation", "addLine", "quantity")
    assert found.allowed == "more than 0, at most 1000000, with at most 6 decimals"


def test_setting_allows_zero_but_nothing_below() -> None:
    zero = CartInput("op", Kind.SET_QUANTITY, None, "line", quantity="0")
    assert read(zero, 0).wish == SetQuantity(LineId("line"), ZERO)
    found = refusal(CartInput("op", Kind.SET_QUANTITY, None, "line", quantity="-0.5"))
    assert found.path[-2:] == ("setQuantity", "quantity")


@pytest.mark.parametrize("id", ["", "x" * 65, "with blank", "tab\t", "umlaut-ü", "\ud800"])
def test_malformed_ids_of_operations_and_lines_are_refused(id: str) -> None:
    assert refusal(adding(id=id)).path == ("input", "operations", "0", "id")
    assert refusal(adding(line=id)).path == ("input", "operations", "0", "operation", "addLine", "lineId")


@pytest.mark.parametrize("sku", ["", " mug", "x" * 65, "a\nb", "\ud800"])
def test_a_malformed_sku_is_refused(sku: str) -> None:
    assert refusal(adding(sku=sku)).path[-1] == "sku"


def test_one_bad_operation_leaves_the_others_alone() -> None:
    asked, refused = read_all([adding(id="a"), adding("-1", id="b"), adding(id="c")])
    assert [item.id for item in asked.values()] == ["a", "c"]
    assert list(refused) == [1]


def test_more_than_100_operations_are_refused_as_a_whole() -> None:
    check_call(100, None, "shopper")
    with pytest.raises(InvalidInput) as caught:
        check_call(101, None, "shopper")
    assert (caught.value.path, caught.value.allowed) == (("input", "operations"), "at most 100")


@pytest.mark.parametrize("name", ["", " ", "x" * 41, "a\nb", "\ud800"])
def test_a_device_name_that_cannot_be_shown_is_refused(name: str) -> None:
    check_call(1, "Kasse 3 – Süd", "shopper")
    with pytest.raises(InvalidInput):
        check_call(1, name, "shopper")


@pytest.mark.parametrize("name", ["service_agent", " Administrator ", "store_associate"])
def test_a_device_does_not_pass_for_another_kind_of_principal(name: str) -> None:
    check_call(1, "service_agent", "service_agent")
    with pytest.raises(InvalidInput) as caught:
        check_call(1, name, "shopper")
    assert caught.value.path == ("input", "device")


@pytest.mark.parametrize("key", ["", "short", "x" * 201, "has a blank in it, alas"])
def test_an_idempotency_key_that_somebody_else_could_have_made_is_refused(key: str) -> None:
    with pytest.raises(InvalidInput):
        check_idempotency_key(key)


def test_quantities_follow_the_articles_scale() -> None:
    half = Operation("op", AddLine(MUG, Quantity(500_000)))
    found = doubt(2, half, MUG, an_article("mug"), {})
    assert isinstance(found, InvalidInput)
    assert found.path == ("input", "operations", "2", "operation", "addLine", "quantity")
    assert found.allowed == "whole numbers"
    assert doubt(2, half, MUG, an_article("mug", quantity_scale=1), {}) is None


def test_an_unknown_product_is_in_doubt_when_added_but_not_when_its_line_is_changed() -> None:
    add = Operation("op", AddLine(MUG, pieces(1)))
    found = doubt(0, add, MUG, None, {MUG: [Sku("muf")]})
    assert isinstance(found, UnknownSku)
    assert found.nearest == ("muf",)
    assert doubt(0, Operation("op", SetQuantity(LineId("l"), pieces(1))), MUG, None, {}) is None


def test_what_the_cart_holds_since_an_earlier_call_is_no_longer_in_doubt() -> None:
    add = Operation("op", AddLine(MUG, pieces(1)))
    assert outcome({0: add}, {0: UnknownSku("mug")}, {"op": add}) == (("op",), {})


def test_what_the_base_holds_is_applied_whatever_is_in_doubt() -> None:
    add = Operation("op", AddLine(MUG, pieces(1)))
    assert outcome({0: add}, {0: UnknownSku("mug")}, {}, folded={"op"}) == (("op",), {})


def test_what_counts_before_the_base_or_would_undo_something_there_is_too_late_and_its_neighbours_are_not() -> None:
    old, undo, good = (Operation(id, wish) for id, wish in (("a", RemoveCode("X")), ("b", Undo("z")), ("c", Undo("y"))))
    applied, refused = outcome({0: old, 1: undo, 2: good}, {}, {"c": good}, folded={"z"}, late={"a", "b"})
    assert applied == ("c",)
    assert {type(refusal) for refusal in refused.values()} == {TooLate}
    assert [refused[index].path for index in (0, 1)] == [
        ("input", "operations", "0", "at"),
        ("input", "operations", "1", "operation", "undo", "operation"),
    ]


def test_an_id_that_came_with_another_content_is_a_conflict() -> None:
    held, other = (Operation("op", AddLine(MUG, pieces(count))) for count in (1, 2))
    applied, refused = outcome({0: held, 1: other}, {}, {"op": held})
    assert applied == ("op",)
    assert isinstance(refused[1], IdempotencyConflict)
    assert refused[1].path == ("input", "operations", "1", "id")
