"""Price rows, tax rules and price points in the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final

from modules.kernel.names import ChannelId, MarketId, PriceListId, Sku, TaxClass
from modules.pricing.engine.derive import Lists
from modules.pricing.model.points import Cause, PricePoint
from modules.pricing.model.prices import PriceRow
from modules.pricing.model.taxes import TaxKind, TaxRule
from modules.pricing.store.lists import ListWriting, read_lists
from modules.pricing.store.rows import SELECT, RowWriting, by_sku, row_of
from modules.pricing.store.writing import upsert
from modules.runtime.database import AuditEntry, Database

PAST_US: Final = timedelta(days=30) // timedelta(microseconds=1)
"""Rows that ended longer ago are not read for prices: they hold no more and explain nothing."""

_RULE = ("id", "country", "tax_class", "rate_micros", "kind", "valid_from_us", "valid_until_us", "version")
_POINT_KEY = ("sku", "market", "channel", "currency", "from_us")
_POINT = (*_POINT_KEY, "to_us", "amount_micros", "public", "announced", "promotion", "cause", "recorded_at_us")


_SELECT_RULES = f"SELECT {', '.join(_RULE)} FROM pricing_tax_rule ORDER BY id"
_SELECT_POINTS = f"SELECT {', '.join(_POINT)} FROM pricing_price_point WHERE sku IN :skus"
_SAVE_RULE = upsert("pricing_tax_rule", _RULE, ("id",), _RULE[1:])
_SAVE_POINT = upsert("pricing_price_point", _POINT, _POINT_KEY, ("to_us",))


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

    async def tax_rules(self) -> list[TaxRule]:
        """All of them, by id."""
        return [_rule(values) for values in await self._database.read(_SELECT_RULES)]

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[PriceWriting]:
        """A transaction; what was saved in it holds when the block ends."""
        async with self._database.transaction() as tx:
            yield PriceWriting(tx)


class PriceWriting(RowWriting, ListWriting):
    """Writes rows, price lists, tax rules and price points."""

    async def points(self, skus: Sequence[Sku], since_us: int | None) -> dict[Sku, list[PricePoint]]:
        """Points of these skus: all for None, otherwise those open or ending later than `since_us`."""
        if since_us is None:
            found = await self.tx.read(_SELECT_POINTS, skus=list(skus))
        else:
            sql = f"{_SELECT_POINTS} AND (to_us IS NULL OR to_us > :since)"
            found = await self.tx.read(sql, skus=list(skus), since=since_us)
        points: dict[Sku, list[PricePoint]] = defaultdict(list)
        for values in found:
            point = _point(values)
            points[point.sku].append(point)
        return points

    async def tax_rules(self) -> list[TaxRule]:
        """All of them, by id, as they stand in this transaction."""
        return [_rule(values) for values in await self.tx.read(_SELECT_RULES)]

    async def save_rules(self, rules: Sequence[TaxRule]) -> None:
        """Writes tax rules by their ids."""
        await self.tx.run_many(_SAVE_RULE, [_rule_values(rule) for rule in rules])

    async def save_points(self, points: Sequence[PricePoint]) -> None:
        """Adds points; of one that is there already only the end is written."""
        if points:
            await self.tx.run_many(_SAVE_POINT, [_point_values(point) for point in points])

    def audit_rules(self, rules: Sequence[TaxRule], before: Mapping[str, TaxRule], by: str, reason: str) -> None:
        """One entry for each tax rule written."""
        self.tx.audit([_entry("upsert_tax_rule", "tax_rule", rule, before.get(rule.id), by, reason) for rule in rules])


def _rule(values: tuple[Any, ...]) -> TaxRule:
    id, country, tax_class, rate, kind, since, until, version = values
    return TaxRule(
        id=id,
        country=country,
        tax_class=TaxClass(tax_class),
        rate_micros=rate,
        kind=TaxKind(kind),
        valid_from_us=since,
        valid_until_us=until,
        version=version,
    )


def _rule_values(rule: TaxRule) -> dict[str, object]:
    return {
        "id": rule.id,
        "country": rule.country,
        "tax_class": rule.tax_class,
        "rate_micros": rule.rate_micros,
        "kind": rule.kind.value,
        "valid_from_us": rule.valid_from_us,
        "valid_until_us": rule.valid_until_us,
        "version": rule.version,
    }


def _point(values: tuple[Any, ...]) -> PricePoint:
    sku, market, channel, currency, since, until, micros, public, announced, promotion, cause, recorded = values
    return PricePoint(
        sku=Sku(sku),
        market=MarketId(market),
        channel=ChannelId(channel),
        currency=currency,
        micros=micros,
        from_us=since,
        to_us=until,
        public=bool(public),
        announced=bool(announced),
        promotion=promotion,
        cause=Cause(cause),
        recorded_at_us=recorded,
    )


def _point_values(point: PricePoint) -> dict[str, object]:
    return {
        "sku": point.sku,
        "market": point.market,
        "channel": point.channel,
        "currency": point.currency,
        "from_us": point.from_us,
        "to_us": point.to_us,
        "amount_micros": point.micros,
        "public": point.public,
        "announced": point.announced,
        "promotion": point.promotion,
        "cause": point.cause.value,
        "recorded_at_us": point.recorded_at_us,
    }


def _entry(action: str, kind: str, rule: TaxRule, before: TaxRule | None, by: str, reason: str) -> AuditEntry:
    former = _values(before) if before else None
    return AuditEntry(by, f"pricing.{action}", f"{kind}:{rule.id}", former, _values(rule), reason)


def _values(rule: TaxRule) -> dict[str, object]:
    """The columns that say something."""
    return {name: value for name, value in _rule_values(rule).items() if value is not None}
