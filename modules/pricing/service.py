"""What pricing does: answers prices, prices baskets, takes in rows and rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from modules.kernel.basket import Basket, Quote
from modules.kernel.errors import BadUserInput, InvalidInput, Refused, UnknownSku
from modules.kernel.events import Change
from modules.kernel.feed import ChangeKind, Feed
from modules.kernel.latest import Latest
from modules.kernel.moments import to_us
from modules.kernel.names import Sku, is_sku
from modules.kernel.outcome import Path, Repeatable, Upserted, in_order, once, refuse_command, sift
from modules.kernel.product import Article, check_known, wished
from modules.kernel.quantity import ONE
from modules.kernel.viewer import Permission, Viewer
from modules.pricing.engine import history, intake
from modules.pricing.engine.answers import Goods, answer
from modules.pricing.engine.quote import quote
from modules.pricing.engine.tax import TaxBook, without_clashes
from modules.pricing.events import PriceChanged, TaxRulesChanged
from modules.pricing.model import Cause, PriceAnswer, PricePoint, PriceRow, PriceRowInput, TaxRule, TaxRuleInput
from modules.pricing.ports import Articles, Channels
from modules.pricing.store import PricingStore, Writing

MUTATION: Final = "setPrices"


@dataclass(frozen=True, slots=True)
class PriceNews:
    """Prices as they are now, of the skus asked for (SNAPSHOT, RESYNC) or of those that changed (CHANGE)."""

    kind: ChangeKind
    cursor: str
    at: datetime
    prices: Sequence[tuple[Sku, PriceAnswer | None]]


class PricingService:
    """One per process. Tax rules are kept in memory: read at first use, again by `load`."""

    def __init__(
        self,
        store: PricingStore,
        articles: Articles,
        channels: Channels,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._articles = articles
        self._channels = channels
        self._clock = clock
        self._taxes: Latest[TaxBook | None] = Latest(self._read_taxes, None)

    async def load(self) -> None:
        """Reads the tax rules anew; own writes do so by themselves."""
        await self._taxes.load()

    async def quote(self, basket: Basket, viewer: Viewer) -> Quote:
        """Prices a basket at the viewer's moment; one statement, whatever its size."""
        goods = await self._goods([line.sku for line in basket.lines], viewer)
        return quote(basket, goods, viewer)

    async def prices(
        self, skus: Sequence[Sku], viewer: Viewer, quantity: int = ONE, at: datetime | None = None
    ) -> list[PriceAnswer | None]:
        """What one unit costs when so much is bought, per sku in order; None where it has no price. One statement.

        `at` asks for another moment and needs TIME_TRAVEL. Raises BadUserInput for a quantity that is not above 0.
        """
        if quantity <= 0:
            raise BadUserInput("the quantity is not above 0", "quantity", "more than 0")
        there = viewer.moved_to(at)
        return answer(skus, quantity, await self._goods(skus, there), there)

    async def follow(
        self, viewer: Viewer, feed: Feed, skus: Sequence[Sku], after: str | None
    ) -> AsyncIterator[PriceNews]:
        """The prices of one unit now, then those that change; each delivery is one statement.

        Raises BadUserInput for skus that do not exist, none at all or too many, and for a malformed cursor.
        """
        asked = wished(skus)
        check_known(asked, await self._articles.articles(asked))
        lists, currency = set(viewer.channel.price_lists), viewer.currency
        names = set(asked)

        def wanted(change: Change) -> bool:
            state = change.state
            return (
                change.key in names and currency in state["currencies"] and not lists.isdisjoint(state["price_lists"])
            )

        async with feed.follow(PriceChanged.NAME, wanted, after) as deliveries:
            async for delivery in deliveries:
                changed = [Sku(change.key) for change in delivery.changes]
                share = changed if delivery.kind is ChangeKind.CHANGE else asked
                now = self._clock()
                prices = await self.prices(share, replace(viewer, now=now))
                yield PriceNews(delivery.kind, delivery.cursor, now, list(zip(share, prices, strict=True)))

    async def priced(self, skus: Sequence[Sku]) -> list[bool]:
        """Whether a sku has a price anywhere, per sku in order; one statement."""
        found = await self._store.priced({sku for sku in skus if is_sku(sku)})
        return [sku in found for sku in skus]

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
        shop, taxes = history.places(channels), await self._book()

        async def write() -> Upserted:
            writer = _PriceWriter(writing, taxes, shop, articles, Cause(cause))
            changed, foreign = await writer.write(good, claimed, by, reason)
            problems = in_order([*refused, *unknown, *foreign])
            return Upserted(changed, len(rows) - len(problems) - changed, problems)

        async with self._store.writing() as writing:
            return await once(writing, command, write)

    async def upsert_tax_rules(self, viewer: Viewer, rules: Sequence[TaxRuleInput], reason: str) -> Upserted:
        """Replaces tax rules or adds them; they hold in this process at once. Needs PRICES_WRITE.

        A rule that would hold at the same time as another one is refused with TaxRuleAmbiguous (T-1); to change a
        rate, end the old rule and begin the new one in the same call.
        """
        viewer.require(Permission.PRICES_WRITE)
        if problem := refuse_command("taxRules", rules, reason):
            return Upserted(0, 0, (problem,))
        good, refused = sift("taxRules", rules, intake.tax_rule, "id")
        async with self._store.writing() as writing:
            await writing.lock("tax", [TaxRulesChanged.KEY])
            before = {rule.id: rule for rule in await writing.tax_rules()}
            kept, clashing = without_clashes(before, good)
            changed = intake.changed(kept, before)
            if changed:
                await _save_rules(writing, changed, before, viewer.principal.id, reason)
        if changed:
            await self.load()
        return Upserted(len(changed), len(kept) - len(changed), in_order([*refused, *clashing]))

    async def _goods(self, skus: Sequence[Sku], viewer: Viewer) -> Goods:
        found = await self._articles.articles(list(dict.fromkeys(skus)))
        articles = {article.sku: article for article in found if article}
        rows = await self._store.rows(list(articles), viewer.currency, to_us(viewer.now)) if articles else {}
        return Goods(articles, rows, await self._book())

    async def _book(self) -> TaxBook:
        if self._taxes.value is None:
            await self.load()
        assert self._taxes.value is not None
        return self._taxes.value

    async def _read_taxes(self) -> TaxBook:
        return TaxBook(await self._store.tax_rules())

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

    writing: Writing
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


async def _save_rules(
    writing: Writing, changed: Sequence[TaxRule], before: Mapping[str, TaxRule], by: str, reason: str
) -> None:
    await writing.save_rules(changed)
    writing.audit_rules(changed, before, by, reason)
    (version,) = (await writing.raise_versions("tax", [TaxRulesChanged.KEY])).values()
    writing.emit([TaxRulesChanged(version=version, countries=sorted({rule.country for rule in changed}))])


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
