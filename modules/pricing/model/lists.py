"""Price lists, those that are derived from another, and the exchange rates they are derived with (P-7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from modules.kernel.names import Locale, PriceListId


class Toward(StrEnum):
    """Which of the amounts that end right is taken; of two that are equally near the higher one."""

    NEAREST = "nearest"
    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Ending:
    """What derived amounts look like: `grain` apart from one another, the lowest of them `offset`; in millionths.

    The ending .95 is 0.95 in every whole unit, the step 0.05 has no offset.
    """

    grain: int
    offset: int = 0
    toward: Toward = Toward.NEAREST
    is_step: bool = False
    """Whether it was stated as a step; only the ending .00 and the step 1 would look the same without it."""


@dataclass(frozen=True, slots=True)
class Derivation:
    """How the rows of a list come from those of another: rows in `currency_from` times the rate, then the ending."""

    source: PriceListId
    rates: str
    """The id of the exchange rates."""
    currency_from: str
    currency_to: str
    ending: Ending | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceList:
    """A price list with its names by language; one without derivation is written by people and systems."""

    id: PriceListId
    names: tuple[tuple[Locale, str], ...] = ()
    derivation: Derivation | None = None
    version: int = 0


@dataclass(frozen=True, slots=True, order=True)
class Rate:
    """So many units of `currency_to`, in millionths, are `per` units of `currency_from`."""

    currency_from: str
    currency_to: str
    micros: int
    per: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeRates:
    """A named table of rates as of a day; nothing is converted but by a list that names it (P-7)."""

    id: str
    day: date
    rates: tuple[Rate, ...]
    """Sorted by currencies, each pair once."""
    version: int = 0

    @property
    def reference(self) -> str:
        """What rows say they were derived with: the id and the version."""
        return f"{self.id}:{self.version}"

    def rate(self, currency_from: str, currency_to: str) -> Rate | None:
        """The rate of this pair; never the reverse of another one."""
        pair = currency_from, currency_to
        return next((rate for rate in self.rates if (rate.currency_from, rate.currency_to) == pair), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivationInput:
    """A derivation as handed in, unchecked. `ending` (".95") and `step` ("0.05") are decimal strings, one at most."""

    source: str
    rates: str
    currency_from: str
    currency_to: str
    ending: str | None = None
    step: str | None = None
    toward: Toward = Toward.NEAREST


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceListInput:
    """A price list as handed in, whole; names as (language, text)."""

    id: str
    names: Sequence[tuple[str, str]] = ()
    derivation: DerivationInput | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RateInput:
    """A rate as handed in: a decimal string with at most 6 decimals for `per` units of `currency_from`."""

    currency_from: str
    currency_to: str
    rate: str
    per: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeRatesInput:
    """Exchange rates as handed in, whole."""

    id: str
    day: date
    rates: Sequence[RateInput]
