"""What this process has just done to carts that are followed in it, so that their devices need not ask for it again."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic_ns
from typing import TYPE_CHECKING, Final

from modules.cart.model.keys import Locator

if TYPE_CHECKING:
    from modules.cart.store.active import Answer

LASTS_NS: Final = 2_000_000_000
"""Whoever comes later looks for himself: another process may have ended a key meanwhile."""


@dataclass(slots=True)
class _Fresh:
    call: str
    answer: Answer
    at_ns: int
    left: int
    """Followers who have not taken it."""


class FreshCarts:
    """Of each followed cart the newest answer that this process got, by the call that it answers.

    A call is told by the id of its event, so that what is taken is the very state that the event tells of. Whatever
    this process learns of the cart takes its place: who lost a key here is not shown what was before.
    """

    def __init__(self) -> None:
        self._followed: Counter[Locator] = Counter()
        self._newest: dict[Locator, _Fresh] = {}
        self._under_way: dict[str, asyncio.Future[None]] = {}

    @contextmanager
    def follow(self, locator: Locator) -> Iterator[None]:
        """Answers are kept while the block runs."""
        self._followed[locator] += 1
        try:
            yield
        finally:
            self._followed[locator] -= 1
            if not self._followed[locator]:
                del self._followed[locator]
                self._newest.pop(locator, None)

    @contextmanager
    def call(self, locator: Locator, call: str) -> Iterator[None]:
        """Its event may be here before its answer is: whoever wants that can await it while the block runs."""
        if not call or locator not in self._followed:
            yield
            return
        under_way = self._under_way[call] = asyncio.get_running_loop().create_future()
        try:
            yield
        finally:
            del self._under_way[call]
            under_way.set_result(None)

    async def arrival(self, call: str) -> None:
        """Returns when this call is not under way here, or no more."""
        if under_way := self._under_way.get(call):
            await asyncio.shield(under_way)

    def note(self, locator: Locator, call: str, answer: Answer | None) -> None:
        """What a call has led to; None: it was refused. A call without an id tells nobody anything."""
        if answer is not None and call and (followers := self._followed.get(locator)):
            self._newest[locator] = _Fresh(call, answer, monotonic_ns(), followers)
        else:
            self._newest.pop(locator, None)

    def take(self, locator: Locator, call: str) -> Answer | None:
        """What this call has led to, once for each follower; None when something came after it."""
        fresh = self._newest.get(locator)
        if fresh is None or fresh.call != call or monotonic_ns() - fresh.at_ns > LASTS_NS:
            return None
        fresh.left -= 1
        if not fresh.left:
            del self._newest[locator]
        return fresh.answer
