"""Samples of the baskets that are quoted, kept for campaigns to be tried on."""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final

from modules.kernel.basket import Basket
from modules.kernel.configuration import Surcharges, Unpriced
from modules.kernel.moments import to_us
from modules.kernel.names import LineId
from modules.kernel.viewer import Viewer
from modules.pricing.engine.campaigns import seen
from modules.pricing.engine.case import CodeClaim
from modules.pricing.model.campaigns import KEPT_DAYS, SHARE_MOST, SeenBasket
from modules.pricing.store.campaigns import BasketStore

MOST_WAITING: Final = 5_000
"""Baskets that wait to be written; while so many do, further ones are let go."""
BATCH: Final = 500
_PAUSE_S: Final = 5
_CLEANING_US: Final = 3_600_000_000


class BasketRecorder:
    """Keeps a share of the baskets that are quoted, in percent; nothing by default.

    `offer` never waits and never fails: it puts the sample into a bounded memory, from which a background job writes.
    What waits when the process ends is lost, which a sample may be.
    """

    def __init__(
        self,
        store: BasketStore,
        percent: int = 0,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        draw: Callable[[], int] = lambda: secrets.randbelow(SHARE_MOST),
    ) -> None:
        self._store = store
        self._percent = percent
        self._clock = clock
        self._draw = draw
        self._waiting: deque[SeenBasket] = deque()
        self._next_cleaning_us = 0

    def offer(
        self,
        basket: Basket,
        viewer: Viewer,
        claims: Sequence[CodeClaim],
        surcharges: Mapping[LineId, Surcharges | Unpriced] = MappingProxyType({}),
    ) -> None:
        """Takes the basket into the sample, if chance and memory let it. An empty basket is none."""
        if not self._percent or not basket.lines or self._draw() >= self._percent:
            return
        if len(self._waiting) < MOST_WAITING:
            self._waiting.append(seen(secrets.token_hex(16), basket, viewer, claims, surcharges))

    async def run(self) -> None:
        """Writes what waits every few seconds and forgets what is old every hour; until it is cancelled.

        Raises Unavailable while the database does not answer; what waits then stays.
        """
        while True:
            await self.write()
            await self.clean_up()
            await asyncio.sleep(_PAUSE_S)

    async def write(self) -> None:
        """Writes all that waits, in batches of one transaction."""
        while self._waiting:
            batch = [self._waiting[index] for index in range(min(BATCH, len(self._waiting)))]
            await self._store.save(batch)
            # Only what is written leaves: after a failure the same batch comes again, and what is there already stays.
            for _ in batch:
                self._waiting.popleft()

    async def clean_up(self) -> None:
        """Forgets baskets older than KEPT_DAYS; at most once an hour. Also while nothing is recorded any more."""
        now = self._clock()
        if to_us(now) < self._next_cleaning_us:
            return
        await self._store.forget(to_us(now - timedelta(days=KEPT_DAYS)))
        self._next_cleaning_us = to_us(now) + _CLEANING_US
