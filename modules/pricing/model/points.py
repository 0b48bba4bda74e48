"""Price points: the history of public prices (L-1)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from modules.kernel.names import ChannelId, MarketId, Sku


class Cause(StrEnum):
    """Why a price point was written."""

    MANUAL = "manual"
    IMPORT = "import"


@dataclass(frozen=True, slots=True, kw_only=True)
class PricePoint:
    """What any consumer paid for one unit in a channel, gross, from a moment on (L-1); `to_us` None: still."""

    sku: Sku
    market: MarketId
    channel: ChannelId
    currency: str
    micros: int
    from_us: int
    to_us: int | None = None
    public: bool = True
    announced: bool = False
    """Whether it was shown as a reduction."""
    promotion: str | None = None
    cause: Cause = Cause.MANUAL
    recorded_at_us: int = 0
