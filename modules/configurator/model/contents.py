"""A revision's content version whole: all that one step of configuring depends on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from modules.configurator.model.characteristics import Characteristic, Option
from modules.configurator.model.families import PackageComponent
from modules.configurator.model.formulas import CombinationTable, Formula
from modules.configurator.model.revisions import RevisionCharacteristic
from modules.configurator.model.rules import FrontRule
from modules.kernel.names import Sku


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a part offers and what holds between it; immutable, so that whatever is made of it may be kept.

    `members` are in the order of their sequence and name keys of `characteristics`; `rules` are in the order of theirs.
    """

    part: Sku
    revision: int
    version: int = 1
    characteristics: Mapping[str, Characteristic]
    members: tuple[RevisionCharacteristic, ...]
    components: tuple[PackageComponent, ...] = ()
    formulas: Mapping[str, Formula] = field(default_factory=dict)
    tables: Mapping[str, CombinationTable] = field(default_factory=dict)
    rules: tuple[FrontRule, ...] = ()

    def options(self, member: RevisionCharacteristic) -> tuple[Option, ...]:
        """The options of a member that the revision allows, by their sequence."""
        every = self.characteristics[member.characteristic].options
        allowed = [option for option in every if member.options is None or option.id in member.options]
        return tuple(sorted(allowed, key=lambda option: option.sequence))
