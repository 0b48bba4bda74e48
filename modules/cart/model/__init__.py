"""A cart is the fold of its operations: no state of its own, no order of arrival, no conflict.

`operations`: what can be wished. `carts`: the state that wishes lead to. `folding`: how they lead there.
`keys`: what opens a cart.
"""

from modules.cart.model.carts import (
    EMPTY,
    MOST_CODES,
    MOST_LINES,
    MOST_OPERATIONS,
    Cart,
    CartFull,
    CartNotFound,
    CartState,
    Line,
)
from modules.cart.model.folding import cart_of, fold
from modules.cart.model.operations import (
    MOST_OPERATIONS_A_CALL,
    OLDEST_US,
    WISHES,
    AddCode,
    AddLine,
    Entry,
    Kind,
    Operation,
    RemoveCode,
    RemoveLine,
    SetQuantity,
    Wish,
    compared,
    default_line,
    in_order,
    kind_of,
    page,
)

__all__ = [
    "EMPTY",
    "MOST_CODES",
    "MOST_LINES",
    "MOST_OPERATIONS",
    "MOST_OPERATIONS_A_CALL",
    "OLDEST_US",
    "WISHES",
    "AddCode",
    "AddLine",
    "Cart",
    "CartFull",
    "CartNotFound",
    "CartState",
    "Entry",
    "Kind",
    "Line",
    "Operation",
    "RemoveCode",
    "RemoveLine",
    "SetQuantity",
    "Wish",
    "cart_of",
    "compared",
    "default_line",
    "fold",
    "in_order",
    "kind_of",
    "page",
]
