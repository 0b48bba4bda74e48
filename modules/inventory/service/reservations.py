"""Reservations: asked for one by one, decided together."""

from __future__ import annotations

import asyncio
from typing import Final

from modules.inventory.model.reservations import Call, Decision
from modules.inventory.ports import Articles
from modules.inventory.service.stock import InventoryService
from modules.inventory.store.reservations import ReservationStore
from modules.kernel.coalescer import Coalescer

SWEEP_SECONDS: Final = 1.0
SWEPT: Final = 500
"""Places whose due holds are noted in one transaction."""


class ReservationService:
    """One per process. Calls that arrive while a transaction runs are decided in the next one (R-2)."""

    def __init__(self, store: ReservationStore, stock: InventoryService, articles: Articles) -> None:
        self._store = store
        self._stock = stock
        self._articles = articles
        self._desk: Coalescer[Call, Decision] = Coalescer(store.decide)

    async def decide(self, call: Call) -> Decision:
        """What becomes of a checked call; stored when this returns."""
        return await self._desk.ask(call)

    async def sweep(self) -> None:
        """Notes the end of due holds, so that others hear of it, until it is cancelled. Nobody waits for it (R-3)."""
        while True:
            while await self._store.expire(SWEPT) == SWEPT:
                pass
            await self._store.forget()
            await asyncio.sleep(SWEEP_SECONDS)
