"""Transfers between sources, and stock takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from modules.inventory.engine import moving
from modules.inventory.engine.intake import check_quantity, check_source
from modules.inventory.model.movements import Move, MoveKind
from modules.inventory.model.transfers import (
    Counted,
    Difference,
    ReceiptInput,
    StockTake,
    TakeInput,
    Transfer,
    TransferEnded,
    TransferInput,
    Transferred,
    TransferState,
    UnknownTransfer,
)
from modules.inventory.ports import Articles
from modules.inventory.service.stock import InventoryService
from modules.inventory.store.transfers import Moving, TransferStore
from modules.kernel.errors import IdempotencyConflict, InvalidInput, Refused
from modules.kernel.intake import MOMENTS, NAMES, check
from modules.kernel.moments import to_us
from modules.kernel.names import Sku, SourceId, is_name
from modules.kernel.outcome import Path, in_order, refuse_command, sift
from modules.kernel.product import Article, Assortment
from modules.kernel.quantity import ZERO, Quantity
from modules.kernel.viewer import Permission, Viewer

SHOWN: Final = 1_000
OLDEST_COUNT: Final = timedelta(days=90)
"""An older count says too little of what lies there now: what nobody told us has come and gone since then."""
COUNTED: Final = f"{MOMENTS}, not in the future and at most {OLDEST_COUNT.days} days ago"


class TransferService:
    """Moves goods between sources and takes counts of a source. Writing needs STOCK_WRITE, reading STOCK_READ."""

    def __init__(self, store: TransferStore, stock: InventoryService, articles: Articles) -> None:
        self._store = store
        self._stock = stock
        self._articles = articles

    async def send(self, viewer: Viewer, given: Sequence[TransferInput], reason: str) -> Transferred:
        """Goods leave one source for another: on hand falls here, incoming rises there. Each transfer for itself; one
        that was sent before under its id is not sent again."""
        viewer.require_stores(Permission.STOCK_WRITE, (transfer.origin for transfer in given))
        if problem := refuse_command("transfers", given, reason):
            return Transferred(problems=(problem,))
        known = await Assortment.of((each.sku for each in given), self._articles)
        good, refused = sift("transfers", given, lambda item, path: self._transfer(item, path, known), "id")
        async with self._store.moving() as change:
            done, problems = await _send(change, good, viewer.principal.id, reason)
        return Transferred(tuple(done), in_order([*refused, *problems]))

    async def receive(self, viewer: Viewer, given: Sequence[ReceiptInput], reason: str) -> Transferred:
        """What arrived of transfers; what differs from what was sent is said in the transfer. Again is harmless."""
        viewer.require(Permission.STOCK_WRITE)
        if problem := refuse_command("receipts", given, reason):
            return Transferred(problems=(problem,))
        held = await self._store.transfers([receipt.id for receipt in given])
        assortment = await Assortment.of((transfer.sku for transfer in held.values()), self._articles)
        good, refused = sift("receipts", given, lambda item, path: _receipt(item, path, held, assortment))
        async with self._store.moving() as change:
            places = [(t.sku, s) for _, (t, _, _) in good for s in (t.origin, t.target)]
            done, problems = await _receive(change, good, places, viewer.principal.id, reason)
        return Transferred(tuple(done), in_order([*refused, *problems]))

    async def take(
        self, viewer: Viewer, source: str, given: Sequence[TakeInput], counted_at: datetime, reason: str
    ) -> StockTake:
        """What was counted at a source at a moment, within `OLDEST_COUNT`. What came and went since then is kept: a
        sale during the count is no difference."""
        viewer.require_stores(Permission.STOCK_WRITE, [source])
        if problem := refuse_command("counts", given, reason):
            return StockTake(problems=(problem,))
        try:
            place = check_source(source, self._stock.all_sources(), ("input", "source"))
            in_reach = counted_at.tzinfo is not None and viewer.now - OLDEST_COUNT <= counted_at <= viewer.now
            check(in_reach, counted_at, ("input", "countedAt"), COUNTED)
        except Refused as refusal:
            return StockTake(problems=(refusal,))
        known = await Assortment.of((each.sku for each in given), self._articles)
        good, refused = sift("counts", given, lambda item, path: _count(item, path, known), "sku")
        counts = [(count.sku, count.counted) for _, count in good]
        async with self._store.moving() as change:
            found = await _take(change, place, counts, to_us(counted_at), viewer.principal.id, reason)
        return StockTake(tuple(found), tuple(refused))

    async def on_their_way(self, viewer: Viewer) -> list[Transfer]:
        """Transfers that have not arrived, the one expected first first."""
        viewer.require_here(Permission.STOCK_READ)
        return await self._store.on_their_way(SHOWN)

    def _transfer(self, given: TransferInput, path: Path, known: Assortment) -> Transfer:
        check(is_name(given.id), given.id, (*path, "id"), NAMES)
        article = known.article(given.sku, path)
        origin = check_source(given.origin, self._stock.all_sources(), (*path, "origin"))
        target = check_source(given.target, self._stock.all_sources(), (*path, "target"))
        check(origin != target, given.target, (*path, "target"), "another source than the origin")
        quantity = _positive(given.quantity, article, (*path, "quantity"))
        check(given.expected_at.tzinfo is not None, given.expected_at, (*path, "expectedAt"), MOMENTS)
        expected = to_us(given.expected_at)
        return Transfer(given.id, article.sku, origin, target, quantity, ZERO, TransferState.SENT, 0, expected)


async def _send(
    change: Moving, good: Sequence[tuple[Path, Transfer]], by: str, reason: str
) -> tuple[list[Transfer], list[Refused]]:
    levels = await change.lock([(t.sku, s) for _, t in good for s in (t.origin, t.target)])
    held = await change.transfers([transfer.id for _, transfer in good])
    now = await change.now_us()
    done: list[Transfer] = []
    moves: list[Move] = []
    problems: list[Refused] = []
    for path, wish in good:
        if (sent := held.get(wish.id)) is not None:
            if sent.wish == wish.wish:
                done.append(sent)
            else:
                problems.append(IdempotencyConflict(wish.id, (*path, "id")))
            continue
        transfer = wish._replace(sent_us=now)
        here, there = (wish.sku, wish.origin), (wish.sku, wish.target)
        try:
            levels[here], levels[there], move = moving.send(transfer, levels[here], levels[there], path)
        except Refused as refusal:
            problems.append(refusal)
            continue
        done.append(transfer)
        moves.append(move)
    await change.save(levels.values(), [t for t in done if t.id not in held], moves, by, reason)
    return done, problems


Receipt = tuple[Transfer, Quantity, bool]


async def _receive(
    change: Moving,
    good: Sequence[tuple[Path, Receipt]],
    places: Sequence[tuple[Sku, SourceId]],
    by: str,
    reason: str,
) -> tuple[list[Transfer], list[Refused]]:
    levels = await change.lock(places)
    held = await change.transfers([transfer.id for _, (transfer, _, _) in good])
    done: list[Transfer] = []
    moves: list[Move] = []
    problems: list[Refused] = []
    for path, (asked, received, cancelled) in good:
        transfer = held[asked.id]
        here, there = (transfer.sku, transfer.origin), (transfer.sku, transfer.target)
        if transfer.state is not TransferState.SENT:
            same = transfer.state is (TransferState.CANCELLED if cancelled else TransferState.RECEIVED)
            if same and transfer.received == received:
                done.append(transfer)
            else:
                problems.append(TransferEnded(transfer, path))
            continue
        if cancelled:
            after, levels[here], levels[there], move = moving.cancel(transfer, levels[here], levels[there])
        else:
            after, levels[there], move = moving.receive(transfer, levels[there], received)
        done.append(after)
        moves.append(move)
    await change.save(levels.values(), [t for t in done if t != held[t.id]], moves, by, reason)
    return done, problems


async def _take(
    change: Moving, place: SourceId, counts: Sequence[tuple[Sku, Quantity]], at_us: int, by: str, reason: str
) -> list[Difference]:
    places = [(sku, place) for sku, _ in counts]
    levels = await change.lock(places)
    moved = await change.moved_since(places, at_us) if places else {}
    found, moves = [], []
    for sku, counted in counts:
        levels[sku, place], difference = moving.take(levels[sku, place], counted, moved.get((sku, place), 0))
        found.append(difference)
        if gone := difference.counted - difference.expected:
            moves.append(Move(sku, place, Quantity(gone), MoveKind.STOCK_TAKE, reason[:64]))
    await change.save(levels.values(), (), moves, by, reason)
    return found


def _receipt(given: ReceiptInput, path: Path, held: Mapping[str, Transfer], assortment: Assortment) -> Receipt:
    transfer = held.get(given.id)
    if transfer is None:
        raise UnknownTransfer(given.id, (*path, "id"))
    if given.cancelled:
        check(given.received is None, given.received, (*path, "received"), "nothing, when it is cancelled")
        return transfer, ZERO, True
    if given.received is None:
        return transfer, transfer.quantity, False
    scale = assortment.article(transfer.sku, path).quantity_scale
    return transfer, check_quantity(given.received, scale, (*path, "received")), False


def _count(given: TakeInput, path: Path, known: Assortment) -> Counted:
    article = known.article(given.sku, path)
    return Counted(article.sku, check_quantity(given.counted, article.quantity_scale, (*path, "counted")))


def _positive(text: str, article: Article, path: Path) -> Quantity:
    quantity = check_quantity(text, article.quantity_scale, path)
    if quantity <= 0:
        raise InvalidInput(f"{text!r} is not allowed.", path, "more than 0")
    return quantity
