"""Codes: what customers type in, what is kept of it, and batches of codes that are made together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from modules.kernel.names import PromotionId


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A code of a promotion."""

    code: str
    """Compared form (C-1)."""
    shown: str
    """As its author wrote it."""
    promotion: PromotionId
    batch: str | None = None
    max_uses: int | None = None
    """None: as often as the promotion's limits allow."""
    valid_from_us: int | None = None
    valid_until_us: int | None = None
    withdrawn_us: int | None = None
    held: int = 0
    confirmed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeInput:
    """A named code as it is handed in."""

    code: str
    promotion: str
    max_uses: int | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchInput:
    """A wish for codes that nobody can guess, each for one use. `length` counts the characters behind the prefix."""

    promotion: str
    count: int
    prefix: str = ""
    length: int | None = None
    """None: as many as `count` codes need."""
    valid_from: datetime | None = None
    valid_until: datetime | None = None


class BatchState(StrEnum):
    """How far a batch is."""

    RUNNING = "running"
    """Codes are missing yet: whoever goes on with it finishes it."""
    DONE = "done"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeBatch:
    """Unique codes of a promotion that are made together, `made` of `count` until now."""

    id: str
    promotion: PromotionId
    prefix: str
    length: int
    count: int
    made: int = 0
    valid_from_us: int | None = None
    valid_until_us: int | None = None
    created_us: int = 0
    withdrawn_us: int | None = None

    @property
    def state(self) -> BatchState:
        """Read off its numbers."""
        if self.withdrawn_us is not None:
            return BatchState.WITHDRAWN
        return BatchState.DONE if self.made == self.count else BatchState.RUNNING
