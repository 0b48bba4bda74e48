"""All operations on reservations, in any order and in batches of any size, on a real database: it decides as the books
in memory do, and its rows balance after every batch."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from modules.inventory.model.reservations import Call, Decision, Extend, Hold, Release, Resize, Restock
from modules.inventory.model.waiting import Reach
from modules.inventory.store.reservations import ReservationStore
from modules.kernel.names import Sku, SourceId
from modules.runtime.database import Database
from tests.inventory.builders import NO_KEY, a_hold, a_level
from tests.inventory.desk import Desk, commit, release, ship, units

PLACES = [(sku, source) for sku in ("A-1", "B-1") for source in ("main", "berlin")]
TABLES = ("inventory_reservation", "inventory_level", "inventory_call", "runtime_outbox")
_LEVEL = """
    INSERT INTO inventory_level (sku, source, on_hand_micros, safety_stock_micros, track, backorder_limit_micros,
        incoming, version, as_of_us, held_micros, committed_micros)
    VALUES (:sku, :source, 4000000, 0, TRUE, 0, '[]', 1, 0, 0, 0)
"""
_UNBALANCED = """
    SELECT l.sku, l.source FROM inventory_level l LEFT JOIN (
        SELECT sku, source,
            SUM(CASE WHEN state = 'held' THEN quantity_micros - shipped_micros ELSE 0 END) AS held,
            SUM(CASE WHEN state = 'committed' THEN quantity_micros - shipped_micros ELSE 0 END) AS committed
        FROM inventory_reservation GROUP BY sku, source
    ) r ON r.sku = l.sku AND r.source = l.source
    WHERE l.held_micros <> COALESCE(r.held, 0) OR l.committed_micros <> COALESCE(r.committed, 0)
        OR l.on_hand_micros < l.held_micros + l.committed_micros
"""


def a_bundle(id: str, some: int, others: int) -> Hold:
    """A hold whose key is its id, as the service makes it."""
    return a_hold(("A-1", str(some)), ("B-1", str(others)), id=id, key=id, body=f"{some} and {others}")


HOLD = st.integers(0, 3)
FEW = st.integers(1, 3)
CALLS = st.one_of(
    st.builds(
        lambda n, a, b, cut: a_hold(
            ("A-1", str(a)), ("B-1", str(b)), id=f"h{n}", key=f"h{n}", body=f"{a}{b}{cut}"
        )._replace(cut=cut),
        HOLD,
        FEW,
        FEW,
        st.booleans(),
    ),
    st.builds(lambda n, order: commit(f"h{n}", f"o{order}"), HOLD, FEW),
    st.builds(lambda n: release(f"h{n}"), HOLD),
    st.builds(lambda n, k, q: Release(key=NO_KEY, id=f"h{n}.{k}", quantity=units(str(q))), HOLD, FEW, FEW),
    st.builds(lambda n, k, q: ship(str(q), f"h{n}.{k}"), HOLD, FEW, FEW),
    st.builds(lambda n: Extend(key=NO_KEY, hold=f"h{n}", ttl_us=60_000_000), HOLD),
    st.builds(
        lambda n, k, q, cut: Resize(key=NO_KEY, reservation=f"h{n}.{k}", quantity=units(str(q)), scale=0, cut=cut),
        HOLD,
        FEW,
        FEW,
        st.booleans(),
    ),
    st.builds(
        lambda place, q: Restock(key=NO_KEY, sku=Sku(place[0]), source=SourceId(place[1]), quantity=units(str(q))),
        st.sampled_from(PLACES),
        FEW,
    ),
)
BATCHES = st.lists(st.lists(CALLS, min_size=1, max_size=6), min_size=1, max_size=8)


async def begin(database: Database) -> None:
    """Four of each everywhere, and nothing set aside."""
    async with database.transaction() as tx:
        for table in TABLES:
            await tx.run(f"DELETE FROM {table}")
        await tx.run_many(_LEVEL, [{"sku": sku, "source": source} for sku, source in PLACES])


def told(decisions: Sequence[Decision]) -> list[object]:
    """What was decided, without moments, which only the store's clock knows."""
    return [
        (
            [(item.id, item.source, item.quantity, item.shipped, item.state, item.order) for item in each.reservations],
            [problem.code for problem in each.problems],
        )
        for each in decisions
    ]


async def live(database: Database, batches: Sequence[Sequence[Call]]) -> None:
    await begin(database)
    store = ReservationStore(database, lambda channel: Reach((SourceId("main"), SourceId("berlin")), {}))
    desk = Desk(*(a_level("4", sku=sku, source=source) for sku, source in PLACES))
    for batch in batches:
        assert told(await store.decide(batch)) == told(desk.decide(*batch))
        assert await database.read(_UNBALANCED) == []
    rows = await database.read("SELECT sku, source, on_hand_micros, held_micros, committed_micros FROM inventory_level")
    levels = {(sku, source): tuple(figures) for sku, source, *figures in rows}
    assert levels == {place: (level.on_hand, level.held, level.committed) for place, level in desk.levels.items()}


@pytest.mark.parametrize("examples", [25, pytest.param(500, marks=pytest.mark.slow)])
async def test_the_database_decides_as_the_books_do_and_balances(database: Database, examples: int) -> None:
    loop = asyncio.get_running_loop()

    @settings(max_examples=examples, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(BATCHES)
    def check(batches: list[list[Call]]) -> None:
        asyncio.run_coroutine_threadsafe(live(database, batches), loop).result(120)

    await asyncio.to_thread(check)
