"""The carts that are followed in this process, and what touches them: one listener for all, no task that polls."""

from __future__ import annotations

import asyncio
from asyncio import FIRST_COMPLETED
from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from modules.cart.engine.news import Cause, News
from modules.kernel.names import Sku
from modules.kernel.place import Channel

MERGE: Final = timedelta(milliseconds=100)
"""How long a cart that was touched waits for more of the same burst."""
AT_ONCE: Final = 2
"""Carts that are priced anew side by side: a promotion that touches all of them leaves room for everybody else."""
_SLACK: Final = timedelta(milliseconds=20)
"""A quote that ends is priced anew behind its end, whatever the timer's grain."""


class Turns:
    """Who may price a cart anew now: so many at once, the others in the order in which they asked."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._free = at_once
        self._line: dict[Watch, None] = {}
        self._granted: set[Watch] = set()

    def ask(self, watch: Watch) -> None:
        """It gets in line, and is woken when it is its turn."""
        self._line[watch] = None
        self._grant()

    def give_back(self, watch: Watch) -> None:
        """It has had its turn, if it had one."""
        if watch in self._granted:
            self._granted.discard(watch)
            self._free += 1
            self._grant()

    def leave(self, watch: Watch) -> None:
        """It wants none any more."""
        self._line.pop(watch, None)
        self.give_back(watch)

    def waits(self, watch: Watch) -> bool:
        """Whether it stands in line."""
        return watch in self._line

    def has(self, watch: Watch) -> bool:
        """Whether it is its turn."""
        return watch in self._granted

    def _grant(self) -> None:
        while self._free and (first := next((each for each in self._line if each not in self._granted), None)):
            del self._line[first]
            self._granted.add(first)
            self._free -= 1
            first.wake()


class Watch:
    """One open cart: where it stands, and what has touched it since it was looked at last."""

    def __init__(self, turns: Turns, merge: timedelta = MERGE) -> None:
        self._turns = turns
        self._merge = merge
        self._causes: dict[Cause, None] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._waiting: asyncio.Future[None] | None = None
        self.skus: frozenset[Sku] = frozenset()
        self.place: tuple[Channel, str] | None = None
        """Its channel and currency; None: not known, so that everything may concern it."""

    def touch(self, cause: Cause, after: timedelta | None = None) -> None:
        """Wakes who waits, once for all that comes within the next moments, when it is its turn."""
        self._causes[cause] = None
        if self._timer is None and not self._turns.waits(self):
            delay = self._merge if after is None else after
            self._timer = asyncio.get_running_loop().call_later(delay.total_seconds(), self._due)

    def take(self) -> tuple[Cause, ...]:
        """What has touched it, in order of arrival; from now on nothing has. It keeps its turn, if it has one."""
        causes, self._causes = tuple(self._causes), {}
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        return causes

    def rest(self) -> None:
        """Its turn is over."""
        self._turns.give_back(self)

    def settle(self) -> tuple[Cause, ...]:
        """What has touched it, for who looks at it anyway: it needs no turn any more."""
        self._turns.leave(self)
        return self.take()

    async def wait(self, arriving: asyncio.Future[Any], until: datetime | None) -> None:
        """Returns when that is done, or when something has touched the cart and it is its turn; the moment touches it.

        What arrives waits for no turn: a device hears of the others' doings while thousands of carts are priced anew.
        """
        while not (arriving.done() or self._turns.has(self)):
            self._waiting = asyncio.get_running_loop().create_future()
            left = None if until is None else max(until - datetime.now(UTC), timedelta()) + _SLACK
            seconds = None if left is None else left.total_seconds()
            try:
                done, _ = await asyncio.wait({arriving, self._waiting}, timeout=seconds, return_when=FIRST_COMPLETED)
            finally:
                self._waiting = None
            if not done:
                self.touch(Cause.TIME, timedelta())
                until = None

    def wake(self) -> None:
        """It is its turn."""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def _due(self) -> None:
        self._timer = None
        self._turns.ask(self)


class OpenCarts:
    """One per process. What happens to one sku costs no more than the carts it stands in."""

    def __init__(self, merge: timedelta = MERGE, at_once: int = AT_ONCE) -> None:
        self._merge = merge
        self._all: set[Watch] = set()
        self._by_sku: defaultdict[Sku, set[Watch]] = defaultdict(set)
        self._turns = Turns(at_once)

    @contextmanager
    def watch(self) -> Iterator[Watch]:
        """A cart is open while the block runs."""
        watch = Watch(self._turns, self._merge)
        self._all.add(watch)
        try:
            yield watch
        finally:
            self.see(watch, (), None)
            watch.settle()
            self._all.discard(watch)

    def see(self, watch: Watch, skus: Collection[Sku], place: tuple[Channel, str] | None) -> None:
        """What the cart holds now, and where it is priced."""
        now = frozenset(skus)
        for sku in watch.skus - now:
            self._by_sku[sku].discard(watch)
            if not self._by_sku[sku]:
                del self._by_sku[sku]
        for sku in now - watch.skus:
            self._by_sku[sku].add(watch)
        watch.skus, watch.place = now, place

    def concerned(self, news: News) -> list[Watch]:
        """The open carts that the news may touch."""
        watches = self._all if news.sku is None else self._by_sku.get(news.sku, ())
        return [watch for watch in watches if watch.place is None or news.concerns(*watch.place)]

    def hear(self, news: News) -> None:
        """Touches the carts it concerns."""
        for watch in self.concerned(news):
            watch.touch(news.cause)
