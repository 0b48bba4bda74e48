"""The carts that are followed in this process, and what touches them: one listener for all, no task that polls."""

from __future__ import annotations

import asyncio
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


class Watch:
    """One open cart: where it stands, and what has touched it since it was looked at last."""

    def __init__(self, merge: timedelta = MERGE) -> None:
        self._merge = merge
        self._causes: dict[Cause, None] = {}
        self._due = False
        self._timer: asyncio.TimerHandle | None = None
        self._waiting: asyncio.Future[None] | None = None
        self.skus: frozenset[Sku] = frozenset()
        self.place: tuple[Channel, str] | None = None
        """Its channel and currency; None: not known, so that everything may concern it."""

    def touch(self, cause: Cause, after: timedelta | None = None) -> None:
        """Wakes who waits, once for all that comes within the next moments."""
        self._causes[cause] = None
        if self._timer is None and not self._due:
            delay = self._merge if after is None else after
            self._timer = asyncio.get_running_loop().call_later(delay.total_seconds(), self._wake)

    def take(self) -> tuple[Cause, ...]:
        """What has touched it, in order of arrival; from now on nothing has."""
        causes, self._causes, self._due = tuple(self._causes), {}, False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        return causes

    async def wait(self, arriving: asyncio.Future[Any], until: datetime | None) -> None:
        """Returns when that is done, something has touched the cart, or the moment is over."""
        self._waiting = asyncio.get_running_loop().create_future()
        if self._due:
            self._waiting.set_result(None)
        left = None if until is None else max(until - datetime.now(UTC), timedelta()) + _SLACK
        seconds = None if left is None else left.total_seconds()
        try:
            await asyncio.wait({arriving, self._waiting}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._waiting = None

    def _wake(self) -> None:
        self._timer, self._due = None, True
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)


class OpenCarts:
    """One per process. What happens to one sku costs no more than the carts it stands in."""

    def __init__(self, merge: timedelta = MERGE, at_once: int = AT_ONCE) -> None:
        self._merge = merge
        self._all: set[Watch] = set()
        self._by_sku: defaultdict[Sku, set[Watch]] = defaultdict(set)
        self.turns = asyncio.Semaphore(at_once)
        """Whoever prices a cart anew because it was touched holds one."""

    @contextmanager
    def watch(self) -> Iterator[Watch]:
        """A cart is open while the block runs."""
        watch = Watch(self._merge)
        self._all.add(watch)
        try:
            yield watch
        finally:
            self.see(watch, (), None)
            watch.take()
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
