"""What carts publish. The cart's own script writes it, in the same step as the operations (see store.py)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from modules.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class CartChanged(Event):
    """A cart took up operations. The state of the cart is read anew; this says only who did what."""

    NAME: ClassVar[str] = "cart.cart_changed.v1"

    cart: str
    """The public id, never the key."""
    by: str
    """A kind of principal ("shopper", "administrator") or the name a device gave itself."""
    what: tuple[str, ...]
    """Kinds of the operations in the order of the call, each once: "addLine", "setQuantity", "addCode"."""
    call: str = ""
    """The id of the event: who made the call knows by it what the call has led to. Empty of older writers."""

    @property
    def key(self) -> str:
        """The cart's id."""
        return self.cart
