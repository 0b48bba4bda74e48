"""What a transfer or a count does to levels. Pure: levels in, levels and movements out."""

from __future__ import annotations

from modules.inventory.model.levels import Level
from modules.inventory.model.movements import Move, MoveKind
from modules.inventory.model.transfers import Difference, Transfer, TransferState
from modules.kernel.errors import InsufficientStock
from modules.kernel.moments import from_us
from modules.kernel.outcome import Path
from modules.kernel.quantity import ZERO, Quantity, format_quantity
from modules.kernel.stock import IncomingStock


def send(transfer: Transfer, origin: Level, target: Level, path: Path) -> tuple[Level, Level, Move]:
    """Goods leave the origin and are expected at the target.

    Raises InsufficientStock when that would take what is set aside or was never there.
    """
    free = origin.on_hand - origin.held - origin.committed
    if origin.track and free < transfer.quantity:
        had, wish = format_quantity(max(free, 0)), format_quantity(transfer.quantity)
        raise InsufficientStock(transfer.sku, had, wish, (*path, "quantity"))
    left = origin._replace(on_hand=Quantity(origin.on_hand - transfer.quantity))
    coming = sorted((*target.incoming, _coming(transfer)), key=lambda item: (item.at, item.quantity))
    move = Move(transfer.sku, transfer.origin, Quantity(-transfer.quantity), MoveKind.TRANSFER_OUT, transfer.id)
    return left, target._replace(incoming=tuple(coming)), move


def receive(transfer: Transfer, target: Level, received: Quantity) -> tuple[Transfer, Level, Move]:
    """What arrived lies at the target; nothing more is expected of this transfer."""
    move = Move(transfer.sku, transfer.target, received, MoveKind.TRANSFER_IN, transfer.id)
    after = transfer._replace(received=received, state=TransferState.RECEIVED, version=transfer.version + 1)
    return after, _arrived(transfer, target, received), move


def cancel(transfer: Transfer, origin: Level, target: Level) -> tuple[Transfer, Level, Level, Move]:
    """All goods lie at the origin again."""
    move = Move(transfer.sku, transfer.origin, transfer.quantity, MoveKind.TRANSFER_IN, transfer.id)
    after = transfer._replace(state=TransferState.CANCELLED, version=transfer.version + 1)
    back = origin._replace(on_hand=Quantity(origin.on_hand + transfer.quantity))
    return after, back, _arrived(transfer, target, ZERO), move


def take(level: Level, counted: Quantity, moved_since: int) -> tuple[Level, Difference]:
    """The level after a count; `moved_since` is what came and went since the moment of counting."""
    now = Quantity(counted + moved_since)
    expected = Quantity(level.on_hand - moved_since)
    return level._replace(on_hand=now), Difference(level.sku, expected, counted, now)


def _coming(transfer: Transfer) -> IncomingStock:
    return IncomingStock(from_us(transfer.expected_us), transfer.quantity)


def _arrived(transfer: Transfer, target: Level, received: Quantity) -> Level:
    coming = list(target.incoming)
    if (mine := _coming(transfer)) in coming:  # a count may have told of it otherwise since
        coming.remove(mine)
    return target._replace(on_hand=Quantity(target.on_hand + received), incoming=tuple(coming))
