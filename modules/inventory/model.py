"""Sources, levels and buffers as handed in and as kept; what a new count changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple

from modules.inventory.events import BuffersChanged, SourcesChanged, StockChanged
from modules.kernel.errors import InvalidInput
from modules.kernel.feed import ChangeKind
from modules.kernel.moments import from_us, to_us
from modules.kernel.money import MICROS
from modules.kernel.names import ChannelId, Sku, SourceId
from modules.kernel.quantity import ZERO, Quantity
from modules.kernel.stock import Availability, IncomingStock
from modules.kernel.viewer import Permission, Role, Viewer

ANY: Final = "*"
"""Every sku, or every source, in a buffer."""


class SourceType(StrEnum):
    """What kind of place holds the stock."""

    WAREHOUSE = "warehouse"
    STORE = "store"
    DROPSHIPPER = "dropshipper"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceInput:
    """A source as handed in, unchecked and whole. Degrees are decimal strings, `cut_off` is HH:MM in `zone` (IANA)."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingInput:
    """Goods on their way as handed in, unchecked: when they are expected, and how much as a decimal string."""

    at: datetime
    quantity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelInput:
    """A count as handed in, unchecked. Quantities are decimal strings in the product's unit; None: as it was."""

    sku: str
    source: str
    on_hand: str
    safety_stock: str | None = None
    track: bool | None = None
    backorder_limit: str | None = None
    incoming: Sequence[IncomingInput] | None = None


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


Buffers = Mapping[tuple[str, str], Buffer]
"""A channel's buffers by sku and source."""


@dataclass(frozen=True, slots=True)
class Setup:
    """All sources by priority, then id, and the buffers by channel."""

    sources: Mapping[SourceId, Source] = field(default_factory=dict)
    buffers: Mapping[ChannelId, Buffers] = field(default_factory=dict)

    @classmethod
    def of(cls, sources: Iterable[Source], buffers: Iterable[Buffer]) -> Setup:
        """Sorts and files them."""
        filed: dict[ChannelId, dict[tuple[str, str], Buffer]] = {}
        for buffer in buffers:
            filed.setdefault(buffer.channel, {})[buffer.sku, buffer.source] = buffer
        ordered = sorted(sources, key=lambda source: (source.priority, source.id))
        return cls({source.id: source for source in ordered}, filed)

    def former(self, item: Source | Buffer) -> Source | Buffer | None:
        """What this item replaces."""
        if isinstance(item, Source):
            return self.sources.get(item.id)
        return self.buffers.get(item.channel, {}).get((item.sku, item.source))

    def selling(self, ids: Iterable[SourceId]) -> tuple[Source, ...]:
        """Those of these that exist and sell, in the given order."""
        known = (self.sources.get(id) for id in ids)
        return tuple(source for source in known if source and source.sells)


def most_specific(buffers: Buffers, sku: str, source: str) -> Buffer | None:
    """The one that counts: for this sku here, else for the sku, else for the source, else for all."""
    return (
        buffers.get((sku, source)) or buffers.get((sku, ANY)) or buffers.get((ANY, source)) or buffers.get((ANY, ANY))
    )


class Level(NamedTuple):
    """A sku's stock at a source. A tuple, as a page reads a hundred of them and a tuple is made fastest."""

    sku: Sku
    source: SourceId
    on_hand: Quantity = ZERO
    safety_stock: Quantity = ZERO
    track: bool = True
    """False: nobody counts it, there is always enough."""
    backorder_limit: Quantity = ZERO
    incoming: tuple[IncomingStock, ...] = ()
    """Ascending by moment."""
    version: int = 0
    """Rises with each change; 0 has never been written."""
    as_of_us: int = 0

    @classmethod
    def of(cls, event: StockChanged) -> Level:
        """The level that an event tells of."""
        incoming = tuple(
            IncomingStock(from_us(item["at_us"]), Quantity(item["quantity_micros"])) for item in event.incoming
        )
        return cls(
            Sku(event.sku),
            SourceId(event.source),
            Quantity(event.on_hand_micros),
            Quantity(event.safety_stock_micros),
            event.track,
            Quantity(event.backorder_limit_micros),
            incoming,
            event.version,
            event.as_of_us,
        )

    def event(self) -> StockChanged:
        """The level as others are told of it."""
        return StockChanged(version=self.version, **self.state())

    def state(self) -> dict[str, Any]:
        """The level in JSON values, without its version."""
        return {
            "sku": self.sku,
            "source": self.source,
            "on_hand_micros": self.on_hand,
            "safety_stock_micros": self.safety_stock,
            "track": self.track,
            "backorder_limit_micros": self.backorder_limit,
            "incoming": tuple({"at_us": to_us(item.at), "quantity_micros": item.quantity} for item in self.incoming),
            "as_of_us": self.as_of_us,
        }


Levels = dict[Sku, dict[SourceId, Level]]
"""Levels by sku and source."""


class Count(NamedTuple):
    """A checked wish: this is the level now. None leaves as it was."""

    sku: Sku
    source: SourceId
    on_hand: Quantity
    safety_stock: Quantity | None = None
    track: bool | None = None
    backorder_limit: Quantity | None = None
    incoming: tuple[IncomingStock, ...] | None = None

    def applied(self, level: Level) -> Level:
        """The level after the count; its version and moment are still those of before."""
        told = {name: value for name, value in self._asdict().items() if value is not None}
        return level._replace(**told)


def decide(levels: Levels, counts: Iterable[Count], now_us: int) -> list[Level]:
    """The levels that the counts change, in their order; what is so already is not among them. Each pair stands once.

    A pair without a level gets its first one. Versions rise by one.
    """
    changed: list[Level] = []
    for count in counts:
        before = levels.get(count.sku, {}).get(count.source) or Level(count.sku, count.source)
        after = count.applied(before)
        if after != before or not before.version:
            changed.append(after._replace(version=before.version + 1, as_of_us=now_us))
    return changed


def sees_stock(viewer: Viewer) -> bool:
    """Whether the viewer may know what lies where; others learn what they can have."""
    return viewer.may(Permission.STOCK_READ) or Role.STORE_ASSOCIATE in viewer.principal.roles


@dataclass(frozen=True, slots=True)
class StockNews:
    """What a follower of stock is told: all it asked for, or what changed, up to the cursor."""

    kind: ChangeKind
    cursor: str
    at: datetime
    items: tuple[Availability, ...]
