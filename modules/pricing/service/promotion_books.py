"""Promotions in memory: as they are for every cart, as they were for questions about the past."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from modules.kernel.latest import OnDemand
from modules.kernel.moments import to_us
from modules.kernel.names import PromotionId
from modules.pricing.engine.book import PromotionBook
from modules.pricing.model.promotions import Promotion
from modules.pricing.store.promotions import PromotionStore


@dataclass(frozen=True, slots=True)
class Held:
    """What is in memory: the promotions by id, and the book made of them."""

    promotions: tuple[Promotion, ...]
    book: PromotionBook


class PromotionBooks:
    """One per process. The promotions that can still matter are kept in memory: read at first use, again by `load`."""

    def __init__(self, store: PromotionStore, clock: Callable[[], datetime] | None = None) -> None:
        """Without a clock it goes by the database's."""
        self._store = store
        self._clock = clock
        self._held = OnDemand(self._read)

    async def load(self) -> None:
        """Reads the promotions anew."""
        await self._held.load()

    def outdate(self) -> None:
        """Another process has changed them: they are about to be read anew."""
        self._held.outdate()

    async def settled(self) -> None:
        """Waits until what was heard of is read."""
        await self._held.settled()

    async def book(self) -> PromotionBook:
        """All that are active, as they were read last; those that paused, or ended within 30 days, are known to it as
        such."""
        return (await self._held.get()).book

    async def promotions(self) -> tuple[Promotion, ...]:
        """All that the book was made of, by id; paused and lately ended ones are among them, drafts are not."""
        return (await self._held.get()).promotions

    async def book_at(self, at_us: int) -> PromotionBook:
        """The promotions in the versions and states that held at a moment of the past; one statement."""
        return PromotionBook.of(await self._store.then(at_us))

    async def turns(self, since_us: int, until_us: int) -> list[int]:
        """The moments between these two at which promotions that were no drafts were written, in order; one
        statement."""
        return await self._store.turns(since_us, until_us)

    async def drafts(self, ids: Sequence[PromotionId]) -> list[Promotion | None]:
        """The newest version of each, in order, whatever its state; None for an unknown one. One statement.

        Whoever asks must have made sure that the viewer may see drafts.
        """
        found = await self._store.promotions(ids) if ids else {}
        return [found.get(id) for id in ids]

    async def _read(self) -> Held:
        found = tuple(await self._store.current(to_us(self._clock()) if self._clock else None))
        return Held(found, PromotionBook.of(found))
