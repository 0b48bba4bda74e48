"""Idle carts on their way from Redis to the database.

The way has three steps, and whoever is killed between them has lost and doubled nothing: what is read (1) is kept (2)
before it is taken away (3), and it is taken away only if nobody has changed it since. A cart that is there counts more
than what is kept of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from modules.cart.model.keys import Locator
from modules.cart.store.active import ActiveCarts, mark_of
from modules.cart.store.addresses import Address, buckets, touched_in
from modules.cart.store.archive import ArchivedCarts, Kept
from modules.cart.store.scripts import DUMP, REMOVE
from modules.kernel.names import ChannelId
from modules.runtime.redis import Command

_OF_A_BUCKET: Final = 20
"""Carts that are moved at a time, of each bucket: none of the steps keeps others waiting."""
_MARK_S: Final = 86_400
"""How long it is remembered that a cart was put away: longer than anybody takes from reading it to putting it back."""
_SLACK_US: Final = 3_600_000_000
"""By how much clocks of processes may differ."""


@dataclass(frozen=True, slots=True)
class Idle:
    """A cart that nobody has touched since, to the hour."""

    kept: Kept
    channel: ChannelId
    touched_us: int


class IdleStore:
    """Finds idle carts and moves them."""

    def __init__(self, active: ActiveCarts, archive: ArchivedCarts) -> None:
        self._redis = active.redis
        self._archive = archive
        self._dump = active.script(DUMP)
        self._remove = active.script(REMOVE)

    async def read(self, before_us: int) -> list[Idle]:
        """Step 1: some that were touched last before this moment; two round trips, however many there are."""
        looks: list[Command] = [
            ("ZRANGEBYSCORE", touched_in(bucket), "-inf", f"({before_us}", "LIMIT", 0, _OF_A_BUCKET)
            for bucket in buckets()
        ]
        locators = [Locator(name) for found in await self._redis.execute_many(looks) for name in found]
        found = await asyncio.gather(*(self._read(locator) for locator in locators))
        return [idle for idle in found if idle is not None]

    async def keep(self, carts: Sequence[tuple[Idle, int]]) -> None:
        """Step 2: keeps them in the database until the moments beside them (us)."""
        await self._archive.save([(idle.kept, expires_us) for idle, expires_us in carts])

    async def remove(self, carts: Sequence[Idle]) -> int:
        """Step 3: takes away those that have not changed; how many. One round trip."""
        return sum(await asyncio.gather(*(self._take_away(idle.kept) for idle in carts)))

    async def forget(self, now_us: int, most: int) -> int:
        """Deletes what is kept of carts whose time is over; how many. The cart itself, where there is one, stays."""
        line_us = now_us - _SLACK_US
        locators = await self._archive.expired(line_us, most)
        if locators:
            # What is over comes back by no process's clock, so that what is not here now is gone for good.
            here = await self._redis.execute_many([("EXISTS", Address(locator).keys[0]) for locator in locators])
            gone = [locator for locator, is_here in zip(locators, here, strict=True) if not is_here]
            await self._archive.forget(locators, gone, line_us)
        return len(locators)

    async def _read(self, locator: Locator) -> Idle | None:
        found = await self._dump(keys=Address(locator).keys, args=[_call(locator)])
        return idle_of(locator, *found) if found else None

    async def _take_away(self, kept: Kept) -> int:
        call = _call(kept.locator, mark=kept.mark, seconds=_MARK_S)
        removed: int = await self._remove(keys=Address(kept.locator).keys, args=[call])
        return removed


def _call(locator: Locator, **more: int) -> bytes:
    return orjson.dumps({"locator": locator, **more})


def idle_of(locator: Locator, fields: list[str], operations: list[str], touched: Any) -> Idle:
    """What DUMP and COPY answer."""
    named = dict(zip(fields[::2], fields[1::2], strict=True))
    return Idle(Kept(locator, mark_of(named), fields, operations), ChannelId(named["channel"]), int(touched))
