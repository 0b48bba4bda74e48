"""Choices a market makes: each has the default that the rules name (section 7 of the rules)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class TaxMode(StrEnum):
    """Whether amounts include tax (T-4)."""

    NET = "net"
    GROSS = "gross"


class TaxRounding(StrEnum):
    """Where tax is rounded (T-6)."""

    LINE = "line"
    UNIT = "unit"
    TOTAL = "total"


class MissingTaxRule(StrEnum):
    """What becomes of goods without a tax rate: refused, or sold untaxed with a notice (T-1)."""

    REFUSED = "refused"
    UNTAXED = "untaxed"


class PricePolicy(StrEnum):
    """Which of several matching rows wins within a price list (P-4)."""

    SPECIFIC = "specific"
    LOWEST = "lowest"


class TierScope(StrEnum):
    """What a quantity tier counts: all lines of a sku that share the row, or each line alone (P-2)."""

    SKU = "sku"
    LINE = "line"


class AbroadPrice(StrEnum):
    """What stays when another country's rate holds: the gross price or the net one (T-4)."""

    GROSS_STABLE = "gross_stable"
    NET_STABLE = "net_stable"


class ShippingTax(StrEnum):
    """How delivery is taxed: by its own class, by the goods' highest rate, or in proportion to the goods (T-9)."""

    OWN_CLASS = "own_class"
    HIGHEST = "highest"
    PROPORTIONAL = "proportional"


class PercentRounding(StrEnum):
    """What a percentage rounds: the discount, so that the price is the difference, or the price (O-3)."""

    DISCOUNT = "discount"
    PRICE = "price"


class Percentages(StrEnum):
    """How several percentages meet: each acts on what the earlier left, or all act on the list price (O-2)."""

    COMPOUND = "compound"
    ADD = "add"


class FreeUnit(StrEnum):
    """Which of the remaining units a "buy X get Y" gives, where the promotion does not say (O-6)."""

    CHEAPEST = "cheapest"
    DEAREST = "dearest"


class Grouping(StrEnum):
    """Which units of mixed prices are free, where the promotion does not say: the cheapest of all, or the cheapest of
    each group formed from the dearest down (O-6)."""

    CHEAPEST_OVERALL = "cheapest_overall"
    DEAREST_DOWN = "dearest_down"


class Exclusivity(StrEnum):
    """How promotions that exclude one another are decided between (O-8)."""

    BEST_COMBINATION = "best_combination"
    BEST_SINGLE = "best_single"
    PRIORITY = "priority"


class ThresholdBasis(StrEnum):
    """What a threshold looks at: the subtotal as it stands by then, or list amounts (O-7)."""

    RUNNING = "running"
    ORIGINAL = "original"


class BudgetPolicy(StrEnum):
    """What happens to a discount above the rest of a budget: not granted at all, or cut to the rest (C-6)."""

    WHOLE = "whole"
    PARTIAL = "partial"


class PriorWindow(StrEnum):
    """How the window before a reduction is measured (3.3, step 4)."""

    HALF_OPEN = "half_open"
    """Calendar days; a price that ended as the window begins does not count."""
    CLOSED = "closed"
    """Calendar days; a price that ended as the window begins counts."""
    HOURS = "hours"
    """Days of 24 hours, half open."""


class OutsideWindow(StrEnum):
    """What is named when nothing was on sale in the window (3.3, step 6): the last earlier price, or nothing."""

    LAST_PRICE = "last_price"
    NO_CLAIM = "no_claim"


class HoldOn(StrEnum):
    """When goods are held: as the checkout begins, as they enter the cart, or with the order (R-5)."""

    CHECKOUT = "checkout"
    CART = "cart"
    ORDER = "order"


class Shortage(StrEnum):
    """What becomes of a wish for more than is available: refused with the figure, or cut to it (choice 19)."""

    REFUSED = "refused"
    CUT = "cut"


class OnHandFalls(StrEnum):
    """When goods on hand fall: as they are shipped, or as a reservation is committed (choice 20)."""

    SHIPPED = "shipped"
    COMMITTED = "committed"


class BelowReserved(StrEnum):
    """What becomes of a count below what is reserved: taken, and told, or refused (F-3)."""

    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class StockRule:
    """How the market deals with stock (choices 18 to 21)."""

    hold_on: HoldOn = HoldOn.CHECKOUT
    hold_minutes: int = 15
    """How long goods are held at first."""
    shortage: Shortage = Shortage.REFUSED
    on_hand_falls: OnHandFalls = OnHandFalls.SHIPPED
    below_reserved: BelowReserved = BelowReserved.ACCEPTED


@dataclass(frozen=True, slots=True)
class PriorPriceRule:
    """The market's law on announced reductions (section 3.3)."""

    days: int = 30
    """Calendar days of the window before a reduction."""
    progressive: bool = True
    """Whether a reduction in steps without a break keeps the price before its first step."""
    chain_max_days: int | None = None
    """How long such a chain may be; None: no bound."""
    perishable_exempt: bool = True
    """Whether goods reduced because they expire soon need no prior price."""
    new_goods_exempt: bool = False
    """Whether goods on the market for less than the window need none; otherwise the window is as long as their life."""
    error_void: bool = False
    """Whether voided points stay out of the minimum (L-3)."""
    outside: OutsideWindow = OutsideWindow.LAST_PRICE
    window: PriorWindow = PriorWindow.HALF_OPEN
    public_codes: bool = True
    """Whether a price with a code that is advertised to everybody counts as public (L-2)."""


@dataclass(frozen=True, slots=True)
class Policies:
    """What one market chose."""

    tax_mode: TaxMode | None = None
    """In which mode carts are reckoned; None: net when every line's row is net, otherwise gross."""
    price_policy: PricePolicy = PricePolicy.SPECIFIC
    tier_scope: TierScope = TierScope.SKU
    business_tax_rounding: TaxRounding = TaxRounding.TOTAL
    """Where tax is rounded in net carts of businesses; the market's `tax_rounding` is for all others (T-6)."""
    missing_tax_rule: MissingTaxRule = MissingTaxRule.REFUSED
    abroad_price: AbroadPrice = AbroadPrice.GROSS_STABLE
    destination_tax: bool = True
    """Whether consumers abroad in the EU pay their own country's tax; False: the seller is below the EU-wide threshold
    and has not opted in (T-2)."""
    ships_from: str = ""
    """The country goods leave from; the market's own when empty."""
    shipping_tax: ShippingTax = ShippingTax.OWN_CLASS
    gift_spread: bool = False
    """Whether what is paid is spread over gift and goods of its promotion when their tax classes differ (T-10)."""
    cash_steps: tuple[tuple[str, int], ...] = ()
    """Currencies whose cash payments are multiples of so many minor units: `("CHF", 5)` (T-11)."""
    exclusivity: Exclusivity = Exclusivity.BEST_COMBINATION
    threshold_basis: ThresholdBasis = ThresholdBasis.RUNNING
    budget: BudgetPolicy = BudgetPolicy.WHOLE
    percent_rounding: PercentRounding = PercentRounding.DISCOUNT
    percentages: Percentages = Percentages.COMPOUND
    free_unit: FreeUnit = FreeUnit.CHEAPEST
    partial_get: bool = False
    """Whether an incomplete get side is given as far as it goes, where the promotion does not say (O-6)."""
    grouping: Grouping = Grouping.CHEAPEST_OVERALL
    cancel_returns_use: bool = True
    """Whether a cancelled order gives the uses of its codes back, where the promotion does not say (C-5)."""
    exact_codes: bool = False
    """Whether small and capital letters of a code differ (C-1)."""
    cart_days: int | None = None
    """How long a cart that nobody touches is kept; None: as long as the shop's setting says."""
    prior_price: PriorPriceRule = field(default_factory=PriorPriceRule)
    stock: StockRule = field(default_factory=StockRule)

    def cash_step(self, currency: str) -> int:
        """Minor units of which every cash payment is a multiple."""
        return dict(self.cash_steps).get(currency, 1)
