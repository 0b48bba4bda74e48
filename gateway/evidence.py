"""The evidence of a promotion in a file: what it made of prices, and what was said of them."""

from __future__ import annotations

import argparse
import csv
import json
import os
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from gateway.process import open_trade
from gateway.settings import Settings, SettingsError
from modules.kernel.moments import format_moment, from_us
from modules.kernel.money import UnitPrice
from modules.kernel.names import Locale, PromotionId
from modules.kernel.place import NOWHERE
from modules.kernel.viewer import OPERATOR, Viewer
from modules.pricing.model.points import Publication
from modules.pricing.service.corrections import CorrectionService

FORMATS = ("csv", "json")
_AT_ONCE = 1_000

Row = Mapping[str, str | int | bool | None]


async def export(settings: Settings, options: argparse.Namespace) -> int:
    """Writes all evidence of a promotion to a new file that only its owner can read. Amounts are decimal strings with
    tax, moments ISO 8601 in UTC."""
    out: Path = options.out
    _require_new(out)
    async with open_trade(settings) as (_, trade):
        rows = _rows(trade.pricing.corrections, PromotionId(options.promotion))
        with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            count = await (_write_csv if options.format == "csv" else _write_json)(file, rows)
    print(f"{count} prices of {options.promotion} in {out}")
    return 0


def _require_new(out: Path) -> None:
    if out.exists():
        raise SettingsError("--out", str(out), "a file that does not exist yet")


async def _rows(corrections: CorrectionService, promotion: PromotionId) -> AsyncIterator[Row]:
    viewer = Viewer(OPERATOR, NOWHERE, None, Locale("en"), datetime.now(UTC), NOWHERE.market.currency)
    after: tuple[str | int, ...] | None = None
    while page := await corrections.evidence(viewer, promotion, _AT_ONCE, after):
        for proof in page:
            yield _row(proof)
        after = page[-1].position


def _row(proof: Publication) -> Row:
    point, prior = proof.point, proof.point.prior
    currency = point.currency
    return {
        "promotion": proof.promotion,
        "version": proof.version,
        "sku": point.sku,
        "market": point.market,
        "channel": point.channel,
        "store": point.store,
        "currency": currency,
        "from": _moment(point.from_us),
        "price": _price(point.micros, currency),
        "list_price": _price(point.list_micros, currency),
        "verdict": prior.verdict.value,
        "prior_price": _price(prior.micros, currency),
        "allowed_percent": prior.allowed_percent,
        "reduced_from": _moment(prior.reduced_from_us),
        "window_from": _moment(prior.window_from_us),
        "lowest_from": _moment(prior.low_from_us),
        "lowest_until": _moment(prior.low_to_us),
        "outside_window": prior.outside_window,
        "exempt": prior.exempt,
        "rule": prior.rule,
        "recorded_at": _moment(point.recorded_at_us),
    }


async def _write_csv(file: TextIO, rows: AsyncIterator[Row]) -> int:
    writer, count = csv.writer(file), 0
    async for row in rows:
        if not count:
            writer.writerow(row)
        writer.writerow("" if value is None else value for value in row.values())
        count += 1
    return count


async def _write_json(file: TextIO, rows: AsyncIterator[Row]) -> int:
    """One array; an entry a line, so that the file need not fit into anybody's memory."""
    count = 0
    file.write("[")
    async for row in rows:
        file.write(",\n" if count else "\n")
        file.write(json.dumps(row, ensure_ascii=False))
        count += 1
    file.write("\n]\n")
    return count


def _moment(us: int | None) -> str | None:
    return None if us is None else format_moment(from_us(us))


def _price(micros: int | None, currency: str) -> str | None:
    return None if micros is None else UnitPrice(micros, currency).amount
