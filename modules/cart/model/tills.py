"""Carts at the till: codes that a phone shows, and carts that wait in a store. What may be said against them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from modules.kernel.errors import Refused
from modules.kernel.names import CartId, StoreId

CODE_SIGNS: Final = 6
CODE_SECONDS: Final = 300
"""How long a code opens a cart, once."""
TILL_HOURS: Final = 12
"""How long a till may work on a cart that was opened by code or resumed."""
TRIES_OF_PRINCIPAL: Final = 20
"""Wrong codes one principal may enter within an hour."""
TRIES_OF_NETWORK: Final = 60
"""The same for all who ask from one network, as the tills of a store do."""


@dataclass(frozen=True, slots=True)
class ParkedCart:
    """A cart that waits in a store."""

    id: CartId
    store: StoreId
    label: str
    parked_us: int


class StoreRequired(Refused):
    """The command is for a store, and none was named; nothing was done."""

    code = "STORE_REQUIRED"

    def __init__(self) -> None:
        super().__init__("This is done in a store: name one.")


class CartCodeUnknown(Refused):
    """No cart is shown by this code: it was mistyped, has ended, or was used."""

    code = "CART_CODE_UNKNOWN"

    def __init__(self) -> None:
        super().__init__("This code opens no cart: it may have ended or been used.", ("input", "code"))


class CartCodeTries(Refused):
    """Too many wrong codes within an hour; none is looked up now."""

    code = "CART_CODE_TOO_MANY_TRIES"

    def __init__(self) -> None:
        super().__init__("Too many wrong codes were entered: try again within an hour.", ("input", "code"))


class ParkedCartNotFound(Refused):
    """No cart of this id waits in this store, or another till has it."""

    code = "PARKED_CART_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("No such cart waits here.", ("input", "id"))
