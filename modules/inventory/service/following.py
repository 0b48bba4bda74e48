"""Following stock: what can be had now, and then whenever that is other than before."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from datetime import UTC, datetime
from typing import Final

from modules.inventory.engine.availability import Question, availability, is_stale
from modules.inventory.engine.following import Newest, Shown
from modules.inventory.events import StockChanged
from modules.inventory.model.levels import Level, StockNews
from modules.inventory.model.sources import Source
from modules.inventory.ports import Articles, Channels
from modules.inventory.service.stock import InventoryService
from modules.inventory.store.stock import InventoryStore
from modules.kernel.errors import BadUserInput
from modules.kernel.events import Change
from modules.kernel.feed import ChangeKind, Delivery, Feed
from modules.kernel.intake import one_of
from modules.kernel.moments import to_us
from modules.kernel.names import Sku, SourceId
from modules.kernel.place import Channel
from modules.kernel.product import check_known, wished
from modules.kernel.stock import Availability
from modules.kernel.viewer import Viewer

LOOK_SECONDS: Final = 1.0
"""How often it is looked whether sources, buffers, channels and freshness are others than before."""


class FollowingService:
    """One per process. Levels come with events; all else that availability follows from is looked at once for all
    followers, so that a thousand of them ask the store no more than one does."""

    def __init__(
        self,
        store: InventoryStore,
        stock: InventoryService,
        articles: Articles,
        channels: Channels,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._stock = stock
        self._articles = articles
        self._channels = channels
        self._clock = clock
        self._around: object = None
        self._gaps: Collection[SourceId] = ()
        self._bell = _Bell()
        self.newest = Newest()

    async def follow(
        self, viewer: Viewer, feed: Feed, skus: Sequence[Sku], sources: Sequence[str] | None, after: str | None
    ) -> AsyncIterator[StockNews]:
        """The availability of all these skus now, then of those that change; `sources` None: all of the channel.

        Levels are read once, after a SNAPSHOT, a RESYNC or the first of a resumed subscription; afterwards events
        carry them. What else changes - a buffer, a source, the channel's sources, freshness - is told within about a
        second of `watch` noticing it. A cursor knows what was so when all was told last, so that whoever resumes hears
        of it, too. An event is told even where the state was read before it came: who follows may share what is told
        with others who were not told of that state. Raises BadUserInput for skus or sources that do not exist here,
        none at all, or too many.
        """
        asked = wished(skus)
        check_known(asked, await self._articles.articles(asked))
        follower = _Follower(self, viewer, asked, sources)
        cursor, _, mark = after.rpartition("~") if after and "~" in after else (after, "", "")
        self.newest.hold(asked)
        try:
            keys, by = follower.interest()
            async with feed.follow(StockChanged.NAME, follower.wants, cursor, keys=keys, by=by) as deliveries:
                async for delivery in self._bell.between(deliveries):
                    news = await follower.take(delivery, mark)
                    if news is not None:
                        yield news
        finally:
            self.newest.release(asked)

    async def watch(self) -> None:
        """Wakes the followers when something else than levels has changed, until it is cancelled."""
        while True:
            await self.notice()
            await asyncio.sleep(LOOK_SECONDS)

    async def notice(self) -> None:
        """Looks once; one statement, and one more where sources may grow stale."""
        setup, now_us = self._stock.setup, to_us(self._clock())
        heard = await self._store.heard([one.id for one in setup.sources.values() if one.fresh_seconds is not None])
        stale = frozenset(one.id for one in setup.sources.values() if is_stale(one, heard, now_us))
        self._gaps = gaps = await self._store.gaps()
        around = setup.sources, setup.buffers, stale, gaps, tuple(self._channels.channels())
        if around != self._around:
            self._around = around
            self._bell.ring()

    def place(self, viewer: Viewer, asked: Sequence[str] | None) -> tuple[Channel, tuple[Source, ...]]:
        """The viewer's channel as it is now, and its sources that sell, or those of them that are named.

        Raises BadUserInput for the first time a source is named that is none of the channel's.
        """
        known = (channel for channel in self._channels.channels() if channel.id == viewer.channel.id)
        channel = next(known, viewer.channel)
        sources = self._stock.selling_in(channel)
        return channel, sources if asked is None else tuple(source for source in sources if source.id in asked)

    def check_sources(self, viewer: Viewer, asked: Sequence[str] | None) -> None:
        """Raises BadUserInput for sources that the channel does not have."""
        _, sources = self.place(viewer, None)
        if unknown := set(asked or ()).difference(source.id for source in sources):
            named = ", ".join(repr(name[:100]) for name in sorted(unknown)[:10])
            allowed = one_of(source.id for source in sources)
            raise BadUserInput(f"This channel has no source {named}.", "sources", allowed)

    async def read(self, skus: Collection[Sku], sources: Sequence[Source]) -> None:
        """Makes the levels of now known; one statement."""
        levels = await self._store.levels(skus, [source.id for source in sources], to_us(self._clock()))
        self.newest.read(levels)

    async def question(self, channel: Channel, sources: tuple[Source, ...], skus: Collection[Sku]) -> Question:
        """What is asked about these skus now; gaps and silence come with no event, so they are looked up where a source
        may be stale: by its rules, or because `notice` has found that deltas wait there."""
        now = self._clock()
        limited = tuple(
            source
            for source in sources
            if source.fresh_seconds is not None or source.stale_buffer_micros or source.id in self._gaps
        )
        _, known = await self._stock.look(skus, limited, now)
        return Question.of(channel, sources, now, known=known)

    def answers(self, question: Question, skus: Sequence[Sku]) -> tuple[Availability, ...]:
        """What can be had of these, by the newest levels that are known."""
        levels = self.newest.levels
        return tuple(availability(sku, levels.get(sku, {}), self._stock.setup, question) for sku in skus)

    def mark(self, question: Question) -> str:
        """What stands for all that availability follows from beside the levels: the same while that is the same."""
        buffers = sorted(self._stock.buffers(question.channel).items())
        seen = repr((question.few_left, question.spots, buffers))
        return hashlib.sha256(seen.encode()).hexdigest()[:12]


class _Follower:
    """One subscription."""

    def __init__(
        self, service: FollowingService, viewer: Viewer, skus: Sequence[Sku], asked: Sequence[str] | None
    ) -> None:
        service.check_sources(viewer, asked)
        self._service = service
        self._viewer = viewer
        self._asked = asked
        self._skus = skus
        self._names = frozenset(skus)
        self._shown = Shown()
        self._cursor = ""
        self._mark = ""
        self._channel, self._sources = service.place(viewer, asked)
        self._places = {source.id for source in self._sources}

    def interest(self) -> tuple[Collection[str], str]:
        """What events are looked up by: a till names its one store and hundreds of skus, a page few skus at most."""
        if self._asked is not None and len(self._asked) < len(self._skus):
            return frozenset(self._asked), "source"
        return self._names, "sku"

    def wants(self, change: Change) -> bool:
        """Whether the event is about what is followed."""
        return change.state["sku"] in self._names and SourceId(change.state["source"]) in self._places

    async def take(self, delivery: Delivery | None, mark: str) -> StockNews | None:
        """What is to be told after a delivery, or after the bell (None); None: nothing. `mark` is that of the cursor
        from which it was resumed."""
        if delivery is None:
            return await self._look_again() if self._cursor else None
        news = [Level.of(StockChanged.read(change)) for change in delivery.changes]
        begun, self._cursor = bool(self._cursor), delivery.cursor
        if delivery.kind is not ChangeKind.CHANGE or not begun:
            return await self._begin(delivery.kind, news, mark)
        told = self._service.newest.hear(news)
        question = await self._service.question(self._channel, self._sources, told)
        return self._news(delivery.kind, question, self._shown.note(self._answers(question, told)))

    async def _begin(self, kind: ChangeKind, missed: Sequence[Level], mark: str) -> StockNews:
        await self._service.read(self._skus, self._sources)
        told = set(self._service.newest.hear(missed))
        question = await self._service.question(self._channel, self._sources, self._skus)
        self._mark = self._service.mark(question)
        answers = self._shown.note(self._answers(question, self._skus))
        whole = kind is not ChangeKind.CHANGE or mark != self._mark
        return self._news(kind, question, answers if whole else [item for item in answers if item.sku in told])

    async def _look_again(self) -> StockNews | None:
        """Something else than levels has changed: what is shown otherwise since then."""
        before = self._places
        self._channel, self._sources = self._service.place(self._viewer, self._asked)
        self._places = {source.id for source in self._sources}
        if self._places != before:
            await self._service.read(self._skus, self._sources)
        question = await self._service.question(self._channel, self._sources, self._skus)
        self._mark = self._service.mark(question)
        others = self._shown.others(self._answers(question, self._skus))
        return self._news(ChangeKind.CHANGE, question, others) if others else None

    def _answers(self, question: Question, skus: Sequence[Sku]) -> tuple[Availability, ...]:
        return self._service.answers(question, skus)

    def _news(self, kind: ChangeKind, question: Question, items: Sequence[Availability]) -> StockNews:
        return StockNews(kind, f"{self._cursor}~{self._mark}", question.now, tuple(items))


class _Bell:
    """Wakes all who listen, each time it is rung."""

    def __init__(self) -> None:
        self._rung = 0
        self._ringing = asyncio.Event()

    def ring(self) -> None:
        """Once for each who listens, however late one comes to it."""
        self._rung += 1
        ringing, self._ringing = self._ringing, asyncio.Event()
        ringing.set()

    async def between(self, deliveries: AsyncIterator[Delivery]) -> AsyncIterator[Delivery | None]:
        """The deliveries, and None whenever it has rung since the last one that was taken."""
        heard = self._rung
        coming: asyncio.Task[Delivery | None] | None = None
        try:
            while True:
                coming = coming or asyncio.ensure_future(anext(deliveries, None))
                if self._rung == heard:
                    await self._first(coming)
                if self._rung != heard:
                    heard = self._rung
                    yield None
                elif (delivery := coming.result()) is not None:
                    coming = None
                    yield delivery
                else:
                    return
        finally:
            if coming is not None:
                coming.cancel()
                await asyncio.gather(coming, return_exceptions=True)

    async def _first(self, coming: asyncio.Task[Delivery | None]) -> None:
        ringing = asyncio.ensure_future(self._ringing.wait())
        try:
            await asyncio.wait({coming, ringing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ringing.cancel()
