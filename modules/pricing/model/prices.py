"""Price rows, the forms in which they are handed in, and the answers they give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from typing import Final

from modules.kernel.money import MICROS, UnitPrice
from modules.kernel.names import PriceListId, Sku
from modules.kernel.policies import TaxMode
from modules.kernel.quantity import Quantity
from modules.pricing.model.points import Verdict


class PriceKind(StrEnum):
    """A list price, a reduction of it, a price that replaces both (P-5), or what no promotion may go below (O-10)."""

    BASE = "base"
    SALE = "sale"
    OVERRIDE = "override"
    FLOOR = "floor"


class TierMode(StrEnum):
    """Whether the tier that is reached prices all units, or each band of units has its own price (P-2)."""

    ALL_UNITS = "all_units"
    GRADUATED = "graduated"


SPECIFICITY: Final = {
    "contract": 128,
    "customer": 64,
    "customer_group": 32,
    "segment": 16,
    "store": 8,
    "channel": 4,
    "market": 2,
}
"""The keys a row may carry and what each counts (P-4). A contract binds one customer and so counts above all."""

PERSONAL: Final = frozenset({"contract", "customer", "customer_group", "segment"})
"""Keys that make a price personal: such rows are no public price (L-2) and no hint may show them."""

Keys = tuple[tuple[str, str], ...]
"""The keys that are present, as (name, value) in the order of SPECIFICITY; an absent key means "any" (P-1)."""


@dataclass(frozen=True, slots=True)
class Span:
    """Hours on some weekdays (1 Monday to 7 Sunday) by the market's clock.

    `until` at or before `since` runs over midnight and belongs to the weekday on which it begins (P-1).
    """

    weekdays: tuple[int, ...]
    since: time
    until: time


@dataclass(frozen=True, slots=True)
class Tier:
    """From so many units on a unit costs this much: every unit, or with graduated tiers those of this band (P-2)."""

    min_quantity: Quantity
    micros: int

    @property
    def begins(self) -> int:
        """How much lies before its band: the `min_quantity`-th unit is the first that costs this much."""
        return -(-self.min_quantity // MICROS) * MICROS - MICROS


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRow:
    """One price of one sku, and where and when it holds. Tiers stand by rising quantity."""

    id: str
    sku: Sku
    currency: str
    micros: int
    tax_mode: TaxMode
    price_list: PriceListId
    kind: PriceKind = PriceKind.BASE
    keys: Keys = ()
    valid_from_us: int | None = None
    valid_until_us: int | None = None
    schedule: tuple[Span, ...] = ()
    tiers: tuple[Tier, ...] = ()
    tier_mode: TierMode = TierMode.ALL_UNITS
    source: str = ""
    derived_from: str | None = None
    """The id of the row it was derived from; None: somebody handed it in (P-7)."""
    rate: str | None = None
    """The exchange rates it was derived with, as "id:version"."""
    version: int = 0

    @property
    def specificity(self) -> int:
        """The sum of its keys' weights (P-4)."""
        return sum(SPECIFICITY[name] for name, _ in self.keys)

    @property
    def is_personal(self) -> bool:
        """Whether it is meant for some customers only."""
        return bool(self.keys) and any(name in PERSONAL for name, _ in self.keys)

    @property
    def is_timeless(self) -> bool:
        """Whether it holds at any moment."""
        return self.valid_from_us is None and self.valid_until_us is None and not self.schedule

    def micros_at(self, quantity: int) -> int:
        """The unit price for so much: that of the tier with the largest `min_quantity` within it (P-2).

        With graduated tiers it is what the last of these units costs.
        """
        micros = self.micros
        for tier in self.tiers:
            if tier.min_quantity > quantity:
                break
            micros = tier.micros
        return micros

    def cost(self, quantity: int, before: int = 0, counted: int | None = None) -> int:
        """What so much costs, in millionths times millionths: exact, rounded by whoever makes money of it (G-3).

        All-units tiers are looked up by `counted`, the quantity itself when it is None. Graduated tiers price each
        band: `before` is how much stands in the bands already, from other lines of the row (P-2).
        """
        if self.tier_mode is TierMode.ALL_UNITS or not self.tiers:
            return self.micros_at(quantity if counted is None else counted) * quantity
        end, total, since, micros = before + quantity, 0, 0, self.micros
        for tier in self.tiers:
            total += micros * max(0, min(end, tier.begins) - max(before, since))
            since, micros = tier.begins, tier.micros
        return total + micros * max(0, end - max(before, since))


@dataclass(frozen=True, slots=True)
class TierAnswer:
    """A tier as a viewer sees it."""

    min_quantity: Quantity
    net: UnitPrice
    gross: UnitPrice


@dataclass(frozen=True, slots=True)
class PriceAnswer:
    """What one unit of a sku costs a viewer.

    `original` is the gross list price, only when this is a reduced one that may be announced (3.3, step 8); a personal
    price has none. `rule` is the row's id and version. `valid_until` is the next moment at which a window, hours, a tax
    rate or an article promotion may change it; None: none is known.
    """

    sku: Sku
    net: UnitPrice
    gross: UnitPrice
    original: UnitPrice | None
    tiers: tuple[TierAnswer, ...]
    valid_until: datetime | None
    rule: tuple[str, int]
    prior_price: UnitPrice | None = None
    """The lowest gross price before the reduction began; only with a public one (3.3)."""
    allowed_percent: int | None = None
    """The largest whole percentage that may be announced against it."""
    verdict: Verdict = Verdict.NO_REDUCTION


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanInput:
    """A span as handed in: weekdays 1 (Monday) to 7 (Sunday), wall times "HH:MM"."""

    weekdays: Sequence[int]
    since: str
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TierInput:
    """A tier as handed in: decimal strings."""

    min_quantity: str
    amount: str


@dataclass(frozen=True, kw_only=True)  # without slots: an import pickles each, which those make many times slower
class PriceRowInput:
    """A price row as handed in, unchecked: amounts and quantities are decimal strings, names plain text.

    Without an `id` the row is known by its sku, price list, currency, kind, keys, `valid_from` and schedule: handing
    in the same again replaces amount, tax mode, end, tiers and their mode. `source` names where it came from.
    """

    sku: str
    price_list: str
    currency: str
    amount: str
    tax_mode: TaxMode
    kind: PriceKind = PriceKind.BASE
    market: str | None = None
    channel: str | None = None
    store: str | None = None
    segment: str | None = None
    customer_group: str | None = None
    customer: str | None = None
    contract: str | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    schedule: Sequence[SpanInput] = ()
    tiers: Sequence[TierInput] = ()
    tier_mode: TierMode = TierMode.ALL_UNITS
    source: str = ""
    id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndPricesInput:
    """Rows to end, by id; `at` None: now."""

    ids: Sequence[str]
    at: datetime | None = None
