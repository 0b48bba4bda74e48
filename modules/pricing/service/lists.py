"""Price lists and exchange rates: described, and derived lists kept right (P-7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from modules.kernel.errors import Refused
from modules.kernel.outcome import Path, Upserted, in_order, judge, refuse_command, sift
from modules.kernel.product import known_articles
from modules.kernel.viewer import Permission, Viewer
from modules.pricing.engine import intake, lists
from modules.pricing.engine.derive import Lists
from modules.pricing.model.lists import ExchangeRates, ExchangeRatesInput, PriceList, PriceListInput
from modules.pricing.ports import Articles, Channels
from modules.pricing.service.history import HistoryService
from modules.pricing.service.row_writer import Order, RowWriter
from modules.pricing.store.prices import PricingStore

BATCH: Final = 500
"""Skus that are derived in one transaction."""
_LOCK: Final = ("lists", ["price_lists"])

Placed = Sequence[tuple[Path, PriceList]]


class ListService:
    """Describes price lists and writes the rows of derived ones."""

    def __init__(self, store: PricingStore, articles: Articles, channels: Channels, history: HistoryService) -> None:
        self._store = store
        self._articles = articles
        self._channels = channels
        self._history = history

    async def lists(self, viewer: Viewer) -> Lists:
        """All price lists that were described, and all exchange rates, by id. Needs PRICES_WRITE."""
        viewer.require(Permission.PRICES_WRITE)
        return await self._store.lists()

    async def upsert_price_lists(self, viewer: Viewer, items: Sequence[PriceListInput], reason: str) -> Upserted:
        """Replaces price lists wholly or adds them; when it returns, derived ones have their rows. Needs PRICES_WRITE.

        The description is written first, the rows after it in batches of 500 skus: whoever is cut off in between sends
        the same again. A list that is derived no more loses the rows it was given.
        """
        viewer.require(Permission.PRICES_WRITE)
        if problem := refuse_command("priceLists", items, reason):
            return Upserted(0, 0, (problem,))
        good, refused = sift("priceLists", items, lists.price_list, "id")
        by = viewer.principal.id
        async with self._store.writing() as writing:
            await writing.lock(*_LOCK)
            held = await writing.lists()
            kept, clashing = self._fitting(good, held)
            changed = intake.changed((one for _, one in kept), held.lists)
            await writing.save_lists(changed)
            writing.audit_lists("price_list", changed, held.lists, by, reason)
        await self._settle(Order(by, reason, "derive_prices", bulk=True))
        return Upserted(len(changed), len(kept) - len(changed), in_order([*refused, *clashing]))

    async def upsert_exchange_rates(self, viewer: Viewer, items: Sequence[ExchangeRatesInput], reason: str) -> Upserted:
        """Replaces exchange rates wholly or adds them; when it returns, lists derived with them are right again.

        Needs PRICES_WRITE. The rows follow in batches of 500 skus, as with `upsert_price_lists`.
        """
        viewer.require(Permission.PRICES_WRITE)
        if problem := refuse_command("exchangeRates", items, reason):
            return Upserted(0, 0, (problem,))
        good, refused = sift("exchangeRates", items, lists.exchange_rates, "id")
        by = viewer.principal.id
        async with self._store.writing() as writing:
            await writing.lock(*_LOCK)
            held = await writing.lists()

            def keeps(one: ExchangeRates, path: Path) -> ExchangeRates:
                lists.check_keeps_pairs(one, held.derived, path)
                return one

            kept, clashing = judge(good, keeps)
            changed = intake.changed((one for _, one in kept), held.rates)
            await writing.save_rates(changed)
            writing.audit_lists("exchange_rates", changed, held.rates, by, reason)
        await self._settle(Order(by, reason, "derive_prices", bulk=True))
        return Upserted(len(changed), len(kept) - len(changed), in_order([*refused, *clashing]))

    def _fitting(self, good: Placed, held: Lists) -> tuple[Placed, list[Refused]]:
        """Lists are judged as they would stand after the call; then once more without those that were refused."""
        channels = self._channels.channels()
        known = {name for channel in channels for name in channel.price_lists}
        currencies = {currency for channel in channels for currency in channel.market.currencies}
        kept, refused = good, list[Refused]()
        while True:
            after = replace(held, lists={**held.lists, **{one.id: one for _, one in kept}})

            def fits(one: PriceList, path: Path, after: Lists = after) -> PriceList:
                lists.check_unused_as_source(one, after.derived, path)
                lists.check_fits(one, after, known, currencies, path)
                return one

            fitting, more = judge(kept, fits)
            refused += more
            if not more:
                return fitting, refused
            kept = fitting

    async def _settle(self, order: Order) -> None:
        """Derives the rows of all lists that are not settled, those that another process left half done too."""
        async with self._store.writing() as writing:
            unsettled = await writing.unsettled()
            held = await writing.lists()
        names = set(unsettled)
        names |= {one.source for name, one in held.derived.items() if name in unsettled}
        after = ""
        while names and (skus := await self._store.skus_of(sorted(names), after, BATCH)):
            articles = await known_articles(skus, self._articles)
            async with self._store.writing() as writing:
                await RowWriter(writing, self._history, articles, order).mirror(skus)
            after = skus[-1]
        async with self._store.writing() as writing:
            for name, version in unsettled.items():
                await writing.settle(name, version)
