"""Price rows: taken in, published, and told to the history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from modules.kernel.errors import InvalidInput, Refused, UnknownSku
from modules.kernel.names import Sku
from modules.kernel.outcome import Path, Repeatable, Upserted, in_order, once, refuse_command, sift
from modules.kernel.product import Article
from modules.kernel.viewer import Permission, Viewer
from modules.pricing.engine import history, intake
from modules.pricing.engine.tax import TaxBook
from modules.pricing.events import PriceChanged
from modules.pricing.model.points import Cause, PricePoint
from modules.pricing.model.prices import PriceRow, PriceRowInput
from modules.pricing.ports import Articles, Channels
from modules.pricing.service.taxes import TaxService
from modules.pricing.store.prices import PriceWriting, PricingStore

MUTATION: Final = "setPrices"


class RowService:
    """Writes price rows with all that follows from them."""

    def __init__(self, store: PricingStore, articles: Articles, channels: Channels, taxes: TaxService) -> None:
        self._store = store
        self._articles = articles
        self._channels = channels
        self._taxes = taxes

    async def set_prices(
        self,
        viewer: Viewer,
        rows: Sequence[PriceRowInput],
        reason: str,
        idempotency_key: str | None = None,
        cause: str = Cause.MANUAL,
    ) -> Upserted:
        """Writes price rows absolutely: a row that is there already is replaced. Needs PRICES_WRITE.

        In the same transaction the public prices that change by it are written to the history (L-1). With the cause
        "import" the rows' windows also tell the past, as far as nothing tells it yet; so all rows of a sku belong in
        one call. A key that came before answers as it did then, or with IdempotencyConflict for other rows.
        """
        viewer.require(Permission.PRICES_WRITE)
        if problem := refuse_command("prices", rows, reason, idempotency_key):
            return Upserted(0, 0, (problem,))
        channels = self._channels.channels()
        stores = (store for channel in channels for store in self._channels.stores(channel))
        read, refused = sift("prices", rows, intake.Shop.of(channels, stores).row, "id")
        good, unknown, articles = await self._existing(read)
        by = viewer.principal.id
        command = Repeatable(by, MUTATION, idempotency_key, (list(rows), reason, cause))
        # An id that was given may be claimed by two writers at once, for different skus.
        claimed = {row.id for path, row in good if rows[int(path[2])].id}
        shop, taxes = history.places(channels), await self._taxes.book()

        async def write() -> Upserted:
            writer = _PriceWriter(writing, taxes, shop, articles, Cause(cause))
            changed, foreign = await writer.write(good, claimed, by, reason)
            problems = in_order([*refused, *unknown, *foreign])
            return Upserted(changed, len(rows) - len(problems) - changed, problems)

        async with self._store.writing() as writing:
            return await once(writing, command, write)

    async def _existing(
        self, read: Sequence[tuple[Path, PriceRow]]
    ) -> tuple[list[tuple[Path, PriceRow]], list[Refused], dict[Sku, Article]]:
        """The rows whose sku exists, a refusal for each of the others, and the articles."""
        skus = list(dict.fromkeys(row.sku for _, row in read))
        found = await self._articles.articles(skus)
        articles = {article.sku: article for article in found if article}
        missing = [sku for sku in skus if sku not in articles]
        nearest = dict(zip(missing, await self._articles.nearest(missing), strict=True))
        refused: list[Refused] = [
            UnknownSku(row.sku, (*path, "sku"), nearest.get(row.sku, ()))
            for path, row in read
            if row.sku not in articles
        ]
        return [(path, row) for path, row in read if row.sku in articles], refused, articles


@dataclass(frozen=True, slots=True)
class _PriceWriter:
    """Writes rows with all that follows from them, in a few statements however many they are."""

    writing: PriceWriting
    taxes: TaxBook
    places: Sequence[history.Place]
    articles: Mapping[Sku, Article]
    cause: Cause

    async def write(
        self, good: Sequence[tuple[Path, PriceRow]], claimed: Collection[str], by: str, reason: str
    ) -> tuple[int, list[Refused]]:
        """How many were not so already, and refusals of ids that belong to another sku.

        `claimed` are ids given from outside: two writers may claim one of them for different skus.
        """
        skus = sorted({row.sku for _, row in good})
        await self.writing.lock("sku", skus)
        await self.writing.lock("row", claimed)
        held = await self.writing.rows(skus, [row.id for _, row in good])
        foreign: list[Refused] = [
            InvalidInput(f"The row {row.id!r} is another product's.", (*path, "id"), "an id of this sku's rows")
            for path, row in good
            if row.id in held and held[row.id].sku != row.sku
        ]
        own = [row for _, row in good if row.id not in held or held[row.id].sku == row.sku]
        changed = intake.changed(own, held)
        if changed:
            await self.writing.save_rows(changed)
            self.writing.audit_rows(changed, held, by, reason)
            await self._publish(changed)
            await self._record(changed, held)
        return len(changed), foreign

    async def _publish(self, changed: Collection[PriceRow]) -> None:
        rows = _by_sku(changed)
        versions = await self.writing.raise_versions("sku", rows)
        self.writing.emit([_event(sku, versions[sku], rows[sku]) for sku in rows])

    async def _record(self, changed: Sequence[PriceRow], held: Mapping[str, PriceRow]) -> None:
        """Points for the public prices that are others now (L-1)."""
        touched = {row.sku for row in changed}
        after = {**held, **{row.id: row for row in changed}}
        rows = _by_sku(row for row in after.values() if row.sku in touched)
        now_us = await self.writing.now_us()
        told = await self.writing.points(list(rows), None if self.cause is Cause.IMPORT else now_us)
        found: list[PricePoint] = []
        for sku in rows:
            subject = history.Subject.of(self.articles[sku], rows[sku])
            found += history.points_everywhere(subject, self.places, self.taxes, told.get(sku, ()), now_us, self.cause)
        await self.writing.save_points(found)


def _event(sku: Sku, version: int, rows: Collection[PriceRow]) -> PriceChanged:
    return PriceChanged(
        version=version,
        sku=sku,
        price_lists=sorted({row.price_list for row in rows}),
        currencies=sorted({row.currency for row in rows}),
    )


def _by_sku(rows: Iterable[PriceRow]) -> dict[Sku, list[PriceRow]]:
    grouped: dict[Sku, list[PriceRow]] = defaultdict(list)
    for row in rows:
        grouped[row.sku].append(row)
    return grouped
