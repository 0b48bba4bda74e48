"""Words between cart and pricing: the basket that is asked about, and the quote that answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from modules.kernel.money import Money, UnitPrice
from modules.kernel.names import ConfigurationId, LineId, Sku
from modules.kernel.quantity import Quantity


@dataclass(frozen=True, slots=True)
class BasketLine:
    """A wish: so much of this."""

    id: LineId
    sku: Sku
    quantity: Quantity
    configuration: ConfigurationId | None = None


@dataclass(frozen=True, slots=True)
class Basket:
    """What is to be priced. `version` is the cart's, or 0 for a basket that is no cart."""

    lines: tuple[BasketLine, ...]
    codes: tuple[str, ...] = ()
    id: str = ""
    version: int = 0


@dataclass(frozen=True, slots=True)
class TaxedMoney:
    """net + tax = gross, exactly (T-8)."""

    net: Money
    tax: Money
    gross: Money

    @classmethod
    def zero(cls, currency: str) -> TaxedMoney:
        """Nothing, in this currency."""
        nothing = Money.zero(currency)
        return cls(nothing, nothing, nothing)

    def __add__(self, other: TaxedMoney) -> TaxedMoney:
        return TaxedMoney(self.net + other.net, self.tax + other.tax, self.gross + other.gross)


@dataclass(frozen=True, slots=True)
class PriceStep:
    """One step from list price to amount due: what it changed, and the line's amount after it."""

    kind: str
    label: str
    amount: Money
    result: Money
    rule: tuple[str, int] | None = None
    """Id and version of the price row, promotion or tax rule behind it."""


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """A line with its price and how it came about."""

    line: LineId | None
    sku: Sku
    quantity: Quantity
    unit: UnitPrice
    total: TaxedMoney
    tax_rate: str
    """A decimal string: "0.19"."""
    steps: tuple[PriceStep, ...]
    is_gift: bool = False


@dataclass(frozen=True, slots=True)
class TaxSummary:
    """All that is taxed at one rate."""

    rate: str
    tax_class: str
    base: Money
    tax: Money


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a person should know that hinders nothing yet."""

    code: str
    message: str
    line: LineId | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Quote:
    """The answer to a basket: deterministic for basket, moment and rule versions. Lines stand in the basket's order.

    A line without a price is missing here and has a notice `PRICE_NOT_FOUND` instead (P-6).
    """

    id: str
    at: datetime
    valid_until: datetime
    lines: tuple[QuoteLine, ...]
    taxes: tuple[TaxSummary, ...]
    subtotal: TaxedMoney
    total: TaxedMoney
    notices: tuple[Notice, ...] = ()
