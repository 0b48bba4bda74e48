"""From what is handed in to rows and rules: every value checked, every refusal with its place in the input."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import time
from functools import partial
from typing import Final, TypeVar

from modules.kernel.intake import (
    COUNTRIES,
    CURRENCIES,
    NAMES,
    SKUS,
    check,
    check_text,
    is_country,
    one_of,
    parsed,
    window,
)
from modules.kernel.money import MICROS, is_currency, parse_micros
from modules.kernel.names import PriceListId, Sku, TaxClass, is_name, is_sku
from modules.kernel.outcome import Path
from modules.kernel.place import Channel, Store
from modules.kernel.quantity import parse_quantity
from modules.pricing.model.prices import SPECIFICITY, Keys, PriceRow, PriceRowInput, Span, SpanInput, Tier, TierInput
from modules.pricing.model.taxes import TaxRule, TaxRuleInput

MOST_MICROS: Final = 1_000_000_000 * MICROS
"""The highest unit price."""
SMALLEST_TIER: Final = 2 * MICROS
MOST_PARTS: Final = 100
"""Tiers or spans one row may have."""
LONGEST_SOURCE: Final = 100
_WALL_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?")
_AMOUNTS: Final = "0 to 1000000000 with at most 6 decimals"
_RATES: Final = '0 to 1 with at most 6 decimals: "0.19"'
_TIERS: Final = "2 or more, each only once"
_TIMES: Final = '"HH:MM" from 00:00 to 23:59'

Item = TypeVar("Item", PriceRow, TaxRule)


def price_row(given: PriceRowInput, path: Path) -> PriceRow:
    """The row that was meant; raises InvalidInput for the first value that is not allowed."""
    check(is_sku(given.sku), given.sku, (*path, "sku"), SKUS)
    check(is_name(given.price_list), given.price_list, (*path, "priceList"), NAMES)
    check(is_currency(given.currency), given.currency, (*path, "currency"), CURRENCIES)
    if given.source:
        check_text(given.source, LONGEST_SOURCE, (*path, "source"))
    since, until = window(given.valid_from, given.valid_until, path)
    row = PriceRow(
        id="",
        sku=Sku(given.sku),
        currency=given.currency,
        micros=_amount(given.amount, (*path, "amount")),
        tax_mode=given.tax_mode,
        price_list=PriceListId(given.price_list),
        kind=given.kind,
        keys=_keys(given, path),
        valid_from_us=since,
        valid_until_us=until,
        schedule=_schedule(given.schedule, (*path, "schedule")),
        tiers=_tiers(given.tiers, (*path, "tiers")),
        source=given.source,
    )
    return _with_id(row, given.id, path)


@dataclass(frozen=True, slots=True)
class Shop:
    """What the shop's channels name: a price for anything else would never hold, and is a slip of the pen."""

    price_lists: frozenset[str]
    currencies: frozenset[str]
    markets: frozenset[str]
    channels: frozenset[str]
    stores: frozenset[str]

    @classmethod
    def of(cls, channels: Sequence[Channel], stores: Iterable[Store]) -> Shop:
        """All that these channels have, and their stores."""
        return cls(
            frozenset(name for channel in channels for name in channel.price_lists),
            frozenset(currency for channel in channels for currency in channel.market.currencies),
            frozenset(channel.market.id for channel in channels),
            frozenset(channel.id for channel in channels),
            frozenset(store.id for store in stores),
        )

    def row(self, given: PriceRowInput, path: Path) -> PriceRow:
        """`price_row`, and InvalidInput as well for a place that the shop does not have."""
        row = price_row(given, path)
        keys = dict(row.keys)
        for value, field, known in (
            (given.price_list, "priceList", self.price_lists),
            (given.currency, "currency", self.currencies),
            (keys.get("market"), "market", self.markets),
            (keys.get("channel"), "channel", self.channels),
            (keys.get("store"), "store", self.stores),
        ):
            if value is not None:
                check(value in known, value, (*path, field), one_of(known))
        return row


def tax_rule(given: TaxRuleInput, path: Path) -> TaxRule:
    """The rule that was meant; raises InvalidInput for the first value that is not allowed."""
    check(is_country(given.country), given.country, (*path, "country"), COUNTRIES)
    check(is_name(given.tax_class), given.tax_class, (*path, "taxClass"), NAMES)
    since, until = window(given.valid_from, given.valid_until, path)
    rate = parsed(lambda: parse_micros(given.rate), (*path, "rate"), _RATES)
    check(0 <= rate <= MICROS, given.rate, (*path, "rate"), _RATES)
    if given.id is not None:
        check(is_name(given.id), given.id, (*path, "id"), NAMES)
    return TaxRule(
        id=given.id or _digest(given.country, given.tax_class, since),
        country=given.country,
        tax_class=TaxClass(given.tax_class),
        rate_micros=rate,
        kind=given.kind,
        valid_from_us=since,
        valid_until_us=until,
    )


def _amount(text: str, path: Path) -> int:
    micros = parsed(lambda: parse_micros(text), path, _AMOUNTS)
    check(0 <= micros <= MOST_MICROS, text, path, _AMOUNTS)
    return micros


def _keys(given: PriceRowInput, path: Path) -> Keys:
    found = ((name, getattr(given, name)) for name in SPECIFICITY)
    keys = tuple((name, value) for name, value in found if value is not None)
    for name, value in keys:
        check(is_name(value), value, (*path, _camel(name)), NAMES)
    return keys


def _camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(word.title() for word in tail)


def _schedule(given: Sequence[SpanInput], path: Path) -> tuple[Span, ...]:
    check(len(given) <= MOST_PARTS, len(given), path, f"at most {MOST_PARTS}")
    spans = [_span(item, (*path, index)) for index, item in enumerate(given)]
    return tuple(sorted(spans, key=lambda span: (span.weekdays, span.since, span.until)))


def _span(given: SpanInput, path: Path) -> Span:
    days = tuple(sorted(set(given.weekdays)))
    allowed = bool(days) and all(1 <= day <= 7 for day in days)
    check(allowed, list(given.weekdays), (*path, "weekdays"), "1 (Monday) to 7 (Sunday), one at least")
    return Span(days, _wall_time(given.since, (*path, "since")), _wall_time(given.until, (*path, "until")))


def _wall_time(text: str, path: Path) -> time:
    check(_WALL_TIME.fullmatch(text) is not None, text, path, _TIMES)
    return time.fromisoformat(text)


def _tiers(given: Sequence[TierInput], path: Path) -> tuple[Tier, ...]:
    check(len(given) <= MOST_PARTS, len(given), path, f"at most {MOST_PARTS}")
    tiers: dict[int, Tier] = {}
    for index, item in enumerate(given):
        place = (*path, index, "minQuantity")
        quantity = parsed(partial(parse_quantity, item.min_quantity), place, _TIERS)
        check(quantity >= SMALLEST_TIER and quantity not in tiers, item.min_quantity, place, _TIERS)
        tiers[quantity] = Tier(quantity, _amount(item.amount, (*path, index, "amount")))
    return tuple(tiers[quantity] for quantity in sorted(tiers))


def _with_id(row: PriceRow, id: str | None, path: Path) -> PriceRow:
    if id is not None:
        check(is_name(id), id, (*path, "id"), NAMES)
    spans = [(span.weekdays, span.since.isoformat(), span.until.isoformat()) for span in row.schedule]
    return replace(
        row,
        id=id or _digest(row.sku, row.price_list, row.currency, row.kind, row.keys, row.valid_from_us, spans),
    )


def _digest(*parts: object) -> str:
    """A stable id of what a row is known by."""
    return hashlib.sha256(json.dumps(parts, separators=(",", ":")).encode()).hexdigest()[:32]


def changed(items: Iterable[Item], held: Mapping[str, Item]) -> list[Item]:
    """The items that are not held already, each with the version after that of the one it replaces; 1 for a new one."""
    found: list[Item] = []
    for item in items:
        before = held.get(item.id)
        if before is None:
            found.append(replace(item, version=1))
        elif replace(item, version=before.version) != before:
            found.append(replace(item, version=before.version + 1))
    return found
