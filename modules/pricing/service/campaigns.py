"""Campaigns tried on baskets that were seen: what would it have cost?"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

from modules.kernel.errors import BadUserInput
from modules.kernel.moments import to_us
from modules.kernel.names import PromotionId, Sku
from modules.kernel.place import Channel, Store
from modules.kernel.product import Article
from modules.kernel.viewer import Permission, Viewer
from modules.pricing.engine.answers import Goods
from modules.pricing.engine.book import PromotionBook
from modules.pricing.engine.campaigns import asked_again, charged_again, claimed_again, replay, stranger, trial
from modules.pricing.engine.case import Circumstances
from modules.pricing.engine.quote import Rules, quote
from modules.pricing.model.campaigns import MOST_BASKETS, Replay, ReplayInput, SeenBasket, Trial
from modules.pricing.model.promotions import Promotion, PromotionState
from modules.pricing.ports import Channels
from modules.pricing.service.promotion_books import PromotionBooks
from modules.pricing.service.quotes import QuoteService
from modules.pricing.store.campaigns import BasketStore

_CHUNK: Final = 200


@dataclass(frozen=True, slots=True)
class _Case:
    """A basket with whoever asked for it."""

    basket: SeenBasket
    viewer: Viewer


class CampaignService:
    """Tries promotions on baskets of the past. Saves nothing and uses up nothing."""

    def __init__(self, store: BasketStore, quotes: QuoteService, channels: Channels, books: PromotionBooks) -> None:
        self._store = store
        self._quotes = quotes
        self._channels = channels
        self._books = books

    async def replay_promotion(self, viewer: Viewer, given: ReplayInput) -> Replay:
        """Prices each basket of that time with and without the promotion, at the basket's own moment, beside the
        promotions of then. Needs PROMOTIONS_READ.

        The promotion's own window is not looked at, since it is tried on the past; its hours and conditions are. No
        limit is reached and every gift is in stock; who bought is not known, so that nobody belongs to a segment. At
        most MOST_BASKETS baskets, the earliest first; others are served between any two of them.
        Raises BadUserInput for a promotion that does not exist or an empty time.
        """
        viewer.require_here(Permission.PROMOTIONS_READ)
        if given.until <= given.since:
            raise BadUserInput("The end is not after the beginning.", "input.until", "later than from")
        (draft,) = await self._quotes.drafted([given.promotion])
        turns = await self._books.turns(to_us(given.since), to_us(given.until))
        trials: list[Trial] = []
        place, read, has_more = (to_us(given.since), ""), 0, True
        while has_more and read < MOST_BASKETS:
            chunk = await self._store.read(place[0], to_us(given.until), place, _CHUNK, given.channel)
            for cases in _between(turns, self._cases(chunk)):
                trials += [found async for found in self._tried(cases, draft)]
            read, has_more = read + len(chunk), len(chunk) == _CHUNK
            place = (chunk[-1].at_us, chunk[-1].id) if chunk else place
        return replay((draft.id, draft.version), trials, read - len(trials), has_more)

    def _cases(self, baskets: Iterable[SeenBasket]) -> list[_Case]:
        """Those whose channel, store and currency are still there."""
        channels = {channel.id: channel for channel in self._channels.channels()}
        found = ((basket, channels.get(basket.channel)) for basket in baskets)
        known = ((basket, channel) for basket, channel in found if channel)
        cases = (_case(basket, channel, self._channels.stores(channel)) for basket, channel in known)
        return [case for case in cases if case]

    async def _tried(self, cases: Sequence[_Case], draft: Promotion) -> AsyncIterator[Trial]:
        """Of some cases, between which no promotion changed."""
        book = await self._quotes.book(cases[0].basket.at_us)
        before = book.with_promotions([replace(draft, state=PromotionState.PAUSED)])
        after = book.with_promotions([replace(draft, valid_from_us=None, valid_until_us=None)])
        goods = await self._goods(cases, after)
        for case in cases:
            yield await self._trial(case, goods[case.basket.currency], before, after, draft.id)
            await asyncio.sleep(0)

    async def _goods(self, cases: Sequence[_Case], book: PromotionBook) -> dict[str, Goods]:
        """All that the baskets may need, by currency: one statement each."""
        first: dict[str, int] = {}
        skus: dict[str, set[Sku]] = defaultdict(set)
        for case in cases:
            currency = case.basket.currency
            first.setdefault(currency, case.basket.at_us)
            skus[currency].update(line.sku for line in case.basket.lines)
        articles = {currency: await self._quotes.articles(names) for currency, names in skus.items()}
        for case in cases:
            known = articles[case.basket.currency]
            known |= await self._quotes.articles(_gifts(case, known, book).difference(known))
        return {name: await self._quotes.goods(known, name, first[name]) for name, known in articles.items()}

    async def _trial(
        self, case: _Case, goods: Goods, before: PromotionBook, after: PromotionBook, promotion: PromotionId
    ) -> Trial:
        basket, viewer = asked_again(case.basket), case.viewer
        shipping, claims = await self._quotes.shipping(basket, viewer), claimed_again(case.basket)
        gifts = _gifts(case, goods.articles, after)
        named = {line.sku for line in case.basket.lines} | gifts
        own = Goods(
            {sku: article for sku, article in goods.articles.items() if sku in named},
            {sku: rows for sku, rows in goods.rows.items() if sku in named},
            goods.taxes,
        )
        rules = Rules(before, claims, gifts=gifts, shipping=shipping, surcharges=charged_again(case.basket))
        answers = [quote(basket, own, viewer, replace(rules, book=book)) for book in (before, after)]
        return trial(case.basket, promotion, *answers)


def _between(turns: Sequence[int], cases: Iterable[_Case]) -> Iterator[list[_Case]]:
    """Cases in the order of time, those between two turns together."""
    for _, share in groupby(cases, key=lambda case: bisect_right(turns, case.basket.at_us)):
        yield list(share)


def _case(basket: SeenBasket, channel: Channel, stores: Sequence[Store]) -> _Case | None:
    store = next((store for store in stores if store.id == basket.store), None)
    if (basket.store and store is None) or basket.currency not in channel.market.currencies:
        return None
    return _Case(basket, stranger(basket, channel, store))


def _gifts(case: _Case, articles: Mapping[Sku, Article], book: PromotionBook) -> frozenset[Sku]:
    basket, viewer = case.basket, case.viewer
    mine = [articles[line.sku] for line in basket.lines if line.sku in articles]
    there = Circumstances(basket.at_us, basket.currency, viewer.channel, viewer.store, claims=claimed_again(basket))
    return book.needs(mine, there).gifts
