"""A desk of reservations for tests: books that go on from batch to batch, as the store's rows do."""

from __future__ import annotations

from collections.abc import Sequence

from modules.inventory.engine.reserving import Books
from modules.inventory.engine.waiting import Crowd
from modules.inventory.model.levels import Level
from modules.inventory.model.reservations import Call, Commit, Decision, Release, Reservation, Ship
from modules.inventory.model.waiting import Reach, Waiter
from modules.kernel.moments import to_us
from modules.kernel.names import Sku, SourceId
from modules.kernel.quantity import Quantity, format_quantity, parse_quantity
from tests.builders import NOW
from tests.inventory.builders import NO_KEY, a_level

NOW_US = to_us(NOW)


class Desk:
    """Books that go on from batch to batch, as the store's rows do."""

    def __init__(self, *levels: Level, waiters: Sequence[Waiter] = ()) -> None:
        self.levels = {(level.sku, level.source): level for level in levels or (a_level("5"),)}
        self.reservations: dict[str, Reservation] = {}
        self.waiters = {waiter.id: waiter for waiter in waiters}
        self.known: dict[str, tuple[str, Decision]] = {}
        self.now = NOW_US

    def decide(self, *calls: Call) -> list[Decision]:
        crowd = Crowd(list(self.waiters.values()), lambda channel: Reach((SourceId("main"), SourceId("berlin")), {}))
        books = Books(self.levels.values(), self.reservations.values(), self.now, crowd)
        decisions = books.decide(calls, self.known)
        self.levels |= {(level.sku, level.source): level for level in books.changed_levels()}
        new, other = books.changed_reservations()
        self.reservations |= {item.id: item for item in (*new, *other)}
        self.waiters |= {waiter.id: waiter for waiter in books.changed_waiters()}
        keys = ((call.key, decision) for call, decision in zip(calls, decisions, strict=True))
        for key, decision in keys:
            if key.id:
                self.known.setdefault(key.id, (key.body, decision))
        return decisions

    def one(self, call: Call) -> Decision:
        (decision,) = self.decide(call)
        return decision

    def code(self, call: Call) -> str:
        decision = self.one(call)
        assert not decision.reservations
        return decision.problems[0].code

    def figures(self, sku: str = "A-1", source: str = "main") -> tuple[str, str, str]:
        level = self.levels[Sku(sku), SourceId(source)]
        return format_quantity(level.on_hand), format_quantity(level.held), format_quantity(level.committed)

    def pass_time(self, us: int) -> None:
        self.now += us


def units(text: str) -> Quantity:
    return parse_quantity(text)


def commit(hold: str = "h1", order: str = "o1") -> Commit:
    return Commit(key=NO_KEY, hold=hold, order=order)


def ship(quantity: str = "1", reservation: str = "h1.1") -> Ship:
    return Ship(key=NO_KEY, reservation=reservation, quantity=units(quantity))


def release(id: str = "h1", quantity: str | None = None) -> Release:
    return Release(key=NO_KEY, id=id, quantity=None if quantity is None else units(quantity))
