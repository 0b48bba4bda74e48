"""Price rows, tax rules and price points in the database."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import time, timedelta
from functools import lru_cache
from typing import Any, Final

from modules.kernel.names import ChannelId, MarketId, PriceListId, Sku, TaxClass
from modules.kernel.policies import TaxMode
from modules.kernel.quantity import Quantity
from modules.pricing.model.points import Cause, PricePoint
from modules.pricing.model.prices import SPECIFICITY, Keys, PriceKind, PriceRow, Span, Tier
from modules.pricing.model.taxes import TaxKind, TaxRule
from modules.pricing.store.writing import Writing, upsert
from modules.runtime.database import AuditEntry, Database

PAST_US: Final = timedelta(days=30) // timedelta(microseconds=1)
"""Rows that ended longer ago are not read for prices: they hold no more and explain nothing."""

_KEYS = tuple(SPECIFICITY)
_ROW = (
    "id", "sku", "currency", "amount_micros", "tax_mode", "price_list", "kind", "valid_from_us", "valid_until_us",
    "schedule", "tiers", "source", "version", *_KEYS,
)  # fmt: skip
_RULE = ("id", "country", "tax_class", "rate_micros", "kind", "valid_from_us", "valid_until_us", "version")
_POINT_KEY = ("sku", "market", "channel", "currency", "from_us")
_POINT = (*_POINT_KEY, "to_us", "amount_micros", "public", "announced", "promotion", "cause", "recorded_at_us")


_SELECT_ROWS = f"SELECT {', '.join(_ROW)} FROM pricing_price_row"
_SELECT_RULES = f"SELECT {', '.join(_RULE)} FROM pricing_tax_rule ORDER BY id"
_SELECT_POINTS = f"SELECT {', '.join(_POINT)} FROM pricing_price_point WHERE sku IN :skus"
_SAVE_ROW = upsert("pricing_price_row", _ROW, ("id",), _ROW[1:])
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
        sql = f"""{_SELECT_ROWS} WHERE sku IN :skus AND currency = :currency
            AND (valid_until_us IS NULL OR valid_until_us > :since)"""
        found = await self._database.read(sql, skus=list(skus), currency=currency, since=at_us - PAST_US)
        return _by_sku(_row(values) for values in found)

    async def tax_rules(self) -> list[TaxRule]:
        """All of them, by id."""
        return [_rule(values) for values in await self._database.read(_SELECT_RULES)]

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[PriceWriting]:
        """A transaction; what was saved in it holds when the block ends."""
        async with self._database.transaction() as tx:
            yield PriceWriting(tx)


class PriceWriting(Writing):
    """Writes rows, tax rules and price points."""

    async def rows(self, skus: Sequence[Sku], ids: Sequence[str]) -> dict[str, PriceRow]:
        """All rows of these skus, and those of these ids, by id."""
        sql = f"{_SELECT_ROWS} WHERE sku IN :skus OR id IN :ids"
        return {row.id: row for row in map(_row, await self.tx.read(sql, skus=list(skus), ids=list(ids)))}

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

    async def save_rows(self, rows: Sequence[PriceRow]) -> None:
        """Writes rows by their ids."""
        await self.tx.run_many(_SAVE_ROW, [_row_values(row) for row in rows])

    async def save_rules(self, rules: Sequence[TaxRule]) -> None:
        """Writes tax rules by their ids."""
        await self.tx.run_many(_SAVE_RULE, [_rule_values(rule) for rule in rules])

    async def save_points(self, points: Sequence[PricePoint]) -> None:
        """Adds points; of one that is there already only the end is written."""
        if points:
            await self.tx.run_many(_SAVE_POINT, [_point_values(point) for point in points])

    def audit_rows(self, rows: Sequence[PriceRow], before: Mapping[str, PriceRow], by: str, reason: str) -> None:
        """One entry for each row written; `before` holds what was there."""
        self.tx.audit([_entry("set_price", "price", row, before.get(row.id), by, reason) for row in rows])

    def audit_rules(self, rules: Sequence[TaxRule], before: Mapping[str, TaxRule], by: str, reason: str) -> None:
        """One entry for each tax rule written."""
        self.tx.audit([_entry("upsert_tax_rule", "tax_rule", rule, before.get(rule.id), by, reason) for rule in rules])


def _by_sku(rows: Iterable[PriceRow]) -> dict[Sku, list[PriceRow]]:
    grouped: dict[Sku, list[PriceRow]] = defaultdict(list)
    for row in rows:
        grouped[row.sku].append(row)
    return grouped


# What is read twice is the same value: the columns say all there is, so nothing kept here can be out of date.
@lru_cache(8_192)
def _row(values: tuple[Any, ...]) -> PriceRow:
    id, sku, currency, micros, mode, price_list, kind, since, until, schedule, tiers, source, version, *keys = values
    return PriceRow(
        id=id,
        sku=sku,
        currency=currency,
        micros=micros,
        tax_mode=_MODES[mode],
        price_list=PriceListId(price_list),
        kind=_KINDS[kind],
        keys=_keys(tuple(keys)),
        valid_from_us=since,
        valid_until_us=until,
        schedule=tuple(_span(*span) for span in json.loads(schedule)) if schedule else (),
        tiers=tuple(Tier(Quantity(least), price) for least, price in json.loads(tiers)) if tiers else (),
        source=source,
        version=version,
    )


@lru_cache(4_096)
def _keys(values: tuple[str | None, ...]) -> Keys:
    """Most rows have none, or the same few."""
    return tuple((name, value) for name, value in zip(_KEYS, values, strict=True) if value is not None)


# Looking an enum's member up in a dict costs a fraction of calling the enum.
_MODES = {mode.value: mode for mode in TaxMode}
_KINDS = {kind.value: kind for kind in PriceKind}


def _span(weekdays: list[int], since: str, until: str) -> Span:
    return Span(tuple(weekdays), time.fromisoformat(since), time.fromisoformat(until))


def _row_values(row: PriceRow) -> dict[str, object]:
    spans = [(span.weekdays, span.since.isoformat(), span.until.isoformat()) for span in row.schedule]
    tiers = [(tier.min_quantity, tier.micros) for tier in row.tiers]
    keys = dict(row.keys)
    return {
        "id": row.id,
        "sku": row.sku,
        "currency": row.currency,
        "amount_micros": row.micros,
        "tax_mode": row.tax_mode.value,
        "price_list": row.price_list,
        "kind": row.kind.value,
        "valid_from_us": row.valid_from_us,
        "valid_until_us": row.valid_until_us,
        "schedule": json.dumps(spans) if spans else None,
        "tiers": json.dumps(tiers) if tiers else None,
        "source": row.source,
        "version": row.version,
        **{name: keys.get(name) for name in _KEYS},
    }


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


def _entry(
    action: str, kind: str, item: PriceRow | TaxRule, before: PriceRow | TaxRule | None, by: str, reason: str
) -> AuditEntry:
    former = _values(before) if before else None
    return AuditEntry(by, f"pricing.{action}", f"{kind}:{item.id}", former, _values(item), reason)


def _values(item: PriceRow | TaxRule) -> dict[str, object]:
    """The columns that say something."""
    values = _row_values(item) if isinstance(item, PriceRow) else _rule_values(item)
    return {name: value for name, value in values.items() if value is not None}
