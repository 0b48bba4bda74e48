"""The waiting list over a real database."""

from __future__ import annotations

import asyncio

import pytest

from modules.inventory.model.levels import LevelInput
from modules.inventory.model.reservations import Call
from modules.inventory.model.waiting import WaiterState
from modules.inventory.service.reservations import ReservationService
from modules.inventory.service.stock import InventoryService
from modules.inventory.service.waiting import WaiterInput, WaitingService
from modules.inventory.store.reservations import ReservationStore
from modules.inventory.store.waiting import WaitingStore
from modules.kernel.errors import Forbidden
from modules.kernel.viewer import OPERATOR, Permission, Principal
from modules.runtime.database import Database
from tests.builders import a_channel, a_store, a_viewer, an_article
from tests.inventory.builders import Shelf, a_hold
from tests.inventory.desk import commit, release

BOSS = a_viewer(OPERATOR)


@pytest.fixture
async def waiting(service: InventoryService, database: Database) -> WaitingService:
    await service.set_stock_levels(BOSS, [LevelInput(sku="A-1", source="main", on_hand="1")], "count")
    shelf = Shelf(an_article(), an_article("B-1"))
    reservations = ReservationService(ReservationStore(database, service.reach), service, shelf)
    return WaitingService(WaitingStore(database), reservations, service, shelf)


async def join(waiting: WaitingService, *ids: str) -> None:
    for id in ids:
        assert not (await waiting.join(BOSS, [WaiterInput(id=id, sku="A-1", quantity="1")])).problems


async def states(waiting: WaitingService, *ids: str) -> list[WaiterState]:
    return [waiter.state for waiter in await waiting.waiters(BOSS, ids)]


async def test_what_is_released_goes_to_the_first_who_waits(waiting: WaitingService) -> None:
    await waiting._reservations.decide(a_hold(sources=["main"]))
    await join(waiting, "b-first", "a-second")
    await waiting._reservations.decide(release())
    assert await states(waiting, "a-second", "b-first") == [WaiterState.WAITING, WaiterState.OFFERED]
    (waiter,) = await waiting.waiters(BOSS, ["b-first"])
    assert (await waiting._reservations.decide(commit(waiter.hold))).reservations
    assert await states(waiting, "b-first") == [WaiterState.SERVED]


async def test_nobody_overtakes_while_goods_are_freed(waiting: WaitingService) -> None:
    await waiting._reservations.decide(a_hold(sources=["main"]))
    await join(waiting, "first")
    buyers = (a_hold(id=f"b{n}", sources=["main"]) for n in range(20))
    released: Call = release()
    calls = [waiting._reservations.decide(call) for call in (released, *buyers)]
    decisions = await asyncio.gather(*calls)
    assert not any(decision.reservations for decision in decisions[1:])
    assert await states(waiting, "first") == [WaiterState.OFFERED]


async def test_what_a_count_brings_is_offered_soon(waiting: WaitingService, service: InventoryService) -> None:
    await waiting._reservations.decide(a_hold(sources=["main"]))
    await join(waiting, "first", "second")
    await waiting.offer()
    assert await states(waiting, "first", "second") == [WaiterState.WAITING] * 2
    await service.set_stock_levels(BOSS, [LevelInput(sku="A-1", source="main", on_hand="2")], "delivery")
    await waiting.offer()
    assert await states(waiting, "first", "second") == [WaiterState.OFFERED, WaiterState.WAITING]


async def test_who_asks_again_keeps_the_place(waiting: WaitingService) -> None:
    await join(waiting, "first", "second", "first")
    found = await waiting.waiters(BOSS, ["first", "second"])
    assert found[0].since_us < found[1].since_us


async def test_who_leaves_is_offered_nothing(waiting: WaitingService) -> None:
    await join(waiting, "first", "second")
    await waiting.leave(BOSS, ["first"])
    await waiting.offer()
    assert await states(waiting, "first", "second") == [WaiterState.GONE, WaiterState.OFFERED]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"id": "no name"}, "id"), ({"sku": "A-9"}, "sku"), ({"quantity": "0"}, "quantity"), ({"owner": "?"}, "owner")],
)
async def test_a_bad_wish_is_refused_at_its_place(waiting: WaitingService, wrong: dict[str, str], field: str) -> None:
    given = WaiterInput(**{"id": "w", "sku": "A-1", "quantity": "1", **wrong})
    done = await waiting.join(BOSS, [given, WaiterInput(id="good", sku="A-1", quantity="1")])
    assert [problem.path for problem in done.problems] == [("input", "waiters", "0", field)]
    assert [waiter.id for waiter in done.waiters] == ["good"]


async def test_waiting_is_for_those_who_may_hold(waiting: WaitingService) -> None:
    with pytest.raises(Forbidden):
        await waiting.join(a_viewer(Principal("clerk")), [])


async def test_who_waits_in_another_channel_or_store_is_told_from_nobody_by_nobody(waiting: WaitingService) -> None:
    await join(waiting, "first")
    rights = frozenset({Permission.STOCK_HOLD})
    app = Principal("app", permissions=rights, channels=frozenset({"app"}))
    till = Principal("till", permissions=rights, stores=frozenset({"berlin"}))
    here = a_viewer(till, store=a_store("berlin"))
    for stranger in (a_viewer(app, channel=a_channel("app")), here):
        assert await waiting.waiters(stranger, ["first"]) == []
        assert (await waiting.leave(stranger, ["first"])).waiters == (await waiting.leave(stranger, ["none"])).waiters
    assert await states(waiting, "first") == [WaiterState.WAITING]
    mine = await waiting.join(here, [WaiterInput(id="mine", sku="A-1", quantity="1")])
    await waiting.leave(BOSS, ["first"])
    await waiting.offer()
    (offered,) = await waiting.waiters(here, ["mine"])
    assert (offered.state, offered.since_us) == (WaiterState.OFFERED, mine.waiters[0].since_us)
    assert (await waiting._reservations.commit(here, "c", offered.hold, "o-1")).problems == ()


async def test_an_id_that_is_taken_is_no_other_wish(waiting: WaitingService) -> None:
    await join(waiting, "first")
    done = await waiting.join(BOSS, [WaiterInput(id=id, sku="A-1", quantity="2") for id in ("second", "first")])
    assert [waiter.id for waiter in done.waiters] == ["second"]
    assert [(problem.code, problem.path) for problem in done.problems] == [
        ("IDEMPOTENCY_CONFLICT", ("input", "waiters", "1", "id"))
    ]


async def test_more_than_a_call_may_carry_is_refused_whole(waiting: WaitingService) -> None:
    wishes = [WaiterInput(id=f"w{n}", sku="A-1", quantity="1") for n in range(1_001)]
    joined, left = await waiting.join(BOSS, wishes), await waiting.leave(BOSS, [wish.id for wish in wishes])
    assert [problem.path for problem in (*joined.problems, *left.problems)] == [("input", "waiters"), ("input", "ids")]
    assert await waiting.waiters(BOSS, ["w0"]) == []
