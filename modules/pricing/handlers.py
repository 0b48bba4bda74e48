"""What other processes change reaches this one's memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from modules.kernel.feed import ChangeKind, Feed, reload_on
from modules.kernel.names import Sku
from modules.pricing.events import PriceChanged, PromotionChanged, TaxRulesChanged
from modules.pricing.service.history import HistoryService
from modules.pricing.service.shelf import Shelf


class Held(Protocol):
    """A service that keeps something in memory."""

    async def load(self) -> None:
        """Reads it anew."""
        ...

    def outdate(self) -> None:
        """It is about to be read anew."""
        ...


async def follow(service: Held, feed: Feed, event: str) -> None:
    """Lets the service read anew on each event of this name, and once at the start; runs until it is cancelled."""
    await reload_on(feed, event, service.load, service.outdate)


async def tend(shelf: Shelf, feed: Feed, sound: Callable[[], bool]) -> None:
    """Has the shelf forget what other processes change: prices by their skus, and everything when rules changed.

    While this runs and the feed is sound, the shelf keeps things; runs until it is cancelled.
    """
    with shelf.tended(sound):
        async with asyncio.TaskGroup() as group:
            for name in (PriceChanged.NAME, PromotionChanged.NAME, TaxRulesChanged.NAME):
                group.create_task(_tend(shelf, feed, name))


async def _tend(shelf: Shelf, feed: Feed, name: str) -> None:
    async with feed.follow(name, lambda change: True) as deliveries:
        async for delivery in deliveries:
            if name == PriceChanged.NAME and delivery.kind is ChangeKind.CHANGE:
                shelf.forget(Sku(change.key) for change in delivery.changes)
            else:
                shelf.forget_all()


async def hear(history: HistoryService, feed: Feed, of_skus: Sequence[str], of_all: Sequence[str]) -> None:
    """Lets public prices be told anew when something changes that they follow from elsewhere (L-1).

    The keys of events `of_skus` are skus; those `of_all` concern every sku. What was missed since the last process
    heard is made up for, and everything is told anew where that is lost. Runs until it is cancelled.
    """
    async with asyncio.TaskGroup() as group:
        for name in (*of_skus, *of_all):
            group.create_task(_hear(history, feed, name, name in of_all))


async def _hear(history: HistoryService, feed: Feed, name: str, concerns_all: bool) -> None:
    async with feed.follow(name, lambda change: True, await history.followed(name)) as deliveries:
        async for delivery in deliveries:
            skus: list[Sku] | None = [Sku(change.key) for change in delivery.changes]
            if delivery.kind is not ChangeKind.CHANGE or (concerns_all and skus):
                skus = None
            await history.follow_changes(name, skus, delivery.cursor)
