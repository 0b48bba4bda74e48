"""Transfers between sources and stock takes, over a real database."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from modules.inventory.model.levels import LevelInput
from modules.inventory.model.movements import Move, MoveKind
from modules.inventory.model.transfers import ReceiptInput, TakeInput, TransferInput
from modules.inventory.service.stock import InventoryService
from modules.inventory.service.transfers import TransferService
from modules.inventory.store.movements import save_moves
from modules.inventory.store.reservations import ReservationStore
from modules.inventory.store.transfers import TransferStore
from modules.kernel.errors import Forbidden
from modules.kernel.moments import to_us
from modules.kernel.names import Sku, SourceId
from modules.kernel.quantity import format_quantity, parse_quantity
from modules.kernel.viewer import OPERATOR, Principal
from modules.runtime.database import Database
from tests.builders import NOW, a_viewer, an_article
from tests.inventory.builders import Shelf, a_hold

BOSS = a_viewer(OPERATOR)


@pytest.fixture
async def transfers(service: InventoryService, database: Database) -> TransferService:
    await service.set_stock_levels(BOSS, [LevelInput(sku="A-1", source="main", on_hand="5")], "count")
    shelf = Shelf(an_article(), an_article("B-1"), an_article("C-1", quantity_scale=3))
    return TransferService(TransferStore(database), service, shelf)


def a_transfer(id: str = "t1", quantity: str = "2", **more: Any) -> TransferInput:
    values = {"sku": "A-1", "origin": "main", "target": "berlin", "expected_at": NOW + timedelta(days=2), **more}
    return TransferInput(id=id, quantity=quantity, **values)


async def figures(database: Database) -> dict[str, tuple[str, str]]:
    """On hand and incoming by source."""
    rows = await database.read("SELECT source, on_hand_micros, incoming FROM inventory_level WHERE sku = 'A-1'")
    return {source: (format_quantity(on_hand), incoming) for source, on_hand, incoming in rows}


async def test_goods_on_their_way_lie_nowhere_and_are_expected(transfers: TransferService, database: Database) -> None:
    (sent,) = (await transfers.send(BOSS, [a_transfer()], "refill")).transfers
    expected = to_us(NOW + timedelta(days=2))
    assert await figures(database) == {"main": ("3", "[]"), "berlin": ("0", f"[[{expected},2000000]]")}
    assert await transfers.on_their_way(BOSS) == [sent]


async def test_what_was_sent_is_not_sent_again(transfers: TransferService, database: Database) -> None:
    first = await transfers.send(BOSS, [a_transfer()], "refill")
    assert await transfers.send(BOSS, [a_transfer()], "refill") == first
    other = await transfers.send(BOSS, [a_transfer(quantity="1")], "refill")
    assert ([problem.code for problem in other.problems], other.transfers) == (["IDEMPOTENCY_CONFLICT"], ())
    assert (await figures(database))["main"] == ("3", "[]")


async def test_what_arrived_lies_at_the_target_and_what_is_missing_is_said(
    transfers: TransferService, database: Database
) -> None:
    await transfers.send(BOSS, [a_transfer()], "refill")
    (done,) = (await transfers.receive(BOSS, [ReceiptInput(id="t1", received="1")], "arrived")).transfers
    assert (format_quantity(done.quantity), format_quantity(done.received)) == ("2", "1")
    assert await figures(database) == {"main": ("3", "[]"), "berlin": ("1", "[]")}
    again = await transfers.receive(BOSS, [ReceiptInput(id="t1", received="1")], "arrived")
    assert again.transfers == (done,)
    assert await figures(database) == {"main": ("3", "[]"), "berlin": ("1", "[]")}
    other = await transfers.receive(BOSS, [ReceiptInput(id="t1", received="2")], "arrived")
    assert other.problems[0].code == "TRANSFER_ENDED"


async def test_what_comes_back_lies_at_the_origin(transfers: TransferService, database: Database) -> None:
    await transfers.send(BOSS, [a_transfer()], "refill")
    await transfers.receive(BOSS, [ReceiptInput(id="t1", cancelled=True)], "turned back")
    assert await figures(database) == {"main": ("5", "[]"), "berlin": ("0", "[]")}


async def test_what_is_set_aside_does_not_travel(
    transfers: TransferService, service: InventoryService, database: Database
) -> None:
    await ReservationStore(database, service.reach).decide([a_hold(("A-1", "4"), sources=["main"])])
    done = await transfers.send(BOSS, [a_transfer(), a_transfer("t2", "1")], "refill")
    assert [transfer.id for transfer in done.transfers] == ["t2"]
    assert [vars(problem) for problem in done.problems] == [
        {"sku": "A-1", "available": "1", "requested": "2", "path": ("input", "transfers", "0", "quantity")}
    ]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"sku": "A-9"}, "sku"),
        ({"origin": "moon"}, "origin"),
        ({"target": "main"}, "target"),
        ({"quantity": "0"}, "quantity"),
        ({"quantity": "0.5"}, "quantity"),
        ({"id": "no name"}, "id"),
        ({"expected_at": NOW.replace(tzinfo=None)}, "expectedAt"),
    ],
)
async def test_a_bad_transfer_is_refused_at_its_place(
    transfers: TransferService, wrong: dict[str, Any], field: str
) -> None:
    done = await transfers.send(BOSS, [a_transfer(**wrong), a_transfer("good")], "refill")
    assert [problem.path for problem in done.problems] == [("input", "transfers", "0", field)]
    assert [transfer.id for transfer in done.transfers] == ["good"]


async def test_a_receipt_of_nothing_known_is_refused(transfers: TransferService) -> None:
    done = await transfers.receive(BOSS, [ReceiptInput(id="none")], "arrived")
    assert done.problems[0].code == "UNKNOWN_TRANSFER"


async def test_a_count_tells_its_differences(transfers: TransferService, database: Database) -> None:
    done = await transfers.take(BOSS, "main", [TakeInput(sku="A-1", counted="4")], NOW, "yearly")
    assert [[format_quantity(q) for q in found[1:]] for found in done.differences] == [["5", "4", "4"]]
    assert (await figures(database))["main"] == ("4", "[]")
    assert await database.read("SELECT kind, quantity_micros FROM inventory_movement") == [("stock_take", -1_000_000)]


async def test_a_sale_during_the_count_is_no_difference(transfers: TransferService, database: Database) -> None:
    move = Move(Sku("A-1"), SourceId("main"), parse_quantity("-2"), MoveKind.SHIP, "o1")
    async with database.transaction() as tx:
        await tx.run("UPDATE inventory_level SET on_hand_micros = 3000000")
        await save_moves(tx, [move], to_us(NOW))
    counted_at = NOW - timedelta(minutes=5)
    done = await transfers.take(BOSS, "main", [TakeInput(sku="A-1", counted="5")], counted_at, "yearly")
    assert [[format_quantity(q) for q in found[1:]] for found in done.differences] == [["5", "5", "3"]]
    assert (await figures(database))["main"] == ("3", "[]")


async def test_a_bad_count_is_refused(transfers: TransferService) -> None:
    count = TakeInput(sku="A-1", counted="4")
    assert (await transfers.take(BOSS, "moon", [count], NOW, "yearly")).problems[0].code == "UNKNOWN_LOCATION"
    for wrong in (NOW + timedelta(days=1), NOW - timedelta(days=90, seconds=1), NOW.replace(year=1999)):
        (problem,) = (await transfers.take(BOSS, "main", [count], wrong, "yearly")).problems
        assert (problem.code, problem.path) == ("INVALID_INPUT", ("input", "countedAt"))
    oldest = await transfers.take(BOSS, "main", [count], NOW - timedelta(days=90), "yearly")
    assert not oldest.problems
    done = await transfers.take(BOSS, "main", [TakeInput(sku="A-1", counted="-1")], NOW, "yearly")
    assert done.problems[0].path == ("input", "counts", "0", "counted")


async def test_moving_stock_is_for_those_who_may(transfers: TransferService) -> None:
    clerk = a_viewer(Principal("clerk"))
    for call in (
        transfers.send(clerk, [], "x"),
        transfers.receive(clerk, [], "x"),
        transfers.take(clerk, "main", [], NOW, "x"),
        transfers.on_their_way(clerk),
    ):
        with pytest.raises(Forbidden):
            await call
