"""Reservations in the database: a batch of calls is one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

import orjson

from modules.inventory.engine.reserving import Books
from modules.inventory.engine.waiting import Crowd
from modules.inventory.model.holding import Purpose
from modules.inventory.model.reservations import (
    Call,
    Commit,
    Decision,
    Extend,
    Hold,
    Offer,
    Release,
    Reservation,
    ReservationState,
    Resize,
    Restock,
    Ship,
)
from modules.inventory.model.waiting import Reaches
from modules.inventory.store.movements import save_moves
from modules.inventory.store.stock import lock_levels, save_levels
from modules.inventory.store.waiting import TURN, WAITERS, turn, waiter
from modules.kernel.names import ChannelId, Sku, SourceId
from modules.kernel.outcome import recall_problem, record_problem
from modules.kernel.quantity import Quantity
from modules.runtime.database import Database, Transaction

Row = tuple[Any, ...]
Place = tuple[str, str]

KEPT_US: Final = 24 * 3_600_000_000
"""How long keys of calls are kept (R-1)."""

_COLUMNS = (
    "id, hold, line, sku, source, quantity_micros, shipped_micros, state, purpose, owner, customer, channel, order_id, "
    "expires_at_us, created_us, erp_included_at_us, version, store, changed_us"
)
_NAMES = _COLUMNS.split(", ")
_SELECT = f"SELECT {_COLUMNS} FROM inventory_reservation"
_NAMED = f"{_SELECT} WHERE hold IN :ids UNION {_SELECT} WHERE id IN :ids"
_DUE = f"{_SELECT} WHERE sku IN :skus AND source IN :sources AND state = 'held' AND expires_at_us <= :now"
_OVERDUE = "SELECT DISTINCT sku, source FROM inventory_reservation WHERE state = 'held' AND expires_at_us <= :now"
_WHOLE = f"{_SELECT} WHERE hold IN :ids"
_ADD = f"INSERT INTO inventory_reservation ({_COLUMNS}) VALUES ({', '.join(f':{name}' for name in _NAMES)})"
_CHANGE = """
    UPDATE inventory_reservation SET quantity_micros = :quantity_micros, shipped_micros = :shipped_micros,
        state = :state, order_id = :order_id, expires_at_us = :expires_at_us,
        erp_included_at_us = :erp_included_at_us, version = :version, changed_us = :changed_us
    WHERE id = :id
"""
_OVER = "r.state IN ('released', 'expired', 'shipped') AND r.changed_us < :line"
# The hold as a whole: who asks for it again is told of all its lines or of none.
_SPENT = f"""
    {_OVER} AND NOT EXISTS (
        SELECT 1 FROM inventory_reservation o WHERE o.hold = r.hold AND (
            o.state IN ('held', 'committed') OR o.changed_us >= :line))
"""
_FIND_SPENT = (
    f"SELECT r.id, r.sku, r.source FROM inventory_reservation r WHERE {_SPENT} ORDER BY r.changed_us LIMIT :most"
)
_DROP_SPENT = f"DELETE FROM inventory_reservation AS r WHERE r.id IN :ids AND {_SPENT}"
_LIVE = "state = 'held' AND (expires_at_us IS NULL OR expires_at_us > :now)"
_UNITS = f"""
    SELECT customer, sku, CAST(SUM(quantity_micros) AS BIGINT) FROM inventory_reservation
    WHERE customer IN :customers AND sku IN :skus AND {_LIVE} GROUP BY customer, sku
"""
_HOLDS = (
    f"SELECT owner, COUNT(DISTINCT hold) FROM inventory_reservation WHERE owner IN :owners AND {_LIVE} GROUP BY owner"
)
_LOCK_NAME = "SELECT pg_advisory_xact_lock(hashtextextended(:name, 7))"
_CALLS = "SELECT id, body, outcome FROM inventory_call WHERE id IN :ids AND decided_us > :line"
_REMEMBER = """
    INSERT INTO inventory_call (id, body, outcome, decided_us) VALUES (:id, :body, :outcome, :now)
    ON CONFLICT (id) DO UPDATE SET body = excluded.body, outcome = excluded.outcome, decided_us = excluded.decided_us
"""
_FORGET = "DELETE FROM inventory_call WHERE decided_us <= :line"


class ReservationStore:
    """Decides batches; reads reservations. `reach` says where a waiter's goods may come from."""

    def __init__(self, database: Database, reach: Reaches) -> None:
        self._database = database
        self._reach = reach

    async def decide(self, calls: Sequence[Call]) -> list[Decision]:
        """One decision per call, in order; all that they change is committed together when this returns.

        The levels' rows are the locks: whoever changes a reservation has the row of its place first, and takes its
        rows in one order, so that no two batches wait for each other. Due holds of these places are expired before
        anything is decided (R-2). A key that was decided before is answered as it was then (R-1).
        """
        async with self._database.transaction() as tx:
            return await decide_in(tx, calls, self._reach)

    async def expire(self, most: int) -> int:
        """Notes the end of due holds of at most so many places; how many places there were."""
        now = await self._database.now_us()
        overdue = await self._database.read(f"{_OVERDUE} LIMIT :most", now=now, most=most)
        if overdue:
            async with self._database.transaction() as tx:
                batch = _Batch(tx, (), self._reach)
                await batch.save(await batch.open([(sku, source) for sku, source in overdue]), ())
        return len(overdue)

    async def forget(self) -> None:
        """Drops keys that are older than a day."""
        async with self._database.transaction() as tx:
            await tx.run(_FORGET, line=await tx.now_us() - KEPT_US)

    async def retire(self, age_us: int, most: int) -> int:
        """Forgets reservations of holds that ended wholly so long ago, at most so many; how many were found."""
        line = await self._database.now_us() - age_us
        found = await self._database.read(_FIND_SPENT, line=line, most=most)
        if found:
            async with self._database.transaction() as tx:
                # HAZARD: a hold that has expired may be bound to its order at this moment; its places come first.
                await lock_levels(tx, [(sku, source) for _, sku, source in found])
                await tx.run(_DROP_SPENT, ids=[id for id, *_ in found], line=line)
        return len(found)

    async def reservations(self, ids: Collection[str]) -> list[Reservation]:
        """Those of these ids, and all of these holds, by id."""
        found = map(_reservation, await self._database.read(_NAMED, ids=list(ids)))
        return sorted(found, key=lambda item: item.id)


async def decide_in(tx: Transaction, calls: Sequence[Call], reach: Reaches, together: bool = False) -> list[Decision]:
    """The same in a transaction that does more; it must not have locked levels before. `together`: one refusal, and
    nothing is done."""
    batch = _Batch(tx, calls, reach)
    books = await batch.open()
    decisions = books.decide(calls, await batch.known())
    if not (together and any(decision.problems for decision in decisions)):
        await batch.save(books, decisions)
    return decisions


class _Batch:
    """One transaction over the calls of a batch."""

    def __init__(self, tx: Transaction, calls: Sequence[Call], reach: Reaches) -> None:
        self._tx = tx
        self._calls = calls
        self._reach = reach
        self._now = 0
        self._calls_before: list[Row] = []

    async def open(self, places: Iterable[Place] = ()) -> Books:
        """Locks the places of all calls, and reads their due holds and the reservations that are named."""
        named = {id for call in self._calls for id in _named(call)}
        wanted = {*places, *(place for call in self._calls for place in _places(call))}
        if named:
            wanted |= {(item.sku, item.source) for item in await self._named(named)}
        bounded = [call for call in self._calls if isinstance(call, Hold) and call.rules.bound]
        await self._lock_holders(bounded)
        # What comes back may come to where nobody has counted it yet.
        restocked = {(call.sku, call.source) for call in self._calls if isinstance(call, Restock)}
        levels = await lock_levels(self._tx, wanted, restocked)
        # HAZARD: after the locks, or on PostgreSQL a hold that ended while we waited would be taken for a live one.
        self._now = await self._tx.now_us()
        found = await self._around(wanted, named, bounded)
        self._calls_before = found[_CALLS]
        due = [item for item in map(_reservation, found[_DUE]) if (item.sku, item.source) in wanted]
        items = {item.id: item for item in (*due, *map(_reservation, found[_NAMED]))}
        units = {(customer, Sku(sku)): sum for customer, sku, sum in found[_UNITS]}
        crowd = Crowd([waiter(row) for row in found[WAITERS]], self._reach, units, dict(found[_HOLDS]))
        return Books(levels, items.values(), self._now, crowd)

    async def _around(
        self, places: Collection[Place], named: Collection[str], bounded: Sequence[Hold]
    ) -> Mapping[str, list[Row]]:
        """What bears on the calls beside the levels, by its statement; nothing is read that nobody can need."""
        keys = [call.key.id for call in self._calls if call.key.id]
        skus, sources = sorted({sku for sku, _ in places}), sorted({source for _, source in places})
        customers, owners = sorted({call.customer for call in bounded}), sorted({call.owner for call in bounded})
        asked: dict[str, Mapping[str, object]] = {}
        if places:
            # Both lists together name more places than are locked.
            asked[_DUE] = {"skus": skus, "sources": sources, "now": self._now}
            asked[WAITERS] = {"skus": skus}
        if named:
            asked[_NAMED] = {"ids": list(named)}
        if keys:
            asked[_CALLS] = {"ids": keys, "line": self._now - KEPT_US}
        if bounded:
            asked[_UNITS] = {"customers": customers, "skus": skus, "now": self._now}
            asked[_HOLDS] = {"owners": owners, "now": self._now}
        return defaultdict(list, zip(asked, await self._tx.read_each(*asked.items()), strict=True))

    async def known(self) -> dict[str, tuple[str, Decision]]:
        """Bodies and decisions of keys that came before; reservations as they are now. After `open`."""
        outcomes = {id: (body, orjson.loads(outcome)) for id, body, outcome in self._calls_before}
        named = {name for _, outcome in outcomes.values() for name in outcome["reservations"]}
        items = {item.id: item for item in await self._named(named)} if named else {}
        return {id: (body, _recalled(outcome, items)) for id, (body, outcome) in outcomes.items()}

    async def save(self, books: Books, decisions: Sequence[Decision]) -> None:
        """Writes what the books changed, tells it, and remembers the keys."""
        levels, (new, other) = books.changed_levels(), books.changed_reservations()
        await save_levels(self._tx, levels)
        if new:
            await self._tx.run_many(_ADD, [_row(item) for item in new])
        if other:
            await self._tx.run_many(_CHANGE, [_change(item) for item in other])
        await save_moves(self._tx, books.moves, self._now)
        waiters = books.changed_waiters()
        if waiters:
            await self._tx.run_many(TURN, [turn(waiter) for waiter in waiters])
        for events in (levels, (*new, *other), waiters):
            if events:
                self._tx.emit([item.event() for item in events])
        await self._remember(decisions)

    async def _remember(self, decisions: Sequence[Decision]) -> None:
        rows = [
            {"id": call.key.id, "body": call.key.body, "outcome": _outcome(decision), "now": self._now}
            for call, decision in zip(self._calls, decisions, strict=False)
            if call.key.id and not _conflicts(decision)
        ]
        if rows:
            await self._tx.run_many(_REMEMBER, rows)

    async def _named(self, ids: Collection[str]) -> list[Reservation]:
        return [_reservation(row) for row in await self._tx.read(_NAMED, ids=list(ids))]

    async def _lock_holders(self, bounded: Sequence[Hold]) -> None:
        """Lets no other batch count the same customers and owners: their holds may lie at places we have not locked."""
        if bounded and self._tx.database.dialect == "postgresql":
            names = {f"customer:{call.customer}" for call in bounded} | {f"owner:{call.owner}" for call in bounded}
            await self._tx.run_many(_LOCK_NAME, [{"name": name} for name in sorted(names)])


def _named(call: Call) -> tuple[str, ...]:
    match call:
        case Hold():  # nearly every call is one
            return ()
        case Extend() | Commit():
            return (call.hold,)
        case Resize() | Ship():
            return (call.reservation,)
        case Release():
            return (call.id,)
        case _:
            return ()


def _places(call: Call) -> Iterable[Place]:
    match call:
        case Hold():
            return ((line.sku, source) for line in call.lines for source in line.sources)
        case Restock():
            return ((call.sku, call.source),)
        case Offer():
            return call.places
        case _:
            return ()


def _outcome(decision: Decision) -> str:
    names = [item.id for item in decision.reservations]
    problems = [record_problem(problem) for problem in decision.problems]
    return orjson.dumps({"reservations": names, "problems": problems}).decode()


def _recalled(outcome: Mapping[str, Any], items: Mapping[str, Reservation]) -> Decision:
    found = tuple(items[name] for name in outcome["reservations"] if name in items)
    return Decision(found, tuple(recall_problem(problem) for problem in outcome["problems"]))


def _conflicts(decision: Decision) -> bool:
    return any(problem.code == "IDEMPOTENCY_CONFLICT" for problem in decision.problems)


def _reservation(row: Row) -> Reservation:
    id, hold, line, sku, source, quantity, shipped, state, purpose, owner, customer, channel, order, *rest = row
    expires, created, included, version, store, changed = rest
    return Reservation(
        id,
        hold,
        line,
        Sku(sku),
        SourceId(source),
        Quantity(quantity),
        Quantity(shipped),
        _STATES[state],
        _PURPOSES[purpose],
        owner,
        customer,
        ChannelId(channel),
        order,
        expires,
        created,
        included,
        version,
        store,
        changed,
    )


_STATES = {state.value: state for state in ReservationState}
_PURPOSES = {purpose.value: purpose for purpose in Purpose}


def _row(item: Reservation) -> dict[str, object]:
    return dict(zip(_NAMES, item, strict=True))


def _change(item: Reservation) -> dict[str, object]:
    return {
        "id": item.id,
        "quantity_micros": item.quantity,
        "shipped_micros": item.shipped,
        "state": item.state,
        "order_id": item.order,
        "expires_at_us": item.expires_at_us,
        "erp_included_at_us": item.erp_included_at_us,
        "version": item.version,
        "changed_us": item.changed_us,
    }
