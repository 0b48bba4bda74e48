"""What a cart is at a moment: lines and whatever else its operations have led to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from modules.cart.model.keys import Access
from modules.cart.model.operations import Entry
from modules.kernel.errors import Refused
from modules.kernel.names import CartId, ChannelId, ConfigurationId, LineId, Sku
from modules.kernel.quantity import Quantity

MOST_LINES = 1_000
"""Lines that are priced; the quote says so when a cart has more."""
MOST_CODES = 20
"""Codes that are looked at; the quote says so when a cart has more."""
MOST_OPERATIONS = 10_000
"""Operations a cart keeps; a call that would exceed it is refused as a whole."""


@dataclass(frozen=True, slots=True)
class Line:
    """So much of this."""

    id: LineId
    sku: Sku
    quantity: Quantity
    configuration: ConfigurationId | None = None


@dataclass(frozen=True, slots=True)
class CartState:
    """What operations lead to."""

    lines: tuple[Line, ...] = ()
    """In the order in which they were begun."""
    codes: tuple[str, ...] = ()
    """As they were typed, in the order of entering."""


EMPTY: Final = CartState()
"""Before the first operation."""


@dataclass(frozen=True, slots=True)
class Cart:
    """A cart as of `version`, which is 1 for a new one and rises by one with every operation taken up."""

    id: CartId
    channel: ChannelId
    version: int
    entries: tuple[Entry, ...]
    """In the order (time, operation id)."""
    state: CartState = EMPTY
    access: Access | None = None
    """By which right it was opened; None for the shop itself."""

    @property
    def lines(self) -> tuple[Line, ...]:
        """Of its state."""
        return self.state.lines

    @property
    def codes(self) -> tuple[str, ...]:
        """Of its state."""
        return self.state.codes


class CartNotFound(Refused):
    """No cart has this key. The key is not repeated: it may be somebody's cart with a sign mistyped."""

    code = "CART_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("There is no cart with this key.", ("input", "key"))


class CartFull(Refused):
    """The cart keeps as many operations as it may; nothing of the call was applied."""

    code = "CART_OPERATION_LIMIT"

    def __init__(self) -> None:
        super().__init__(f"A cart keeps at most {MOST_OPERATIONS} operations.", ("input", "operations"))
