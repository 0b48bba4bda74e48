"""What an edit is decided upon: some families whole, as they were at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from modules.configurator.model.bundles import Bundle
from modules.configurator.model.changes import Kind
from modules.configurator.model.characteristics import Characteristic


class Place(NamedTuple):
    """Where a master is kept: two keys that differ by the case of the id have one place."""

    kind: Kind
    within: str
    folded: str


class Head(NamedTuple):
    """Which state of a master it was: one that was removed and made again is another one."""

    version: int
    changed_us: int
    created_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Families and characteristics by their folded ids; `families` and `names` are what was asked for, there or not.

    `holders` are the families of each characteristic that is to be edited, `parts` the family of each part that is
    named, None for one that is not there: both folded.
    """

    families: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    holders: Mapping[str, frozenset[str]] = field(default_factory=dict)
    parts: Mapping[str, str | None] = field(default_factory=dict)
    bundles: Mapping[str, Bundle] = field(default_factory=dict)
    characteristics: Mapping[str, Characteristic] = field(default_factory=dict)
    heads: Mapping[Place, Head] = field(default_factory=dict)
