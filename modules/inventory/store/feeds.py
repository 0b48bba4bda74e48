"""Feeds in the database: a batch of messages is one transaction, a handful of statements."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from modules.inventory.engine.feeding import OwnMoves, feed
from modules.inventory.events import FeedGap, Overcommitted
from modules.inventory.model.feeds import Applied, FeedMode, FeedState, Message
from modules.inventory.model.levels import CountBelowReserved, Level
from modules.inventory.store.movements import own_moves
from modules.inventory.store.stock import lock_levels, save_levels
from modules.kernel.names import Sku, SourceId
from modules.kernel.quantity import Quantity
from modules.runtime.database import AuditEntry, Database, Transaction

Place = tuple[Sku, SourceId]
Snapshot = tuple[str, list[str], int, int | None]
"""System, sources, beginning and end."""

_STATES = """
    SELECT sku, source, last_seq, as_of_us, gap_since_us, snapshot FROM inventory_feed_state
    WHERE system = :system AND sku IN :skus AND source IN :sources
"""
_SAVE_STATE = """
    INSERT INTO inventory_feed_state (system, sku, source, last_seq, as_of_us, gap_since_us, snapshot)
    VALUES (:system, :sku, :source, :last_seq, :as_of_us, :gap_since_us, :snapshot)
    ON CONFLICT (system, sku, source) DO UPDATE SET last_seq = excluded.last_seq, as_of_us = excluded.as_of_us,
        gap_since_us = excluded.gap_since_us, snapshot = excluded.snapshot
"""
_PARKED = """
    SELECT sku, source, quantity_micros, seq, as_of_us, orders FROM inventory_parked
    WHERE system = :system AND sku IN :skus AND source IN :sources
"""
_PARK = """
    INSERT INTO inventory_parked (system, sku, source, seq, quantity_micros, as_of_us, orders)
    VALUES (:system, :sku, :source, :seq, :quantity, :as_of_us, :orders) ON CONFLICT DO NOTHING
"""
_UNPARK = "DELETE FROM inventory_parked WHERE system = :system AND sku = :sku AND source = :source AND seq <= :seq"
_HEARD = """
    INSERT INTO inventory_feed (system, source, heard_us, applied, ignored)
    VALUES (:system, :source, :now, :applied, :ignored)
    ON CONFLICT (system, source) DO UPDATE SET heard_us = excluded.heard_us,
        applied = inventory_feed.applied + excluded.applied, ignored = inventory_feed.ignored + excluded.ignored
"""
_UNCONTAINED = """
    SELECT r.id, r.sku, r.source, r.order_id, r.quantity_micros - r.shipped_micros, a.at_us
    FROM inventory_reservation r LEFT JOIN inventory_order_ack a ON a.order_id = r.order_id
    WHERE r.sku IN :skus AND r.source IN :sources AND r.state = 'committed' AND r.erp_included_at_us IS NULL
"""
_CONTAIN = "UPDATE inventory_reservation SET erp_included_at_us = :now, version = version + 1 WHERE id = :id"
_OPEN = """
    SELECT sku, source, id, order_id, quantity_micros - shipped_micros FROM inventory_reservation
    WHERE sku IN :skus AND source IN :sources AND state IN ('held', 'committed') ORDER BY created_us DESC, id
"""
_BEGIN = """
    INSERT INTO inventory_snapshot (id, system, sources, began_us) VALUES (:id, :system, :sources, :now)
    ON CONFLICT (id) DO NOTHING
"""
_SNAPSHOT = "SELECT system, sources, began_us, ended_us FROM inventory_snapshot WHERE id = :id"
_END = "UPDATE inventory_snapshot SET ended_us = :now WHERE id = :id"
_UNNAMED = """
    SELECT l.sku, l.source FROM inventory_level l
    LEFT JOIN inventory_feed_state f ON f.system = :system AND f.sku = l.sku AND f.source = l.source
    WHERE l.source IN :sources AND l.on_hand_micros <> 0 AND COALESCE(f.snapshot, '') <> :id
        AND COALESCE(f.as_of_us, 0) <= :began AND (l.sku, l.source) > (:sku, :source)
    ORDER BY l.sku, l.source LIMIT :most
"""
_ACK = "INSERT INTO inventory_order_ack (order_id, at_us) VALUES (:order, :at) ON CONFLICT (order_id) DO NOTHING"
_GAPS = """
    SELECT system, sku, source, last_seq, gap_since_us FROM inventory_feed_state
    WHERE gap_since_us > :after AND gap_since_us <= :line ORDER BY gap_since_us LIMIT :most
"""
_FEEDS = "SELECT system, source, heard_us, applied, ignored FROM inventory_feed ORDER BY system, source"
CLEARED: Final = 1_000
"""Keys that the end of a snapshot sets to 0 in one transaction."""


class FeedStore:
    """Takes up what systems of record tell."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def apply(
        self, system: str, messages: Sequence[Message], snapshot: str, by: str, refusing: Collection[SourceId] = ()
    ) -> tuple[dict[Place, Applied], list[Level], dict[Place, CountBelowReserved]]:
        """What the messages came to by key, the levels they changed, and keys whose absolute figure was refused at a
        `refusing` source, of whose messages nothing is known then; committed when this returns."""
        async with self._database.transaction() as tx:
            telling = _Telling(tx, system, messages, snapshot)
            return await telling.apply(by, refusing)

    async def begin(self, id: str, system: str, sources: Sequence[str]) -> Snapshot:
        """Notes the beginning of a snapshot; the one that had the id first, which may be another."""
        async with self._database.transaction() as tx:
            await tx.run(_BEGIN, id=id, system=system, sources=json.dumps(list(sources)), now=await tx.now_us())
            return _snapshot(await tx.read(_SNAPSHOT, id=id))[0]

    async def snapshot(self, id: str) -> Snapshot | None:
        """The snapshot of this id."""
        return next(iter(_snapshot(await self._database.read(_SNAPSHOT, id=id))), None)

    async def unnamed(self, id: str, system: str, sources: Sequence[str], began_us: int, after: Place) -> list[Place]:
        """The next keys with stock behind `after` that a snapshot did not name and nobody told of since it began."""
        values = {"system": system, "sources": list(sources), "id": id, "began": began_us, "most": CLEARED}
        found = await self._database.read(_UNNAMED, sku=after[0], source=after[1], **values)
        return [(Sku(sku), SourceId(source)) for sku, source in found]

    async def end(self, id: str) -> None:
        """Notes the end of a snapshot."""
        async with self._database.transaction() as tx:
            await tx.run(_END, id=id, now=await tx.now_us())

    async def acknowledge(self, orders: Sequence[str], at_us: int) -> None:
        """Figures of later moments contain these orders (F-4)."""
        async with self._database.transaction() as tx:
            await tx.run_many(_ACK, [{"order": order, "at": at_us} for order in orders])

    async def last(self, system: str, keys: Sequence[Place]) -> dict[Place, int]:
        """The number of the last message about each key that had one."""
        skus, sources = sorted({sku for sku, _ in keys}), sorted({source for _, source in keys})
        rows = await self._database.read(_STATES, system=system, skus=skus, sources=sources)
        return {(row[0], row[1]): row[2] for row in rows}

    async def tell_gaps(self, after_us: int, line_us: int, most: int) -> int:
        """Asks for absolute figures where deltas wait since a moment up to the line and after `after_us`.

        The moment up to which all have been asked for: give it as `after_us` the next time.
        """
        async with self._database.transaction() as tx:
            rows = await tx.read(_GAPS, after=after_us, line=line_us, most=most)
            if rows:
                tx.emit([FeedGap(version=row[3] + 1, system=row[0], sku=row[1], source=row[2]) for row in rows])
        return int(rows[-1][4]) if len(rows) == most else line_us

    async def feeds(self) -> list[tuple[str, str, int, int, int]]:
        """System, source, when it was heard, messages applied and ignored."""
        return [(row[0], row[1], row[2], row[3], row[4]) for row in await self._database.read(_FEEDS)]


class _Telling:
    """One transaction over the messages of a system."""

    def __init__(self, tx: Transaction, system: str, messages: Sequence[Message], snapshot: str) -> None:
        self._tx = tx
        self._system = system
        self._snapshot = snapshot
        self._by_place: dict[Place, list[Message]] = defaultdict(list)
        for message in messages:
            self._by_place[message.sku, message.source].append(message)
        self._waiting: Mapping[Place, Sequence[Message]] = {}
        self._gaps: Collection[Place] = ()
        skus, sources = {sku for sku, _ in self._by_place}, {source for _, source in self._by_place}
        self._places = {"skus": sorted(skus), "sources": sorted(sources)}

    async def apply(
        self, by: str, refusing: Collection[SourceId]
    ) -> tuple[dict[Place, Applied], list[Level], dict[Place, CountBelowReserved]]:
        """Decides all keys and writes what follows."""
        levels = {(level.sku, level.source): level for level in await self._locked()}
        now = await self._tx.now_us()
        done = await self._decide(levels, now)
        contained = await self._contained(done)
        below = self._below(levels, done, contained, refusing) if refusing else {}
        for place in below:
            del done[place]
            contained.pop(place, None)
        changed = [
            level
            for place, applied in done.items()
            if (level := self._changed(levels[place], applied, contained.get(place, []), now)) is not None
        ]
        await self._save(done, changed, contained, now)
        await self._publish(changed, by, done)
        return done, changed, below

    def _below(
        self,
        levels: Mapping[Place, Level],
        done: Mapping[Place, Applied],
        contained: Mapping[Place, Sequence[tuple[str, int]]],
        refusing: Collection[SourceId],
    ) -> dict[Place, CountBelowReserved]:
        found: dict[Place, CountBelowReserved] = {}
        for place, applied in done.items():
            absolute = any(message.mode is FeedMode.ABSOLUTE for message in self._by_place[place])
            if place[1] in refusing and absolute and applied.on_hand is not None:
                after = _after(levels[place], applied, contained.get(place, ()))
                if (refusal := CountBelowReserved.of(after)) is not None:
                    found[place] = refusal
        return found

    async def _locked(self) -> Sequence[Level]:
        return await lock_levels(self._tx, self._by_place, self._by_place)

    async def _decide(self, levels: Mapping[Place, Level], now: int) -> dict[Place, Applied]:
        states = await self._states()
        self._gaps = {place for place, state in states.items() if state.gap_since_us is not None}
        if self._gaps:
            self._waiting = await self._parked()
        moves = await self._moves()
        return {
            place: feed(
                states.get(place) or FeedState(*place),
                levels[place].on_hand,
                messages,
                self._waiting.get(place, ()),
                _since(moves[place]) if place in moves else _nothing,
                now,
            )
            for place, messages in self._by_place.items()
        }

    async def _states(self) -> dict[Place, FeedState]:
        rows = await self._tx.read(_STATES, system=self._system, **self._places)
        return {(row[0], row[1]): FeedState(*row) for row in rows}

    async def _parked(self) -> dict[Place, list[Message]]:
        found: dict[Place, list[Message]] = defaultdict(list)
        for sku, source, quantity, seq, as_of, orders in await self._tx.read(
            _PARKED, system=self._system, **self._places
        ):
            message = Message(sku, source, FeedMode.DELTA, quantity, seq, as_of, tuple(json.loads(orders)))
            found[sku, source].append(message)
        return found

    async def _moves(self) -> Mapping[tuple[str, str], Sequence[tuple[int, int]]]:
        figures = [m.as_of_us for mine in self._by_place.values() for m in mine if m.mode is FeedMode.ABSOLUTE]
        return await own_moves(self._tx, self._by_place, min(figures)) if figures else {}

    async def _contained(self, done: Mapping[Place, Applied]) -> dict[Place, list[tuple[str, int]]]:
        """Reservations that the figures contain by now, as (id, open quantity) by place (F-4)."""
        found: dict[Place, list[tuple[str, int]]] = defaultdict(list)
        for id, sku, source, order, quantity, acknowledged in await self._tx.read(_UNCONTAINED, **self._places):
            applied = done.get((sku, source))
            if applied is None or not applied.applied:
                continue
            if order in applied.orders or (acknowledged is not None and acknowledged < applied.state.as_of_us):
                found[sku, source].append((id, quantity))
        return found

    def _changed(self, level: Level, applied: Applied, contained: Sequence[tuple[str, int]], now: int) -> Level | None:
        after = _after(level, applied, contained)
        # A gap that opens or closes changes what can be had (F-2), so that whoever follows must hear of it.
        gap = (applied.state.gap_since_us is None) == ((level.sku, level.source) in self._gaps)
        if level.version and after == level and not gap:
            return None
        return after._replace(version=level.version + 1, as_of_us=now)

    async def _save(
        self,
        done: Mapping[Place, Applied],
        changed: Sequence[Level],
        contained: Mapping[Place, Sequence[tuple[str, int]]],
        now: int,
    ) -> None:
        await save_levels(self._tx, changed)
        states = [self._state_row(applied.state) for applied in done.values()]
        await self._tx.run_many(_SAVE_STATE, states)
        passed = [self._state_key(done[place]) for place in self._waiting if place in done]
        if passed:
            await self._tx.run_many(_UNPARK, passed)
        waiting = [self._parked_row(message) for each in done.values() for message in each.parked]
        if waiting:
            await self._tx.run_many(_PARK, waiting)
        ids = [{"id": id, "now": now} for each in contained.values() for id, _ in each]
        if ids:
            await self._tx.run_many(_CONTAIN, ids)
        await self._tx.run_many(_HEARD, self._heard(done, now))

    async def _publish(self, changed: Sequence[Level], by: str, done: Mapping[Place, Applied]) -> None:
        if not changed:
            return
        self._tx.emit([level.event() for level in changed])
        told = {"system": self._system, "levels": len(changed), "messages": sum(map(len, self._by_place.values()))}
        self._tx.audit([AuditEntry(by, "inventory.take_feed", f"feed:{self._system}", None, told, "feed")])
        over = {(level.sku, level.source): level for level in changed if _short(level) > 0}
        if over:
            self._tx.emit(await self._overcommitted(over))

    async def _overcommitted(self, over: Mapping[Place, Level]) -> list[Overcommitted]:
        """F-3: nothing is dropped; the youngest reservations that no longer fit are named first."""
        places = {"skus": sorted({sku for sku, _ in over}), "sources": sorted({source for _, source in over})}
        open: dict[Place, list[dict[str, Any]]] = defaultdict(list)
        for sku, source, id, order, quantity in await self._tx.read(_OPEN, **places):
            open[sku, source].append({"id": id, "order": order, "quantity_micros": quantity})
        return [
            Overcommitted(
                version=level.version,
                sku=level.sku,
                source=level.source,
                short_micros=_short(level),
                reservations=tuple(open[place]),
            )
            for place, level in over.items()
        ]

    def _state_row(self, state: FeedState) -> dict[str, object]:
        return {**state._asdict(), "system": self._system, "snapshot": self._snapshot or state.snapshot}

    def _state_key(self, applied: Applied) -> dict[str, object]:
        state = applied.state
        return {"system": self._system, "sku": state.sku, "source": state.source, "seq": state.last_seq}

    def _parked_row(self, message: Message) -> dict[str, object]:
        values = {**message._asdict(), "system": self._system, "orders": json.dumps(message.orders)}
        del values["mode"]
        return values

    def _heard(self, done: Mapping[Place, Applied], now: int) -> list[dict[str, object]]:
        applied: dict[SourceId, int] = defaultdict(int)
        ignored: dict[SourceId, int] = defaultdict(int)
        for (_, source), each in done.items():
            applied[source] += each.applied
            ignored[source] += each.ignored
        return [
            {
                "system": self._system,
                "source": source,
                "now": now,
                "applied": applied[source],
                "ignored": ignored[source],
            }
            for source in applied
        ]


def _after(level: Level, applied: Applied, contained: Sequence[tuple[str, int]]) -> Level:
    on_hand = level.on_hand if applied.on_hand is None else applied.on_hand
    committed = level.committed - sum(quantity for _, quantity in contained) if contained else level.committed
    return level._replace(on_hand=on_hand, committed=Quantity(committed))


def _snapshot(rows: Sequence[tuple[Any, ...]]) -> list[Snapshot]:
    return [(system, json.loads(sources), began, ended) for system, sources, began, ended in rows]


def _since(moves: Sequence[tuple[int, int]]) -> OwnMoves:
    return lambda moment: sum(quantity for at, quantity in moves if at > moment)


def _nothing(moment: int) -> int:
    return 0


def _short(level: Level) -> int:
    """What is set aside beyond what is there; 0 or less: nothing."""
    return level.held + level.committed - level.on_hand - level.backorder_limit if level.track else 0
