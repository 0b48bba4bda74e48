"""What an order weighs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from modules.kernel.names import Sku

MOST_GRAMS: Final = 2**31 - 1
"""Two thousand tons: what the graph's whole numbers hold."""


@dataclass(frozen=True, slots=True)
class Weight:
    """Of one unit of an order, in grams; None where it is not known, because of the parts in `missing`."""

    grams: int | None
    missing: tuple[Sku, ...] = ()
