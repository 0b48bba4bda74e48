"""How long an order takes (section 7.6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class LeadTime:
    """How long an order takes from its first day, in calendar days; None where part of it is unknown, never 0 for that.

    `critical` is the chain that everything waits for, root first: each with its own days. `sum_days` is what it would
    take one after another.
    """

    begin: date
    finish: date | None
    days: int | None
    critical: tuple[tuple[str, int], ...]
    sum_days: int | None
    warnings: tuple[str, ...]
