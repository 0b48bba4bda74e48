"""Sources and buffers as handed in and as kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Final, NamedTuple

from modules.inventory.events import BuffersChanged, SourcesChanged
from modules.inventory.model.holding import HoldRules
from modules.inventory.model.strategies import SourcingRule, Strategy
from modules.kernel.errors import InvalidInput
from modules.kernel.money import MICROS
from modules.kernel.names import ChannelId, SourceId
from modules.kernel.quantity import ONE, ZERO, Quantity

ANY: Final = "*"
"""Every sku, or every source, in a buffer."""
WORKING_DAYS: Final = (1, 2, 3, 4, 5)
"""Monday to Friday."""


class SourceType(StrEnum):
    """What kind of place holds the stock."""

    WAREHOUSE = "warehouse"
    STORE = "store"
    DROPSHIPPER = "dropshipper"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceInput:
    """A source as handed in, unchecked and whole. Degrees and buffers are decimal strings, `cut_off` is HH:MM in `zone`
    (IANA), days are numbered from Monday, 1, holidays are ISO 8601 dates."""

    id: str
    name: str
    type: SourceType = SourceType.WAREHOUSE
    priority: int = 0
    country: str | None = None
    latitude: str | None = None
    longitude: str | None = None
    cut_off: str | None = None
    zone: str = "UTC"
    can_ship: bool = True
    can_pick_up: bool = False
    sells: bool = True
    working_days: Sequence[int] = WORKING_DAYS
    holidays: Sequence[str] = ()
    ship_capacity_per_day: int | None = None
    fresh_seconds: int | None = None
    stale_buffer: str = "0"
    pickup_buffer: str = "1"
    pickup_days: int = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class BufferInput:
    """A buffer as handed in, unchecked: exactly one of `units` and `percent`, decimal strings ("2", "12.5")."""

    channel: str
    sku: str = ANY
    source: str = ANY
    units: str | None = None
    percent: str | None = None


class UnknownLocation(InvalidInput):
    """No source has this id; `allowed` names those there are."""

    code = "UNKNOWN_LOCATION"

    def __init__(self, source: str, path: Sequence[str | int], allowed: str) -> None:
        super().__init__(f"There is no source {source!r}.", path, allowed)
        self.source = source


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A place that holds stock. One that does not sell is for planning and in no channel's availability."""

    id: SourceId
    name: str
    type: SourceType
    priority: int
    """The smaller, the sooner it is asked."""
    country: str | None
    latitude_micros: int | None
    longitude_micros: int | None
    cut_off: str | None
    """HH:MM in `zone`: what is ordered later leaves on the next working day."""
    zone: str
    can_ship: bool
    can_pick_up: bool
    sells: bool
    working_days: tuple[int, ...] = WORKING_DAYS
    """On which goods leave: 1 is Monday."""
    holidays: tuple[str, ...] = ()
    """Days on which nothing leaves, ascending ISO 8601 dates."""
    ship_capacity_per_day: int | None = None
    """Parcels that can leave on one day; None: without limit."""
    fresh_seconds: int | None = None
    """How long a telling about its stock holds; None: until the next one (F-6)."""
    stale_buffer_micros: Quantity = ZERO
    """What is left untouched while its stock is stale."""
    pickup_buffer_micros: Quantity = ONE
    """What is never promised for pick-up: a piece that a customer carries around in the store is on hand, too (4.4)."""
    pickup_days: int = 7
    """How long goods wait for who fetches them."""

    def state(self) -> dict[str, Any]:
        """The source in JSON values."""
        return asdict(self) | {"type": self.type.value}

    def event(self, version: int) -> SourcesChanged:
        """The source as others are told of it."""
        return SourcesChanged(version=version, **self.state())


class Buffer(NamedTuple):
    """What a channel leaves untouched for others: so many units, or a percentage in millionths of a percent."""

    channel: ChannelId
    sku: str
    source: str
    units: Quantity | None
    percent_micros: int | None

    def withheld(self, on_hand: int) -> int:
        """The quantity held back of so much; of a percentage whole units, rounded up, as no half unit is ever sold."""
        if self.percent_micros is None:
            return self.units or ZERO
        return -(-max(on_hand, 0) * self.percent_micros // (100 * MICROS * MICROS)) * MICROS

    def state(self) -> dict[str, Any]:
        """The buffer in JSON values."""
        return {
            "channel": self.channel,
            "sku": self.sku,
            "source": self.source,
            "units_micros": self.units,
            "percent_micros": self.percent_micros,
        }

    def event(self, version: int) -> BuffersChanged:
        """The buffer as others are told of it."""
        return BuffersChanged(version=version, **self.state())


Part = Source | Buffer | HoldRules | SourcingRule
"""One thing of which the setup is made."""

Buffers = Mapping[tuple[str, str], Buffer]
"""A channel's buffers by sku and source."""


@dataclass(frozen=True, slots=True)
class Setup:
    """All sources by priority, then id, and the buffers by channel."""

    sources: Mapping[SourceId, Source] = field(default_factory=dict)
    buffers: Mapping[ChannelId, Buffers] = field(default_factory=dict)
    hold_rules: Mapping[str, HoldRules] = field(default_factory=dict)
    """By channel; `*` holds for those that have none of their own."""
    sourcing_rules: Mapping[str, SourcingRule] = field(default_factory=dict)
    """By channel, likewise."""

    @classmethod
    def of(
        cls,
        sources: Iterable[Source],
        buffers: Iterable[Buffer],
        hold_rules: Mapping[str, HoldRules] | None = None,
        sourcing_rules: Mapping[str, SourcingRule] | None = None,
    ) -> Setup:
        """Sorts and files them."""
        filed: dict[ChannelId, dict[tuple[str, str], Buffer]] = {}
        for buffer in buffers:
            filed.setdefault(buffer.channel, {})[buffer.sku, buffer.source] = buffer
        ordered = sorted(sources, key=lambda source: (source.priority, source.id))
        return cls({source.id: source for source in ordered}, filed, hold_rules or {}, sourcing_rules or {})

    def former(self, item: Part) -> Part | None:
        """What this item replaces."""
        if isinstance(item, Source):
            return self.sources.get(item.id)
        if isinstance(item, HoldRules):
            return self.hold_rules.get(item.channel)
        if isinstance(item, SourcingRule):
            return self.sourcing_rules.get(item.channel)
        return self.buffers.get(item.channel, {}).get((item.sku, item.source))

    def strategy(self, channel: ChannelId) -> Strategy:
        """The channel's own, else that of all channels, else the fewest parcels (4.3)."""
        rule = self.sourcing_rules.get(channel) or self.sourcing_rules.get(ANY)
        return rule.strategy if rule else Strategy.MIN_SPLIT

    def selling(self, ids: Iterable[SourceId]) -> tuple[Source, ...]:
        """Those of these that exist and sell, in the given order."""
        known = (self.sources.get(id) for id in ids)
        return tuple(source for source in known if source and source.sells)


def most_specific(buffers: Buffers, sku: str, source: str) -> Buffer | None:
    """The one that counts: for this sku here, else for the sku, else for the source, else for all."""
    return (
        buffers.get((sku, source)) or buffers.get((sku, ANY)) or buffers.get((ANY, source)) or buffers.get((ANY, ANY))
    )
