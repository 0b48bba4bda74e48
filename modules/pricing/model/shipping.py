"""Shipping methods, and the form in which they are handed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from modules.kernel.names import Locale, MarketId, TaxClass
from modules.kernel.policies import TaxMode


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippingMethod:
    """A way in which a market's goods reach the customer, and what it costs."""

    id: str
    market: MarketId
    names: tuple[tuple[Locale, str], ...]
    """By language, sorted."""
    amounts: tuple[tuple[str, int], ...]
    """Minor units by currency, sorted; a currency that is missing cannot choose this method (P-7)."""
    tax_mode: TaxMode
    tax_class: TaxClass
    pickup: bool = False
    """Whether the goods are fetched in the store: its country's tax holds (T-2)."""
    countries: tuple[str, ...] = ()
    """Where it delivers to, sorted; none: everywhere."""
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
        """Minor units in this currency; None where it has no amount in it."""
        return dict(self.amounts).get(currency)

    def label(self, locale: Locale, default: Locale) -> str:
        """Its name in this language, else in the related one, else in the default one, else in any; else its id."""
        names = dict(self.names)
        wishes = (locale, Locale(locale.partition("-")[0]), default, *names)
        return next((names[wish] for wish in wishes if wish in names), self.id)

    def reaches(self, country: str) -> bool:
        """Whether it delivers to this country."""
        return not self.countries or country in self.countries


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippingMethodInput:
    """A shipping method as handed in, unchecked: amounts are decimal strings by currency."""

    id: str
    market: str
    names: Mapping[str, str]
    amounts: Mapping[str, str]
    tax_mode: TaxMode
    tax_class: str
    pickup: bool = False
    countries: Sequence[str] = ()
    position: int = 0
    active: bool = True
