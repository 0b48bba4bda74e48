"""What a back-up holds of a cart, and what becomes of one that was on its way into another while it was made. Pure.

Carts are copied one after the other while shoppers go on, so that a guest's cart may be copied with its goods, and the
customer's cart that has them by now too. The goods came there under ids that name the guest's cart (`merging`), which
tells it: such a guest's cart comes back closed, as it was closed in the shop.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import orjson

from modules.cart.engine.merging import guest_of
from modules.cart.model.keys import Locator, cart_id
from modules.kernel.names import CartId


@dataclass(frozen=True, slots=True)
class CartCopy:
    """All of a cart: names and values in turn, as Redis tells them. `mark` rises with every change."""

    locator: Locator
    mark: int
    expires_us: int
    """When its time is over, if nobody touches it."""
    fields: Sequence[str]
    operations: Sequence[str]

    @classmethod
    def decode(cls, line: bytes) -> Self:
        """Raises ValueError for what `encode` has not made."""
        try:
            return cls(**orjson.loads(line))
        except TypeError as error:
            raise ValueError(str(error)) from error

    def encode(self) -> bytes:
        """One line, without its end."""
        return orjson.dumps(self)

    @property
    def id(self) -> CartId:
        """The public id."""
        return cart_id(self.locator)

    @property
    def customer(self) -> str:
        """Whose it is; empty for a guest's."""
        return dict(zip(self.fields[::2], self.fields[1::2], strict=True)).get("customer", "")

    def brought(self) -> set[CartId]:
        """The guests' carts whose goods are in this one; none unless it is a customer's."""
        guests = (guest_of(id) for id in self.operations[::2]) if self.customer else ()
        return {guest for guest in guests if guest}


def closed(guest: CartCopy, customer: str) -> CartCopy:
    """A guest's cart after its goods went into this customer's: empty, opened by nothing, and it can be claimed again
    by whoever claimed it. One that is a customer's already stays as it is."""
    if guest.customer:
        return guest
    kept: dict[str, str] = {}
    for name, value in zip(guest.fields[::2], guest.fields[1::2], strict=True):
        if not name.startswith("g:"):
            kept[name] = value
        elif orjson.loads(value)["right"] == "owner":
            kept[f"c:{name.removeprefix('g:')}"] = "1"
    for gone in ("base", "base_at", "folded"):
        kept.pop(gone, None)
    kept |= {"customer": customer, "closed": "1", "changes": str(int(kept.get("changes", 0)) + 1)}
    fields = [text for pair in kept.items() for text in pair]
    return CartCopy(guest.locator, guest.mark + 1, guest.expires_us, fields, ())
