"""Tax rules, and the form in which they are handed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from modules.kernel.moments import contains
from modules.kernel.names import TaxClass


class TaxKind(StrEnum):
    """What sort of rate a tax rule gives."""

    STANDARD = "standard"
    REDUCED = "reduced"
    ZERO = "zero"
    EXEMPT = "exempt"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRule:
    """The rate of a tax class in a country, or a region of it, for a time (T-1)."""

    id: str
    country: str
    tax_class: TaxClass
    rate_micros: int
    kind: TaxKind = TaxKind.STANDARD
    region: str = ""
    """ISO 3166-2 such as `PT-20`; empty: the whole country, except where a rule of the region stands before it."""
    valid_from_us: int | None = None
    valid_until_us: int | None = None
    version: int = 0

    def holds(self, at_us: int) -> bool:
        """Whether it holds at this instant."""
        return contains(self.valid_from_us, self.valid_until_us, at_us)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRuleInput:
    """A tax rule as handed in, unchecked: `rate` is a decimal string such as "0.19".

    Without an `id` the rule is known by country, region, tax class and `valid_from`.
    """

    country: str
    tax_class: str
    rate: str
    kind: TaxKind = TaxKind.STANDARD
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    region: str | None = None
    id: str | None = None
