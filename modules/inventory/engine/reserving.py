"""The books: levels and reservations while calls are decided one after another, and nothing else sees them (R-2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from modules.inventory.engine.allotting import Room, Short, Taken, allot, allot_cut, short, split, whole_steps
from modules.inventory.engine.availability import available, on_shelf
from modules.inventory.engine.waiting import NOBODY, Crowd, Queue, Tally, offered
from modules.inventory.model.levels import Level
from modules.inventory.model.movements import Move, MoveKind
from modules.inventory.model.reservations import (
    Call,
    CallKey,
    Commit,
    Decision,
    Extend,
    Hold,
    InsufficientOnHand,
    InvalidTransition,
    Offer,
    Release,
    Reservation,
    ReservationExpired,
    ReservationState,
    Resize,
    Restock,
    Ship,
    UnknownReservation,
)
from modules.inventory.model.sources import Buffers, most_specific
from modules.inventory.model.waiting import Waiter
from modules.kernel.errors import IdempotencyConflict, Refused
from modules.kernel.moments import from_us
from modules.kernel.names import Sku, SourceId
from modules.kernel.quantity import ZERO, Quantity, format_quantity

Place = tuple[Sku, SourceId]
Naming = Extend | Resize | Commit | Ship | Release
"""A call that names what it is about by an id."""
_HELD, _COMMITTED = ReservationState.HELD, ReservationState.COMMITTED
_UNBOUNDED: Final = 1 << 60


class Books:
    """What the store has locked for a batch of calls. A refused call leaves them as they were.

    `due` holds that stand in them are expired at once, so that no call is decided against goods that are free (R-3).
    """

    def __init__(
        self, levels: Iterable[Level], reservations: Iterable[Reservation], now_us: int, crowd: Crowd = NOBODY
    ) -> None:
        self._now_us = now_us
        self._now = from_us(now_us)
        self._before = {(level.sku, level.source): level for level in levels}
        self._levels = dict(self._before)
        self._held_before = {item.id: item for item in reservations}
        self._reservations = dict(self._held_before)
        self._holds: dict[str, list[str]] = defaultdict(list)
        self.moves: list[Move] = []
        """What has left and come back, in order."""
        self._queue = Queue(crowd.waiters)
        self._reach = crowd.reach
        self._tally = Tally(crowd)
        for item in self._reservations.values():
            self._holds[item.hold].append(item.id)
        self._expire()

    def decide(self, calls: Sequence[Call], known: Mapping[str, tuple[str, Decision]]) -> list[Decision]:
        """One decision per call, in order of arrival. `known` are bodies and decisions of keys that came before."""
        decided = dict(known)
        return [self._once(call, call.key, decided) for call in calls]

    def changed_levels(self) -> list[Level]:
        """Levels that are others now, each with the version after its former one, by sku and source."""
        found = []
        for place, level in sorted(self._levels.items()):
            before = self._before.get(place)
            if level != before:
                version = before.version if before else 0
                found.append(level._replace(version=version + 1, as_of_us=self._now_us))
        return found

    def changed_reservations(self) -> tuple[list[Reservation], list[Reservation]]:
        """Those that are new, and those that are others now."""
        items = self._reservations.values()
        new = [item for item in items if item.id not in self._held_before]
        other = [item for item in items if item.id in self._held_before and item != self._held_before[item.id]]
        return new, other

    def changed_waiters(self) -> list[Waiter]:
        """Those that are others now."""
        return self._queue.changed()

    def _once(self, call: Call, key: CallKey, decided: dict[str, tuple[str, Decision]]) -> Decision:
        if not key.id:
            return self._try(call)
        if key.id in decided:
            body, decision = decided[key.id]
            return self._now_of(decision) if body == key.body else Decision(problems=(IdempotencyConflict("given"),))
        decision = self._try(call)
        decided[key.id] = key.body, decision
        return decision

    def _now_of(self, decision: Decision) -> Decision:
        """The same outcome, its reservations as they are by now."""
        items = tuple(self._reservations.get(item.id, item) for item in decision.reservations)
        return Decision(items, decision.problems)

    def _try(self, call: Call) -> Decision:
        try:
            done = _ACTS[type(call)](self, call)
            return done if isinstance(done, Decision) else Decision(tuple(done))
        except Short as found:
            return Decision(problems=tuple(found.problems))
        except Refused as refusal:
            return Decision(problems=(refusal,))

    def _hold(self, call: Hold) -> Decision:
        self._tally.check(call)
        finder, less = self._finder(call), list[Refused]()
        if call.cut:
            taken, less = allot_cut(call, finder)
        else:
            taken = allot(call, finder)
        items = self._set_aside(call, taken)
        self._tally.count(call, items)
        return Decision(tuple(items), tuple(less))

    def _extend(self, call: Extend) -> Sequence[Reservation]:
        items = self._of_hold(call.hold, call)
        for item in items:
            if item.state is not _HELD:
                raise InvalidTransition(item, "extended", call.path)
        return [self._put(item._replace(expires_at_us=self._extended(item, call))) for item in items]

    def _resize(self, call: Resize) -> Decision:
        item = self._one(call.reservation, call)
        if item.state is not _HELD or call.quantity <= 0:
            raise InvalidTransition(item, "resized", call.path)
        more = call.quantity - item.quantity
        less: list[Refused] = []
        if more > 0 and (room := self._room(item.sku, item.source, call.buffers)) < more:
            less.append(short(item.sku, room + item.quantity, call.quantity, call.path))
            more = whole_steps(room, call.scale)
            if more <= 0 or not call.cut:
                raise less[0]
        self._move(item, held=more)
        resized = self._put(item._replace(quantity=Quantity(item.quantity + more)))
        if more < 0:
            self._offer(item.sku)
        return Decision((resized,), tuple(less))

    def _bind(self, call: Commit) -> Sequence[Reservation]:
        items = self._of_hold(call.hold, call)
        bound = [item for item in items if item.state is _COMMITTED and item.order == call.order]
        if bound:
            return items
        if all(item.state is ReservationState.EXPIRED for item in items):
            items = self._again(items, call)
        for item in items:
            if item.state is not _HELD:
                raise InvalidTransition(item, "committed", call.path)
        return [self._commit(item, call.order) for item in items]

    def _ship(self, call: Ship) -> Sequence[Reservation]:
        item = self._one(call.reservation, call)
        if item.state is not _COMMITTED or not 0 < call.quantity <= item.open:
            raise InvalidTransition(item, "shipped so much", call.path)
        level = self._level(item.sku, item.source)
        # What the ERP's figures contain has left on hand already (F-4).
        if level.on_hand < call.quantity and item.erp_included_at_us is None:
            on_hand, wish = format_quantity(level.on_hand), format_quantity(call.quantity)
            raise InsufficientOnHand(item.sku, item.source, on_hand, wish, call.path)
        self._move(item, committed=-call.quantity, on_hand=-call.quantity)
        if item.erp_included_at_us is None:
            self.moves.append(Move(item.sku, item.source, Quantity(-call.quantity), MoveKind.SHIP, item.order))
        shipped = Quantity(item.shipped + call.quantity)
        state = ReservationState.SHIPPED if shipped == item.quantity else _COMMITTED
        return [self._put(item._replace(shipped=shipped, state=state))]

    def _give_back(self, call: Release) -> Sequence[Reservation]:
        whole = call.id in self._holds
        items = self._of_hold(call.id, call) if whole else [self._one(call.id, call)]
        live = [item for item in items if item.open]
        if not live:
            raise InvalidTransition(items[0], "released", call.path)
        if call.quantity is not None and (whole or not 0 < call.quantity <= live[0].open):
            raise InvalidTransition(live[0], "released so much", call.path)
        released = [self._release(item, item.open if call.quantity is None else call.quantity, call) for item in live]
        self._queue.leave(item.hold for item in live)
        for sku in dict.fromkeys(item.sku for item in live):
            self._offer(sku)
        return released

    def _restock(self, call: Restock) -> Sequence[Reservation]:
        level = self._level(call.sku, call.source)
        self._levels[call.sku, call.source] = level._replace(on_hand=Quantity(level.on_hand + call.quantity))
        self.moves.append(Move(call.sku, call.source, call.quantity, MoveKind.RESTOCK, ""))
        self._offer(call.sku)
        return ()

    def _offer_all(self, call: Offer) -> Sequence[Reservation]:
        for sku in dict.fromkeys(sku for sku, _ in call.places):
            self._offer(sku)
        return ()

    def _set_aside(self, call: Hold, taken: Sequence[Taken]) -> list[Reservation]:
        expires = self._end(call)
        items = [self._reserved(call, number, each, expires) for number, each in enumerate(taken, 1)]
        for item in items:
            self._move(item, held=item.quantity)
            self._reservations[item.id] = item
        self._holds[call.id] += [item.id for item in items]
        return items

    def _reserved(self, call: Hold, number: int, taken: Taken, expires_at_us: int | None) -> Reservation:
        line, source, quantity = taken
        return Reservation(
            id=f"{call.id}.{number}",
            hold=call.id,
            line=line.line,
            sku=line.sku,
            source=source,
            quantity=quantity,
            shipped=ZERO,
            state=_HELD,
            purpose=call.purpose,
            owner=call.owner,
            customer=call.customer,
            channel=call.channel,
            order="",
            expires_at_us=expires_at_us,
            created_us=self._now_us,
            store=call.store,
            changed_us=self._now_us,
        )

    def _end(self, call: Hold) -> int | None:
        """When the hold ends by itself."""
        usual, longest = call.rules.life_time(call.purpose)
        lasts = usual if call.ttl_us is None else call.ttl_us if longest is None else min(call.ttl_us, longest)
        return None if lasts is None else self._now_us + lasts

    def _again(self, items: Sequence[Reservation], call: Commit) -> list[Reservation]:
        """An expired hold, held once more at the same places; all of it or none."""
        wanted: dict[Place, int] = defaultdict(int)
        for item in items:
            wanted[item.sku, item.source] += item.quantity
        for (sku, source), quantity in wanted.items():
            if self._room(sku, source, call.buffers) < quantity:
                raise ReservationExpired(call.hold, call.path)
        for item in items:
            self._move(item, held=item.quantity)
        return [self._put(item._replace(state=_HELD)) for item in items]

    def _commit(self, item: Reservation, order: str) -> Reservation:
        self._move(item, held=-item.open, committed=item.open)
        self._queue.serve(item.hold)
        return self._put(item._replace(state=_COMMITTED, order=order, expires_at_us=None))

    def _release(self, item: Reservation, quantity: Quantity, call: Release) -> Reservation:
        field = "held" if item.state is _HELD else "committed"
        self._move(item, **{field: -quantity, "on_hand": -quantity if call.lost else 0})
        if call.lost and item.erp_included_at_us is None:
            self.moves.append(Move(item.sku, item.source, Quantity(-quantity), MoveKind.LOST, item.order))
        if quantity < item.open:
            return self._put(item._replace(quantity=Quantity(item.quantity - quantity)))
        # What was shipped of it stays shipped.
        state = ReservationState.SHIPPED if item.shipped else ReservationState.RELEASED
        left = item.shipped or item.quantity
        return self._put(item._replace(quantity=left, state=state))

    def _expire(self) -> None:
        due = [item for item in self._reservations.values() if item.is_due(self._now_us)]
        for item in due:
            self._move(item, held=-item.open)
            self._put(item._replace(state=ReservationState.EXPIRED))
        self._queue.lapse(item.hold for item in due)
        for sku in dict.fromkeys(item.sku for item in due):
            self._offer(sku)

    def _offer(self, sku: Sku) -> None:
        """What is free goes to those who wait, the first first; nobody is passed over for wanting more (R-6)."""
        for waiter in self._queue.waiting(sku):
            reach = self._reach(waiter.channel)
            rooms = [(s, self._room(sku, s, reach.buffers)) for s in reach.sources if (sku, s) in self._levels]
            shares = split(rooms, waiter.quantity, may_split=True)
            if not shares:
                return
            call = offered(waiter)
            taken = [Taken(call.lines[0], source, Quantity(quantity)) for source, quantity in shares]
            self._set_aside(call, taken)
            self._queue.offer(waiter, call.id)

    def _extended(self, item: Reservation, call: Extend) -> int | None:
        longest = call.rules.life_time(item.purpose).longest_us
        wish = self._now_us + call.ttl_us
        return wish if longest is None else min(wish, item.created_us + longest)

    def _finder(self, call: Hold) -> Room:
        return lambda sku, source: self._room(sku, source, call.buffers)

    def _room(self, sku: Sku, source: SourceId, buffers: Buffers) -> int:
        """What can be had there (I-1); 0 or less: nothing. Nobody counts an unknown place, so nothing is there."""
        level = self._levels.get((sku, source))
        if level is None:
            return 0
        buffer = most_specific(buffers, sku, source) if buffers else None
        amount = available(level, on_shelf(level, buffer), self._now, self._now)
        return _UNBOUNDED if amount is None else amount

    def _move(self, item: Reservation, held: int = 0, committed: int = 0, on_hand: int = 0) -> None:
        level = self._level(item.sku, item.source)
        # Figures of the ERP that contain it already are not reduced a second time (F-4).
        counted = item.erp_included_at_us is None
        self._levels[item.sku, item.source] = level._replace(
            held=Quantity(level.held + held),
            committed=Quantity(level.committed + (committed if counted else 0)),
            on_hand=Quantity(level.on_hand + (on_hand if counted else 0)),
        )

    def _level(self, sku: Sku, source: SourceId) -> Level:
        return self._levels.get((sku, source)) or Level(sku, source)

    def _one(self, id: str, call: Naming) -> Reservation:
        item = self._reservations.get(id)
        if item is None or not item.is_for(call.by):
            raise UnknownReservation(id, call.path)
        return item

    def _of_hold(self, hold: str, call: Naming) -> list[Reservation]:
        items = [self._reservations[id] for id in sorted(self._holds.get(hold, ()), key=_number)]
        if not items or not all(item.is_for(call.by) for item in items):
            raise UnknownReservation(hold, call.path)
        return items

    def _put(self, item: Reservation) -> Reservation:
        before = self._held_before.get(item.id)
        after = item._replace(version=before.version + 1, changed_us=self._now_us) if before else item
        self._reservations[item.id] = after
        return after


_ACTS: Final[Mapping[type, Callable[[Books, Any], Sequence[Reservation] | Decision]]] = {
    Hold: Books._hold,
    Extend: Books._extend,
    Resize: Books._resize,
    Commit: Books._bind,
    Ship: Books._ship,
    Release: Books._give_back,
    Restock: Books._restock,
    Offer: Books._offer_all,
}


def _number(id: str) -> int:
    """Which of its hold a reservation is: lines stay in the order in which they were asked for."""
    return int(id.rpartition(".")[2])
