"""What becomes of a guest's cart when its shopper is known: its goods as operations of the customer's cart. Pure.

- SUM: the quantities of a line that stands in both are added.
- KEEP_HIGHEST: the higher one holds.
- NEWEST_WINS: the one that was changed last holds.
A line that stands in one of them only is kept, and codes of both are. What is said once of a cart (note, addresses,
delivery, payment, gifts) is taken from the guest's where the customer's does not say it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from enum import StrEnum

from modules.cart.model import AddCode, AddLine, Cart, Entry, Line, Operation, SetQuantity, Wish, default_line
from modules.kernel.names import CartId, LineId


class Strategy(StrEnum):
    """How the quantities of a line that stands in both carts meet."""

    SUM = "sum"
    KEEP_HIGHEST = "keep_highest"
    NEWEST_WINS = "newest_wins"


def merge(guest: Cart, own: Cart, strategy: Strategy) -> list[Operation]:
    """What brings the guest's goods into the customer's cart. The ids follow from the guest's cart and what is brought,
    so that doing it again does nothing."""
    brought = [*_lines(guest, own, strategy), *_codes(guest)]
    return [Operation(_id(guest.id, name), wish) for name, wish in brought]


def _lines(guest: Cart, own: Cart, strategy: Strategy) -> Iterator[tuple[str, Wish]]:
    held = {(line.id, line.sku, line.configuration): line for line in own.lines}
    for line in guest.lines:
        there = held.get((line.id, line.sku, line.configuration))
        if strategy is Strategy.SUM or there is None:
            yield f"line {line.id}", AddLine(line.sku, line.quantity, line.id, line.configuration)
        elif _wins(line, guest, there, own, strategy):
            yield f"line {line.id}", SetQuantity(line.id, line.quantity)


def _wins(line: Line, guest: Cart, there: Line, own: Cart, strategy: Strategy) -> bool:
    if strategy is Strategy.KEEP_HIGHEST:
        return line.quantity > there.quantity
    return line.quantity != there.quantity and _changed_us(line.id, guest) > _changed_us(line.id, own)


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


def _id(guest: CartId, name: str) -> str:
    return f"claim-{guest}-{hashlib.sha256(name.encode()).hexdigest()[:24]}"
