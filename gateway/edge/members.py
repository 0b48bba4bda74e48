"""Members: the subscribers of a group, and what waits for one that does not take everything at once."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from typing import TYPE_CHECKING, Final, NamedTuple

from modules.kernel.feed import Place, place_of

if TYPE_CHECKING:
    from gateway.edge.execution import Answer

Push = Callable[[bytes], bool]
"""Hands an answer to a client that takes it at once. False: it does not, and was handed nothing."""
_MOST_WAITING: Final = 16


class Told(NamedTuple):
    """An event as the subscribers of a group get it."""

    answer: Answer
    cursor: str
    place: Place
    is_whole: bool
    """RESYNC: it stands for itself, wherever the subscriber is."""
    is_restated: bool
    """No entry of the stream came with it: something else has changed."""


class Member:
    """One subscriber, from before its first event until it leaves the group."""

    __slots__ = ("_failure", "_is_live", "_is_lost", "_push", "_waiting", "_wake", "cursor", "is_done", "place")

    def __init__(self, push: Push | None) -> None:
        self.cursor: str | None = None
        """Of what it was given last."""
        self.place: Place | None = None
        """That of the cursor; None before its first event."""
        self.is_done = False
        """Nothing follows what waits: the source has ended, or its rights have."""
        self._push = push
        self._waiting: deque[Told] = deque()
        self._wake = asyncio.Event()
        self._is_live = False
        """Whether it has nothing to do but to wait for events."""
        self._is_lost = False
        self._failure: Exception | None = None

    def begin(self, cursor: str, group: Place | None) -> None:
        """Its first event is about to be given; `group` is the place behind which the group tells everything."""
        self.cursor, self.place = cursor, place_of(cursor)
        if group is None or group.epoch != self.place.epoch or self.place < group:
            # What lies between the two places would be told to nobody but those who begin there.
            self.lose()

    def tell(self, told: Told) -> None:
        """Gives it an event of the group or keeps that for it; one too many, and it is to begin again."""
        if self._is_lost or (self._is_live and not self._wants(told)):
            return
        if self._is_live and self._push is not None and self._push(told.answer.body):
            self.cursor, self.place = told.cursor, told.place
        elif len(self._waiting) < _MOST_WAITING:
            self._waiting.append(told)
            self._rouse()
        else:
            self.lose()

    def lose(self) -> None:
        """It is to begin again behind its cursor: by the newest state of each key, not by all that it has missed."""
        self._waiting.clear()
        self._is_lost = True
        self._rouse()

    def end(self, failure: Exception | None = None) -> None:
        """Nothing follows what waits."""
        self.is_done, self._failure = True, failure
        self._rouse()

    async def answers(self) -> AsyncGenerator[Answer, None]:
        """What waits, whenever something does; over when it must begin again or is done. Raises why it is done."""
        while not self._is_lost:
            while self._waiting:
                told = self._waiting.popleft()
                if self._wants(told):
                    yield told.answer
                    self.cursor, self.place = told.cursor, told.place
            if self.is_done or self._is_lost:
                break
            self._is_live = True
            await self._wake.wait()
            self._wake.clear()
        if self._failure is not None:
            raise self._failure

    def _rouse(self) -> None:
        self._is_live = False
        self._wake.set()

    def _wants(self, told: Told) -> bool:
        """Whether it is news for this one, who may be ahead of the group for a while."""
        if told.is_whole or self.place is None:
            return True
        if told.place.epoch == self.place.epoch and not told.is_restated:
            return told.place > self.place
        if told.place.epoch == self.place.epoch and told.place >= self.place:
            return True
        # What has changed has no place in the stream, or the place is in another history than this one's.
        self.lose()
        return False
