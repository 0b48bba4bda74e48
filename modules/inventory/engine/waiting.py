"""Fairness: whose turn it is, and who holds as much as one may (R-6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from modules.inventory.model.holding import Purpose
from modules.inventory.model.reservations import CallKey, Hold, HoldLimitReached, HoldLine, Reservation
from modules.inventory.model.waiting import OFFER_US, Reach, Reaches, Waiter, WaiterState
from modules.kernel.names import Sku
from modules.kernel.quantity import format_quantity

Held = tuple[str, Sku]


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who else is there: waiters of the batch's skus, and what its customers and owners hold already."""

    waiters: Sequence[Waiter] = ()
    reach: Reaches = field(default=lambda channel: Reach((), {}))
    units: Mapping[Held, int] = field(default_factory=dict)
    """Held by a customer of a sku."""
    holds: Mapping[str, int] = field(default_factory=dict)
    """Held by an owner."""


NOBODY: Final = Crowd()


class Queue:
    """The waiters, and what becomes of them while a batch is decided."""

    def __init__(self, waiters: Sequence[Waiter]) -> None:
        self._before = {waiter.id: waiter for waiter in waiters}
        self._waiters = dict(self._before)
        self._by_hold = {waiter.hold: waiter.id for waiter in waiters if waiter.hold}

    def waiting(self, sku: Sku) -> list[Waiter]:
        """Those who wait for it, the first first."""
        found = [w for w in self._waiters.values() if w.sku == sku and w.state is WaiterState.WAITING]
        return sorted(found, key=lambda waiter: (waiter.since_us, waiter.id))

    def offer(self, waiter: Waiter, hold: str) -> None:
        """The goods are held for the waiter."""
        self._waiters[waiter.id] = waiter._replace(state=WaiterState.OFFERED, hold=hold)
        self._by_hold[hold] = waiter.id

    def serve(self, hold: str) -> None:
        """The waiter of this hold has bought."""
        self._end([hold], WaiterState.SERVED)

    def lapse(self, holds: Iterable[str]) -> None:
        """The waiters of these holds did not buy in time."""
        self._end(holds, WaiterState.LAPSED)

    def leave(self, holds: Iterable[str]) -> None:
        """The waiters of these holds want it no more."""
        self._end(holds, WaiterState.GONE)

    def changed(self) -> list[Waiter]:
        """Those that are others now, each one version on."""
        pairs = ((waiter, self._before[waiter.id]) for waiter in self._waiters.values())
        return [waiter._replace(version=before.version + 1) for waiter, before in pairs if waiter != before]

    def _end(self, holds: Iterable[str], state: WaiterState) -> None:
        for waiter in self._offered(holds):
            self._waiters[waiter.id] = waiter._replace(state=state)

    def _offered(self, holds: Iterable[str]) -> Iterator[Waiter]:
        for hold in holds:
            waiter = self._waiters.get(self._by_hold.get(hold, ""))
            if waiter and waiter.state is WaiterState.OFFERED:
                yield waiter


def offered(waiter: Waiter) -> Hold:
    """The hold that an offer is."""
    line = HoldLine(waiter.id, waiter.sku, (), waiter.quantity, ())
    return Hold(
        key=CallKey("", ""),
        id=f"offer-{waiter.id}",
        lines=(line,),
        purpose=Purpose.CUSTOMER,
        owner=waiter.owner,
        customer=waiter.customer,
        channel=waiter.channel,
        ttl_us=OFFER_US,
        store=waiter.store,
    )


class Tally:
    """How much each customer and owner holds, kept while a batch is decided."""

    def __init__(self, crowd: Crowd) -> None:
        self._units = defaultdict(int, crowd.units)
        self._holds = defaultdict(int, crowd.holds)

    def check(self, call: Hold) -> None:
        """Raises HoldLimitReached when the hold would be more than its rules allow."""
        most = call.rules.holds_per_owner
        if most is not None and self._holds[call.owner] >= most:
            raise HoldLimitReached("Holds at the same time", str(most))
        bound = call.rules.units_per_customer
        if bound is None or not call.customer:
            return
        wishes: dict[Sku, int] = defaultdict(int)
        for line in call.lines:
            wishes[line.sku] += line.quantity
            if self._units[call.customer, line.sku] + wishes[line.sku] > bound:
                raise HoldLimitReached(f"{line.sku!r} for one customer", format_quantity(bound), line.path)

    def count(self, call: Hold, items: Sequence[Reservation]) -> None:
        """Adds a hold that was made."""
        self._holds[call.owner] += 1
        for item in items:
            self._units[call.customer, item.sku] += item.quantity
