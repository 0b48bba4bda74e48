"""Transfers between sources, and stock takes."""

from __future__ import annotations

from typing import Self

import strawberry

from modules.inventory.model import transfers as model
from modules.inventory.model.transfers import TransferEnded as Ended, TransferState, UnknownTransfer as Unknown
from modules.inventory.service.transfers import TransferService
from modules.kernel.graph import REASON, DateTime, Decimal, Info, Problem, Product, field, instant, problems
from modules.kernel.graph.problems import common
from modules.kernel.quantity import format_quantity

strawberry.enum(
    TransferState, description="SENT: on its way, lying nowhere. RECEIVED: arrived. CANCELLED: back at its origin."
)


@strawberry.type(description="Goods on their way from one source to another.")
class Transfer:
    id: strawberry.ID = strawberry.field(description="The sender's own.")
    product: Product = strawberry.field(description="What.")
    origin: strawberry.ID = strawberry.field(description="The source it left.")
    target: strawberry.ID = strawberry.field(description="The source it goes to.")
    quantity: Decimal = strawberry.field(description="What was sent, in the product's unit.")
    received: Decimal = strawberry.field(description="What arrived, in the product's unit; 0 while it is on its way.")
    state: TransferState = strawberry.field(description="Where it stands.")
    sent_at: DateTime = strawberry.field(description="When it left.")
    expected_at: DateTime = strawberry.field(description="When it should arrive.")

    @classmethod
    def of(cls, transfer: model.Transfer) -> Self:
        """From the model's value."""
        return cls(
            id=strawberry.ID(transfer.id),
            product=Product(sku=strawberry.ID(transfer.sku)),
            origin=strawberry.ID(transfer.origin),
            target=strawberry.ID(transfer.target),
            quantity=Decimal(format_quantity(transfer.quantity)),
            received=Decimal(format_quantity(transfer.received)),
            state=transfer.state,
            sent_at=instant(transfer.sent_us),
            expected_at=instant(transfer.expected_us),
        )


@strawberry.type(description="What a stock take found of a product.")
class StockDifference:
    product: Product = strawberry.field(description="Which.")
    expected: Decimal = strawberry.field(description="What should have lain there when it was counted.")
    counted: Decimal = strawberry.field(description="What lay there.")
    on_hand: Decimal = strawberry.field(description="What lies there now, with all that came and went since.")

    @classmethod
    def of(cls, difference: model.Difference) -> Self:
        """From the model's value."""
        expected, counted, now = (Decimal(format_quantity(quantity)) for quantity in difference[1:])
        return cls(product=Product(sku=strawberry.ID(difference.sku)), expected=expected, counted=counted, on_hand=now)


@strawberry.federation.type(shareable=True, description="No transfer has this id.")
class UnknownTransfer(Problem):
    transfer: strawberry.ID = strawberry.field(description="As it was given.")


@strawberry.federation.type(shareable=True, description="The transfer is not on its way any more.")
class TransferEnded(Problem):
    transfer: strawberry.ID = strawberry.field(description="Which.")
    state: str = strawberry.field(description="What it is.")


@strawberry.input(description="Goods that leave one source for another.")
class TransferInput:
    id: strawberry.ID = strawberry.field(description="The sender's own; one that was sent is not sent again.")
    sku: strawberry.ID = strawberry.field(description="Of a product that exists.")
    origin: strawberry.ID = strawberry.field(description="The source it leaves.")
    target: strawberry.ID = strawberry.field(description="Another source.")
    quantity: Decimal = strawberry.field(description="In the product's unit, at most what is there and not set aside.")
    expected_at: DateTime = strawberry.field(description="When it should arrive.")


@strawberry.input(description="Transfers to be sent; each for itself.")
class SendTransfersInput:
    reason: str = strawberry.field(description=REASON)
    transfers: list[TransferInput] = strawberry.field(description="At most 1,000, each once.")


@strawberry.input(description="What arrived of a transfer.")
class TransferReceiptInput:
    id: strawberry.ID = strawberry.field(description="Of the transfer.")
    received: Decimal | None = strawberry.field(default=None, description="In the product's unit; null: all of it.")
    cancelled: bool = strawberry.field(default=False, description="True: it came back to where it left.")


@strawberry.input(description="Transfers that arrived or came back.")
class ReceiveTransfersInput:
    reason: str = strawberry.field(description=REASON)
    receipts: list[TransferReceiptInput] = strawberry.field(description="At most 1,000.")


@strawberry.type(description="Transfers as they are now.")
class TransfersPayload:
    transfers: list[Transfer] = strawberry.field(description="Those that were sent or received, also earlier.")
    problems: list[Problem] = strawberry.field(description="Why not the others, each with its path.")


@strawberry.input(description="What was counted of a product.")
class StockCountInput:
    sku: strawberry.ID = strawberry.field(description="Of a product that exists.")
    counted: Decimal = strawberry.field(description="In the product's unit; 0 or more.")


@strawberry.input(description="A count of a source.")
class TakeStockInput:
    reason: str = strawberry.field(description=REASON)
    source: strawberry.ID = strawberry.field(description="Where.")
    counted_at: DateTime = strawberry.field(
        description="When, at most 90 days ago; what came and went since then is kept."
    )
    counts: list[StockCountInput] = strawberry.field(description="At most 1,000, each product once.")


@strawberry.type(description="What a stock take found.")
class StockTakePayload:
    differences: list[StockDifference] = strawberry.field(description="All that was counted, also what was right.")
    problems: list[Problem] = strawberry.field(description="Why not the others, each with its path.")


async def _send(info: Info, input: SendTransfersInput) -> TransfersPayload:
    given = [model.TransferInput(**vars(transfer)) for transfer in input.transfers]
    service = info.context.use(TransferService)
    return _payload(info, await service.send(info.context.viewer, given, input.reason))


async def _receive(info: Info, input: ReceiveTransfersInput) -> TransfersPayload:
    given = [model.ReceiptInput(**vars(receipt)) for receipt in input.receipts]
    service = info.context.use(TransferService)
    return _payload(info, await service.receive(info.context.viewer, given, input.reason))


async def _take(info: Info, input: TakeStockInput) -> StockTakePayload:
    given = [model.TakeInput(**vars(count)) for count in input.counts]
    service = info.context.use(TransferService)
    done = await service.take(info.context.viewer, input.source, given, input.counted_at, input.reason)
    found = [StockDifference.of(difference) for difference in done.differences]
    return StockTakePayload(differences=found, problems=problems(info.context, done.problems))


async def _transfers(info: Info) -> list[Transfer]:
    service = info.context.use(TransferService)
    return [Transfer.of(transfer) for transfer in await service.on_their_way(info.context.viewer)]


def _payload(info: Info, done: model.Transferred) -> TransfersPayload:
    found = [Transfer.of(transfer) for transfer in done.transfers]
    return TransfersPayload(transfers=found, problems=problems(info.context, done.problems))


@strawberry.type
class TransferQuery:
    transfers: list[Transfer] = field(
        _transfers, description="At most 1,000 that are on their way, the one expected first first; needs stock:read."
    )


@strawberry.type
class TransferMutation:
    send_transfers: TransfersPayload = field(
        _send, description="Goods leave one source for another; needs the scope stock:write."
    )
    receive_transfers: TransfersPayload = field(_receive, description="Goods arrived; needs stock:write.")
    take_stock: StockTakePayload = field(_take, description="Writes what was counted at a source; needs stock:write.")


PROBLEMS = {
    Unknown: lambda error: UnknownTransfer(**common(error), transfer=error.transfer),
    Ended: lambda error: TransferEnded(**common(error), transfer=error.transfer, state=error.state),
}
TYPES = (UnknownTransfer, TransferEnded)
