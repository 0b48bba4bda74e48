"""What a cart is at a moment: lines and whatever else its operations have led to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from modules.cart.model.keys import Access
from modules.cart.model.operations import Entry
from modules.kernel.address import PostalAddress
from modules.kernel.basket import GiftChoice
from modules.kernel.errors import Refused
from modules.kernel.names import CartId, ChannelId, ConfigurationId, LineId, ShippingMethodId, Sku, StoreId
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
    note: str = ""


@dataclass(frozen=True, slots=True)
class CartState:
    """What operations lead to."""

    lines: tuple[Line, ...] = ()
    """In the order in which they were begun, unless they were moved."""
    codes: tuple[str, ...] = ()
    """As they were typed, in the order of entering."""
    note: str = ""
    delivery_address: PostalAddress | None = None
    billing_address: PostalAddress | None = None
    email: str | None = None
    delivery: ShippingMethodId | None = None
    store: StoreId | None = None
    """Where what is picked up waits."""
    payment: str | None = None
    gifts: tuple[GiftChoice, ...] = ()
    """One for a promotion at most, in the order of choosing."""
    channel: ChannelId | None = None
    """None: that in which the cart was created."""


EMPTY: Final = CartState()
"""Before the first operation."""


@dataclass(frozen=True, slots=True)
class Base:
    """Where a log begins: the state that operations before `at_us` (microseconds) have led to.

    Their ids are remembered beside it. One that arrives later and counts before that moment is too late.
    """

    at_us: int = 0
    state: CartState = EMPTY
    lasting: Mapping[str, str] = field(default_factory=dict)
    """Undos that counted when they were folded, by the operation they take back, which had not come."""


BEGINNING: Final = Base()
"""Of a log that holds everything."""


@dataclass(frozen=True, slots=True)
class Cart:
    """A cart as of `version`, which is 1 for a new one and rises by one with every operation taken up."""

    id: CartId
    channel: ChannelId
    version: int
    entries: tuple[Entry, ...]
    """In the order (time, operation id)."""
    state: CartState = EMPTY
    undone: Mapping[str, str] = field(default_factory=dict)
    """Which operations are taken back, by which undo."""
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


class UnknownChannel(Refused):
    """No channel is called so; the cart stays in its own."""

    code = "UNKNOWN_CHANNEL"


class TooLate(Refused):
    """It counts before what the cart keeps one by one, so that it cannot take its place any more; or it would undo
    something there."""

    code = "TOO_LATE"

    def __init__(self, path: Sequence[str | int]) -> None:
        super().__init__("This was done so long ago that the cart cannot take it up any more.", path)


class CartFull(Refused):
    """The cart keeps as many operations as it may; nothing of the call was applied."""

    code = "CART_OPERATION_LIMIT"

    def __init__(self) -> None:
        super().__init__(f"A cart keeps at most {MOST_OPERATIONS} operations.", ("input", "operations"))
