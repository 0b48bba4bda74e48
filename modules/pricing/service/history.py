"""The history of public prices: told by every write that changes one, and by the timer when time does (L-1)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from modules.kernel.moments import to_us
from modules.kernel.names import Sku, TaxClass
from modules.kernel.product import Article, known_articles
from modules.kernel.viewer import Viewer
from modules.pricing.engine.answers import Goods
from modules.pricing.engine.book import PromotionBook
from modules.pricing.engine.entries import is_article_promotion
from modules.pricing.engine.history import prior_then
from modules.pricing.engine.public import Place, Rules, Shop, Subject, goods_of
from modules.pricing.events import PriceChanged
from modules.pricing.model.forecasts import DryRun
from modules.pricing.model.points import Cause, Due, PriorPrice
from modules.pricing.model.prices import PriceRow
from modules.pricing.model.promotions import Promotion
from modules.pricing.ports import Articles, Channels
from modules.pricing.service.forecasting import Forecaster
from modules.pricing.service.taxes import TaxService
from modules.pricing.service.telling import Chapter, Teller
from modules.pricing.store.history import HistoryStore, HistoryWriting
from modules.pricing.store.rows import by_sku
from modules.pricing.store.writing import Writing

AT_ONCE: Final = 200
"""Skus that one transaction of the timer tells."""
CAUGHT_UP: Final = 2_000
KEPT: Final = timedelta(days=400)
"""How long history is kept (L-3)."""
LONG_US: Final = timedelta(days=29) // timedelta(microseconds=1)
"""How long nothing may have been told before the promotions of then are read."""
_PRUNED_AT_ONCE: Final = 1_000


class Books(Protocol):
    """Where the promotions are held in memory."""

    async def book(self) -> PromotionBook:
        """As they were read last."""
        ...

    async def book_at(self, at_us: int) -> PromotionBook:
        """As they were at a moment of the past."""
        ...

    async def promotions(self) -> Sequence[Promotion]:
        """All that the book was made of."""
        ...

    async def load(self) -> None:
        """Reads them anew."""
        ...

    async def settled(self) -> None:
        """Waits until what was heard of is read."""
        ...


Rows = Mapping[Sku, Sequence[PriceRow]]
Listener = Callable[[Collection[Sku] | None], None]


class HistoryService:
    """Writes price points: in the transactions of others, and in its own when time or rules change prices."""

    def __init__(
        self,
        store: HistoryStore,
        articles: Articles,
        channels: Channels,
        taxes: TaxService,
        promotions: Books | None = None,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        """Without a clock it goes by the store's, which all processes share."""
        self._store = store
        self._articles = articles
        self._channels = channels
        self._taxes = taxes
        self._promotions = promotions
        self._clock = clock
        self._listeners: list[Listener] = []

    def on_written(self, listener: Listener) -> None:
        """Calls the listener after each commit of this process that changed prices of these skus, of all for None."""
        self._listeners.append(listener)

    def written(self) -> None:
        """Says that this process has read new rules: what it answered by the old ones until now is forgotten."""
        self._written(None)

    async def record(
        self, writing: Writing, articles: Mapping[Sku, Article], before: Rows, after: Rows, cause: Cause
    ) -> None:
        """Tells the history of skus whose rows were written: up to now by the rows before, from now on by those after.

        `before` and `after` hold all rows of these skus, personal ones too; the skus are locked. With the cause IMPORT
        the rows' windows also tell the past, as far as nothing tells it yet (L-1).
        """
        own = self._store.within(writing)
        skus = sorted(after)
        own.afterwards(lambda: self._written(skus))
        due = await own.due_of(skus)
        now_us = await self._now(own)
        late = [one for one in due.values() if one.due_us is not None and one.due_us <= now_us]
        if late:
            teller = await self._teller(own, late)
            await teller.tell([_chapter(one.sku, articles, before, one.due_us or 0, one) for one in late], Cause.TIME)
            due |= {one.sku: Due(one.sku, None) for one in late}
        teller = await self._teller(own, ())
        now_us = teller.now_us
        await teller.tell([_chapter(sku, articles, after, now_us, due.get(sku)) for sku in skus], cause)

    async def rules_changed(self, writing: Writing, skus: Iterable[Sku] | None = None) -> None:
        """Lets the history of these skus be told anew from now on, of all for None; called in the transaction that
        changes what prices follow from, before this process reads the new rules.

        What was due until now is told first, by the rules that held: the 2,000 skus due longest. Behind a backlog that
        is longer, as after another change of all prices a moment ago, the rest is told by the new rules.
        """
        own = self._store.within(writing)
        own.afterwards(lambda: self._written(None))
        now_us = await self._now(own)
        for _ in range(CAUGHT_UP // AT_ONCE):
            due = await own.due(now_us, AT_ONCE)
            if not due:
                break
            await self._tell(own, due)
        await self._enqueue(own, skus, now_us)

    async def promotions_changed(self, writing: Writing, promotions: Sequence[Promotion]) -> None:
        """`rules_changed` for the articles of these promotions, in the versions before and after; others than article
        promotions are no public prices and change nothing (L-2)."""
        reduces = [promotion for promotion in promotions if is_article_promotion(promotion)]
        if reduces:
            await self.rules_changed(writing, goods_of(reduces))

    async def tell_due(self, most: int = AT_ONCE) -> int:
        """Tells the history of skus that are due, the longest due first, and lets everybody hear of the new prices;
        how many skus. One transaction.

        Any number of processes may do so at once: each sku is told by one of them.
        """
        candidates = await self._store.due(await self._now(self._store), most)
        if not candidates:
            return 0
        async with self._store.writing() as writing:
            await self._tell(writing, candidates)
        return len(candidates)

    async def next_due(self) -> int | None:
        """In how many microseconds the first sku is due, 0 when it is already; None: no moment is known."""
        first = await self._store.next_due()
        return None if first is None else max(0, first - await self._now(self._store))

    async def follow_changes(self, name: str, skus: Sequence[Sku] | None, cursor: str) -> None:
        """Lets these skus be told anew, all for None, because something that prices follow from changed elsewhere.

        The cursor says up to where events of this name were heard; both are kept together.
        """
        async with self._store.writing() as writing:
            await self._enqueue(writing, skus, await self._now(writing))
            await writing.save_followed(name, cursor)
            writing.afterwards(lambda: self._written(skus))

    async def followed(self, name: str) -> str | None:
        """The cursor that `follow_changes` kept last for this name."""
        return await self._store.followed(name)

    async def prune(self) -> int:
        """Drops points that ended over 400 days ago, except what a running reduction is measured by (L-3); how many."""
        line = await self._now(self._store) - KEPT // timedelta(microseconds=1)
        dropped, after = 0, ""
        while skus := await self._store.skus(after, _PRUNED_AT_ONCE):
            async with self._store.writing() as writing:
                dropped += await writing.prune(line, after, skus[-1])
            after = skus[-1]
        return dropped

    async def rules(self) -> Rules:
        """What public prices follow from, as this process knows it."""
        book = await self._promotions.book() if self._promotions else PromotionBook()
        return Rules.of(await self._taxes.book(), book)

    async def settled(self) -> None:
        """Waits until the rules are as new as what was heard of."""
        await self._taxes.settled()
        if self._promotions:
            await self._promotions.settled()

    def shop(self) -> Shop:
        """All places where prices are public."""
        return Shop.of((channel, self._channels.stores(channel)) for channel in self._channels.channels())

    async def judge_again(self, writing: HistoryWriting, skus: Sequence[Sku]) -> None:
        """Finds anew what may be said of the open prices of these skus, which are locked: their past was corrected."""
        writing.afterwards(lambda: self._written(skus))
        teller = await self._teller(writing, ())
        if await teller.judge_open(skus):
            await _publish(writing, by_sku((await writing.rows(skus, ())).values()), skus)

    async def dry_run(self, promotion: Promotion, first: int = 100, after: str | None = None) -> DryRun:
        """What it would do to public prices if it were active: a page of at least `first` forecasts, if there are so
        many (L-4). Whoever asks must have made sure that the viewer may see promotions.

        The cursor is that of an earlier page.
        """
        others = await self._promotions.promotions() if self._promotions else ()
        now_us = await self._now(self._store)
        forecaster = Forecaster(self._store, self._articles)
        return await forecaster.page(promotion, others, await self.rules(), self.shop(), now_us, first, after or "")

    async def priors(self, skus: Sequence[Sku], goods: Goods, viewer: Viewer) -> dict[Sku, PriorPrice]:
        """What may be said of the public prices at the viewer's moment, by the whole history; one statement.

        `goods` holds articles, rows and standing prices of these skus.
        """
        rules, whole, at_us = await self.rules(), await self._store.whole(skus), to_us(viewer.now)
        found: dict[Sku, PriorPrice] = {}
        for sku in skus:
            subject = Subject.of(goods.articles[sku], goods.rows[sku])
            store = viewer.store
            if store and store.id not in subject.stores | {point.store for point in whole.get(sku, {}).get(0, ())}:
                store = None
            place = Place(viewer.channel, viewer.currency, store)
            due_us = goods.standings[sku].due_us if sku in goods.standings else None
            found[sku] = prior_then(subject, place, rules, whole.get(sku, {}), due_us, at_us)
        return found

    def _written(self, skus: Collection[Sku] | None) -> None:
        for listener in self._listeners:
            listener(skus)

    async def _tell(self, writing: HistoryWriting, candidates: Sequence[Due]) -> None:
        skus = sorted(one.sku for one in candidates)
        await writing.lock("sku", skus)
        writing.afterwards(lambda: self._written(skus))
        # Another process may have told some of them meanwhile.
        found = [one for one in (await writing.due_of(skus)).values() if one.due_us is not None]
        teller = await self._teller(writing, found)
        due = [one for one in found if (one.due_us or 0) <= teller.now_us]
        names = [one.sku for one in due]
        articles = await known_articles(names, self._articles)
        rows = by_sku((await writing.rows(names, ())).values())
        changed: set[Sku] = set()
        for cause, share in (
            (Cause.TIME, [one for one in due if not one.asked]),
            (Cause.RULES, [one for one in due if one.asked]),
        ):
            chapters = [_chapter(one.sku, articles, rows, one.due_us or 0, one) for one in share]
            changed |= await teller.tell(chapters, cause) if chapters else set()
        await _publish(writing, rows, [one.sku for one in due if one.sku in changed or _concerns(one, rows)])

    async def _enqueue(self, writing: HistoryWriting, skus: Iterable[Sku] | None, now_us: int) -> None:
        if skus is None:
            await writing.enqueue_all(now_us)
        else:
            await writing.enqueue(skus, now_us)

    async def _teller(self, writing: HistoryWriting, due: Collection[Due]) -> Teller:
        if any(one.asked for one in due):
            # Whoever asked has committed the new rules; this process may not have heard of them yet.
            await self._taxes.load()
            if self._promotions:
                await self._promotions.load()
        now_us, rules = await self._now(writing), await self.rules()
        oldest = min((one.due_us for one in due if one.due_us is not None), default=now_us)
        if self._promotions and now_us - oldest > LONG_US:
            # Promotions that ended long ago are in no book of today.
            rules = Rules.of(rules.taxes, await self._promotions.book_at(oldest))
        return Teller(writing, self.shop(), rules, now_us)

    async def _now(self, store: HistoryStore | HistoryWriting) -> int:
        return to_us(self._clock()) if self._clock else await store.now_us()


def _chapter(sku: Sku, articles: Mapping[Sku, Article], rows: Rows, since_us: int, due: Due | None) -> Chapter:
    """An article that is gone is not on sale."""
    article = articles.get(sku) or Article(sku, TaxClass(""), 0, active_until_us=0)
    return Chapter(article, rows.get(sku, ()), since_us, due or Due(sku, None))


def _concerns(due: Due, rows: Rows) -> bool:
    """Whether a price may be another one though no public one is: a moment has come, or personal rows are there."""
    return not due.asked or any(row.is_personal for row in rows.get(due.sku, ()))


async def _publish(writing: HistoryWriting, rows: Rows, skus: Sequence[Sku]) -> None:
    told = sorted(sku for sku in skus if rows.get(sku))
    if not told:
        return
    versions = await writing.raise_versions("sku", told)
    writing.emit(
        [
            PriceChanged(
                version=versions[sku],
                sku=sku,
                price_lists=sorted({row.price_list for row in rows[sku]}),
                currencies=sorted({row.currency for row in rows[sku]}),
            )
            for sku in told
        ]
    )
