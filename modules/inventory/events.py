"""What inventory publishes. Each event carries the whole new state of its key, so that nobody has to ask back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from modules.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class StockChanged(Event):
    """The level of a sku at a source. Quantities in millionths of the product's unit, moments in microseconds."""

    NAME: ClassVar[str] = "inventory.stock_changed.v1"
    sku: str
    source: str
    on_hand_micros: int
    safety_stock_micros: int
    track: bool
    backorder_limit_micros: int
    incoming: tuple[Mapping[str, int], ...]
    """`{"at_us", "quantity_micros"}`, ascending by moment."""
    as_of_us: int
    held_micros: int = 0
    committed_micros: int = 0

    @property
    def key(self) -> str:
        """`sku@source`: the last @ parts them, as the name of a source holds none."""
        return f"{self.sku}@{self.source}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationChanged(Event):
    """A reservation is new or other than before. Quantities in millionths of the product's unit."""

    NAME: ClassVar[str] = "inventory.reservation_changed.v1"
    id: str
    hold: str
    line: str
    sku: str
    source: str
    quantity_micros: int
    shipped_micros: int
    state: str
    purpose: str
    owner: str
    order: str
    expires_at_us: int | None

    @property
    def key(self) -> str:
        """The reservation's id."""
        return self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiterChanged(Event):
    """A place on the waiting list is new or other than before; OFFERED: the goods are held under `hold`."""

    NAME: ClassVar[str] = "inventory.waiter_changed.v1"
    id: str
    sku: str
    channel: str
    quantity_micros: int
    owner: str
    state: str
    hold: str

    @property
    def key(self) -> str:
        """The waiter's id."""
        return self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRulesChanged(Event):
    """How long and how much a channel may hold (`*`: all channels) is new or other than before."""

    NAME: ClassVar[str] = "inventory.hold_rules_changed.v1"
    channel: str
    units_per_customer_micros: int | None
    holds_per_owner: int | None
    life_times: Mapping[str, Sequence[int | None]]
    """By purpose: how long a hold usually lasts, and at most, in microseconds; null: without end."""

    @property
    def key(self) -> str:
        """The channel."""
        return self.channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Overcommitted(Event):
    """More is set aside at a source than is there, after a figure of a system of record (F-3). Nothing was dropped.

    `reservations` are all open ones, the youngest first: `{"id", "order", "quantity_micros"}`.
    """

    NAME: ClassVar[str] = "inventory.overcommitted.v1"
    sku: str
    source: str
    short_micros: int
    reservations: Sequence[Mapping[str, str | int]]

    @property
    def key(self) -> str:
        """`sku@source`."""
        return f"{self.sku}@{self.source}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedGap(Event):
    """A system's deltas about a sku at a source miss one; an absolute figure is asked for (F-2)."""

    NAME: ClassVar[str] = "inventory.feed_gap.v1"
    system: str
    sku: str
    source: str

    @property
    def key(self) -> str:
        """`sku@source@system`."""
        return f"{self.sku}@{self.source}@{self.system}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferChanged(Event):
    """Goods are on their way between sources, or are no more."""

    NAME: ClassVar[str] = "inventory.transfer_changed.v1"
    id: str
    sku: str
    origin: str
    target: str
    quantity_micros: int
    received_micros: int
    state: str
    expected_us: int

    @property
    def key(self) -> str:
        """The transfer's id."""
        return self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcesChanged(Event):
    """A source is new or other than before."""

    NAME: ClassVar[str] = "inventory.sources_changed.v1"
    id: str
    name: str
    type: str
    priority: int
    country: str | None
    latitude_micros: int | None
    longitude_micros: int | None
    cut_off: str | None
    zone: str
    can_ship: bool
    can_pick_up: bool
    sells: bool
    working_days: Sequence[int] = (1, 2, 3, 4, 5)
    holidays: Sequence[str] = ()
    ship_capacity_per_day: int | None = None
    fresh_seconds: int | None = None
    stale_buffer_micros: int = 0
    pickup_buffer_micros: int = 1_000_000
    pickup_days: int = 7

    @property
    def key(self) -> str:
        """The source's id."""
        return self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcingRulesChanged(Event):
    """By which goals a channel chooses its sources (`*`: all channels) is new or other than before."""

    NAME: ClassVar[str] = "inventory.sourcing_rules_changed.v1"
    channel: str
    strategy: str

    @property
    def key(self) -> str:
        """The channel."""
        return self.channel


@dataclass(frozen=True, slots=True, kw_only=True)
class PickupChanged(Event):
    """A pick-up is new or other than before. `lines`: `{"line", "sku", "quantity_micros", "picked_micros"}`; who
    fetches it, and with which code, is nobody's business."""

    NAME: ClassVar[str] = "inventory.pickup_changed.v1"
    id: str
    store: str
    channel: str
    order: str
    owner: str
    state: str
    hold: str
    resourced: str
    lines: Sequence[Mapping[str, str | int]]
    deadline_us: int | None
    extended: bool
    created_us: int

    @property
    def key(self) -> str:
        """The pick-up's id."""
        return self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class BuffersChanged(Event):
    """What a channel holds back of a sku at a source (`*` for all) is new or other than before."""

    NAME: ClassVar[str] = "inventory.buffers_changed.v1"
    channel: str
    sku: str
    source: str
    units_micros: int | None
    percent_micros: int | None

    @property
    def key(self) -> str:
        """`sku@source@channel`."""
        return f"{self.sku}@{self.source}@{self.channel}"
