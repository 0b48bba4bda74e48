"""Where and when: market, channel, store, hours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from modules.kernel.names import ChannelId, MarketId, StoreId
from modules.pricing.engine.case import Lack
from modules.pricing.engine.conditions.base import Anchors, Judge, Judgement, verdict
from modules.pricing.engine.schedule import is_open, next_change
from modules.pricing.engine.view import View
from modules.pricing.model.prices import Span


@dataclass(frozen=True, slots=True)
class InMarket(Judge):
    """The cart is in one of these markets."""

    KIND: ClassVar = "market"
    SUMMARY: ClassVar = "The cart is in one of these markets."
    DESCRIPTIONS: ClassVar = {"markets": "Ids of markets, of which one is enough."}
    LEAST: ClassVar = {"markets": 1}

    markets: tuple[MarketId, ...]

    def judge(self, view: View) -> Judgement:
        return verdict(self.KIND, view.market.id in self.markets)

    def required(self) -> Iterator[Anchors]:
        yield frozenset(("market", name) for name in self.markets)


@dataclass(frozen=True, slots=True)
class InChannel(Judge):
    """The cart is in one of these channels."""

    KIND: ClassVar = "channel"
    SUMMARY: ClassVar = "The cart is in one of these channels."
    DESCRIPTIONS: ClassVar = {"channels": "Ids of channels, of which one is enough."}
    LEAST: ClassVar = {"channels": 1}

    channels: tuple[ChannelId, ...]

    def judge(self, view: View) -> Judgement:
        return verdict(self.KIND, view.circumstances.channel.id in self.channels)

    def required(self) -> Iterator[Anchors]:
        yield frozenset(("channel", name) for name in self.channels)


@dataclass(frozen=True, slots=True)
class InStore(Judge):
    """It is bought in one of these stores."""

    KIND: ClassVar = "store"
    SUMMARY: ClassVar = "It is bought in one of these stores."
    DESCRIPTIONS: ClassVar = {"stores": "Ids of stores, of which one is enough."}
    LEAST: ClassVar = {"stores": 1}

    stores: tuple[StoreId, ...]

    def judge(self, view: View) -> Judgement:
        store = view.circumstances.store
        return verdict(self.KIND, store is not None and store.id in self.stores)

    def required(self) -> Iterator[Anchors]:
        yield frozenset(("store", name) for name in self.stores)


@dataclass(frozen=True, slots=True)
class InHours(Judge):
    """The market's clock is within one of these hours (G-5)."""

    KIND: ClassVar = "hours"
    SUMMARY: ClassVar = "It is one of these weekdays and hours, by the market's clock."
    DESCRIPTIONS: ClassVar = {"spans": "Hours on weekdays, of which one is enough."}
    LEAST: ClassVar = {"spans": 1}

    spans: tuple[Span, ...]

    def judge(self, view: View) -> Judgement:
        at_us, zone = view.circumstances.at_us, view.market.zone
        view.hold_until(next_change(self.spans, at_us, zone))
        met = bool(self.spans) and is_open(self.spans, at_us, zone)
        opens = None if met else next_change(self.spans, at_us, zone)
        return verdict(self.KIND, met, *([Lack("time", opens, at_us)] if opens else ()))
