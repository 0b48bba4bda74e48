"""What a market chooses, as it is shown and as it is handed in."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import strawberry

from modules.kernel import policies as kernel
from modules.kernel.policies import (
    AbroadPrice,
    BelowReserved,
    BudgetPolicy,
    Exclusivity,
    FreeUnit,
    Grouping,
    HoldOn,
    MissingTaxRule,
    OnHandFalls,
    OutsideWindow,
    Percentages,
    PercentRounding,
    PricePolicy,
    PriorWindow,
    ShippingTax,
    Shortage,
    TaxMode,
    TaxRounding,
    ThresholdBasis,
    TierScope,
)
from modules.market.model.policies import chosen

_ENUMS: Mapping[type[StrEnum], str] = {
    TaxRounding: "Where tax is rounded: per LINE, per UNIT, or on the TOTAL.",
    MissingTaxRule: "What becomes of goods without a tax rule: REFUSED, or sold UNTAXED.",
    PricePolicy: "Which row wins within a price list: the most SPECIFIC one, or the LOWEST.",
    TierScope: "What a tier counts: all lines of a SKU that share the row, or each LINE alone.",
    AbroadPrice: "What stays when another country's rate holds: the gross price, or the net one.",
    ShippingTax: "Delivery is taxed by its OWN_CLASS, by the goods' HIGHEST rate, or in proportion to the goods.",
    Exclusivity: "How promotions that exclude one another are decided between.",
    ThresholdBasis: "Thresholds look at the RUNNING subtotal, or at ORIGINAL list amounts.",
    BudgetPolicy: "A discount above the rest of a budget is granted WHOLE or not at all, or cut: PARTIAL.",
    PercentRounding: "What a percentage rounds: the DISCOUNT, or the PRICE.",
    Percentages: "Several percentages COMPOUND, or ADD up on the list price.",
    FreeUnit: "Which unit a buy-and-get promotion gives.",
    Grouping: "Which units of mixed prices are free.",
    PriorWindow: "The window before a reduction: calendar days HALF_OPEN or CLOSED, or days of 24 HOURS.",
    OutsideWindow: "What is named when nothing was on sale in the window: the LAST_PRICE before it, or NO_CLAIM.",
    HoldOn: "When goods are held.",
    Shortage: "What becomes of a wish for more than is available: REFUSED, or CUT to it.",
    OnHandFalls: "When goods on hand fall: as they are SHIPPED, or as a reservation is COMMITTED.",
    BelowReserved: "What becomes of a count below what is reserved: ACCEPTED or REFUSED.",
}
for _enum, _description in _ENUMS.items():
    strawberry.enum(_enum, description=_description)

# Said once for what is shown and what is handed in.
_SAYS: Mapping[str, str] = {
    "tax_mode": "In which mode carts are reckoned; null: net when every line's price is net, otherwise gross.",
    "price_policy": "Which of several matching rows of a price list wins.",
    "tier_scope": "What a quantity tier counts.",
    "business_tax_rounding": "Where tax is rounded in net carts of businesses; `taxRounding` is for all others.",
    "missing_tax_rule": "What becomes of goods without a tax rule.",
    "abroad_price": "What stays when another country's rate holds.",
    "destination_tax": "Whether consumers abroad in the EU pay their own country's tax; false for a seller below the "
    "EU-wide threshold who has not opted in.",
    "ships_from": "ISO 3166, two letters: the country goods leave from; empty: the market's own.",
    "shipping_tax": "How delivery is taxed.",
    "gift_spread": "Whether what is paid is spread over a gift and the goods of its promotion when their tax classes "
    "differ.",
    "cash_steps": "Currencies whose cash payments are multiples of a step.",
    "exclusivity": "How promotions that exclude one another are decided between.",
    "threshold_basis": "What a threshold looks at.",
    "budget": "What happens to a discount above the rest of a budget.",
    "percent_rounding": "What a percentage rounds.",
    "percentages": "How several percentages meet.",
    "free_unit": "Which unit a buy-and-get promotion gives, where it does not say.",
    "partial_get": "Whether an incomplete get side is given as far as it goes, where the promotion does not say.",
    "grouping": "Which units of mixed prices are free, where the promotion does not say.",
    "cancel_returns_use": "Whether a cancelled order gives the uses of its codes back, where the promotion does not "
    "say.",
    "exact_codes": "Whether small and capital letters of a code differ.",
    "cart_days": "How many days a cart that nobody touches is kept, 1 to 3,650; null: as the shop's setting says.",
    "prior_price": "The law on announced reductions.",
    "stock": "How the market deals with stock.",
    "days": "Calendar days of the window before a reduction, 1 to 365.",
    "progressive": "Whether a reduction in steps without a break keeps the price before its first step.",
    "chain_max_days": "How long such a chain may be, 1 to 365 days; null: no bound.",
    "perishable_exempt": "Whether goods reduced because they expire soon need no prior price.",
    "new_goods_exempt": "Whether goods on the market for less than the window need none.",
    "error_void": "Whether voided prices stay out of the minimum.",
    "outside": "What is named when nothing was on sale in the window.",
    "window": "How the window is measured.",
    "public_codes": "Whether a price with a code that is advertised to everybody counts as public.",
    "hold_on": "When a shop holds goods: the checkout reads it; holdStock holds whenever it is asked to.",
    "hold_minutes": "How long a hold for CHECKOUT lasts at first, 1 to 10,080; setHoldRules goes before.",
    "shortage": "What becomes of a hold of more than is available: refused, or short lines cut to that.",
    "on_hand_falls": "When on hand falls, as this market's channels show it: with the shipment, or the commit.",
    "below_reserved": "What becomes of an absolute count below what is reserved, where its channels sell from.",
    "currency": "ISO 4217, one of the market's.",
    "minor_units": "The step, in the currency's smallest unit; 1 or more.",
}


def _shown(name: str) -> Any:
    return strawberry.field(description=_SAYS[name])


def _usual(name: str) -> Any:
    return strawberry.field(default=None, description=f"{_SAYS[name]} Without it: as usual in the country.")


@strawberry.type(description="A currency and a step of so many minor units.")
class CurrencyStep:
    currency: str = _shown("currency")
    minor_units: int = _shown("minor_units")


@strawberry.type(description="The market's law on announced reductions.")
class PriorPriceRule:
    days: int = _shown("days")
    progressive: bool = _shown("progressive")
    chain_max_days: int | None = _shown("chain_max_days")
    perishable_exempt: bool = _shown("perishable_exempt")
    new_goods_exempt: bool = _shown("new_goods_exempt")
    error_void: bool = _shown("error_void")
    outside: OutsideWindow = _shown("outside")
    window: PriorWindow = _shown("window")
    public_codes: bool = _shown("public_codes")


@strawberry.type(description="How a market deals with stock.")
class StockRule:
    hold_on: HoldOn = _shown("hold_on")
    hold_minutes: int = _shown("hold_minutes")
    shortage: Shortage = _shown("shortage")
    on_hand_falls: OnHandFalls = _shown("on_hand_falls")
    below_reserved: BelowReserved = _shown("below_reserved")


@strawberry.type(description="What a market chose.")
class MarketPolicies:
    tax_mode: TaxMode | None = _shown("tax_mode")
    price_policy: PricePolicy = _shown("price_policy")
    tier_scope: TierScope = _shown("tier_scope")
    business_tax_rounding: TaxRounding = _shown("business_tax_rounding")
    missing_tax_rule: MissingTaxRule = _shown("missing_tax_rule")
    abroad_price: AbroadPrice = _shown("abroad_price")
    destination_tax: bool = _shown("destination_tax")
    ships_from: str = _shown("ships_from")
    shipping_tax: ShippingTax = _shown("shipping_tax")
    gift_spread: bool = _shown("gift_spread")
    cash_steps: list[CurrencyStep] = _shown("cash_steps")
    exclusivity: Exclusivity = _shown("exclusivity")
    threshold_basis: ThresholdBasis = _shown("threshold_basis")
    budget: BudgetPolicy = _shown("budget")
    percent_rounding: PercentRounding = _shown("percent_rounding")
    percentages: Percentages = _shown("percentages")
    free_unit: FreeUnit = _shown("free_unit")
    partial_get: bool = _shown("partial_get")
    grouping: Grouping = _shown("grouping")
    cancel_returns_use: bool = _shown("cancel_returns_use")
    exact_codes: bool = _shown("exact_codes")
    cart_days: int | None = _shown("cart_days")
    prior_price: PriorPriceRule = _shown("prior_price")
    stock: StockRule = _shown("stock")

    @classmethod
    def of(cls, policies: kernel.Policies) -> MarketPolicies:
        """From the kernel's value; its rules have the same attributes."""
        given: dict[str, Any] = {name: getattr(policies, name) for name in cls.__annotations__}
        steps = [CurrencyStep(currency=currency, minor_units=step) for currency, step in policies.cash_steps]
        return cls(**{**given, "cash_steps": steps})


@strawberry.input(description="A currency and a step of so many minor units.")
class CurrencyStepInput:
    currency: str = _shown("currency")
    minor_units: int = _shown("minor_units")


@strawberry.input(description="The market's law on announced reductions; what is absent is as usual in the country.")
class PriorPriceRuleInput:
    days: int | None = _usual("days")
    progressive: bool | None = _usual("progressive")
    chain_max_days: int | None = _usual("chain_max_days")
    perishable_exempt: bool | None = _usual("perishable_exempt")
    new_goods_exempt: bool | None = _usual("new_goods_exempt")
    error_void: bool | None = _usual("error_void")
    outside: OutsideWindow | None = _usual("outside")
    window: PriorWindow | None = _usual("window")
    public_codes: bool | None = _usual("public_codes")


@strawberry.input(description="How a market deals with stock; what is absent gets its default.")
class StockRuleInput:
    hold_on: HoldOn = strawberry.field(default=HoldOn.CHECKOUT, description=_SAYS["hold_on"])
    hold_minutes: int = strawberry.field(default=15, description=_SAYS["hold_minutes"])
    shortage: Shortage = strawberry.field(default=Shortage.REFUSED, description=_SAYS["shortage"])
    on_hand_falls: OnHandFalls = strawberry.field(default=OnHandFalls.SHIPPED, description=_SAYS["on_hand_falls"])
    below_reserved: BelowReserved = strawberry.field(
        default=BelowReserved.ACCEPTED, description=_SAYS["below_reserved"]
    )


_DEFAULTS = kernel.Policies()


def _default(name: str) -> Any:
    return strawberry.field(default=getattr(_DEFAULTS, name), description=_SAYS[name])


@strawberry.input(description="What a market chooses; what is absent gets its default.")
class MarketPoliciesInput:
    tax_mode: TaxMode | None = _default("tax_mode")
    price_policy: PricePolicy = _default("price_policy")
    tier_scope: TierScope = _default("tier_scope")
    business_tax_rounding: TaxRounding = _default("business_tax_rounding")
    missing_tax_rule: MissingTaxRule = _default("missing_tax_rule")
    abroad_price: AbroadPrice = _default("abroad_price")
    destination_tax: bool = _default("destination_tax")
    ships_from: str = _default("ships_from")
    shipping_tax: ShippingTax = _default("shipping_tax")
    gift_spread: bool = _default("gift_spread")
    cash_steps: list[CurrencyStepInput] = strawberry.field(default_factory=list, description=_SAYS["cash_steps"])
    exclusivity: Exclusivity = _default("exclusivity")
    threshold_basis: ThresholdBasis = _default("threshold_basis")
    budget: BudgetPolicy = _default("budget")
    percent_rounding: PercentRounding = _default("percent_rounding")
    percentages: Percentages = _default("percentages")
    free_unit: FreeUnit = _default("free_unit")
    partial_get: bool = _default("partial_get")
    grouping: Grouping = _default("grouping")
    cancel_returns_use: bool = _default("cancel_returns_use")
    exact_codes: bool = _default("exact_codes")
    cart_days: int | None = _default("cart_days")
    prior_price: PriorPriceRuleInput | None = _usual("prior_price")
    stock: StockRuleInput | None = strawberry.field(default=None, description=_SAYS["stock"])

    def given(self, country: str) -> kernel.Policies:
        """As the service takes it."""
        plain = {name: value for name, value in vars(self).items() if name not in ("prior_price", "stock")}
        plain["cash_steps"] = tuple((step.currency, step.minor_units) for step in self.cash_steps)
        prior = vars(self.prior_price) if self.prior_price else None
        return chosen(country, plain, prior, vars(self.stock) if self.stock else None)
