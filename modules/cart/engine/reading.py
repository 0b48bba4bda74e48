"""From what a client wrote to operations, value by value; every refusal tells its place in the call."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from modules.cart.engine.intake import CartInput, Refusals
from modules.cart.engine.merging import guest_of
from modules.cart.model import (
    AddCode,
    AddLine,
    ChooseGift,
    Kind,
    MoveLine,
    Operation,
    RemoveCode,
    RemoveLine,
    SetAddress,
    SetChannel,
    SetContact,
    SetDelivery,
    SetNote,
    SetPayment,
    SetQuantity,
    Undo,
    Wish,
    compared,
)
from modules.kernel.address import PostalAddress
from modules.kernel.errors import InvalidInput
from modules.kernel.intake import COUNTRIES, NAMES, check, is_country
from modules.kernel.names import (
    MAX_LENGTH,
    ChannelId,
    ConfigurationId,
    LineId,
    PromotionId,
    ShippingMethodId,
    Sku,
    StoreId,
    is_name,
    is_sku,
    is_text,
)
from modules.kernel.outcome import Path
from modules.kernel.quantity import MOST, Quantity, format_quantity, parse_quantity

LONGEST_NOTE: Final = 1_000
_ID: Final = re.compile(r"[!-~]{1,64}")
_ID_ALLOWED: Final = "1 to 64 printable ASCII characters without blanks"
_LONGEST_CODE: Final = 64
_LONGEST_EMAIL: Final = 254
_EMAIL: Final = re.compile(r"[^\s@]{1,64}@[^\s@]+")
_MOST_ADDRESS_LINES: Final = 5
_LONGEST: Final = {"name": 100, "company": 100, "postalCode": 20, "city": 100, "region": 20, "phone": 40}
"""Characters of an address's fields."""


def read_all(inputs: Sequence[CartInput]) -> tuple[dict[int, Operation], Refusals]:
    """The operations that can be read, and the refusals of the others."""
    asked: dict[int, Operation] = {}
    refused: Refusals = {}
    for index, given in enumerate(inputs):
        try:
            asked[index] = read(given, index)
        except InvalidInput as refusal:
            refused[index] = refusal
    return asked, refused


def read(given: CartInput, index: int) -> Operation:
    """The operation a client meant. Raises InvalidInput, with the path into the call, for what no cart takes.

    The article's own scale of quantities is not known here; six decimals pass.
    """
    path = ("input", "operations", index)
    _check_id(given.id, "An operation id", (*path, "id"))
    if guest_of(given.id):
        # Goods that a claim has brought are told by their ids: whoever restores closes the cart that such an id names.
        raise InvalidInput("An operation id is of the form that claims give theirs.", (*path, "id"), "any other id")
    return Operation(given.id, read_wish(given, (*path, "operation", given.kind)), given.at_us)


def read_wish(given: CartInput, place: Path) -> Wish:
    """Like `read`, for a wish at any place of an input."""
    return _READERS[given.kind](given, place)


def read_code(code: str, place: Path) -> str:
    """The code as it was typed; raises InvalidInput for what cannot be one."""
    if not is_text(code, _LONGEST_CODE) or not compared(code):
        raise InvalidInput("A code is malformed.", place, f"1 to {_LONGEST_CODE} printable characters")
    return code


def read_address(given: PostalAddress, place: Path) -> PostalAddress:
    """The address, as it was written; raises InvalidInput for what cannot stand on a label."""
    check(is_country(given.country), given.country, (*place, "country"), COUNTRIES)
    fields = (given.name, given.company, given.postal_code, given.city, given.region, given.phone)
    for (name, most), text in zip(_LONGEST.items(), fields, strict=True):
        check(not text or is_text(text, most), text, (*place, name), f"at most {most} printable characters")
    count = len(given.lines)
    check(count <= _MOST_ADDRESS_LINES, f"{count} lines", (*place, "lines"), f"at most {_MOST_ADDRESS_LINES}")
    for index, line in enumerate(given.lines):
        check(is_text(line, 100), line, (*place, "lines", index), "1 to 100 printable characters")
    return given


def _add_line(given: CartInput, place: Path) -> AddLine:
    line = None if given.line is None else _line(given.line, (*place, "lineId"))
    made = (
        None if given.configuration is None else ConfigurationId(_name(given.configuration, place, "configurationId"))
    )
    return AddLine(_sku(given.sku, place), _quantity(given, place), line, made)


def _set_quantity(given: CartInput, place: Path) -> SetQuantity:
    return SetQuantity(_line(given.line, (*place, "lineId")), _quantity(given, place))


def _remove_line(given: CartInput, place: Path) -> RemoveLine:
    return RemoveLine(_line(given.line, (*place, "lineId")))


def _move_line(given: CartInput, place: Path) -> MoveLine:
    after = None if given.after is None else _line(given.after, (*place, "after"))
    return MoveLine(_line(given.line, (*place, "lineId")), after)


def _set_note(given: CartInput, place: Path) -> SetNote:
    line = None if given.line is None else _line(given.line, (*place, "lineId"))
    plain = given.text.replace("\n", " ").replace("\t", " ")
    good = not given.text or is_text(plain, LONGEST_NOTE)
    check(good, given.text, (*place, "text"), f"at most {LONGEST_NOTE} characters, not blanks alone")
    return SetNote(line, given.text)


def _add_code(given: CartInput, place: Path) -> AddCode:
    return AddCode(read_code(given.code, place))


def _remove_code(given: CartInput, place: Path) -> RemoveCode:
    return RemoveCode(read_code(given.code, place))


def _set_address(given: CartInput, place: Path) -> SetAddress:
    assert given.use is not None
    address = None if given.address is None else read_address(given.address, (*place, "address"))
    return SetAddress(given.use, address)


def _set_contact(given: CartInput, place: Path) -> SetContact:
    email = given.email
    good = email is None or (is_text(email, _LONGEST_EMAIL) and _EMAIL.fullmatch(email) is not None)
    check(good, email, (*place, "email"), f"an address such as name@example.com, at most {_LONGEST_EMAIL} characters")
    return SetContact(email)


def _set_delivery(given: CartInput, place: Path) -> SetDelivery:
    method = None if given.method is None else ShippingMethodId(_name(given.method, place, "method"))
    store = None if given.store is None else StoreId(_name(given.store, place, "store"))
    return SetDelivery(method, store)


def _set_payment(given: CartInput, place: Path) -> SetPayment:
    good = given.payment is None or is_text(given.payment, MAX_LENGTH)
    check(good, given.payment, (*place, "kind"), f"1 to {MAX_LENGTH} characters")
    return SetPayment(given.payment)


def _choose_gift(given: CartInput, place: Path) -> ChooseGift:
    sku = None if given.gift is None else _sku(given.gift, place)
    return ChooseGift(PromotionId(_name(given.promotion, place, "promotion")), sku)


def _set_channel(given: CartInput, place: Path) -> SetChannel:
    return SetChannel(ChannelId(_name(given.channel, place, "channel")))


def _undo(given: CartInput, place: Path) -> Undo:
    _check_id(given.undone, "An operation id", (*place, "operation"))
    other = given.undone != given.id
    check(other, given.undone, (*place, "operation"), "the id of another operation")
    return Undo(given.undone)


_READERS: Final[Mapping[Kind, Callable[[CartInput, Path], Wish]]] = {
    Kind.ADD_LINE: _add_line,
    Kind.SET_QUANTITY: _set_quantity,
    Kind.REMOVE_LINE: _remove_line,
    Kind.MOVE_LINE: _move_line,
    Kind.SET_NOTE: _set_note,
    Kind.ADD_CODE: _add_code,
    Kind.REMOVE_CODE: _remove_code,
    Kind.SET_ADDRESS: _set_address,
    Kind.SET_CONTACT: _set_contact,
    Kind.SET_DELIVERY: _set_delivery,
    Kind.SET_PAYMENT: _set_payment,
    Kind.CHOOSE_GIFT: _choose_gift,
    Kind.SET_CHANNEL: _set_channel,
    Kind.UNDO: _undo,
}


def _check_id(id: str, what: str, path: Path) -> None:
    if not _ID.fullmatch(id):
        raise InvalidInput(f"{what} is malformed.", path, _ID_ALLOWED)


def _line(line: str | None, path: Path) -> LineId:
    _check_id(line or "", "A line id", path)
    return LineId(line or "")


def _name(text: str, place: Path, field: str) -> str:
    check(is_name(text), text, (*place, field), NAMES)
    return text


def _sku(sku: str, place: Path) -> Sku:
    if not is_sku(sku):
        raise InvalidInput("A sku is malformed.", (*place, "sku"), "1 to 64 printable characters")
    return Sku(sku)


def _quantity(given: CartInput, place: Path) -> Quantity:
    least = "more than 0" if given.kind is Kind.ADD_LINE else "0 or more"
    allowed = f"{least}, at most {format_quantity(MOST)}, with at most 6 decimals"
    try:
        quantity = parse_quantity(given.quantity)
    except ValueError as error:
        raise InvalidInput(f"The quantity is not possible: {error}.", (*place, "quantity"), allowed) from None
    if quantity < 0 or (given.kind is Kind.ADD_LINE and not quantity):
        raise InvalidInput(f"The quantity is {format_quantity(quantity)}.", (*place, "quantity"), allowed)
    return quantity
