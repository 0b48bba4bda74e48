"""What pricing tells the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
