"""Movements: what came and went, and why."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple

from modules.kernel.names import Sku, SourceId
from modules.kernel.quantity import Quantity


class MoveKind(StrEnum):
    """Why on hand changed."""

    SHIP = "ship"
    RESTOCK = "restock"
    TRANSFER_OUT = "transfer_out"
    TRANSFER_IN = "transfer_in"
    STOCK_TAKE = "stock_take"
    LOST = "lost"


OWN: Final = (MoveKind.SHIP, MoveKind.RESTOCK, MoveKind.TRANSFER_OUT, MoveKind.TRANSFER_IN, MoveKind.LOST)
"""What we moved ourselves, so that a figure from before does not know it."""


class Move(NamedTuple):
    """A change of on hand; negative: it left. `reference` is an order, a transfer or a stock take."""

    sku: Sku
    source: SourceId
    quantity: Quantity
    kind: MoveKind
    reference: str
