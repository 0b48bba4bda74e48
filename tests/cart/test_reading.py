"""Bad input: what no cart takes up, each with its path and what is allowed."""

from __future__ import annotations

from typing import Any

import pytest

from modules.cart.engine.intake import CartInput
from modules.cart.engine.merging import guest_of
from modules.cart.engine.reading import read
from modules.cart.model import (
    AddLine,
    AddressUse,
    ChooseGift,
    Kind,
    MoveLine,
    SetAddress,
    SetContact,
    SetDelivery,
    SetNote,
    SetPayment,
    Undo,
    Wish,
)
from modules.kernel.address import PostalAddress
from modules.kernel.errors import InvalidInput

DELIVERY = AddressUse.DELIVERY


def address(**fields: Any) -> dict[str, Any]:
    """The members of an operation that sets this one."""
    return {"use": DELIVERY, "address": PostalAddress(**{"country": "DE", **fields})}


@pytest.mark.parametrize(
    ("kind", "members", "path"),
    [
        (Kind.ADD_LINE, {"sku": "mug", "quantity": "1", "configuration": "a b"}, ("configurationId",)),
        (Kind.ADD_LINE, {"sku": "mug", "quantity": "1", "configuration": ""}, ("configurationId",)),
        (Kind.SET_QUANTITY, {"quantity": "1"}, ("lineId",)),
        (Kind.REMOVE_LINE, {"line": "a b"}, ("lineId",)),
        (Kind.MOVE_LINE, {"line": ""}, ("lineId",)),
        (Kind.MOVE_LINE, {"line": "a", "after": ""}, ("after",)),
        (Kind.MOVE_LINE, {"line": "a", "after": "\ud800"}, ("after",)),
        (Kind.SET_NOTE, {"line": "", "text": "x"}, ("lineId",)),
        (Kind.SET_NOTE, {"text": "x" * 1_001}, ("text",)),
        (Kind.SET_NOTE, {"text": "  \n"}, ("text",)),
        (Kind.SET_NOTE, {"text": "bell \x07"}, ("text",)),
        (Kind.SET_ADDRESS, address(country="UK"), ("address", "country")),
        (Kind.SET_ADDRESS, address(country="de"), ("address", "country")),
        (Kind.SET_ADDRESS, address(name="x" * 101), ("address", "name")),
        (Kind.SET_ADDRESS, address(company="a\nb"), ("address", "company")),
        (Kind.SET_ADDRESS, address(lines=("x",) * 6), ("address", "lines")),
        (Kind.SET_ADDRESS, address(lines=("x", " ")), ("address", "lines", "1")),
        (Kind.SET_ADDRESS, address(postal_code="x" * 21), ("address", "postalCode")),
        (Kind.SET_ADDRESS, address(city=" "), ("address", "city")),
        (Kind.SET_ADDRESS, address(region="x" * 21), ("address", "region")),
        (Kind.SET_ADDRESS, address(phone="\ud800"), ("address", "phone")),
        (Kind.SET_CONTACT, {"email": ""}, ("email",)),
        (Kind.SET_CONTACT, {"email": "ada"}, ("email",)),
        (Kind.SET_CONTACT, {"email": "ada@"}, ("email",)),
        (Kind.SET_CONTACT, {"email": "a@b@c"}, ("email",)),
        (Kind.SET_CONTACT, {"email": "ada@example.com\nBcc: all"}, ("email",)),
        (Kind.SET_CONTACT, {"email": f"ada@{'x' * 251}"}, ("email",)),
        (Kind.SET_DELIVERY, {"method": ""}, ("method",)),
        (Kind.SET_DELIVERY, {"method": "parcel", "store": "a b"}, ("store",)),
        (Kind.SET_PAYMENT, {"payment": " "}, ("kind",)),
        (Kind.CHOOSE_GIFT, {"promotion": ""}, ("promotion",)),
        (Kind.CHOOSE_GIFT, {"promotion": "bonus", "gift": ""}, ("sku",)),
        (Kind.SET_CHANNEL, {"channel": ""}, ("channel",)),
        (Kind.SET_CHANNEL, {"channel": "x" * 65}, ("channel",)),
        (Kind.UNDO, {"undone": ""}, ("operation",)),
        (Kind.UNDO, {"undone": "umlaut-ü"}, ("operation",)),
        (Kind.UNDO, {"undone": "op"}, ("operation",)),
    ],
)
def test_what_no_cart_takes_is_refused_at_its_field(kind: Kind, members: dict[str, Any], path: tuple[str, ...]) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(CartInput("op", kind, **members), 2)
    assert caught.value.path == ("input", "operations", "2", "operation", kind.value, *path)
    assert caught.value.allowed


def test_no_client_gives_an_operation_the_id_of_a_claim() -> None:
    brought = f"claim-{'0a' * 12}-{'1b' * 12}"
    assert guest_of(brought) == "0a" * 12
    with pytest.raises(InvalidInput) as caught:
        read(CartInput(brought, Kind.SET_NOTE, text="x"), 2)
    assert (caught.value.code, caught.value.path) == ("INVALID_INPUT", ("input", "operations", "2", "id"))
    assert read(CartInput("claim-17", Kind.SET_NOTE, text="x"), 2).id == "claim-17"
    assert read(CartInput("op", Kind.UNDO, undone=brought), 2).wish == Undo(brought)


@pytest.mark.parametrize(
    ("kind", "members", "wish"),
    [
        (
            Kind.ADD_LINE,
            {"sku": "mug", "quantity": "1", "configuration": "c-7", "line": "a"},
            AddLine("mug", 1_000_000, "a", "c-7"),  # type: ignore[arg-type]
        ),
        (Kind.MOVE_LINE, {"line": "a"}, MoveLine("a", None)),  # type: ignore[arg-type]
        (Kind.SET_NOTE, {"text": "two\nlines"}, SetNote(None, "two\nlines")),
        (Kind.SET_NOTE, {"line": "a", "text": ""}, SetNote("a", "")),  # type: ignore[arg-type]
        (Kind.SET_ADDRESS, address(), SetAddress(DELIVERY, PostalAddress("DE"))),
        (Kind.SET_ADDRESS, {"use": DELIVERY}, SetAddress(DELIVERY, None)),
        (Kind.SET_CONTACT, {"email": "ada+cart@example.com"}, SetContact("ada+cart@example.com")),
        (Kind.SET_CONTACT, {}, SetContact(None)),
        (Kind.SET_DELIVERY, {}, SetDelivery(None, None)),
        (Kind.SET_PAYMENT, {}, SetPayment(None)),
        (Kind.CHOOSE_GIFT, {"promotion": "bonus"}, ChooseGift("bonus", None)),  # type: ignore[arg-type]
        (Kind.UNDO, {"undone": "other"}, Undo("other")),
    ],
)
def test_what_is_not_given_is_not_known(kind: Kind, members: dict[str, Any], wish: Wish) -> None:
    assert read(CartInput("op", kind, **members), 0).wish == wish
