"""Leaving: what is on its way from a list into a cart, and into no second one."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from modules.kernel.basket import BasketLine
from modules.kernel.errors import Refused
from modules.kernel.names import ConfigurationId, LineId, Sku
from modules.kernel.quantity import Quantity
from modules.wishlists.model.lists import Item, ItemId


class Leaving(NamedTuple):
    """An item as it stood when it was sent into a cart."""

    item: ItemId
    added_us: int
    """Tells it from one that was taken off meanwhile and put on the list anew."""
    cart: str
    """The hash of the cart's key."""
    wish: str
    """The id by which the cart takes it, and by which it is taken off the list."""
    sku: Sku
    quantity: Quantity
    configuration: ConfigurationId | None

    @classmethod
    def of(cls, item: Item, cart: str, *name: str) -> Leaving:
        """`name` is what makes it the same wish when it comes again: each part counts, and so do item and cart."""
        assert item.sku
        parts = (cart, item.id, str(item.added_us), str(item.quantity), *name)
        wish = f"w-{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:32]}"
        return cls(item.id, item.added_us, cart, wish, item.sku, item.quantity, item.configuration)

    @property
    def line(self) -> BasketLine:
        """What the cart is asked to take."""
        return BasketLine(LineId(self.wish), self.sku, self.quantity, self.configuration)


class ItemLeaving(Refused):
    """The item has left the list for another cart, or is on its way there: nothing goes into two."""

    code = "WISHLIST_ITEM_LEAVING"

    def __init__(self, item: ItemId, path: Sequence[str | int]) -> None:
        message = f"The item {item!r} is moved into another cart; move it there again, or take it off and wish anew."
        super().__init__(message, path)
        self.item = item


def cart_hash(key: str) -> str:
    """What is kept of a cart's key: two are the same cart when these are equal, and neither opens it."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
