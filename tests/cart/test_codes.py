"""Codes in a cart: entered, told apart, taken out (C-1, O-12)."""

from __future__ import annotations

import pytest

from modules.cart.engine.intake import CartInput
from modules.cart.engine.notices import too_many_codes
from modules.cart.engine.reading import read
from modules.cart.model import MOST_CODES, AddCode, Entry, Kind, Operation, RemoveCode, fold
from modules.kernel.errors import InvalidInput
from modules.runtime.redis import Redis
from tests.cart.shop import Shop, a_shelf


def enter(code: str) -> AddCode:
    """Somebody types it in."""
    return AddCode(code)


def remove(code: str) -> RemoveCode:
    """Somebody takes it out."""
    return RemoveCode(code)


@pytest.mark.parametrize(
    ("done", "codes"),
    [
        ([enter("SPRING")], ("SPRING",)),
        ([enter("Spring"), enter("SPRING "), enter("spring")], ("Spring",)),
        ([enter("\uff33PRING"), enter("spring")], ("\uff33PRING",)),
        ([enter("STRASSE"), enter("stra\u00dfe")], ("STRASSE",)),
        ([enter("b"), enter("a")], ("b", "a")),
        ([enter("a"), remove(" A ")], ()),
        ([remove("a"), enter("a")], ("a",)),
        ([enter("a"), enter("b"), remove("a"), enter("A")], ("b", "A")),
        ([remove("never there")], ()),
    ],
)
def test_a_code_is_kept_once_in_its_first_spelling_until_it_is_taken_out(
    done: list[AddCode | RemoveCode], codes: tuple[str, ...]
) -> None:  # C-1
    history = [Entry(at, Operation(f"op{at}", wish), "till") for at, wish in enumerate(done)]
    assert fold(history).codes == codes
    assert fold(reversed([*history, *history])).codes == codes


@pytest.mark.parametrize("kind", [Kind.ADD_CODE, Kind.REMOVE_CODE])
@pytest.mark.parametrize("code", ["", "   ", "x" * 65, "a\nb", "\ud800"])
def test_what_cannot_be_a_code_is_refused_with_its_path(kind: Kind, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(CartInput("op", kind, code=code), 2)
    assert caught.value.path == ("input", "operations", "2", "operation", kind.value)


def test_only_the_first_twenty_codes_are_looked_at_and_that_is_said() -> None:
    assert too_many_codes(["x"] * MOST_CODES) == []
    (notice,) = too_many_codes(["x"] * (MOST_CODES + 1))
    assert (notice.code, notice.data) == ("CART_CODE_LIMIT", {"limit": 20, "codes": 21})


async def test_a_cart_with_more_codes_is_priced_with_the_first_twenty_and_says_so(redis: Redis) -> None:
    shop = Shop(redis, a_shelf())
    key = (await shop.service.create(shop.viewer, "7f3b2a66-8b0f-4f6f")).key
    assert key
    codes = [f"CODE-{number}" for number in range(MOST_CODES + 1)]
    inputs = [CartInput(code, Kind.ADD_CODE, code=code) for code in codes]
    done = await shop.service.apply(shop.viewer, key, inputs)
    assert done.cart
    assert done.cart.codes == tuple(codes)
    quote = await shop.service.quote(done.cart, shop.viewer)
    assert [notice.code for notice in quote.notices] == ["CART_CODE_LIMIT"]
    assert shop.shelf.asked[-1][0].codes == tuple(codes[:MOST_CODES])
