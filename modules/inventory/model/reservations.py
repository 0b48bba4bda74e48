"""Reservations: what is set aside for somebody, and what may become of it (4.2).

HELD -> COMMITTED -> SHIPPED; HELD -> RELEASED or EXPIRED; COMMITTED -> RELEASED. Nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from modules.inventory.events import ReservationChanged
from modules.inventory.model.holding import NO_RULES, HoldRules, Purpose
from modules.inventory.model.sources import Buffers
from modules.inventory.model.sourcing import Way
from modules.inventory.model.strategies import Strategy
from modules.kernel.errors import Refused
from modules.kernel.names import ChannelId, Sku, SourceId
from modules.kernel.quantity import ZERO, Quantity
from modules.kernel.viewer import Principal


class ReservationState(StrEnum):
    """Where it stands."""

    HELD = "held"
    COMMITTED = "committed"
    SHIPPED = "shipped"
    RELEASED = "released"
    EXPIRED = "expired"


class Reservation(NamedTuple):
    """So much of a sku at a source. Those of one hold share its id; theirs is `hold.number`."""

    id: str
    hold: str
    line: str
    """What the caller calls it, such as a cart's line."""
    sku: Sku
    source: SourceId
    quantity: Quantity
    shipped: Quantity
    state: ReservationState
    purpose: Purpose
    owner: str
    """The cart or principal it counts for (R-6)."""
    customer: str
    channel: ChannelId
    order: str
    expires_at_us: int | None
    """From then on it counts no more, whether or not anybody has noted it (R-3); None: it does not expire."""
    created_us: int
    erp_included_at_us: int | None = None
    """Since when the ERP's figures contain it, so that it must not be taken off them again (F-4)."""
    version: int = 1
    store: str = ""
    """Where it was asked for; empty: in no store."""
    changed_us: int = 0
    """When it became what it is."""

    @property
    def open(self) -> Quantity:
        """What is still set aside."""
        live = self.state in (ReservationState.HELD, ReservationState.COMMITTED)
        return Quantity(self.quantity - self.shipped) if live else ZERO

    def is_for(self, principal: Principal | None) -> bool:
        """Whether they may know and change it: it is of their channels, and was asked for or lies in their stores. None
        stands for the house itself."""
        return principal is None or principal.serves(self.channel, self.store, self.source)

    def is_due(self, now_us: int) -> bool:
        """Whether it is a hold whose time is over."""
        held = self.state is ReservationState.HELD
        return held and self.expires_at_us is not None and self.expires_at_us <= now_us

    def event(self) -> ReservationChanged:
        """The reservation as others are told of it; who it is for is nobody's business."""
        return ReservationChanged(
            version=self.version,
            id=self.id,
            hold=self.hold,
            line=self.line,
            sku=self.sku,
            source=self.source,
            quantity_micros=self.quantity,
            shipped_micros=self.shipped,
            state=self.state.value,
            purpose=self.purpose.value,
            owner=self.owner,
            order=self.order,
            expires_at_us=self.expires_at_us,
        )


class UnknownReservation(Refused):
    """No reservation or hold has this id."""

    code = "UNKNOWN_RESERVATION"

    def __init__(self, id: str, path: Sequence[str | int] = ()) -> None:
        super().__init__(f"There is no reservation {id[:100]!r}.", path)
        self.reservation = id[:100]


class InvalidTransition(Refused):
    """A reservation cannot become this from what it is."""

    code = "INVALID_TRANSITION"

    def __init__(self, reservation: Reservation, wish: str, path: Sequence[str | int] = ()) -> None:
        super().__init__(f"The reservation {reservation.id!r} is {reservation.state}; it cannot be {wish}.", path)
        self.reservation = reservation.id
        self.state = reservation.state.value


class ReservationExpired(Refused):
    """The hold's time is over and its goods have gone to others."""

    code = "RESERVATION_EXPIRED"

    def __init__(self, hold: str, path: Sequence[str | int] = ()) -> None:
        super().__init__(f"The hold {hold[:100]!r} has expired, and not all of it can be had any more.", path)
        self.hold = hold[:100]


class InsufficientOnHand(Refused):
    """Less lies there than is to be shipped; quantities are decimal strings in the product's unit."""

    code = "INSUFFICIENT_ON_HAND"

    def __init__(self, sku: str, source: str, on_hand: str, requested: str, path: Sequence[str | int] = ()) -> None:
        super().__init__(f"{requested} of {sku!r} are to leave {source!r}, {on_hand} lie there.", path)
        self.sku = sku
        self.source = source
        self.on_hand = on_hand
        self.requested = requested


class HoldLimitReached(Refused):
    """A customer or owner holds as much as one may (R-6)."""

    code = "HOLD_LIMIT_REACHED"

    def __init__(self, what: str, limit: str, path: Sequence[str | int] = ()) -> None:
        super().__init__(f"{what}: the limit of {limit} is reached.", path)
        self.limit = limit


@dataclass(frozen=True, slots=True)
class CallKey:
    """What makes a call the same one when it comes again (R-1): a hash of principal, operation and key, and one of
    its input. An empty id: each call is a new one."""

    id: str
    body: str


_NONE: Final[Mapping[Any, Any]] = MappingProxyType({})


class HoldLine(NamedTuple):
    """So much of a sku, from the first of these sources that has it; split over several only where that is wished."""

    line: str
    sku: Sku
    sources: tuple[SourceId, ...]
    quantity: Quantity
    path: tuple[str | int, ...]
    scale: int = 6
    """Decimals of its quantities."""


class Hold(NamedTuple):
    """Sets aside all lines or none (R-4). A tuple, as thousands are made in a second and a tuple is made fastest."""

    key: CallKey
    id: str
    lines: tuple[HoldLine, ...]
    purpose: Purpose
    owner: str
    channel: ChannelId
    customer: str = ""
    buffers: Buffers = _NONE
    rules: HoldRules = NO_RULES
    ttl_us: int | None = None
    split: bool = True
    ways: Mapping[SourceId, Way] = _NONE
    """Where lines that may come from several sources may come from; empty: their sources, in their order."""
    strategy: Strategy = Strategy.MIN_SPLIT
    spare: Mapping[SourceId, Quantity] = _NONE
    """What is left untouched at a source besides buffers."""
    cut: bool = False
    """Whether a line of which less can be had is cut to that, and told, instead of refused (choice 19)."""
    store: str = ""
    """Where it is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extend:
    """Lets a hold last longer, counted from now; only one that has not expired, and not beyond its longest life."""

    key: CallKey
    hold: str
    ttl_us: int
    rules: HoldRules = NO_RULES
    path: tuple[str | int, ...] = ()
    by: Principal | None = None
    """Who asks; what is not theirs does not exist for them. None: the house itself. So in all calls that name an id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resize:
    """Changes how much a reservation sets aside; only what is added must be available. `cut` and `scale` as of a hold
    and its lines."""

    key: CallKey
    reservation: str
    quantity: Quantity
    buffers: Buffers = field(default_factory=dict)
    path: tuple[str | int, ...] = ()
    by: Principal | None = None
    scale: int = 6
    cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """Binds a hold to an order: it expires no more. One that has expired is held again first, if that can be."""

    key: CallKey
    hold: str
    order: str
    buffers: Buffers = field(default_factory=dict)
    path: tuple[str | int, ...] = ()
    by: Principal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ship:
    """Goods have left: on hand and open quantity fall together."""

    key: CallKey
    reservation: str
    quantity: Quantity
    path: tuple[str | int, ...] = ()
    by: Principal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Gives back a hold, one of its reservations, or a part of that (`quantity`)."""

    key: CallKey
    id: str
    quantity: Quantity | None = None
    lost: bool = False
    """Nobody finds it: it is not given back, but leaves on hand, too."""
    path: tuple[str | int, ...] = ()
    by: Principal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Restock:
    """Goods came back: on hand rises."""

    key: CallKey
    sku: Sku
    source: SourceId
    quantity: Quantity
    path: tuple[str | int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Lets whoever waits for these have what can be had of them."""

    places: tuple[tuple[Sku, SourceId], ...]
    key: CallKey = CallKey("", "")


Call = Hold | Extend | Resize | Commit | Ship | Release | Restock | Offer


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of a call: its reservations as they are now, or why nothing was done; of what was cut, both."""

    reservations: tuple[Reservation, ...] = ()
    problems: tuple[Refused, ...] = ()
