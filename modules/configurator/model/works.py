"""The shop floor and what is bought: work centres, supplies, costs and overheads (sections 7 and 8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from modules.configurator.model.contents import Content
from modules.configurator.model.masters import Master
from modules.configurator.model.revisions import CostLevel
from modules.configurator.model.structures import Routing, Structure
from modules.kernel.names import Sku

WORKING_WEEK = frozenset(range(5))
"""Monday to Friday."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkCentre(Master):
    """Where work is done: for `hours_per_day` on its weekdays (0 is Monday), but not on `closed` days.

    An hour costs `rate_micros` millionths of the currency's unit; None: not known.
    """

    hours_per_day: Decimal = Decimal(8)
    weekdays: frozenset[int] = WORKING_WEEK
    closed: frozenset[date] = frozenset()
    rate_micros: int | None = None

    def is_open(self, day: date) -> bool:
        """Whether it works on this day."""
        return day.weekday() in self.weekdays and day not in self.closed


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """How a part is counted and bought. `lead_time_days` are calendar days; None: not known."""

    part: Sku
    unit: str = ""
    """Empty for pieces."""
    scale: int | None = None
    """Decimals of the unit; None: as the structure's line says."""
    lead_time_days: int | None = None
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Overhead:
    """What is added at a level of the tree (0 is the root), in millionths of its material and of its operations."""

    level: int
    material_micros: int = 0
    operations_micros: int = 0


FloorMaster = WorkCentre | Supply | Overhead


def place_of(one: FloorMaster) -> tuple[str, str]:
    """Its kind and what it is called: there is one of each."""
    match one:
        case WorkCentre(id=id):
            return "centre", id
        case Supply(part=part):
            return "supply", part
        case Overhead(level=level):
            return "overhead", str(level)


@dataclass(frozen=True, slots=True)
class Works:
    """All that making depends on, apart from what is made. `contents` are the revisions of configurable parts in force;
    a part without a structure and a routing is bought."""

    structures: Mapping[Sku, tuple[Structure, ...]] = field(default_factory=dict)
    routings: Mapping[Sku, tuple[Routing, ...]] = field(default_factory=dict)
    contents: Mapping[Sku, Content] = field(default_factory=dict)
    supplies: Mapping[Sku, Supply] = field(default_factory=dict)
    centres: Mapping[str, WorkCentre] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Floor:
    """Work centres and overheads, and how some parts are bought."""

    centres: Mapping[str, WorkCentre] = field(default_factory=dict)
    supplies: Mapping[Sku, Supply] = field(default_factory=dict)
    overheads: Mapping[int, Overhead] = field(default_factory=dict)


EVERY = "*"
"""Stands for all configurations of a part."""


@dataclass(frozen=True, slots=True)
class CostKey:
    """Whose cost it is: of one configuration of a part, or of all (EVERY)."""

    part: Sku
    configuration: str = EVERY


@dataclass(frozen=True, slots=True)
class StoredCost:
    """A unit cost that is kept, in millionths of the currency's unit. `inputs` is the hash of what it was rolled up
    from; empty: somebody handed it in."""

    key: CostKey
    micros: int
    inputs: str = ""
    changed_us: int = 0


@dataclass(frozen=True, slots=True)
class Costs:
    """Unit costs in millionths of the currency's unit, and overheads by level."""

    currency: str
    units: Mapping[CostKey, int] = field(default_factory=dict)
    overheads: Mapping[int, Overhead] = field(default_factory=dict)

    def of(self, part: Sku, configuration: str | None) -> tuple[CostKey, int | None]:
        """The configuration's cost, else the part's, else None; with whose it is."""
        own = CostKey(part, configuration or EVERY)
        if own in self.units:
            return own, self.units[own]
        every = CostKey(part)
        return every, self.units.get(every)


def key_to_save(part: Sku, configuration: str | None, level: CostLevel) -> CostKey:
    """Where a standard cost is written: at level PART "*", at level CONFIGURATION the id."""
    return CostKey(part, EVERY if level is CostLevel.PART or configuration is None else configuration)
