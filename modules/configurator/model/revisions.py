"""Parts, their dated revisions, and what a revision may become when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from modules.configurator.model.characteristics import Value
from modules.configurator.model.errors import BadTransition, DateOverlap, NoRevision
from modules.configurator.model.masters import Master
from modules.kernel.names import Sku


class Status(StrEnum):
    """Of a revision."""

    TENTATIVE = "tentative"
    """Everything may be edited; for the modeller's preview alone."""
    TEST = "test"
    """Everything may be edited; sessions of kind TEST are allowed and never ordered."""
    RELEASED = "released"
    """Can be sold; an edit makes a new content version, and is guarded."""
    OBSOLETE = "obsolete"
    """Read only; its specifications stay readable, no new sessions."""


class Check(StrEnum):
    """What must hold before a transition."""

    NONE = "none"
    STRUCTURE = "structure"
    FULL = "full"


TRANSITIONS: Final[Mapping[tuple[Status, Status], Check]] = {
    (Status.TENTATIVE, Status.TEST): Check.STRUCTURE,
    (Status.TENTATIVE, Status.RELEASED): Check.FULL,
    (Status.TENTATIVE, Status.OBSOLETE): Check.NONE,
    (Status.TEST, Status.TENTATIVE): Check.NONE,
    (Status.TEST, Status.RELEASED): Check.FULL,
    (Status.TEST, Status.OBSOLETE): Check.NONE,
    (Status.RELEASED, Status.OBSOLETE): Check.NONE,
}
"""Every transition there is (section 3); OBSOLETE is final."""


class CostLevel(StrEnum):
    """Whether a cost is kept for the part, or for each of its configurations."""

    PART = "part"
    CONFIGURATION = "configuration"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part(Master):
    """An article that is configured; its id is a sku."""

    id: Sku
    family: str
    configurable: bool = True
    cost_level: CostLevel = CostLevel.CONFIGURATION


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionCharacteristic:
    """A characteristic as a revision has it. `options` are the ids it allows, None all of the family's; `low` and
    `high` narrow the characteristic's own bounds."""

    characteristic: str
    sequence: int = 0
    required: bool = False
    hidden: bool = False
    default: Value | None = None
    default_quantity: Decimal | None = None
    options: frozenset[str] | None = None
    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A part as it is sold from `phase_in` until before `phase_out` (None: until further notice), local dates of the
    site. `content_version` counts accepted edits while released."""

    part: Sku
    number: int
    status: Status = Status.TENTATIVE
    phase_in: date
    phase_out: date | None = None
    members: tuple[RevisionCharacteristic, ...] = ()
    content_version: int = 1
    compile_hash: str = ""
    """Of its content in that version, SHA-256 in hexadecimal."""
    version: int = 0

    def holds_on(self, day: date) -> bool:
        """Whether its half-open interval contains the day."""
        return self.phase_in <= day and (self.phase_out is None or day < self.phase_out)

    def meets(self, other: Revision) -> bool:
        """Whether some day belongs to both."""
        return (other.phase_out is None or self.phase_in < other.phase_out) and (
            self.phase_out is None or other.phase_in < self.phase_out
        )


def check_for(revision: Revision, status: Status) -> Check:
    """What must hold before the revision may become this; raises BadTransition where it never may."""
    found = TRANSITIONS.get((revision.status, status))
    if found is None:
        raise BadTransition(
            revision.status, status, allowed=[to for begin, to in TRANSITIONS if begin == revision.status]
        )
    return found


def release(revision: Revision, others: Iterable[Revision], close_predecessor: bool = False) -> list[Revision]:
    """The revisions that change when this one is released, itself first. `others` are the part's.

    An open-ended released predecessor that began earlier is closed at the new phase-in if the caller says so; any other
    day in common with a released revision raises DateOverlap.
    """
    check_for(revision, Status.RELEASED)
    changed = [replace(revision, status=Status.RELEASED)]
    for other in others:
        if other.number == revision.number or other.status is not Status.RELEASED or not other.meets(revision):
            continue
        if not (close_predecessor and other.phase_out is None and other.phase_in < revision.phase_in):
            raise DateOverlap(str(revision.part), revision.number, other.number)
        changed.append(replace(other, phase_out=revision.phase_in))
    return changed


def effective(part: Sku, revisions: Iterable[Revision], day: date) -> Revision:
    """The released revision of the part that holds on a local day; raises NoRevision when there is none."""
    found = (one for one in revisions if one.status is Status.RELEASED and one.holds_on(day))
    if (revision := next(found, None)) is None:
        raise NoRevision(str(part), day)
    return revision
