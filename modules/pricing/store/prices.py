"""Price rows and price lists in the database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

from modules.kernel.names import PriceListId, Sku
from modules.pricing.engine.derive import Lists
from modules.pricing.model.prices import PriceRow
from modules.pricing.store.lists import ListWriting, read_lists
from modules.pricing.store.rows import SELECT, RowWriting, by_sku, row_of
from modules.runtime.database import Database

PAST_US: Final = timedelta(days=30) // timedelta(microseconds=1)
"""Rows that ended longer ago are not read for prices: they hold no more and explain nothing."""


class PricingStore:
    """Reads for prices, and writings for changes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def priced(self, skus: Collection[Sku]) -> set[Sku]:
        """Those of the skus that have a row, whatever it is for; one statement."""
        sql = "SELECT DISTINCT sku FROM pricing_price_row WHERE sku IN :skus"
        return {Sku(sku) for (sku,) in await self._database.read(sql, skus=list(skus))}

    async def rows(self, skus: Sequence[Sku], currency: str, at_us: int) -> dict[Sku, list[PriceRow]]:
        """The rows of these skus in this currency, whatever place they are for; one statement.

        Those that begin later are among them, as they bound how long today's price holds; those that ended long
        before `at_us` are not.
        """
        sql = f"""{SELECT} WHERE sku IN :skus AND currency = :currency
            AND (valid_until_us IS NULL OR valid_until_us > :since)"""
        found = await self._database.read(sql, skus=list(skus), currency=currency, since=at_us - PAST_US)
        return by_sku(row_of(values) for values in found)

    async def by_ids(self, ids: Sequence[str]) -> list[PriceRow]:
        """Those of these ids that are there; one statement."""
        found = await self._database.read(f"{SELECT} WHERE id IN :ids", ids=list(ids))
        return [row_of(values) for values in found]

    async def page(self, skus: Sequence[Sku], after: tuple[str, str], most: int) -> list[PriceRow]:
        """Rows of these skus by sku and id, so many behind (sku, id); one statement."""
        sql = f"""{SELECT} WHERE sku IN :skus AND (sku > :sku OR (sku = :sku AND id > :id))
            ORDER BY sku, id LIMIT :most"""
        found = await self._database.read(sql, skus=list(skus), sku=after[0], id=after[1], most=most)
        return [row_of(values) for values in found]

    async def skus_of(self, lists: Sequence[PriceListId], after: str, most: int) -> list[Sku]:
        """Skus with rows of these lists, in order, so many behind `after`; one statement."""
        sql = """SELECT DISTINCT sku FROM pricing_price_row WHERE sku > :after AND price_list IN :lists
            ORDER BY sku LIMIT :most"""
        return [Sku(sku) for (sku,) in await self._database.read(sql, lists=list(lists), after=after, most=most)]

    async def lists(self) -> Lists:
        """All price lists and exchange rates; two statements."""
        return await read_lists(self._database)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[PriceWriting]:
        """A transaction; what was saved in it holds when the block ends."""
        async with self._database.transaction() as tx:
            yield PriceWriting(tx)


class PriceWriting(RowWriting, ListWriting):
    """Writes rows and price lists."""
