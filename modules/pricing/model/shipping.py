"""Shipping methods, and the form in which they are handed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from modules.kernel.names import Locale, MarketId, TaxClass
from modules.kernel.policies import TaxMode

Days = tuple[int, int]
"""Working days on the way: at the earliest, at the latest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippingRate:
    """What a method costs in a zone, up to a weight and a value, both included."""

    countries: tuple[str, ...] = ()
    """Its zone, sorted; none: wherever the method delivers."""
    regions: tuple[str, ...] = ()
    """ISO 3166-2, sorted; none: the whole country."""
    postal_prefixes: tuple[str, ...] = ()
    """How postal codes begin, in capitals without blanks, sorted; none: all."""
    weight_up_to_g: int | None = None
    value_up_to: tuple[tuple[str, int], ...] = ()
    """Minor units by currency, sorted; none: without bound."""
    amounts: tuple[tuple[str, int], ...]
    """As the method's."""
    days: Days | None = None
    """None: the method's."""

    def amount(self, currency: str) -> int | None:
        """Minor units in this currency; None where it has no amount in it."""
        return dict(self.amounts).get(currency)

    def worth(self, currency: str) -> int | None:
        """Up to which value it holds, in minor units; None without bound."""
        return dict(self.value_up_to).get(currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippingMethod:
    """A way in which a market's goods reach the customer, and what it costs."""

    id: str
    market: MarketId
    names: tuple[tuple[Locale, str], ...]
    """By language, sorted."""
    amounts: tuple[tuple[str, int], ...]
    """Minor units by currency, sorted; a currency that is missing cannot choose this method (P-7). Empty with rates."""
    tax_mode: TaxMode
    tax_class: TaxClass
    pickup: bool = False
    """Whether the goods are fetched in the store: its country's tax holds (T-2)."""
    countries: tuple[str, ...] = ()
    """Where it delivers to, sorted; none: everywhere."""
    rates: tuple[ShippingRate, ...] = ()
    """What it costs by zone, weight and value, in their order; none: the same everywhere."""
    days: Days | None = None
    """Where a rate does not say otherwise; None: not known."""
    position: int = 0
    """The lowest is shown first."""
    active: bool = True
    """Whether it may be chosen."""
    version: int = 0

    @property
    def key(self) -> tuple[str, str]:
        """What it is known by: its market and its id there."""
        return self.market, self.id

    def amount(self, currency: str) -> int | None:
        """Minor units in this currency, of rates the lowest; None where it has no amount in it."""
        if not self.rates:
            return dict(self.amounts).get(currency)
        return min((minor for rate in self.rates if (minor := rate.amount(currency)) is not None), default=None)

    def label(self, locale: Locale, default: Locale) -> str:
        """Its name in this language, else in the related one, else in the default one, else in any; else its id."""
        names = dict(self.names)
        wishes = (locale, Locale(locale.partition("-")[0]), default, *names)
        return next((names[wish] for wish in wishes if wish in names), self.id)

    def reaches(self, country: str) -> bool:
        """Whether it delivers to this country, or to a part of it."""
        if self.countries and country not in self.countries:
            return False
        return not self.rates or any(not rate.countries or country in rate.countries for rate in self.rates)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippingRateInput:
    """A rate as handed in, unchecked: amounts are decimal strings by currency."""

    amounts: Mapping[str, str]
    countries: Sequence[str] = ()
    regions: Sequence[str] = ()
    postal_prefixes: Sequence[str] = ()
    weight_up_to_g: int | None = None
    value_up_to: Mapping[str, str] = field(default_factory=dict)
    earliest_days: int | None = None
    latest_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippingMethodInput:
    """A shipping method as handed in, unchecked: amounts are decimal strings by currency."""

    id: str
    market: str
    names: Mapping[str, str]
    tax_mode: TaxMode
    tax_class: str
    amounts: Mapping[str, str] = field(default_factory=dict)
    rates: Sequence[ShippingRateInput] = ()
    earliest_days: int | None = None
    latest_days: int | None = None
    pickup: bool = False
    countries: Sequence[str] = ()
    position: int = 0
    active: bool = True
