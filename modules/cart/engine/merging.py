"""What becomes of a guest's cart when its shopper is known: its goods as operations of the customer's cart. Pure.

- SUM: the quantities of a line that stands in both are added.
- KEEP_HIGHEST: the higher one holds.
- NEWEST_WINS: the one that was changed last holds.
A line that stands in one of them only is kept, and codes of both are. What is said once of a cart or a line (notes,
addresses, contact, delivery, payment, gifts) is taken from the guest's where the customer's does not say it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from enum import StrEnum

from modules.cart.model import (
    AddCode,
    AddLine,
    AddressUse,
    Cart,
    CartState,
    ChooseGift,
    Entry,
    Line,
    Operation,
    SetAddress,
    SetContact,
    SetDelivery,
    SetNote,
    SetPayment,
    SetQuantity,
    Wish,
    default_line,
)
from modules.kernel.names import CartId, LineId


class Strategy(StrEnum):
    """How the quantities of a line that stands in both carts meet."""

    SUM = "sum"
    KEEP_HIGHEST = "keep_highest"
    NEWEST_WINS = "newest_wins"


_ID = re.compile(r"claim-([0-9a-f]{24})-[0-9a-f]{24}")


def merge(guest: Cart, own: Cart, strategy: Strategy) -> list[Operation]:
    """What brings the guest's goods into the customer's cart. The ids follow from the guest's cart and what is brought,
    so that doing it again does nothing."""
    brought = [*_lines(guest, own, strategy), *_codes(guest), *_rest(guest.state, own.state)]
    return [Operation(_id(guest.id, name), wish) for name, wish in brought]


def guest_of(operation: str) -> CartId | None:
    """Whose goods the operation of this id has brought: the guest's cart; None when it is not one of `merge`."""
    found = _ID.fullmatch(operation)
    return CartId(found[1]) if found else None


def _lines(guest: Cart, own: Cart, strategy: Strategy) -> Iterator[tuple[str, Wish]]:
    held = {line.id: line for line in own.lines}
    for line in guest.lines:
        place = _place(line, held)
        there = held.get(place)
        if strategy is Strategy.SUM or there is None:
            yield f"line {line.id}", AddLine(line.sku, line.quantity, place, line.configuration)
        elif _wins(line, guest, there, own, strategy):
            yield f"line {line.id}", SetQuantity(place, line.quantity)
        if line.note and not (there and there.note):
            yield f"note {line.id}", SetNote(place, line.note)


def _place(line: Line, held: Mapping[LineId, Line]) -> LineId:
    """Which line of the customer's it is: that of its id, unless another product stands there."""
    there = held.get(line.id, line)
    is_its_own = (there.sku, there.configuration) == (line.sku, line.configuration)
    return line.id if is_its_own else default_line(line.sku, line.configuration)


def _wins(line: Line, guest: Cart, there: Line, own: Cart, strategy: Strategy) -> bool:
    if strategy is Strategy.KEEP_HIGHEST:
        return line.quantity > there.quantity
    return line.quantity != there.quantity and _changed_us(line.id, guest) > _changed_us(there.id, own)


def _changed_us(id: LineId, cart: Cart) -> int:
    """When a line was changed last, as far as the cart still knows."""
    return max((entry.at_us for entry in cart.entries if _is_about(id, entry)), default=0)


def _is_about(id: LineId, entry: Entry) -> bool:
    wish = entry.operation.wish
    if isinstance(wish, AddLine):
        return id in (wish.line, default_line(wish.sku, wish.configuration))
    return isinstance(wish, SetQuantity) and wish.line == id


def _codes(guest: Cart) -> Iterator[tuple[str, Wish]]:
    for code in guest.codes:
        yield f"code {code}", AddCode(code)


def _rest(guest: CartState, own: CartState) -> Iterator[tuple[str, Wish]]:
    for name, wish in _said(guest):
        if not any(getattr(own, field) for field in name.split()):
            yield name, wish
    chosen = {gift.promotion for gift in own.gifts}
    for gift in guest.gifts:
        if gift.promotion not in chosen:
            yield f"gift {gift.promotion}", ChooseGift(gift.promotion, gift.sku)


def _said(state: CartState) -> Iterator[tuple[str, Wish]]:
    """What a cart says once, by the fields in which it does."""
    wishes: dict[str, Wish] = {
        "note": SetNote(None, state.note),
        "delivery_address": SetAddress(AddressUse.DELIVERY, state.delivery_address),
        "billing_address": SetAddress(AddressUse.BILLING, state.billing_address),
        "email": SetContact(state.email),
        "delivery store": SetDelivery(state.delivery, state.store),
        "payment": SetPayment(state.payment),
    }
    for name, wish in wishes.items():
        if any(getattr(state, field) for field in name.split()):
            yield name, wish


def _id(guest: CartId, name: str) -> str:
    return f"claim-{guest}-{hashlib.sha256(name.encode()).hexdigest()[:24]}"
