"""Derived price lists: what the rows of one list are in another currency, and how their amounts end (P-7)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from modules.kernel.money import MICROS, divide, exponent
from modules.kernel.names import PriceListId
from modules.pricing.model.lists import Derivation, Ending, ExchangeRates, PriceList, Rate, Toward
from modules.pricing.model.prices import PriceKind, PriceRow, Tier

MOST_MICROS: Final = 1_000_000_000 * MICROS
"""The highest unit price; what would be above it is not derived."""


@dataclass(frozen=True, slots=True)
class Lists:
    """All price lists that somebody described, and all exchange rates, by their ids."""

    lists: Mapping[PriceListId, PriceList] = field(default_factory=dict)
    rates: Mapping[str, ExchangeRates] = field(default_factory=dict)

    @property
    def derived(self) -> dict[PriceListId, Derivation]:
        """The derivations, by the list that they fill."""
        return {name: one.derivation for name, one in self.lists.items() if one.derivation is not None}

    def rows(self, rows: Iterable[PriceRow]) -> list[PriceRow]:
        """What is derived from these rows, for all lists that are derived from theirs; versions are 0.

        A derived row has the keys, window, hours and tax mode of its source row and an id that follows from both.
        """
        by_source: dict[PriceListId, list[tuple[PriceListId, Derivation]]] = {}
        for name, derivation in self.derived.items():
            by_source.setdefault(derivation.source, []).append((name, derivation))
        if not by_source:
            return []
        found = (
            self._row(row, name, derivation) for row in rows for name, derivation in by_source.get(row.price_list, ())
        )
        return [row for row in found if row is not None]

    def _row(self, row: PriceRow, name: PriceListId, derivation: Derivation) -> PriceRow | None:
        table = self.rates.get(derivation.rates)
        rate = table.rate(derivation.currency_from, derivation.currency_to) if table else None
        if table is None or rate is None or row.currency != derivation.currency_from:
            return None
        ending = None if row.kind is PriceKind.FLOOR else derivation.ending
        micros, *tiers = (converted(amount, rate, ending) for amount in (row.micros, *(t.micros for t in row.tiers)))
        if max(micros, *tiers, 0) > MOST_MICROS:
            return None
        return replace(
            row,
            id=_id(name, row.id),
            price_list=name,
            currency=derivation.currency_to,
            micros=micros,
            tiers=tuple(Tier(tier.min_quantity, amount) for tier, amount in zip(row.tiers, tiers, strict=True)),
            derived_from=row.id,
            rate=table.reference,
            version=0,
        )


def converted(micros: int, rate: Rate, ending: Ending | None = None) -> int:
    """A unit price in the other currency, in millionths, rounded half up.

    An amount with no more decimals than its currency has no more than the other one afterwards, and takes the ending.
    A finer one (0.0899 for a screw) keeps up to 6 decimals and takes none. Zero stays zero, and what is not zero
    neither becomes zero nor negative.
    """
    scaled, whole = micros * rate.micros, MICROS * rate.per
    if not micros:
        return 0
    if micros % _minor(rate.currency_from):
        return max(divide(scaled, whole), 1)
    if ending is not None:
        return _ended(scaled, whole, ending)
    unit = _minor(rate.currency_to)
    return max(divide(scaled, whole * unit), 1) * unit


def _ended(scaled: int, whole: int, ending: Ending) -> int:
    """The exact amount is scaled / whole: it is ended as it is, not after a first rounding."""
    above, grain = scaled - ending.offset * whole, ending.grain * whole
    match ending.toward:
        case Toward.DOWN:
            steps = above // grain
        case Toward.UP:
            steps = -(-above // grain)
        case Toward.NEAREST:
            steps = (2 * above + grain) // (2 * grain)
    least = 0 if ending.offset else 1
    return max(steps, least) * ending.grain + ending.offset


def _minor(currency: str) -> int:
    return int(MICROS // 10 ** exponent(currency))


def _id(name: PriceListId, source: str) -> str:
    return hashlib.sha256(f"{name}\x1f{source}".encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Mirrored:
    """What is to be written so that derived rows mirror their sources: rows with new versions, and rows to drop."""

    changed: Sequence[PriceRow]
    gone: Sequence[PriceRow]


def mirror(rows: Mapping[str, PriceRow], lists: Lists) -> Mirrored:
    """`rows` are all rows of some skus, by id, the derived ones as they stand.

    A derived row whose amounts are the same with new rates is left as it is and keeps naming those it was made with.
    """
    wanted = {row.id: row for row in lists.rows(row for row in rows.values() if row.derived_from is None)}
    held = {row.id: row for row in rows.values() if row.derived_from is not None}
    changed = [
        replace(row, version=held[row.id].version + 1 if row.id in held else 1)
        for row in wanted.values()
        if row.id not in held or not _same(row, held[row.id])
    ]
    return Mirrored(changed, [row for row in held.values() if row.id not in wanted])


def _same(wanted: PriceRow, held: PriceRow) -> bool:
    return replace(wanted, rate=held.rate, version=held.version) == held
