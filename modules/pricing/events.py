"""What pricing tells the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from modules.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceChanged(Event):
    """Price rows of a sku were written. What it costs now depends on place and moment, so no amount travels along.

    `price_lists` and `currencies` are those of the rows written, sorted; `version` rises with each write to the sku.
    """

    NAME: ClassVar[str] = "pricing.price_changed.v1"

    sku: str
    price_lists: Sequence[str]
    currencies: Sequence[str]

    @property
    def key(self) -> str:
        return self.sku


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRulesChanged(Event):
    """Tax rules were written; `countries` are theirs, sorted. Whoever keeps the rules in memory reads them again."""

    NAME: ClassVar[str] = "pricing.tax_rules_changed.v1"
    KEY: ClassVar[str] = "tax_rules"

    countries: Sequence[str]

    @property
    def key(self) -> str:
        return self.KEY


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippingMethodsChanged(Event):
    """Shipping methods were written; `markets` are theirs, sorted. Whoever keeps them in memory reads them again."""

    NAME: ClassVar[str] = "pricing.shipping_methods_changed.v1"
    KEY: ClassVar[str] = "shipping_methods"

    markets: Sequence[str]

    @property
    def key(self) -> str:
        return self.KEY


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionChanged(Event):
    """A promotion was written, or its state was. Of one that is not public no more is said than that it changed.

    `labels` are its names by language, `valid_from` and `valid_until` moments in ISO 8601; all of them are empty for a
    draft and for a promotion that is not public. Conditions, actions and limits do not travel. Whoever keeps promotions
    in memory reads them again.
    """

    NAME: ClassVar[str] = "pricing.promotion_changed.v1"

    promotion: str
    state: str
    """draft, active, paused or ended."""
    public: bool
    labels: Mapping[str, str] = field(default_factory=dict)
    valid_from: str | None = None
    valid_until: str | None = None

    @property
    def key(self) -> str:
        return self.promotion


@dataclass(frozen=True, slots=True, kw_only=True)
class UseChanged(Event):
    """A promotion's use by an attempt at an order is held, confirmed, expired, returned or kept (C-3).

    Amounts are minor units of `currency`. Neither the code nor whoever uses it travels along.
    """

    NAME: ClassVar[str] = "pricing.use_changed.v1"

    attempt: str
    promotion: str
    state: str
    currency: str
    granted_minor: int
    order: str | None
    expires_us: int

    @property
    def key(self) -> str:
        return f"{self.attempt}@{self.promotion}"
