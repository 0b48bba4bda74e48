"""Forecasts: what a promotion would do to public prices, and what might be said of it (L-4)."""

from __future__ import annotations

from dataclasses import dataclass

from modules.kernel.money import UnitPrice
from modules.kernel.names import ChannelId, MarketId, Sku
from modules.pricing.model.points import PriorPrice


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """One sku in one place and currency, at the moment from which the promotion would apply there."""

    sku: Sku
    market: MarketId
    channel: ChannelId
    currency: str
    micros: int
    """The public price of one unit that would hold, gross."""
    prior: PriorPrice
    """What the law would say of it then."""
    store: str = ""
    """The store whose own price it is; empty: the channel's."""
    warning: bool = False
    """Whether what is to be announced may not be, or not so much of it."""

    @property
    def gross(self) -> UnitPrice:
        """The public price that would hold."""
        return UnitPrice(self.micros, self.currency)

    @property
    def prior_gross(self) -> UnitPrice | None:
        """The price it would be held against; None where there is none."""
        return None if self.prior.micros is None else UnitPrice(self.prior.micros, self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """A page of forecasts. `looked_at` counts the skus that were looked at for it, whatever became of them."""

    forecasts: tuple[Forecast, ...] = ()
    looked_at: int = 0
    end_cursor: str | None = None
    has_next_page: bool = False
