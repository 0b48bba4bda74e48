"""From what is handed in to rows: every value checked, every refusal with its place in the input."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import time
from functools import lru_cache, partial
from hashlib import blake2b
from operator import attrgetter
from typing import Any, Final, TypeVar

from modules.kernel.errors import InvalidInput, Refused
from modules.kernel.intake import (
    CURRENCIES,
    NAMES,
    SKUS,
    check,
    check_text,
    one_of,
    parsed,
    refusal,
    window,
)
from modules.kernel.money import MICROS, format_micros, is_currency, parse_micros
from modules.kernel.names import PriceListId, Sku, is_name, is_sku
from modules.kernel.outcome import Path
from modules.kernel.place import Channel, Market, Store
from modules.kernel.quantity import parse_quantity
from modules.pricing.engine.derive import MOST_MICROS
from modules.pricing.model.lists import ExchangeRates, PriceList
from modules.pricing.model.prices import (
    SPECIFICITY,
    Keys,
    PriceKind,
    PriceRow,
    PriceRowInput,
    Span,
    SpanInput,
    Tier,
    TierInput,
)

SMALLEST_TIER: Final = 2 * MICROS
MOST_PARTS: Final = 100
"""Tiers or spans one row may have."""
LONGEST_SOURCE: Final = 100
_WALL_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?")
_AMOUNTS: Final = "0 to 1000000000 with at most 6 decimals"
_TIERS: Final = "2 or more, each only once"
_KEY_VALUES: Final = attrgetter(*SPECIFICITY)
_NO_KEYS: Final = (None,) * len(SPECIFICITY)
_TIMES: Final = '"HH:MM" from 00:00 to 23:59'

Item = TypeVar("Item", PriceRow, PriceList, ExchangeRates)


def price_row(given: PriceRowInput, path: Path) -> PriceRow:
    """The row that was meant, in version 1; raises InvalidInput for the first value that is not allowed."""
    if not is_sku(given.sku):
        raise refusal(given.sku, (*path, "sku"), SKUS)
    _check_names(given, path)
    since, until = window(given.valid_from, given.valid_until, path)
    keys = _keys(given, path)
    schedule = _schedule(given.schedule, (*path, "schedule")) if given.schedule else ()
    tiers = _tiers(given.tiers, (*path, "tiers")) if given.tiers else ()
    if tiers and given.kind is PriceKind.FLOOR:
        raise refusal("Tiers", (*path, "tiers"), "none: a floor holds for any quantity")
    return PriceRow(
        id=given.id or _digest(given, keys, since, schedule),
        sku=Sku(given.sku),
        currency=given.currency,
        micros=_amount(given.amount, (*path, "amount")),
        tax_mode=given.tax_mode,
        price_list=PriceListId(given.price_list),
        kind=given.kind,
        keys=keys,
        valid_from_us=since,
        valid_until_us=until,
        schedule=schedule,
        tiers=tiers,
        tier_mode=given.tier_mode,
        source=given.source,
        version=1,
    )


def _check_names(given: PriceRowInput, path: Path) -> None:
    if not is_name(given.price_list):
        raise refusal(given.price_list, (*path, "priceList"), NAMES)
    if not is_currency(given.currency):
        raise refusal(given.currency, (*path, "currency"), CURRENCIES)
    if given.source:
        check_text(given.source, LONGEST_SOURCE, (*path, "source"))
    if given.id is not None and not is_name(given.id):
        raise refusal(given.id, (*path, "id"), NAMES)


@dataclass(frozen=True, slots=True)
class Shop:
    """What the shop's channels name, the price lists that were described, and the segments there are: a price for
    anything else would never hold, and is a slip of the pen."""

    price_lists: frozenset[str]
    channels: Mapping[str, Market]
    """The market of each channel."""
    stores: Mapping[str, frozenset[str]]
    """The channels of each store."""
    segments: frozenset[str] | None = None
    """None: nobody here knows, so any may be named."""
    paid: dict[tuple[str | None, ...], frozenset[str]] = field(default_factory=dict)
    """The currencies of a market, channel and store, once they were asked for: rows have the same few again and
    again."""

    @classmethod
    def of(
        cls,
        places: Sequence[tuple[Channel, Sequence[Store]]],
        described: Iterable[str] = (),
        segments: Iterable[str] | None = None,
    ) -> Shop:
        """All channels, each with its stores, the price lists described, and the segments."""
        stores: dict[str, frozenset[str]] = defaultdict(frozenset)
        for channel, there in places:
            for store in there:
                stores[store.id] |= {channel.id}
        channels = [channel for channel, _ in places]
        return cls(
            frozenset(name for channel in channels for name in channel.price_lists).union(described),
            {channel.id: channel.market for channel in channels},
            dict(stores),
            None if segments is None else frozenset(segments),
        )

    def row(self, given: PriceRowInput, path: Path) -> PriceRow:
        """`price_row`, and InvalidInput as well for a place, a currency or a segment that the shop does not have, or
        has not together."""
        row = price_row(given, path)
        _check(given.price_list, self.price_lists, "priceList", path)
        place = given.market, given.channel, given.store
        if place not in self.paid:
            self.paid[place] = self._currencies(given, path)
        _check(given.currency, self.paid[place], "currency", path)
        if self.segments is not None:
            _check(given.segment, self.segments, "segment", path)
        return row

    def _currencies(self, given: PriceRowInput, path: Path) -> frozenset[str]:
        """What is paid in where the row holds; raises InvalidInput where that is nowhere."""
        channels: Collection[str] = self.channels
        _check(given.market, {market.id for market in self.channels.values()}, "market", path)
        if given.market is not None:
            channels = [name for name in channels if self.channels[name].id == given.market]
        _check(given.channel, channels, "channel", path)
        if given.channel is not None:
            channels = [given.channel]
        _check(
            given.store, [name for name, those in self.stores.items() if not those.isdisjoint(channels)], "store", path
        )
        if given.store is not None:
            channels = self.stores[given.store].intersection(channels)
        return frozenset(currency for name in channels for currency in self.channels[name].currencies)


def _check(value: str | None, known: Collection[str], field: str, path: Path) -> None:
    if value is not None and value not in known:
        raise refusal(value, (*path, field), one_of(known))


def doubles(given: Sequence[tuple[Path, PriceRow]], held: Mapping[str, PriceRow]) -> list[Refused]:
    """A refusal of each row beside which another one says all the same but the amount: between these only the amount
    or the id would decide (P-4). `held` are the rows as they stand; of several new ones the first is taken."""
    after = {**held, **{row.id: row for _, row in given}}
    known = {_scope(after[id]): id for id in held}
    refused: list[Refused] = []
    for path, row in given:
        other = known.setdefault(_scope(row), row.id)
        if other != row.id:
            allowed = f"{other!r}, to replace it, or other keys or times"
            refused.append(
                InvalidInput(f"The row {other!r} holds for the same at the same times.", (*path, "id"), allowed)
            )
    return refused


def _scope(row: PriceRow) -> tuple[object, ...]:
    window = row.valid_from_us, row.valid_until_us
    return row.sku, row.price_list, row.currency, row.kind, row.keys, window, row.schedule


def dearer_sales(given: Sequence[tuple[Path, PriceRow]], after: Mapping[str, PriceRow]) -> list[Refused]:
    """A refusal of each reduction that is dearer than every list price it reduces; `after` are all rows by id.

    Those are the base rows of its sku, price list, currency and tax mode that whoever gets the reduction has too (no
    other keys) at some time of its window. Without any it is not judged, as they may come later.
    """
    bases: dict[Sku, list[PriceRow]] = defaultdict(list)
    if any(row.kind is PriceKind.SALE for _, row in given):
        for row in after.values():
            if row.kind is PriceKind.BASE:
                bases[row.sku].append(row)
    refused: list[Refused] = []
    for path, row in given:
        if row.kind is PriceKind.SALE:
            listed = [base.micros for base in bases[row.sku] if _may_reduce(row, base)]
            if listed and row.micros > max(listed):
                most = format_micros(max(listed))
                refused.append(refusal(format_micros(row.micros), (*path, "amount"), f"at most {most}, the list price"))
    return refused


def _may_reduce(sale: PriceRow, base: PriceRow) -> bool:
    if (sale.price_list, sale.currency, sale.tax_mode) != (base.price_list, base.currency, base.tax_mode):
        return False
    if not set(base.keys) <= set(sale.keys):
        return False
    return _begins_before_end(sale, base) and _begins_before_end(base, sale)


def _begins_before_end(a: PriceRow, b: PriceRow) -> bool:
    return a.valid_from_us is None or b.valid_until_us is None or a.valid_from_us < b.valid_until_us


def _amount(text: str, path: Path) -> int:
    micros = parsed(lambda: parse_micros(text), path, _AMOUNTS)
    check(0 <= micros <= MOST_MICROS, text, path, _AMOUNTS)
    return micros


def _keys(given: PriceRowInput, path: Path) -> Keys:
    values = _KEY_VALUES(given)
    if values == _NO_KEYS:
        return ()
    keys = _sound_keys(values)
    if keys is None:
        name, value = next((n, v) for n, v in zip(SPECIFICITY, values, strict=True) if v is not None and not is_name(v))
        raise refusal(value, (*path, _camel(name)), NAMES)
    return keys


@lru_cache(4_096)
def _sound_keys(values: tuple[str | None, ...]) -> Keys | None:
    """None when one is no name. The rows of a file have the same few again and again."""
    keys = tuple((name, value) for name, value in zip(SPECIFICITY, values, strict=True) if value is not None)
    return keys if all(is_name(value) for _, value in keys) else None


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


def _digest(given: PriceRowInput, keys: Keys, since: int | None, schedule: Sequence[Span]) -> str:
    """A stable id of what a row is known by."""
    spans = [(span.weekdays, span.since.isoformat(), span.until.isoformat()) for span in schedule]
    known = (given.sku, given.price_list, given.currency, given.kind.value, keys, since, spans)
    return blake2b(repr(known).encode(), digest_size=16).hexdigest()


def changed(items: Iterable[Item], held: Mapping[Any, Item]) -> list[Item]:
    """The items that are not held already, each with the version after that of the one it replaces; 1 for a new one."""
    found: list[Item] = []
    for item in items:
        before = held.get(item.id)
        version = 1 if before is None else before.version
        same = item if item.version == version else replace(item, version=version)
        if before is None:
            found.append(same)
        elif same != before:
            found.append(replace(item, version=version + 1))
    return found
