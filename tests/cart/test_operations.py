"""What each kind of operation does to a cart, beyond lines and codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from modules.cart.model import (
    EMPTY,
    AddLine,
    AddressUse,
    ChooseGift,
    Entry,
    MoveLine,
    Operation,
    RemoveLine,
    SetAddress,
    SetChannel,
    SetContact,
    SetDelivery,
    SetNote,
    SetPayment,
    SetQuantity,
    Wish,
    cart_of,
    fold,
)
from modules.kernel.address import PostalAddress
from modules.kernel.basket import Destination, GiftChoice
from modules.kernel.names import CartId, ChannelId, LineId, PromotionId, ShippingMethodId, Sku, StoreId
from modules.kernel.quantity import pieces

A, B, C, D = (LineId(name) for name in "abcd")
HOME = PostalAddress("DE", "Ada Lovelace", lines=("Hauptstraße 1",), postal_code="04109", city="Leipzig")
OFFICE = PostalAddress("CH", company="Analytical Engines")
BONUS, WELCOME = PromotionId("bonus"), PromotionId("welcome")


def add(line: LineId) -> AddLine:
    """One mug in a line of its own."""
    return AddLine(Sku("mug"), pieces(1), line)


def done(*wishes: Wish) -> list[Entry]:
    """One after the other."""
    return [Entry(at, Operation(f"op{at:02d}", wish), "till") for at, wish in enumerate(wishes)]


@pytest.mark.parametrize(
    ("wishes", "order"),
    [
        ([MoveLine(A, C)], "bca"),
        ([MoveLine(C, None)], "cab"),
        ([MoveLine(C, A)], "acb"),
        ([MoveLine(B, A)], "abc"),
        ([MoveLine(A, None)], "abc"),
        ([MoveLine(A, A)], "abc"),
        ([MoveLine(D, A)], "abc"),
        ([MoveLine(A, D)], "abc"),
        ([MoveLine(A, C), add(A)], "bca"),
        ([MoveLine(A, C), SetQuantity(A, pieces(5))], "bca"),
        ([MoveLine(C, None), RemoveLine(C), add(C)], "abc"),
        ([RemoveLine(B), MoveLine(A, B)], "ac"),
        ([MoveLine(A, C), MoveLine(B, None), MoveLine(C, B)], "bca"),
    ],
)
def test_a_line_stands_where_it_was_moved(wishes: Sequence[Wish], order: str) -> None:
    lines = fold(done(add(A), add(B), add(C), *wishes)).lines
    assert "".join(line.id for line in lines) == order


@pytest.mark.parametrize(
    ("wishes", "notes"),
    [
        ([SetNote(A, "as a gift")], {"a": "as a gift"}),
        ([SetNote(A, "as a gift"), SetNote(A, "")], {"a": ""}),
        ([SetNote(A, "one"), SetNote(A, "two")], {"a": "two"}),
        ([SetNote(B, "for nobody")], {"a": ""}),
        ([SetNote(A, "kept"), add(A), SetQuantity(A, pieces(7)), MoveLine(A, None)], {"a": "kept"}),
        ([SetNote(A, "gone"), RemoveLine(A), add(A)], {"a": ""}),
        ([RemoveLine(A), SetNote(A, "too late"), add(A)], {"a": ""}),
    ],
)
def test_a_note_stays_on_its_line_as_long_as_the_line(wishes: Sequence[Wish], notes: dict[str, str]) -> None:
    state = fold(done(add(A), *wishes))
    assert {line.id: line.note for line in state.lines} == notes
    assert state.note == ""


@pytest.mark.parametrize(
    ("wishes", "changes"),
    [
        ([SetNote(None, "ring twice")], {"note": "ring twice"}),
        ([SetNote(None, "ring twice"), SetNote(None, "")], {}),
        ([SetAddress(AddressUse.DELIVERY, HOME)], {"delivery_address": HOME}),
        ([SetAddress(AddressUse.BILLING, OFFICE)], {"billing_address": OFFICE}),
        (
            [SetAddress(AddressUse.DELIVERY, HOME), SetAddress(AddressUse.BILLING, OFFICE)],
            {"delivery_address": HOME, "billing_address": OFFICE},
        ),
        ([SetAddress(AddressUse.DELIVERY, HOME), SetAddress(AddressUse.DELIVERY, None)], {}),
        ([SetContact("ada@example.com")], {"email": "ada@example.com"}),
        ([SetContact("ada@example.com"), SetContact(None)], {}),
        (
            [SetDelivery(ShippingMethodId("pickup"), StoreId("leipzig"))],
            {"delivery": "pickup", "store": "leipzig"},
        ),
        (
            [
                SetDelivery(ShippingMethodId("pickup"), StoreId("leipzig")),
                SetDelivery(ShippingMethodId("parcel"), None),
            ],
            {"delivery": "parcel"},
        ),
        ([SetPayment("cash")], {"payment": "cash"}),
        ([SetPayment("cash"), SetPayment(None)], {}),
        ([ChooseGift(BONUS, Sku("mug"))], {"gifts": (GiftChoice(BONUS, Sku("mug")),)}),
        (
            [ChooseGift(BONUS, Sku("mug")), ChooseGift(WELCOME, Sku("pan")), ChooseGift(BONUS, Sku("plate"))],
            {"gifts": (GiftChoice(BONUS, Sku("plate")), GiftChoice(WELCOME, Sku("pan")))},
        ),
        ([ChooseGift(BONUS, Sku("mug")), ChooseGift(BONUS, None), ChooseGift(WELCOME, None)], {}),
        ([SetChannel(ChannelId("swiss"))], {"channel": "swiss"}),
    ],
)
def test_what_was_said_last_holds(wishes: Sequence[Wish], changes: dict[str, Any]) -> None:
    assert fold(done(*wishes)) == replace(EMPTY, **changes)
    assert fold(reversed([*done(*wishes), *done(*wishes)])) == replace(EMPTY, **changes)


def test_a_cart_stands_in_its_own_channel_until_it_is_moved() -> None:
    web = ChannelId("web")
    assert cart_of(CartId("c"), web, 1, ()).channel == "web"
    assert cart_of(CartId("c"), web, 2, done(SetChannel(ChannelId("swiss")))).channel == "swiss"


def test_prices_depend_on_little_of_an_address() -> None:
    place = PostalAddress("ES", "Ada", postal_code="35001", region="ES-CN")
    assert place.destination == Destination("ES", "ES-CN", "35001")
