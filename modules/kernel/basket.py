"""Words between cart and pricing: the basket that is asked about, and the quote that answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import Any

from modules.kernel.money import Money, UnitPrice
from modules.kernel.names import ConfigurationId, CustomerId, LineId, PromotionId, Sku
from modules.kernel.quantity import Quantity


@dataclass(frozen=True, slots=True)
class BasketLine:
    """A wish: so much of this."""

    id: LineId
    sku: Sku
    quantity: Quantity
    configuration: ConfigurationId | None = None


@dataclass(frozen=True, slots=True)
class Destination:
    """Where goods go: an ISO country, a region of it (`ES-CN`) and a postal code, as far as they are known."""

    country: str
    region: str = ""
    postal_code: str = ""


@dataclass(frozen=True, slots=True)
class GiftChoice:
    """Which of a promotion's gifts the shopper wants."""

    promotion: PromotionId
    sku: Sku


@dataclass(frozen=True, slots=True)
class Basket:
    """What is to be priced. `version` is the cart's, or 0 for a basket that is no cart."""

    lines: tuple[BasketLine, ...]
    codes: tuple[str, ...] = ()
    """As they were typed, in the order of entering."""
    id: str = ""
    version: int = 0
    destination: Destination | None = None
    """Where it is delivered to; None: not known yet."""
    delivery: str | None = None
    """Id of the shipping method chosen; None: none yet, so no delivery costs."""
    payment: str | None = None
    """Kind of payment chosen, such as `cash`; None: not known yet."""
    gifts: tuple[GiftChoice, ...] = ()
    drafts: tuple[PromotionId, ...] = ()
    """Promotions to be judged as they are drafted, beside the active ones and instead of their own active version."""
    customer: CustomerId | None = None
    """For whom is asked, when that is another than the viewer's own customer."""


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
    """One step from list price to amount due: what it changed, and the line's amount after it.

    `kind` is one of `list_price`, `tier`, `sale`, `surcharge`, `promotion`, `tax`, in this order on a line; surcharges
    are what a configuration adds. Amounts are in the quote's tax mode; the step `tax` leads from net to gross and is
    there in net quotes only.
    """

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
    """None for a gift that stands only in the quote."""
    sku: Sku
    quantity: Quantity
    unit: UnitPrice
    total: TaxedMoney
    tax_rate: str
    """A decimal string: "0.19"."""
    steps: Sequence[PriceStep]
    """A tuple, or a `Later` one."""
    is_gift: bool = False
    pieces: int = 1
    """Units that can be told apart and returned one by one; a line sold by measure is one (O-5a)."""

    def unit_amounts(self) -> tuple[tuple[int, TaxedMoney], ...]:
        """The total by unit, as (count, what each of them costs): the parts of `allocate` over equal units (O-11).

        Counts sum to `pieces` and the parts to `total` exactly; none is negative where `total` is not.
        """
        gross, more_gross = divmod(self.total.gross.minor, self.pieces)
        tax, more_tax = divmod(self.total.tax.minor, self.pieces)
        edges = sorted({0, more_gross, more_tax, self.pieces})
        currency = self.total.gross.currency

        def each(index: int) -> TaxedMoney:
            whole, part = gross + (index < more_gross), tax + (index < more_tax)
            return TaxedMoney(Money(whole - part, currency), Money(part, currency), Money(whole, currency))

        return tuple((until - since, each(since)) for since, until in pairwise(edges))


@dataclass(frozen=True, slots=True)
class TaxSummary:
    """All that is taxed at one rate. `code` and `text` are set where an invoice must say why there is no tax (T-3)."""

    rate: str
    tax_class: str
    base: Money
    tax: Money
    code: str = ""
    """`AE`: reverse charge, `G`: export, otherwise empty."""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a person should know that hinders nothing yet."""

    code: str
    message: str
    line: LineId | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


class PromotionResult(StrEnum):
    """What became of a promotion that was considered (2.4)."""

    APPLIED = "APPLIED"
    NOT_ELIGIBLE = "NOT_ELIGIBLE"
    EXCLUDED_BY = "EXCLUDED_BY"
    UNITS_USED_BY = "UNITS_USED_BY"
    BUDGET_EXHAUSTED = "BUDGET_EXHAUSTED"
    LIMIT_REACHED = "LIMIT_REACHED"
    NOT_STARTED = "NOT_STARTED"
    EXPIRED = "EXPIRED"
    OUT_OF_SCHEDULE = "OUT_OF_SCHEDULE"
    NO_EFFECT = "NO_EFFECT"
    FLOOR_REACHED = "FLOOR_REACHED"
    CODE_MISSING = "CODE_MISSING"
    OUT_OF_STOCK = "OUT_OF_STOCK"


@dataclass(frozen=True, slots=True)
class Missing:
    """What a promotion still lacks, for programs: "required 100.00, actual 87.50, missing 12.50".

    `kind`: amount, quantity, sku, segment, time or code. `basis` names what is measured: a currency for amounts, a
    filter's label for quantities, otherwise empty. `text` says it in the viewer's language.
    """

    kind: str
    required: str
    actual: str
    missing: str
    basis: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """A line's part of a promotion's discount, which is not negative."""

    line: LineId | None
    amount: Money


@dataclass(frozen=True, slots=True)
class Consumed:
    """Units of a line that a promotion used up (O-5)."""

    line: LineId
    units: int


@dataclass(frozen=True, slots=True)
class PromotionOutcome:
    """What became of one promotion, and why. `amount` is the discount granted, not negative.

    `because` are stable words such as `exclusive:spring-sale`. Nothing here names a segment, a code or a promotion
    that the viewer does not know already (2.4).
    """

    promotion: tuple[str, int]
    label: str
    outcome: PromotionResult
    phase: str
    amount: Money
    lines: tuple[Share, ...] = ()
    units: tuple[Consumed, ...] = ()
    because: tuple[str, ...] = ()
    missing: tuple[Missing, ...] = ()


@dataclass(frozen=True, slots=True)
class DeliveryCost:
    """What delivery costs, and how it came about."""

    method: str
    label: str
    total: TaxedMoney
    steps: tuple[PriceStep, ...] = ()
    days: tuple[int, int] | None = None
    """Working days on the way, at the earliest and at the latest; None: not known."""


@dataclass(frozen=True, slots=True)
class DeliveryOption:
    """A shipping method that a basket may choose: what it costs after promotions, or why it cannot serve."""

    method: str
    label: str
    pickup: bool
    cost: DeliveryCost | None
    """None where it cannot serve."""
    hindrance: Notice | None = None
    """Why it cannot serve."""


@dataclass(frozen=True, slots=True)
class Quote:
    """The answer to a basket: deterministic for basket, moment and rule versions. Lines stand in the basket's order,
    gifts behind them.

    A line without a price is missing here and has a notice `PRICE_NOT_FOUND` instead (P-6).
    `total` is goods and delivery; `payable` is what is due, after the `rounding` of cash payments (T-11).
    """

    id: str
    at: datetime
    valid_until: datetime
    lines: tuple[QuoteLine, ...]
    taxes: tuple[TaxSummary, ...]
    subtotal: TaxedMoney
    total: TaxedMoney
    notices: Sequence[Notice] = ()
    """A tuple, or a `Later` one."""
    promotions: Sequence[PromotionOutcome] = ()
    """Applied ones first in the order in which they applied, then the nearest misses first. A tuple, or a `Later` one:
    what nobody asks for is not worked out."""
    delivery: DeliveryCost | None = None
    rounding: Money | None = None
    """The untaxed difference to what cash can pay; None where none is due."""
    tax_estimated: bool = False
    """Whether the destination is only assumed (T-2)."""

    @property
    def payable(self) -> Money:
        """What is due."""
        return self.total.gross if self.rounding is None else self.total.gross + self.rounding
