"""Feeds: what systems of record tell about stock, late, twice and out of order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from modules.inventory.engine.intake import check_source
from modules.inventory.engine.telling import AHEAD_US, Teller, moment
from modules.inventory.model.feeds import GAP_SECONDS, FeedMode, Message, MessageInput
from modules.inventory.model.levels import CountBelowReserved
from modules.inventory.ports import Articles
from modules.inventory.service.stock import InventoryService
from modules.inventory.store.feeds import FeedStore
from modules.kernel.errors import IdempotencyConflict, InvalidInput, Refused
from modules.kernel.intake import NAMES, check
from modules.kernel.moments import from_us, to_us
from modules.kernel.names import Sku, SourceId, is_name
from modules.kernel.outcome import MOST_ITEMS, Path, in_order, sift
from modules.kernel.product import Assortment
from modules.kernel.quantity import ZERO
from modules.kernel.viewer import Permission, Viewer

Place = tuple[Sku, SourceId]
LOOK_SECONDS: Final = 5.0
GAPS_TOLD: Final = 500


class UnknownSnapshot(Refused):
    """No snapshot of this id goes on."""

    code = "UNKNOWN_SNAPSHOT"

    def __init__(self, id: str) -> None:
        super().__init__(f"No snapshot {id[:100]!r} goes on.", ("input", "snapshot"))


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of messages: applied ones, ones that were known, ones that wait for one before them."""

    applied: int = 0
    ignored: int = 0
    parked: int = 0
    changed: int = 0
    """Levels that are others now."""
    problems: tuple[Refused, ...] = ()


@dataclass(frozen=True, slots=True)
class FeedSight:
    """A system's telling about a source."""

    system: str
    source: str
    heard_at: datetime
    applied: int
    ignored: int


class FeedService:
    """Takes up messages. Every call needs STOCK_WRITE and may be repeated: what is known is ignored (F-1)."""

    def __init__(
        self,
        store: FeedStore,
        stock: InventoryService,
        articles: Articles,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._stock = stock
        self._articles = articles
        self._clock = clock

    async def take(self, viewer: Viewer, system: str, messages: Sequence[MessageInput], snapshot: str = "") -> Taken:
        """At most 1,000 messages of one system, in any order, in one transaction; refused ones hurt no other.

        With `snapshot` they are part of a full telling that was begun.
        """
        viewer.require_stores(Permission.STOCK_WRITE, (message.source for message in messages))
        try:
            _check_call(system, messages)
            await self._check_snapshot(system, snapshot)
        except Refused as refusal:
            return Taken(problems=(refusal,))
        assortment = await Assortment.of((message.sku for message in messages), self._articles)
        teller = Teller(assortment, self._stock.all_sources(), to_us(self._clock()))
        good, refused = sift("messages", messages, teller.message)
        return await self._apply(system, good, snapshot, viewer.principal.id, refused, self._stock.refusing())

    async def begin(self, viewer: Viewer, system: str, snapshot: str, sources: Sequence[str]) -> tuple[Refused, ...]:
        """A full telling begins, of what lies at these sources (F-5). Again is harmless, but IdempotencyConflict for
        another system or other sources, and UnknownSnapshot when it has ended: each telling has an id of its own."""
        viewer.require_stores(Permission.STOCK_WRITE, sources)
        try:
            _check_name(system, "system")
            _check_name(snapshot, "snapshot")
            check(bool(sources), len(sources), ("input", "sources"), "one source or more")
            for index, source in enumerate(sources):
                check_source(source, self._stock.all_sources(), ("input", "sources", index))
        except Refused as refusal:
            return (refusal,)
        begun = await self._store.begin(snapshot, system, sources)
        if (begun[0], sorted(begun[1])) != (system, sorted(sources)):
            return (IdempotencyConflict(snapshot, ("input", "snapshot")),)
        return () if begun[3] is None else (UnknownSnapshot(snapshot),)

    async def end(self, viewer: Viewer, snapshot: str, complete: bool) -> Taken:
        """The telling is over. When it was `complete`, what it did not name has gone: those keys are 0 now, unless
        something newer was told of them since it began (F-5). Where a figure below what is set aside is refused, so
        is this one (choice 21): that key stays as it was, and a problem names it."""
        viewer.require(Permission.STOCK_WRITE)
        begun = await self._store.snapshot(snapshot)
        if begun is None or begun[3] is not None:
            return Taken(problems=(UnknownSnapshot(snapshot),))
        system, sources, began_us, _ = begun
        cleared, refused, last = 0, list[Refused](), (Sku(""), SourceId(""))
        while complete and (keys := await self._store.unnamed(snapshot, system, sources, began_us, last)):
            changed, below = await self._clear(system, keys, snapshot, began_us, viewer.principal.id)
            cleared, refused, last = cleared + changed, [*refused, *below], keys[-1]
        await self._store.end(snapshot)
        return Taken(changed=cleared, problems=tuple(refused))

    async def acknowledge(self, viewer: Viewer, orders: Sequence[str], at: datetime) -> tuple[Refused, ...]:
        """A system of record has taken up these orders: its figures of later moments contain them (F-4)."""
        viewer.require(Permission.STOCK_WRITE)
        try:
            check(1 <= len(orders) <= MOST_ITEMS, len(orders), ("input", "orders"), f"1 to {MOST_ITEMS}")
            for index, order in enumerate(orders):
                check(is_name(order), order, ("input", "orders", index), NAMES)
            at_us = moment(at, to_us(self._clock()) + AHEAD_US, ("input", "at"))
        except Refused as refusal:
            return (refusal,)
        await self._store.acknowledge(orders, at_us)
        return ()

    async def feeds(self, viewer: Viewer) -> list[FeedSight]:
        """Who tells about what, and when it was heard last. Needs STOCK_READ."""
        viewer.require_here(Permission.STOCK_READ)
        rows = await self._store.feeds()
        return [FeedSight(row[0], row[1], from_us(row[2]), row[3], row[4]) for row in rows]

    async def watch(self) -> None:
        """Asks for absolute figures where deltas have waited too long (F-2), until it is cancelled."""
        told: int = 0
        while True:
            line = to_us(self._clock()) - GAP_SECONDS * 1_000_000
            told = await self._store.tell_gaps(told, line, GAPS_TOLD)
            await asyncio.sleep(LOOK_SECONDS)

    async def _apply(
        self,
        system: str,
        good: Sequence[tuple[Path, Message]],
        snapshot: str,
        by: str,
        refused: Sequence[Refused] = (),
        refusing: Collection[SourceId] = (),
    ) -> Taken:
        if not good:
            return Taken(problems=tuple(refused))
        messages = [message for _, message in good]
        done, changed, below = await self._store.apply(system, messages, snapshot, by, refusing)
        if below:
            refused = in_order([*refused, *_named(below, good)])
        applied, ignored = sum(each.applied for each in done.values()), sum(each.ignored for each in done.values())
        parked = sum(len(each.parked) for each in done.values())
        return Taken(applied, ignored, parked, len(changed), tuple(refused))

    async def _clear(
        self, system: str, keys: Sequence[Place], snapshot: str, began_us: int, by: str
    ) -> tuple[int, Collection[Refused]]:
        """How many levels are others now, and refusals of keys that stay as they were."""
        last = await self._store.last(system, keys)
        gone = [Message(*key, FeedMode.ABSOLUTE, ZERO, last.get(key, -1) + 1, began_us) for key in keys]
        _, changed, below = await self._store.apply(system, gone, snapshot, by, self._stock.refusing())
        for refusal in below.values():
            refusal.path = ("input", "complete")
        return len(changed), below.values()

    async def _check_snapshot(self, system: str, snapshot: str) -> None:
        if not snapshot:
            return
        begun = await self._store.snapshot(snapshot)
        if begun is None or begun[3] is not None or begun[0] != system:
            raise UnknownSnapshot(snapshot)


def _named(below: Mapping[Place, CountBelowReserved], good: Sequence[tuple[Path, Message]]) -> list[Refused]:
    """The refusals of keys, each with the place of the last figure that brought it about."""
    paths = {(one.sku, one.source): path for path, one in good if one.mode is FeedMode.ABSOLUTE}
    for place, refusal in below.items():
        refusal.path = (*map(str, paths[place]), "quantity")
    return list(below.values())


def _check_call(system: str, messages: Sequence[MessageInput]) -> None:
    _check_name(system, "system")
    path: Path = ("input", "messages")
    if not 1 <= len(messages) <= MOST_ITEMS:
        raise InvalidInput(f"There are {len(messages)} messages.", path, f"1 to {MOST_ITEMS} a call")


def _check_name(name: str, field: str) -> None:
    check(is_name(name), name, ("input", field), NAMES)
