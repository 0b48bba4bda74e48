"""What a price depends on besides the goods: read, bounded, handed on."""

from __future__ import annotations

from typing import Any

import pytest

from modules.cart.engine.terms import NOTHING, Wishes, known_terms, read_terms
from modules.cart.model import CartState
from modules.kernel.address import PostalAddress
from modules.kernel.basket import Basket, Destination, GiftChoice
from modules.kernel.errors import BadUserInput
from modules.kernel.names import CustomerId, PromotionId, ShippingMethodId, Sku

VIENNA = Destination("AT", "AT-9", "1010")


def test_all_terms_reach_the_basket_that_is_asked_about() -> None:
    wishes = Wishes(
        destination=VIENNA,
        delivery="parcel",
        payment="cash",
        gifts=(("spring", "mug"),),
        customer="c-1",
        drafts=("summer", "summer"),
        codes=("A", "B"),
    )
    assert read_terms(wishes, "input") == Basket(
        (),
        codes=("A", "B"),
        destination=VIENNA,
        delivery="parcel",
        payment="cash",
        gifts=(GiftChoice(PromotionId("spring"), Sku("mug")),),
        drafts=(PromotionId("summer"),),
        customer=CustomerId("c-1"),
    )


def test_nothing_said_is_an_empty_basket() -> None:
    assert read_terms(NOTHING, "input") == Basket(())


@pytest.mark.parametrize(
    ("wishes", "argument"),
    [
        ({"destination": Destination("Austria")}, "input.destination.country"),
        ({"destination": Destination("AT", "x" * 21)}, "input.destination.region"),
        ({"destination": Destination("AT", "", "10\n10")}, "input.destination.postalCode"),
        ({"delivery": ""}, "input.delivery"),
        ({"payment": "x" * 65}, "input.payment"),
        ({"customer": "\ud800"}, "input.customer"),
        ({"drafts": ["d"] * 21}, "input.drafts"),
        ({"gifts": [("p", "s")] * 21}, "input.gifts"),
        ({"codes": ["c"] * 21}, "input.codes"),
        ({"codes": ["fine", ""]}, "input.codes.1"),
    ],
)
def test_what_cannot_be_meant_is_said_with_its_place(wishes: dict[str, Any], argument: str) -> None:
    with pytest.raises(BadUserInput) as caught:
        read_terms(Wishes(**wishes), "input")
    assert caught.value.argument == argument
    assert caught.value.allowed


KNOWN = CartState(
    codes=("SPRING",),
    delivery_address=PostalAddress("AT", "Ada", postal_code="1010", region="AT-9"),
    delivery=ShippingMethodId("parcel"),
    payment="cash",
    gifts=(GiftChoice(PromotionId("spring"), Sku("mug")), GiftChoice(PromotionId("summer"), Sku("pan"))),
)


def test_what_is_not_asked_is_what_the_cart_knows() -> None:
    known = known_terms(read_terms(NOTHING, "terms"), KNOWN)
    assert known == Basket(
        (), codes=("SPRING",), destination=VIENNA, delivery="parcel", payment="cash", gifts=KNOWN.gifts
    )
    assert known_terms(read_terms(NOTHING, "terms"), CartState()) == Basket(())


def test_what_is_asked_goes_before_what_the_cart_knows() -> None:
    wishes = Wishes(
        destination=Destination("FR"), delivery="express", payment="card", gifts=(("spring", "plate"),), codes=()
    )
    known = known_terms(read_terms(wishes, "terms"), KNOWN)
    assert (known.destination, known.delivery, known.payment) == (Destination("FR"), "express", "card")
    assert known.gifts == (GiftChoice(PromotionId("spring"), Sku("plate")), KNOWN.gifts[1])
