"""Transfers between sources, and stock takes, as handed in and as kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from modules.inventory.events import TransferChanged
from modules.kernel.errors import Refused
from modules.kernel.names import Sku, SourceId
from modules.kernel.quantity import Quantity


class TransferState(StrEnum):
    """SENT -> RECEIVED or CANCELLED; while it is SENT its goods lie nowhere."""

    SENT = "sent"
    RECEIVED = "received"
    CANCELLED = "cancelled"


class Transfer(NamedTuple):
    """So much of a sku on its way from one source to another. `received` may differ from what was sent."""

    id: str
    sku: Sku
    origin: SourceId
    target: SourceId
    quantity: Quantity
    received: Quantity
    state: TransferState
    sent_us: int
    expected_us: int
    version: int = 1

    @property
    def wish(self) -> tuple[object, ...]:
        """What was asked for, which the same id cannot mean twice in two ways."""
        return self.sku, self.origin, self.target, self.quantity, self.expected_us

    def event(self) -> TransferChanged:
        """The transfer as others are told of it."""
        return TransferChanged(
            version=self.version,
            id=self.id,
            sku=self.sku,
            origin=self.origin,
            target=self.target,
            quantity_micros=self.quantity,
            received_micros=self.received,
            state=self.state.value,
            expected_us=self.expected_us,
        )


class UnknownTransfer(Refused):
    """No transfer has this id."""

    code = "UNKNOWN_TRANSFER"

    def __init__(self, id: str, path: Sequence[str | int] = ()) -> None:
        super().__init__(f"There is no transfer {id[:100]!r}.", path)
        self.transfer = id[:100]


class TransferEnded(Refused):
    """The transfer is not on its way any more."""

    code = "TRANSFER_ENDED"

    def __init__(self, transfer: Transfer, path: Sequence[str | int] = ()) -> None:
        super().__init__(f"The transfer {transfer.id!r} is {transfer.state}.", path)
        self.transfer = transfer.id
        self.state = transfer.state.value


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferInput:
    """A transfer as handed in, unchecked; `id` is the sender's own, so that sending again is harmless."""

    id: str
    sku: str
    origin: str
    target: str
    quantity: str
    expected_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptInput:
    """What arrived of a transfer, as handed in; None: all of it. Nothing at all: it came back (`cancelled`)."""

    id: str
    received: str | None = None
    cancelled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeInput:
    """What was counted of a sku."""

    sku: str
    counted: str


class Counted(NamedTuple):
    """A checked count."""

    sku: Sku
    counted: Quantity


class Difference(NamedTuple):
    """What a stock take found: what should have lain there at the moment of counting, what did, and what lies there
    now after all that came and went since."""

    sku: Sku
    expected: Quantity
    counted: Quantity
    now: Quantity


@dataclass(frozen=True, slots=True)
class Transferred:
    """Transfers as they are now, in the order asked, and refusals with their paths."""

    transfers: tuple[Transfer, ...] = ()
    problems: tuple[Refused, ...] = ()


@dataclass(frozen=True, slots=True)
class StockTake:
    """All counts of a stock take, those without a difference too, and refusals with their paths."""

    differences: tuple[Difference, ...] = ()
    problems: tuple[Refused, ...] = ()
