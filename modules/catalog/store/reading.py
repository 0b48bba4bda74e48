"""What readers ask of the catalogue: one statement each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from modules.catalog.model import After, Listed, Listing, Outline, SortField, sku_key
from modules.catalog.store import rows
from modules.catalog.store.changes import CatalogChange
from modules.kernel.names import Locale, Sku
from modules.kernel.product import Article
from modules.runtime.database import Database

_ARTICLES = """
    SELECT sku, tax_class, quantity_scale, active_from_us, active_until_us, categories, group_id,
        minimum_micros, maximum_micros, step_micros, unit, weight_grams
    FROM catalog_product WHERE sku IN :skus
"""
# SQLite reads a CROSS JOIN from left to right: what is ordered by stands first, and no page is sorted.
_FROM = {
    SortField.TITLE: "catalog_title t CROSS JOIN catalog_product p",
    SortField.NEWEST: "catalog_product p CROSS JOIN catalog_title t",
}
_JOINED = "LEFT JOIN catalog_group g ON g.id = p.group_id WHERE p.sku = t.sku AND t.locale = :locale"
_ACTIVE = """
    AND (p.active_from_us IS NULL OR p.active_from_us <= :now_us)
    AND (p.active_until_us IS NULL OR p.active_until_us > :now_us)
"""
_IN_FEW = " AND t.sku IN (SELECT sku FROM catalog_product_category WHERE category_id IN :categories)"
_IN_MANY = " AND EXISTS (SELECT 1 FROM catalog_product_category c WHERE c.category_id IN :categories AND c.sku = t.sku)"
_SIZE = """
    SELECT count(*) FROM (SELECT 1 FROM catalog_product_category WHERE category_id IN :categories LIMIT :most) AS found
"""
_SORTED = {SortField.TITLE: ("t.sort_key", "t.sku"), SortField.NEWEST: ("p.new_since_us", "p.sku")}
# An expression is no index: few products are looked up and sorted, many are met along the index.
_SORTED_FEW = {SortField.TITLE: ("t.sort_key || ''", "t.sku"), SortField.NEWEST: ("p.new_since_us + 0", "p.sku")}
# Skus that follow or precede a mistyped one share the longest beginnings with it.
_SIMILAR = """
    SELECT {n}, sku FROM
        (SELECT sku FROM catalog_product WHERE sku_key >= :key{n} ORDER BY sku_key LIMIT :most) AS behind
    UNION ALL
    SELECT {n}, sku FROM
        (SELECT sku FROM catalog_product WHERE sku_key < :key{n} ORDER BY sku_key DESC LIMIT :most) AS before
"""


class CatalogStore:
    """Reads of one statement, and `change` for all that writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def articles(self, skus: Sequence[Sku]) -> list[Article]:
        """Those that exist, in no order, each with its own categories only."""
        return [rows.article(row) for row in await self._database.read(_ARTICLES, skus=list(skus))]

    async def similar(self, skus: Sequence[str], most: int) -> list[list[Sku]]:
        """Up to twice `most` skus that stand around each of these, of which there is one at least."""
        sql = " UNION ALL ".join(_SIMILAR.format(n=n) for n in range(len(skus)))
        keys = {f"key{n}": sku_key(sku) for n, sku in enumerate(skus)}
        found: list[list[Sku]] = [[] for _ in skus]
        for n, similar in await self._database.read(sql, most=most, **keys):
            found[n].append(Sku(similar))
        return found

    async def groups(self, ids: Sequence[str]) -> list[str]:
        """Ids of those of these groups that exist."""
        return [
            id for (id,) in await self._database.read("SELECT id FROM catalog_group WHERE id IN :ids", ids=list(ids))
        ]

    async def products(self, skus: Sequence[Sku], locale: Locale) -> list[Listed]:
        """Those that exist, active or not, in no order."""
        sql = f"SELECT {rows.LISTED} FROM {_FROM[SortField.TITLE]} {_JOINED} AND t.sku IN :skus"
        return [rows.listed(row) for row in await self._database.read(sql, locale=locale, skus=list(skus))]

    async def page(self, listing: Listing, now_us: int, most: int, after: After | None) -> list[Listed]:
        """The active products of a list in order, at most so many."""
        sort = listing.sort
        conditions, values = _conditions(listing)
        columns = (_SORTED_FEW if listing.few else _SORTED)[sort.field]
        if after is not None:
            conditions.append(f" AND ({', '.join(columns)}) {'<' if sort.descending else '>'} (:key, :sku)")
            values |= {"key": after.key, "sku": after.sku}
        order = ", ".join(f"{column} {'DESC' if sort.descending else 'ASC'}" for column in columns)
        where = f"{_JOINED} {_ACTIVE} {''.join(conditions)}"
        sql = f"SELECT {rows.LISTED} FROM {_FROM[sort.field]} {where} ORDER BY {order} LIMIT :most"
        found = await self._database.read(sql, locale=listing.locale, now_us=now_us, most=most, **values)
        return [rows.listed(row) for row in found]

    async def size(self, categories: Sequence[str], most: int) -> int:
        """How many products stand in these categories, as far as `most`."""
        ((count,),) = await self._database.read(_SIZE, categories=list(categories), most=most)
        return int(count)

    async def outline(self) -> Outline:
        """All categories and all languages in use; two statements."""
        categories = await self._database.read("SELECT id, parent, names, position FROM catalog_category")
        locales = await self._database.read("SELECT locale FROM catalog_locale")
        return Outline.of(map(rows.category, categories), [Locale(locale) for (locale,) in locales])

    @asynccontextmanager
    async def change(self) -> AsyncIterator[CatalogChange]:
        """A transaction that has the tables to itself; what was saved in it holds when the block ends."""
        async with self._database.transaction() as tx:
            yield await CatalogChange.begin(tx)


def _conditions(listing: Listing) -> tuple[list[str], dict[str, object]]:
    words = listing.filter.words
    values: dict[str, object] = {f"word{n}": f"%{_escape(word)}%" for n, word in enumerate(words)}
    conditions = [f" AND t.search_text LIKE :{name} ESCAPE '!'" for name in values]
    if listing.filter.skus is not None:
        conditions.append(" AND t.sku IN :skus")
        values["skus"] = list(listing.filter.skus)
    if listing.categories:
        conditions.append(_IN_FEW if listing.few else _IN_MANY)
        values["categories"] = list(listing.categories)
    return conditions, values


def _escape(word: str) -> str:
    return word.replace("!", "!!").replace("%", "!%").replace("_", "!_")
