"""What writes to the catalogue: one transaction at a time, a handful of statements for any number of products."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Self

from modules.catalog.events import CategoryChanged, GroupChanged, ProductChanged
from modules.catalog.model import (
    CategoryRecord,
    GroupRecord,
    ProductRecord,
    as_state,
    by_nearness,
    in_language,
)
from modules.catalog.store import rows
from modules.kernel.events import Event
from modules.kernel.names import Locale
from modules.runtime.change import Change
from modules.runtime.database import AuditEntry, Transaction
from modules.runtime.sql import raise_revision, upsert

_RAISE_REVISION = raise_revision("catalog")
_COPY_TITLES = """
    INSERT INTO catalog_title (sku, locale, title, sort_key, search_text, given)
    SELECT sku, CAST(:locale AS TEXT), title, sort_key, search_text, FALSE FROM catalog_title
    WHERE locale = :nearest AND given
    ON CONFLICT (sku, locale) DO NOTHING
"""
Record = ProductRecord | CategoryRecord | GroupRecord


_PRODUCT = (*rows.PRODUCT.split(", "), "sku_key", "new_since_us")
# The moment of its first appearance stays what it was.
_UPSERT_PRODUCT = upsert("catalog_product", (*_PRODUCT, "created_us"), ("sku",), _PRODUCT[1:])
_UPSERT_TITLE = upsert(
    "catalog_title", ("sku", "locale", "title", "sort_key", "search_text", "given"), ("sku", "locale")
)
_UPSERT_CATEGORY = upsert("catalog_category", ("id", "parent", "names", "position"), ("id",))
_UPSERT_GROUP = upsert("catalog_group", ("id", "titles", "axes"), ("id",))


class CatalogChange(Change):
    """An open transaction over the catalogue. Events carry its revision as their version."""

    def __init__(self, tx: Transaction, revision: int) -> None:
        super().__init__(tx)
        self._revision = revision

    @classmethod
    async def begin(cls, tx: Transaction) -> Self:
        """Waits until no other change is open: two that wrote the same product would give out the same version."""
        ((revision,),) = await tx.read(_RAISE_REVISION)
        return cls(tx, revision)

    async def products(self, skus: Iterable[str]) -> dict[str, tuple[ProductRecord, int]]:
        """Those that exist, by sku, each with the moment of its first appearance."""
        found = await self.tx.read(
            f"SELECT {rows.PRODUCT}, created_us FROM catalog_product WHERE sku IN :skus", skus=list(skus)
        )
        return {row[0]: (rows.product(row[:-1]), row[-1]) for row in found}

    async def categories(self) -> dict[str, CategoryRecord]:
        """All of them, by id."""
        found = await self.tx.read("SELECT id, parent, names, position FROM catalog_category")
        return {row[0]: rows.category(row) for row in found}

    async def category_ids(self, ids: Iterable[str]) -> set[str]:
        """Those that exist."""
        found = await self.tx.read("SELECT id FROM catalog_category WHERE id IN :ids", ids=list(ids))
        return {id for (id,) in found}

    async def groups(self, ids: Iterable[str]) -> dict[str, GroupRecord]:
        """Those that exist, by id."""
        found = await self.tx.read("SELECT id, titles, axes FROM catalog_group WHERE id IN :ids", ids=list(ids))
        return {row[0]: rows.group(row) for row in found}

    async def save_products(
        self,
        records: Sequence[ProductRecord],
        before: Mapping[str, tuple[ProductRecord, int]],
        principal: str,
        reason: str,
    ) -> None:
        """Writes products with their titles in every language in use; `before` holds what they replace."""
        now = await self.tx.now_us()
        locales = await self._locales(records)
        created = {sku: moment for sku, (_, moment) in before.items()}
        await self.tx.run_many(
            _UPSERT_PRODUCT, [rows.product_values(record, created.get(record.sku, now)) for record in records]
        )
        await self.tx.run_many(_UPSERT_TITLE, list(_titles(records, locales)))
        await self._put_into_categories(records)
        self._publish("product", records, {sku: record for sku, (record, _) in before.items()}, principal, reason)

    async def save_categories(
        self,
        records: Sequence[CategoryRecord],
        before: Mapping[str, CategoryRecord],
        principal: str,
        reason: str,
    ) -> None:
        """Writes categories; `before` holds what they replace."""
        values = [{**as_state(record), "names": rows.to_json(record.names)} for record in records]
        await self.tx.run_many(_UPSERT_CATEGORY, values)
        self._publish("category", records, before, principal, reason)

    async def save_groups(
        self, records: Sequence[GroupRecord], before: Mapping[str, GroupRecord], principal: str, reason: str
    ) -> None:
        """Writes groups; `before` holds what they replace."""
        values = [
            {"id": record.id, "titles": rows.to_json(record.titles), "axes": rows.to_json(record.axes)}
            for record in records
        ]
        await self.tx.run_many(_UPSERT_GROUP, values)
        self._publish("group", records, before, principal, reason)

    async def _locales(self, records: Sequence[ProductRecord]) -> list[Locale]:
        """All languages in use, those of these products included; new ones get a title for every product first."""
        held = [Locale(locale) for (locale,) in await self.tx.read("SELECT locale FROM catalog_locale")]
        new = sorted({locale for record in records for locale in record.titles}.difference(held))
        for locale in new:
            for nearest in by_nearness(locale, held):
                await self.tx.run(_COPY_TITLES, locale=locale, nearest=nearest)
        await self.tx.run_many(
            "INSERT INTO catalog_locale (locale) VALUES (:locale)", [{"locale": locale} for locale in new]
        )
        return [*held, *new]

    async def _put_into_categories(self, records: Sequence[ProductRecord]) -> None:
        skus = [record.sku for record in records]
        await self.tx.run("DELETE FROM catalog_product_category WHERE sku IN :skus", skus=skus)
        await self.tx.run_many(
            "INSERT INTO catalog_product_category (category_id, sku) VALUES (:category, :sku)",
            [{"category": category, "sku": record.sku} for record in records for category in record.categories],
        )

    def _publish(
        self, kind: str, records: Sequence[Record], before: Mapping[str, Record], principal: str, reason: str
    ) -> None:
        entries, events = [], []
        for record in records:
            id = record.sku if isinstance(record, ProductRecord) else record.id
            former = as_state(before[id]) if id in before else None
            action = f"catalog.upsert_{kind}"
            entries.append(AuditEntry(principal, action, f"{kind}:{id}", former, as_state(record), reason))
            events.extend(_events(record, self._revision))
        self.tx.audit(entries)
        self.tx.emit(events)


def _titles(records: Sequence[ProductRecord], locales: Sequence[Locale]) -> Iterable[dict[str, object]]:
    for record in records:
        for locale in locales:
            title = in_language(record.titles, locale)
            yield rows.title_values(record.sku, locale, title, locale in record.titles)


def _events(record: Record, revision: int) -> list[Event]:
    match record:
        case ProductRecord():
            changed = ProductChanged(
                version=revision,
                sku=record.sku,
                tax_class=record.tax_class,
                quantity_scale=record.quantity_scale,
                active_from_us=record.active_from_us,
                active_until_us=record.active_until_us,
                locales=sorted(record.titles),
            )
            return [changed]
        case CategoryRecord():
            return [CategoryChanged(version=revision, **as_state(record))]
        case GroupRecord():
            return [GroupChanged(version=revision, id=record.id)]
