"""What customers publishes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from modules.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerChanged(Event):
    """A customer is new or another. Attributes stay at home: others need memberships and counts."""

    NAME: ClassVar[str] = "customers.customer_changed.v1"
    id: str
    groups: list[str]
    segments: list[str]
    contracts: list[str]
    orders: int
    is_business: bool

    @property
    def key(self) -> str:
        """The customer's id."""
        return self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentChanged(Event):
    """A segment is new or another; `rule` is its document, None for one that is assigned only."""

    NAME: ClassVar[str] = "customers.segment_changed.v1"
    id: str
    name: str
    rule: dict[str, Any] | None

    @property
    def key(self) -> str:
        """The segment's id."""
        return self.id
