"""What is handed over to whoever makes a configuration (section 7.7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from modules.configurator.model.assemblies import Explosion
from modules.configurator.model.breakdowns import CostResult, PriceBreakdown
from modules.configurator.model.leadtimes import LeadTime

SCHEMA = "cogwerk.configuration/1"
"""Of the document: the number rises when a reader of the old one could not read it any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """All that a document says. `line` is the order's or quote's line that it is made for."""

    line: str
    site: str
    need_date: date
    explosion: Explosion
    price: PriceBreakdown | None
    cost: CostResult | None
    lead_time: LeadTime
    locales: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What receivers tell repeated documents by: line, specification and content version."""
        made = self.explosion.root.configured
        assert made
        return "/".join(
            (self.line, str(self.explosion.root.part), made.hash, str(made.revision), str(made.content_version))
        )


@dataclass(frozen=True, slots=True)
class HandedOver:
    """A document as it was sent; it never changes. Of a line the one with the highest number holds."""

    key: str
    line: str
    number: int
    created_us: int
    document: Mapping[str, Any]
