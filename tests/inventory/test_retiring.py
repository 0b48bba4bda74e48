"""Holds that have ended are forgotten after a while, some at a time, on both databases."""

from __future__ import annotations

import asyncio
from contextvars import Context
from datetime import timedelta
from typing import Any

import pytest

from modules.inventory.engine.wishes import HoldInput, LineInput
from modules.inventory.model.levels import LevelInput
from modules.inventory.model.reservations import Reservation
from modules.inventory.service import reservations, waiting as waiters
from modules.inventory.service.reservations import ReservationService
from modules.inventory.service.stock import InventoryService
from modules.inventory.service.waiting import WaiterInput, WaitingService
from modules.inventory.store.reservations import ReservationStore
from modules.inventory.store.stock import lock_levels
from modules.inventory.store.waiting import WaitingStore
from modules.kernel.viewer import OPERATOR
from modules.runtime.database import Database
from tests.builders import a_viewer, an_article
from tests.inventory.builders import Shelf

BOSS = a_viewer(OPERATOR)
AGE = timedelta(days=90)
DAY_US = 24 * 3_600_000_000
WAITERS = {"gone": "1", "left": "500", "offered": "1", "served": "1", "waiting": "500"}


@pytest.fixture
async def desk(service: InventoryService, database: Database) -> ReservationService:
    levels = [LevelInput(sku=sku, source="main", on_hand="50") for sku in ("A-1", "B-1")]
    assert not (await service.set_stock_levels(BOSS, levels, "count")).problems
    return ReservationService(
        ReservationStore(database, service.reach), service, Shelf(an_article(), an_article("B-1"))
    )


async def held(desk: ReservationService, key: str, *skus: str, **more: Any) -> tuple[Reservation, ...]:
    """One piece of each; of A-1 alone unless told otherwise."""
    lines = [LineInput(line=sku, sku=sku, quantity="1", source="main") for sku in skus or ("A-1",)]
    done = await desk.hold(BOSS, HoldInput(idempotency_key=key, owner=key, lines=lines, **more))
    assert not done.problems
    return done.reservations


async def pass_days(database: Database, days: int) -> None:
    """All that is there is so much older."""
    async with database.transaction() as tx:
        await tx.run(
            "UPDATE inventory_reservation SET changed_us = changed_us - :us, created_us = created_us - :us,"
            " expires_at_us = expires_at_us - :us",
            us=days * DAY_US,
        )


async def known(database: Database) -> set[tuple[str, str]]:
    """Owners and states of the reservations that are there."""
    return {(owner, state) for owner, state in await database.read("SELECT owner, state FROM inventory_reservation")}


async def test_only_holds_that_ended_wholly_and_long_ago_are_forgotten(
    desk: ReservationService, database: Database
) -> None:
    for key in ("open", "shipped", "released", "half"):
        items = await held(desk, key, "A-1", "B-1")
        if key in ("shipped", "half"):
            await desk.commit(BOSS, f"c-{key}", items[0].hold, f"o-{key}")
            parcels = [(item.id, "1") for item in (items if key == "shipped" else items[:1])]
            assert not (await desk.ship(BOSS, f"s-{key}", parcels)).problems
        elif key == "released":
            await desk.release(BOSS, "r", items[0].hold)
        else:
            await desk.commit(BOSS, "c", items[0].hold, "o")
    await held(desk, "expired")
    await pass_days(database, 91)
    await desk._store.expire(500)
    (late,) = await held(desk, "late")
    await desk.release(BOSS, "l", late.id)
    await desk.retire(AGE)
    kept = {("open", "committed"), ("half", "shipped"), ("half", "committed"), ("late", "released")}
    assert await known(database) == {*kept, ("expired", "expired")}, "it ended when that was noted"
    await pass_days(database, 91)
    await desk.retire(AGE)
    assert await known(database) == kept - {("late", "released")}
    assert (await desk.release(BOSS, "again", late.id)).problems[0].code == "UNKNOWN_RESERVATION"


async def test_many_holds_are_forgotten_some_at_a_time(
    desk: ReservationService, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in ("a", "b", "c"):
        (item, _) = await held(desk, key, "A-1", "B-1")
        await desk.release(BOSS, f"r-{key}", item.hold)
    await pass_days(database, 91)
    assert await desk._store.retire(90 * DAY_US, 4) == 4
    assert len(await known(database)) == 1
    monkeypatch.setattr(reservations, "SWEPT", 1)
    await desk.retire(AGE)
    assert await known(database) == set()


async def test_waiters_that_ended_are_forgotten_with_their_holds(
    desk: ReservationService, service: InventoryService, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = WaitingService(WaitingStore(database), desk, service, Shelf(an_article()))
    wishes = [WaiterInput(id=id, sku="A-1", quantity=quantity) for id, quantity in WAITERS.items()]
    assert not (await waiting.join(BOSS, wishes)).problems
    await waiting.offer()
    await waiting.leave(BOSS, ["left"])
    await desk.commit(BOSS, "c", "offer-served", "o")
    await desk.release(BOSS, "r", "offer-gone")

    async def known() -> list[str]:
        return [waiter.id for waiter in await waiting.waiters(BOSS, list(WAITERS))]

    await waiting.retire(AGE)
    assert await known() == sorted(WAITERS), "they joined today"
    monkeypatch.setattr(waiters, "LOOKED", 1)
    await pass_days(database, 91)
    async with database.transaction() as tx:
        await tx.run("UPDATE inventory_waiter SET since_us = since_us - :us", us=91 * DAY_US)
    await waiting.retire(AGE)
    assert await known() == ["gone", "offered", "served", "waiting"], "their holds are known still"
    await desk.retire(AGE)
    await waiting.retire(AGE)
    assert await known() == ["offered", "served", "waiting"], "whose order is open, and who has not ended"


async def test_an_expired_hold_that_is_bound_while_it_is_forgotten_is_not(
    desk: ReservationService, database: Database
) -> None:
    await held(desk, "late")
    await pass_days(database, 91)
    await desk._store.expire(500)
    await pass_days(database, 91)
    async with database.transaction() as tx:
        await lock_levels(tx, [("A-1", "main")])
        forgetting = asyncio.get_running_loop().create_task(desk.retire(AGE), context=Context())
        await asyncio.sleep(0.2)
        done = await tx.run("UPDATE inventory_reservation SET state = 'committed', order_id = 'o'")
    await forgetting
    assert (done, await known(database)) == (1, {("late", "committed")})
