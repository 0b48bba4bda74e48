"""From where lines are served, and why from there: the words of a plan (4.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from modules.inventory.model.sources import Source
from modules.inventory.model.strategies import Strategy
from modules.kernel.names import Sku, SourceId
from modules.kernel.stock import Availability


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationInput:
    """Where goods are to go as handed in, unchecked; degrees are decimal strings, both or none."""

    country: str
    latitude: str | None = None
    longitude: str | None = None


@dataclass(frozen=True, slots=True)
class Destination:
    """Where goods are to go. Without coordinates all that is known is the country."""

    country: str
    latitude_micros: int | None = None
    longitude_micros: int | None = None


class Goal(StrEnum):
    """What a set of sources is measured by, added up over its sources; less is better."""

    UNFILLED = "unfilled"
    PARCELS = "parcels"
    STORES = "stores"
    PRIORITY = "priority"
    DISTANCE = "distance"
    SCARCITY = "scarcity"


class Demand(NamedTuple):
    """A line that is to be served: so much of a sku, in millionths."""

    line: str
    sku: Sku
    quantity: int


class Way(NamedTuple):
    """A source on the way to somebody: how far it is, why it is out, and why it would leave later than today."""

    source: Source
    metres: int | None = None
    out: str = ""
    """`DOES_NOT_SHIP`, `NOT_CHOSEN_STORE`...; empty for one that takes part."""
    late: str = ""
    """`CUT_OFF_PASSED`, `CAPACITY_USED`, `CLOSED_TODAY`: takes part only if those that leave today do not suffice."""


class Candidate(NamedTuple):
    """A way, and what can be had there (None: without limit)."""

    way: Way
    rooms: Mapping[Sku, int | None]

    @property
    def id(self) -> SourceId:
        """The source's."""
        return self.way.source.id

    def can_give(self, sku: Sku, wish: int) -> int:
        """How much of a wish it has."""
        room = self.rooms.get(sku, 0)
        return wish if room is None else max(min(room, wish), 0)


class Share(NamedTuple):
    """So much of a line from one source."""

    line: str
    sku: Sku
    source: SourceId
    quantity: int


class Reason(NamedTuple):
    """Why a source is in the plan, or is not: CHOSEN, NOT_NEEDED, NOTHING_TO_GIVE, or what put it out."""

    source: SourceId
    because: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Shares in the order of the lines; `score` by goal in the strategy's order; one reason per candidate, in theirs.

    `missing` is what is not served, by line. `is_exact`: no other set of sources is better.
    """

    shares: tuple[Share, ...]
    missing: Mapping[str, int]
    score: tuple[tuple[Goal, int], ...]
    reasons: tuple[Reason, ...]
    is_exact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedLine:
    """So much of a sku as asked for, unchecked; the quantity is a decimal string."""

    sku: str
    quantity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedInput:
    """A question as handed in, unchecked. What `cart` holds does not count against it (I-3). `pick_up_at`: the goods
    are fetched there; with a destination they are sent."""

    lines: Sequence[AskedLine]
    destination: DestinationInput | None = None
    pick_up_at: str | None = None
    at: datetime | None = None
    strategy: Strategy | None = None
    cart: str = ""


class Departure(NamedTuple):
    """What leaves one source together. `ready`: from when on all of it is there; `day`: of the source's calendar.

    None: nobody can say, as goods are on back-order without a date, or the source never works.
    """

    source: SourceId
    ready: datetime | None
    day: date | None
    same_day: bool


@dataclass(frozen=True, slots=True)
class Sourced:
    """What can be had of each line, from where it would come, and when it leaves.

    `on_request`: the goods would be fetched at a store whose figures are stale, so that somebody must look (F-6).
    """

    demands: tuple[Demand, ...]
    answers: tuple[Availability, ...]
    """One per demand."""
    plan: Plan
    departures: tuple[Departure, ...]
    on_request: bool

    @property
    def is_filled(self) -> bool:
        """Whether all of it can be had."""
        return not self.plan.missing

    @property
    def same_day(self) -> bool:
        """Whether all of it leaves on the day of the order."""
        return self.is_filled and all(departure.same_day for departure in self.departures)

    @property
    def earliest(self) -> date | None:
        """The day on which the last of it leaves; None: not known, or not all of it can be had."""
        days = [departure.day for departure in self.departures]
        if not self.is_filled or None in days:
            return None
        return max((day for day in days if day), default=None)
