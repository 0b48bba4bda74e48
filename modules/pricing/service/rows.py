"""Price rows: taken in, brought in bulk, ended, listed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from modules.kernel.errors import BadUserInput
from modules.kernel.names import Sku, is_name, is_sku
from modules.kernel.outcome import MOST_ITEMS, Path, Repeatable, Upserted, in_order, judge, once, refuse_command, sift
from modules.kernel.product import Assortment, known_articles
from modules.kernel.viewer import Permission, Viewer
from modules.pricing.engine import ends, intake
from modules.pricing.model.points import Cause
from modules.pricing.model.prices import EndPricesInput, PriceRow, PriceRowInput
from modules.pricing.ports import Articles, Channels, Customers
from modules.pricing.service.history import HistoryService
from modules.pricing.service.row_writer import Order, RowWriter
from modules.pricing.store.prices import PricingStore

SET: Final = "setPrices"
END: Final = "endPrices"
MOST_IMPORTED: Final = 10_000
"""Rows one call of an import may carry."""


class RowService:
    """Writes price rows with all that follows from them."""

    def __init__(
        self,
        store: PricingStore,
        articles: Articles,
        channels: Channels,
        history: HistoryService,
        customers: Customers | None = None,
    ) -> None:
        self._store = store
        self._articles = articles
        self._channels = channels
        self._history = history
        self._customers = customers

    async def set_prices(
        self, viewer: Viewer, rows: Sequence[PriceRowInput], reason: str, idempotency_key: str | None = None
    ) -> Upserted:
        """Writes price rows absolutely: a row that is there already is replaced. Needs PRICES_WRITE.

        In the same transaction the lists that are derived from theirs follow (P-7), and the public prices that change
        by it are written to the history (L-1). A key that came before answers as it did then, or with
        IdempotencyConflict for other rows.
        """
        await self._require(viewer, ((row.channel, row.store) for row in rows), [row.id for row in rows if row.id])
        if problem := refuse_command("prices", rows, reason, idempotency_key):
            return Upserted(0, 0, (problem,))
        command = Repeatable(viewer.principal.id, SET, idempotency_key, (list(rows), reason))
        return await self._set(rows, command, Order(viewer.principal.id, reason))

    async def import_prices(self, viewer: Viewer, rows: Sequence[PriceRowInput], reason: str) -> Upserted:
        """`set_prices` for what other systems kept until now: at most 10,000 rows. Needs PRICES_WRITE.

        The rows' windows also tell the past, as far as nothing tells it yet; so all rows of a sku belong in one call.
        The audit log gets one entry with the number of rows and a digest of them.
        """
        await self._require(viewer, ((row.channel, row.store) for row in rows), [row.id for row in rows if row.id])
        if problem := refuse_command("prices", rows, reason, most=MOST_IMPORTED):
            return Upserted(0, 0, (problem,))
        order = Order(viewer.principal.id, reason, "import_prices", Cause.IMPORT, bulk=True)
        return await self._set(rows, Repeatable(viewer.principal.id, SET, None, ()), order)

    async def end_prices(
        self, viewer: Viewer, given: EndPricesInput, reason: str, idempotency_key: str | None = None
    ) -> Upserted:
        """Ends rows at a moment, now or later; one that would only begin then never holds. Needs PRICES_WRITE.

        A row that ends by then already is unchanged. What was true in the past stays so: nothing is dropped.
        """
        await self._require(viewer, (), given.ids)
        if problem := refuse_command("ids", given.ids, reason, idempotency_key):
            return Upserted(0, 0, (problem,))
        order = Order(viewer.principal.id, reason, "end_price")
        command = Repeatable(order.by, END, idempotency_key, (list(given.ids), given.at, reason))
        held = await self._store.by_ids([id for id in given.ids if is_name(id)])
        articles = await known_articles((row.sku for row in held), self._articles)

        async def write() -> Upserted:
            skus = sorted({row.sku for row in held})
            await writing.lock("sku", skus)
            rows = await writing.rows(skus, ())
            ended, unchanged, problems = ends.ended(given, rows, await writing.now_us())
            writer = RowWriter(writing, self._history, articles, order)
            await writer.save(ended, rows, await writing.lists())
            return Upserted(len(ended), unchanged, tuple(problems))

        async with self._store.writing() as writing:
            return await once(writing, command, write)

    async def page(self, viewer: Viewer, skus: Sequence[Sku], first: int, after: tuple[str, str]) -> list[PriceRow]:
        """Rows of these skus with all they say, by sku and id, at most `first` behind `after`. Needs PRICES_WRITE.

        Raises BadUserInput for no skus or too many.
        """
        viewer.require_here(Permission.PRICES_WRITE)
        if not 1 <= len(skus) <= MOST_ITEMS:
            raise BadUserInput(f"There are {len(skus)} skus.", "skus", f"1 to {MOST_ITEMS}")
        return await self._store.page([sku for sku in skus if is_sku(sku)], after, first)

    async def _require(
        self, viewer: Viewer, places: Iterable[tuple[str | None, str | None]], ids: Sequence[str]
    ) -> None:
        """Who is confined to places writes rows of these alone, and changes no others: a row without a channel is
        everybody's."""
        viewer.require_channels(Permission.PRICES_WRITE, ())
        if not viewer.principal.is_confined:
            return
        held = await self._store.by_ids([id for id in ids if is_name(id)])
        keys = (dict(row.keys) for row in held)
        for channel, store in [*places, *((key.get("channel"), key.get("store")) for key in keys)]:
            viewer.require_channels(Permission.PRICES_WRITE, [channel])
            if viewer.principal.stores is not None:
                viewer.require_stores(Permission.PRICES_WRITE, [store])

    async def _set(self, rows: Sequence[PriceRowInput], command: Repeatable, order: Order) -> Upserted:
        read, refused = sift("prices", rows, (await self._shop()).row, "id")
        assortment = await Assortment.of((row.sku for _, row in read), self._articles)

        def sold(row: PriceRow, path: Path) -> PriceRow:
            assortment.article(row.sku, path)
            return row

        good, unknown = judge(read, sold)
        # An id that was given may be claimed by two writers at once, for different skus.
        claimed = {row.id for path, row in good if rows[int(path[2])].id}

        async def write() -> Upserted:
            writer = RowWriter(writing, self._history, assortment.articles, order)
            changed, clashing = await writer.write(good, claimed)
            problems = in_order([*refused, *unknown, *clashing])
            return Upserted(changed, len(rows) - len(problems) - changed, problems)

        async with self._store.writing() as writing:
            return await once(writing, command, write)

    async def _shop(self) -> intake.Shop:
        places = [(channel, self._channels.stores(channel)) for channel in self._channels.channels()]
        segments = self._customers.segment_ids() if self._customers else None
        return intake.Shop.of(places, (await self._store.lists()).lists, segments)
