"""Which promotions are asked for, and what is kept of each version."""

from __future__ import annotations

from dataclasses import dataclass

from modules.pricing.model.promotions import Promotion, PromotionState


@dataclass(frozen=True, slots=True)
class KeptVersion:
    """What a promotion was from a moment on, and who made it so."""

    promotion: Promotion
    by: str
    """Id of the principal."""
    at_us: int
    reason: str


@dataclass(frozen=True, slots=True)
class Listing:
    """Which promotions are asked for: those behind an id whose id or names hold a text."""

    now_us: int
    state: PromotionState | None = None
    text: str = ""
    after: str = ""
    told_only: bool = False
    """Those that everybody may know of."""
