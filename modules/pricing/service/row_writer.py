"""Writing price rows with all that follows from them: derived rows, news, history."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from modules.kernel.errors import InvalidInput, Refused
from modules.kernel.names import Sku
from modules.kernel.outcome import Path
from modules.kernel.product import Article
from modules.pricing.engine import intake
from modules.pricing.engine.derive import Lists, mirror
from modules.pricing.events import PriceChanged
from modules.pricing.model.points import Cause
from modules.pricing.model.prices import PriceRow
from modules.pricing.service.history import HistoryService
from modules.pricing.store.prices import PriceWriting
from modules.pricing.store.rows import by_sku

Given = Sequence[tuple[Path, PriceRow]]


@dataclass(frozen=True, slots=True)
class Order:
    """Who writes, why, and how it is told: each row in the audit log, or many rows in one entry (`bulk`)."""

    by: str
    reason: str
    action: str = "set_price"
    cause: Cause = Cause.MANUAL
    bulk: bool = False


@dataclass(frozen=True, slots=True)
class RowWriter:
    """Writes rows in an open transaction, in a few statements however many they are."""

    writing: PriceWriting
    history: HistoryService
    articles: Mapping[Sku, Article]
    order: Order

    async def write(self, good: Given, claimed: Collection[str]) -> tuple[int, list[Refused]]:
        """How many were not so already, and refusals of rows that cannot stand beside those that are held.

        `claimed` are ids given from outside: two writers may claim one of them for different skus.
        """
        skus = sorted({row.sku for _, row in good})
        await self.writing.lock("sku", skus)
        await self.writing.lock("row", claimed)
        held = await self.writing.rows(skus, [row.id for _, row in good])
        lists = await self.writing.lists()
        refused = [*_foreign(good, held), *_derived(good, held, lists)]
        refused += intake.doubles(_without(good, refused), held)
        own = _without(good, refused)
        dearer = intake.dearer_sales(own, {**held, **{row.id: row for _, row in own}})
        changed = intake.changed((row for _, row in _without(own, dearer)), held)
        named = set(skus)
        await self.save(changed, {id: row for id, row in held.items() if row.sku in named}, lists)
        return len(changed), [*refused, *dearer]

    async def mirror(self, skus: Sequence[Sku]) -> None:
        """Makes the derived rows of these skus what the lists say now."""
        await self.writing.lock("sku", skus)
        await self.save((), await self.writing.rows(skus, ()), await self.writing.lists())

    async def save(self, changed: Sequence[PriceRow], held: Mapping[str, PriceRow], lists: Lists) -> None:
        """Writes these rows and what follows from them. `held` are all rows of their skus, as they stand; the skus are
        locked."""
        after = {**held, **{row.id: row for row in changed}}
        mirrored = mirror(after, lists)
        written, gone = [*changed, *mirrored.changed], mirrored.gone
        if not written and not gone:
            return
        values = await self.writing.save_rows(written)
        await self.writing.drop_rows([row.id for row in gone])
        self._audit(written, gone, held, values)
        await self._publish([*written, *gone])
        after.update({row.id: row for row in mirrored.changed})
        for row in gone:
            del after[row.id]
        await self._record([*written, *gone], held.values(), after.values())

    def _audit(
        self,
        written: Sequence[PriceRow],
        gone: Sequence[PriceRow],
        held: Mapping[str, PriceRow],
        values: Sequence[Mapping[str, object]],
    ) -> None:
        order = self.order
        self.writing.audit_dropped(gone, order.by, order.reason)
        if not order.bulk:
            self.writing.audit_rows(order.action, written, held, order.by, order.reason)
        elif values:
            self.writing.audit_bulk(order.action, values, order.by, order.reason)

    async def _publish(self, touched: Iterable[PriceRow]) -> None:
        rows = by_sku(touched)
        versions = await self.writing.raise_versions("sku", rows)
        self.writing.emit([_event(sku, versions[sku], rows[sku]) for sku in rows])

    async def _record(self, touched: Iterable[PriceRow], before: Iterable[PriceRow], after: Iterable[PriceRow]) -> None:
        """Personal rows are no public price (L-2), but whoever watches them must hear when their windows begin."""
        skus = {row.sku for row in touched if row.sku in self.articles and not (row.is_personal and row.is_timeless)}
        if skus:
            old = by_sku(row for row in before if row.sku in skus)
            new = by_sku(row for row in after if row.sku in skus)
            known = {sku: new.get(sku, []) for sku in sorted(skus)}
            await self.history.record(self.writing, self.articles, old, known, self.order.cause)


def _foreign(good: Given, held: Mapping[str, PriceRow]) -> list[Refused]:
    """A row's id is its sku's for good."""
    return [
        InvalidInput(f"The row {row.id!r} is another product's.", (*path, "id"), "an id of this sku's rows")
        for path, row in good
        if row.id in held and held[row.id].sku != row.sku
    ]


def _derived(good: Given, held: Mapping[str, PriceRow], lists: Lists) -> list[Refused]:
    """Derived rows come from their source rows only (P-7)."""
    refused: list[Refused] = []
    sources = {name: derivation.source for name, derivation in lists.derived.items()}
    for path, row in good if sources else ():
        if row.price_list in sources:
            allowed = f"rows of {sources[row.price_list]!r}, from which it is derived"
            message = f"The price list {row.price_list!r} is derived."
            refused.append(InvalidInput(message, (*path, "priceList"), allowed))
        elif row.id in held and held[row.id].derived_from is not None and held[row.id].sku == row.sku:
            refused.append(InvalidInput(f"The row {row.id!r} is derived.", (*path, "id"), "a row handed in"))
    return refused


def _without(good: Given, refused: Iterable[Refused]) -> Given:
    places = {problem.path[:3] for problem in refused}
    return [one for one in good if tuple(map(str, one[0])) not in places] if places else good


def _event(sku: Sku, version: int, rows: Sequence[PriceRow]) -> PriceChanged:
    return PriceChanged(
        version=version,
        sku=sku,
        price_lists=_each([row.price_list for row in rows]),
        currencies=_each([row.currency for row in rows]),
    )


def _each(names: Sequence[str]) -> list[str]:
    return sorted(set(names)) if len(names) > 1 else list(names)
