"""Markets, channels and stores as handed in and as kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from modules.kernel.money import Rounding
from modules.kernel.names import ChannelId, MarketId, PriceListId, SourceId
from modules.kernel.place import Channel, Market, Store
from modules.kernel.policies import Policies, TaxRounding
from modules.market.model.policies import document


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketInput:
    """A market as handed in, unchecked: ISO country and currencies, an IANA zone, locales such as `de-AT`."""

    id: str
    country: str
    zone: str
    currencies: Sequence[str]
    locales: Sequence[str]
    rounding: Rounding = Rounding.HALF_UP
    tax_rounding: TaxRounding = TaxRounding.LINE
    line_steps: Sequence[tuple[str, int]] = ()
    """Currencies whose line amounts are multiples of so many minor units (G-2)."""
    policies: Policies | None = None
    """None: those that are usual in its country."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelInput:
    """A channel as handed in, unchecked; price lists stand by importance (P-4). The first by `position` is default."""

    id: str
    market: str
    price_lists: Sequence[str] = ()
    sources: Sequence[str] = ()
    few_left: int = 0
    shows_figures: bool = True
    position: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreInput:
    """A store as handed in, unchecked."""

    id: str
    name: str
    country: str
    channels: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRecord:
    """A channel as kept: its market by name, and its place among the channels."""

    id: ChannelId
    market: MarketId
    price_lists: tuple[PriceListId, ...]
    sources: tuple[SourceId, ...]
    few_left: int
    shows_figures: bool
    position: int


Place = Market | ChannelRecord | Store
"""One thing that market keeps."""


@dataclass(frozen=True, slots=True)
class Places:
    """All that market keeps, by id. Every market and channel that is named in it exists in it."""

    markets: Mapping[str, Market] = field(default_factory=dict)
    channels: Mapping[str, ChannelRecord] = field(default_factory=dict)
    stores: Mapping[str, Store] = field(default_factory=dict)

    def in_order(self) -> Sequence[ChannelRecord]:
        """The channels by position, then id; the first is the default."""
        return sorted(self.channels.values(), key=lambda record: (record.position, record.id))

    def channel(self, record: ChannelRecord) -> Channel:
        """The channel as other modules know it."""
        market = self.markets[record.market]
        return Channel(record.id, market, record.price_lists, record.sources, record.few_left, record.shows_figures)


@dataclass(frozen=True, slots=True)
class Directory:
    """The places ready to be looked up: markets by id, channels with the default one first, stores by channel."""

    places: Places
    markets: Sequence[Market]
    channels: Sequence[Channel]
    by_id: Mapping[str, Channel]
    stores: Mapping[str, Sequence[Store]]

    @classmethod
    def of(cls, places: Places) -> Directory:
        """From all that market keeps."""
        channels = tuple(places.channel(record) for record in places.in_order())
        return cls(
            places,
            tuple(sorted(places.markets.values(), key=lambda market: market.id)),
            channels,
            {channel.id: channel for channel in channels},
            {
                channel.id: tuple(store for _, store in sorted(places.stores.items()) if channel.id in store.channels)
                for channel in channels
            },
        )


def state(place: Place) -> dict[str, Any]:
    """A place in JSON values: what events, the audit log and the tables hold."""
    match place:
        case Market():
            return {
                "country": place.country,
                "zone": place.zone.key,
                "currencies": list(place.currencies),
                "locales": list(place.locales),
                "rounding": place.rounding.value,
                "tax_rounding": place.tax_rounding.value,
                "line_steps": [list(pair) for pair in place.line_steps],
                "policies": document(place.policies),
            }
        case ChannelRecord():
            return {
                "market": place.market,
                "price_lists": list(place.price_lists),
                "sources": list(place.sources),
                "few_left": place.few_left,
                "shows_figures": place.shows_figures,
                "position": place.position,
            }
        case Store():
            return {"name": place.name, "country": place.country, "channels": list(place.channels)}
