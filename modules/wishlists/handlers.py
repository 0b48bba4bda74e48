"""What others publish leads to looks at what is watched."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

from modules.kernel.errors import Unavailable
from modules.kernel.events import Change
from modules.kernel.feed import ChangeKind, Feed
from modules.kernel.names import Sku
from modules.wishlists.service.looking import LookingService
from modules.wishlists.service.mailing import MailingService

Skus = Mapping[str, Callable[[Change], Sku]]
"""Events that bear on what is watched, each with how the product is read from it."""

LOOK_SECONDS: Final = 1.0
SWEEP_SECONDS: Final = 3_600.0


async def follow(looking: LookingService, feed: Feed, events: Skus) -> None:
    """Looks after each event; what was missed since the last process heard is made up for. Until it is cancelled."""
    async with asyncio.TaskGroup() as group:
        for name, read in events.items():
            group.create_task(_follow(looking, feed, name, read))


async def _follow(looking: LookingService, feed: Feed, name: str, read: Callable[[Change], Sku]) -> None:
    async with feed.follow(name, lambda change: True, await looking.followed(name)) as deliveries:
        async for delivery in deliveries:
            # Of a SNAPSHOT or RESYNC nobody knows what changed before it: all that is watched is looked at.
            whole = delivery.kind is not ChangeKind.CHANGE
            skus = None if whole else list(dict.fromkeys(read(change) for change in delivery.changes))
            await looking.heard(name, skus, delivery.cursor)


async def tend(looking: LookingService, mailing: MailingService, leading: Callable[[], bool]) -> None:
    """Looks again where a quiet time has ended, and hands in mails, as long as this process leads."""
    loop = asyncio.get_running_loop()
    swept = -SWEEP_SECONDS
    while leading():
        await looking.due()
        try:
            await mailing.hand_in()
        except Unavailable:
            pass  # they wait
        if loop.time() - swept >= SWEEP_SECONDS:
            swept = loop.time()
            await mailing.sweep()
        await asyncio.sleep(LOOK_SECONDS)
