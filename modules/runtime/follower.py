"""One follower of a stream: what waits for it, the newest change per key, and how it takes it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from itertools import islice

from modules.kernel.events import Change
from modules.kernel.feed import ChangeKind, Delivery
from modules.runtime.streams import Cursor, EntryId

_MOST = 500
"""Changes a delivery holds, unless one entry alone brings more."""


class Follower(AsyncIterator[Delivery]):
    """Deliveries without end, until it is closed. It holds one change per key, however slow its reader is."""

    def __init__(self, name: str, wanted: Callable[[Change], bool], start: Cursor) -> None:
        self.name = name
        self._wanted = wanted
        self._epoch = start.epoch
        self._start = start.entry
        self._first: Delivery | None = None
        self._pending: dict[str, tuple[EntryId, Change]] = {}
        self._wake = asyncio.Event()
        self._closed = False
        self._failure: Exception | None = None

    def begin(self, kind: ChangeKind, cursor: Cursor, changes: Iterable[Change] = ()) -> None:
        """The first delivery, or the RESYNC that replaces all that waits: nothing up to the cursor follows it."""
        self._epoch, self._start = cursor.epoch, cursor.entry
        self._pending = {key: held for key, held in self._pending.items() if held[0] > cursor.entry}
        if kind is ChangeKind.RESYNC:
            self._pending.clear()
        self._first = Delivery(kind, str(cursor), tuple(changes))
        self._wake.set()

    def offer(self, entry: EntryId, changes: Iterable[Change]) -> None:
        """What an entry of the stream holds, as far as it is wanted and newer than what waits."""
        if entry <= self._start:
            return
        try:
            for change in filter(self._wanted, changes):
                self._put(entry, change)
        except Exception as error:  # a follower's own mistake ends that follower alone
            self._failure = error
            self.close()
        if self._pending:
            self._wake.set()

    def close(self) -> None:
        """Ends the iteration, also one that waits now."""
        self._closed = True
        self._wake.set()

    async def __anext__(self) -> Delivery:
        while not self._closed:
            if (first := self._first) is not None:
                self._first = None
                return first
            if self._pending:
                return self._take()
            self._wake.clear()
            await self._wake.wait()
        if self._failure is not None:
            raise self._failure
        raise StopAsyncIteration

    def _put(self, entry: EntryId, change: Change) -> None:
        held = self._pending.get(change.key)
        if held is not None and held[1].version > change.version:
            return
        # It moves to the end: in its old place it would lift the cursor over changes that still wait behind it
        # (`test_a_replaced_change_moves_to_the_end_so_that_cursors_ascend`).
        self._pending.pop(change.key, None)
        self._pending[change.key] = (entry, change)

    def _take(self) -> Delivery:
        taken = list(islice(self._pending.values(), _MOST))
        last = taken[-1][0]
        # An entry is delivered whole: the cursor cannot stand in its middle.
        for held in islice(self._pending.values(), _MOST, None):
            if held[0] != last:
                break
            taken.append(held)
        for _, change in taken:
            del self._pending[change.key]
        return Delivery(ChangeKind.CHANGE, str(Cursor(self._epoch, last)), tuple(change for _, change in taken))
