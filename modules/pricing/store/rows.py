"""Price rows as the database keeps them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import time
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final

from modules.kernel.names import PriceListId, Sku
from modules.kernel.policies import TaxMode
from modules.kernel.quantity import Quantity
from modules.pricing.model.prices import SPECIFICITY, Keys, PriceKind, PriceRow, Span, Tier, TierMode
from modules.pricing.store.writing import Writing
from modules.runtime.database import AuditEntry
from modules.runtime.sql import upsert

_KEYS = tuple(SPECIFICITY)
_COLUMNS = (
    "id", "sku", "currency", "amount_micros", "tax_mode", "price_list", "kind", "valid_from_us", "valid_until_us",
    "schedule", "tiers", "tier_mode", "derived_from", "rate", "source", "version", *_KEYS,
)  # fmt: skip
_NO_KEYS: Final[dict[str, object]] = dict.fromkeys(_KEYS)

SELECT: Final = f"SELECT {', '.join(_COLUMNS)} FROM pricing_price_row"
SAVE: Final = upsert("pricing_price_row", _COLUMNS, ("id",))


# What is read twice is the same value: the columns say all there is, so nothing kept here can be out of date.
@lru_cache(8_192)
def row_of(values: tuple[Any, ...]) -> PriceRow:
    """The row that these columns of SELECT are."""
    id, sku, currency, micros, mode, price_list, kind, since, until, *rest = values
    schedule, tiers, tier_mode, derived_from, rate, source, version, *keys = rest
    return PriceRow(
        id=id,
        sku=Sku(sku),
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
        tier_mode=_TIER_MODES[tier_mode],
        derived_from=derived_from,
        rate=rate,
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
_TIER_MODES = {mode.value: mode for mode in TierMode}
_WORDS = {word: word.value for words in (TaxMode, PriceKind, TierMode) for word in words}


def _span(weekdays: list[int], since: str, until: str) -> Span:
    return Span(tuple(weekdays), time.fromisoformat(since), time.fromisoformat(until))


def row_values(row: PriceRow) -> dict[str, object]:
    """The columns of a row by name, as SAVE takes them."""
    values = {
        "id": row.id,
        "sku": row.sku,
        "currency": row.currency,
        "amount_micros": row.micros,
        "tax_mode": _WORDS[row.tax_mode],
        "price_list": row.price_list,
        "kind": _WORDS[row.kind],
        "valid_from_us": row.valid_from_us,
        "valid_until_us": row.valid_until_us,
        "schedule": _schedule(row.schedule) if row.schedule else None,
        "tiers": json.dumps([(tier.min_quantity, tier.micros) for tier in row.tiers]) if row.tiers else None,
        "tier_mode": _WORDS[row.tier_mode],
        "derived_from": row.derived_from,
        "rate": row.rate,
        "source": row.source,
        "version": row.version,
        **_NO_KEYS,
    }
    values.update(row.keys)
    return values


def _schedule(spans: Iterable[Span]) -> str:
    return json.dumps([(span.weekdays, span.since.isoformat(), span.until.isoformat()) for span in spans])


def by_sku(rows: Iterable[PriceRow]) -> dict[Sku, list[PriceRow]]:
    """Those of each sku, in order."""
    grouped: dict[Sku, list[PriceRow]] = defaultdict(list)
    for row in rows:
        grouped[row.sku].append(row)
    return grouped


class RowWriting(Writing):
    """Writes price rows."""

    async def rows(self, skus: Sequence[Sku], ids: Sequence[str]) -> dict[str, PriceRow]:
        """All rows of these skus, and those of these ids, by id."""
        sql = f"{SELECT} WHERE sku IN :skus OR id IN :ids"
        return {row.id: row for row in map(row_of, await self.tx.read(sql, skus=list(skus), ids=list(ids)))}

    async def save_rows(self, rows: Sequence[PriceRow]) -> list[dict[str, object]]:
        """Writes rows by their ids; what was written, for `audit_bulk`."""
        values = [row_values(row) for row in rows]
        if values:
            await self.tx.run_many(SAVE, values)
        return values

    async def drop_rows(self, ids: Sequence[str]) -> None:
        """Takes away derived rows; what anybody handed in is ended, never dropped."""
        if ids:
            sql = "DELETE FROM pricing_price_row WHERE derived_from IS NOT NULL AND id IN :ids"
            await self.tx.run(sql, ids=list(ids))

    def audit_rows(
        self, action: str, rows: Iterable[PriceRow], before: Mapping[str, PriceRow], by: str, reason: str
    ) -> None:
        """One entry for each row written; `before` holds what was there."""
        self.tx.audit(
            [
                AuditEntry(by, f"pricing.{action}", f"price:{row.id}", _said(before.get(row.id)), _said(row), reason)
                for row in rows
            ]
        )

    def audit_dropped(self, rows: Iterable[PriceRow], by: str, reason: str) -> None:
        """One entry for each row taken away."""
        self.tx.audit(
            [AuditEntry(by, "pricing.drop_price", f"price:{row.id}", _said(row), None, reason) for row in rows]
        )

    def audit_bulk(self, action: str, written: Sequence[Mapping[str, object]], by: str, reason: str) -> None:
        """One entry for many rows: how many, whence, and a digest that proves later which they were."""
        hashed = blake2b(digest_size=16)
        for values in written:
            hashed.update(repr(tuple(values.values())).encode("utf-8", "surrogatepass"))
        digest = hashed.hexdigest()
        sources = sorted({str(values["source"]) for values in written if values["source"]})[:10]
        after = {"rows": len(written), "sources": sources, "digest": digest}
        self.tx.audit([AuditEntry(by, f"pricing.{action}", f"prices:{digest}", None, after, reason)])


def _said(row: PriceRow | None) -> dict[str, object] | None:
    """The columns that say something."""
    return None if row is None else {name: value for name, value in row_values(row).items() if value is not None}
