"""Profile: what trade rules may know of a customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from modules.kernel.names import CustomerId


@dataclass(frozen=True, slots=True)
class VatId:
    """A tax number and the outcome of its last validation; `validated_at` None: never validated (T-3)."""

    number: str
    valid: bool = False
    validated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """A customer without any personal data: memberships and counts at one moment."""

    id: CustomerId
    groups: frozenset[str] = frozenset()
    segments: frozenset[str] = frozenset()
    """Those assigned and those whose rule the customer's attributes meet."""
    contracts: frozenset[str] = frozenset()
    orders: int = 0
    """Placed so far; the next one is number `orders + 1`."""
    is_business: bool = False
    vat_id: VatId | None = None
    until_us: int | None = None
    """When time alone changes its segments next; None: no such moment is known."""
