"""Where a question is asked: market, channel, store."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from modules.kernel.money import Rounding
from modules.kernel.names import ChannelId, Locale, MarketId, PriceListId, SourceId, StoreId
from modules.kernel.policies import Policies, TaxRounding


@dataclass(frozen=True, slots=True)
class Market:
    """A country with its time zone, currencies and policies (section 7 of the rules; defaults as there)."""

    id: MarketId
    country: str
    zone: ZoneInfo
    currencies: tuple[str, ...]
    """ISO 4217; the first is the default."""
    locales: tuple[Locale, ...]
    """Languages its texts are shown in; the first is the default."""
    rounding: Rounding = Rounding.HALF_UP
    tax_rounding: TaxRounding = TaxRounding.LINE
    line_steps: tuple[tuple[str, int], ...] = ()
    """Currencies whose line amounts are multiples of so many minor units: `("HUF", 100)` (G-2)."""
    policies: Policies = field(default_factory=Policies)

    @property
    def currency(self) -> str:
        """The default currency."""
        return self.currencies[0]

    def step(self, currency: str) -> int:
        """Minor units of which every line amount is a multiple."""
        return dict(self.line_steps).get(currency, 1)

    def today(self, now: datetime) -> date:
        """The market's own calendar day (G-5)."""
        return now.astimezone(self.zone).date()


@dataclass(frozen=True, slots=True)
class Channel:
    """A web shop, an app, a store's tills: it gives the price lists and the sources."""

    id: ChannelId
    market: Market
    price_lists: tuple[PriceListId, ...]
    """The most important first: the order is the list priority of rule P-4."""
    sources: tuple[SourceId, ...]
    """Where its goods may come from."""
    few_left: int = 0
    """Whole units up to which "few left" is shown (I-3); 0: never."""
    shows_figures: bool = True
    """Whether shoppers see available quantities, or states only."""


@dataclass(frozen=True, slots=True)
class Store:
    """A place of sale inside channels; its stock is kept by the source of the same id."""

    id: StoreId
    name: str
    country: str
    channels: tuple[ChannelId, ...] = field(default=())


NOWHERE = Channel(
    ChannelId(""),
    Market(MarketId(""), "", ZoneInfo("UTC"), ("XXX",), (Locale("en"),)),
    price_lists=(),
    sources=(),
)
"""The place of a shop that has no channel yet: no prices (XXX is ISO 4217's "no currency"), no sources."""
