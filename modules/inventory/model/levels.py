"""Levels as handed in and as kept; what a new count changes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple, Self

from modules.inventory.events import StockChanged
from modules.kernel.errors import Refused
from modules.kernel.feed import ChangeKind
from modules.kernel.moments import from_us, to_us
from modules.kernel.names import Sku, SourceId
from modules.kernel.quantity import ZERO, Quantity, format_quantity
from modules.kernel.stock import Availability, IncomingStock
from modules.kernel.viewer import Permission, Role, Viewer


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
    held: Quantity = ZERO
    """Set aside by holds; due ones count until somebody notes their end."""
    committed: Quantity = ZERO
    """Sold and not shipped yet, without what the ERP has taken off already (F-4)."""

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
            Quantity(event.held_micros),
            Quantity(event.committed_micros),
        )

    def event(self) -> StockChanged:
        """The level as others are told of it."""
        return StockChanged(version=self.version, **self.state())

    def state(self) -> dict[str, Any]:
        """The level in JSON values, without its version."""
        goods = [{"at_us": to_us(item.at), "quantity_micros": item.quantity} for item in self.incoming]
        return {
            "sku": self.sku,
            "source": self.source,
            "on_hand_micros": self.on_hand,
            "safety_stock_micros": self.safety_stock,
            "track": self.track,
            "backorder_limit_micros": self.backorder_limit,
            "incoming": tuple(goods),
            "as_of_us": self.as_of_us,
            "held_micros": self.held,
            "committed_micros": self.committed,
        }


Levels = dict[Sku, dict[SourceId, Level]]
"""Levels by sku and source."""

Place = tuple[Sku, SourceId]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known beside the levels: when each source was told of last, whose deltas miss one (F-2), what the asker
    holds already (I-3), and how many parcels of today each source has."""

    heard: Mapping[SourceId, int] = field(default_factory=dict)
    gaps: frozenset[Place] = frozenset()
    own: Mapping[Place, int] = field(default_factory=dict)
    parcels: Mapping[SourceId, int] = field(default_factory=dict)


NOTHING_KNOWN: Final = Known()


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


class BackorderElsewhere(Refused):
    """The sku may be back-ordered at another source already; it may stand at one only (I-2)."""

    code = "BACKORDER_ELSEWHERE"

    def __init__(self, sku: str, source: str, path: Sequence[str | int] = ()) -> None:
        super().__init__(f"{sku!r} may be back-ordered at {source!r} already.", path)
        self.sku = sku
        self.source = source


def one_backorder(
    counts: Sequence[tuple[tuple[str | int, ...], Count]], kept: Mapping[Sku, Sequence[SourceId]]
) -> tuple[list[Count], list[Refused]]:
    """The counts after which each sku may be back-ordered at one source at most, and refusals of the others (I-2).

    `kept` are sources where a sku may be back-ordered as yet; a count of the same call may end that.
    """
    ended = {(count.sku, count.source) for _, count in counts if count.backorder_limit == 0}
    good: list[Count] = []
    refused: list[Refused] = []
    begun: dict[Sku, SourceId] = {}
    for path, count in counts:
        if count.backorder_limit:
            before = (source for source in kept.get(count.sku, ()) if (count.sku, source) not in ended)
            other = next((source for source in before if source != count.source), begun.get(count.sku))
            if other is not None:
                refused.append(BackorderElsewhere(count.sku, other, (*path, "backorderLimit")))
                continue
            begun[count.sku] = count.source
        good.append(count)
    return good, refused


class CountBelowReserved(Refused):
    """Less than is set aside at the source, which the market of a channel that sells from there refuses (choice 21);
    quantities are decimal strings in the product's unit."""

    code = "BELOW_RESERVED"

    def __init__(self, sku: str, source: str, reserved: str, on_hand: str, path: Sequence[str | int] = ()) -> None:
        super().__init__(f"{reserved} of {sku!r} are set aside at {source!r}, {on_hand} would lie there.", path)
        self.sku = sku
        self.source = source
        self.reserved = reserved
        self.on_hand = on_hand

    @classmethod
    def of(cls, level: Level, path: Sequence[str | int] = ()) -> Self | None:
        """The refusal of a level that would be; None when it covers what is set aside there, or nobody counts it."""
        reserved = level.held + level.committed
        if not level.track or level.on_hand + level.backorder_limit >= reserved:
            return None
        return cls(level.sku, level.source, format_quantity(reserved), format_quantity(level.on_hand), path)


def none_below(
    counts: Sequence[tuple[tuple[str | int, ...], Count]], levels: Levels, refusing: Collection[SourceId]
) -> tuple[list[tuple[tuple[str | int, ...], Count]], list[Refused]]:
    """The counts that cover what is set aside, and refusals of the others at sources where that is asked for."""
    good: list[tuple[tuple[str | int, ...], Count]] = []
    refused: list[Refused] = []
    for path, count in counts:
        before = levels.get(count.sku, {}).get(count.source) or Level(count.sku, count.source)
        below = CountBelowReserved.of(count.applied(before), (*path, "onHand")) if count.source in refusing else None
        if below is None:
            good.append((path, count))
        else:
            refused.append(below)
    return good, refused


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
