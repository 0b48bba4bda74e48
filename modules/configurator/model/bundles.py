"""A family's master data whole: all that its parts' revisions are made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from modules.configurator.model.cases import ConfigurationCase
from modules.configurator.model.changes import AnyMaster, Key, RevisionKey, key_of
from modules.configurator.model.characteristics import Characteristic
from modules.configurator.model.families import Family
from modules.configurator.model.formulas import CombinationTable, Formula
from modules.configurator.model.prices import PriceEntry
from modules.configurator.model.revisions import Part, Revision
from modules.configurator.model.rules import FrontRule, RuleTemplate
from modules.configurator.model.structures import Routing, Structure
from modules.kernel.names import Sku


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A family with the characteristics it uses and all that belongs to it and to its parts, in no order.

    Rules and cases of OBSOLETE revisions are not in it: they are read from their content alone.
    """

    family: Family
    characteristics: Mapping[str, Characteristic] = field(default_factory=dict)
    formulas: Mapping[str, Formula] = field(default_factory=dict)
    tables: Mapping[str, CombinationTable] = field(default_factory=dict)
    templates: Mapping[str, RuleTemplate] = field(default_factory=dict)
    parts: Mapping[Sku, Part] = field(default_factory=dict)
    revisions: Mapping[RevisionKey, Revision] = field(default_factory=dict)
    rules: Mapping[RevisionKey, tuple[FrontRule, ...]] = field(default_factory=dict)
    cases: Mapping[RevisionKey, tuple[ConfigurationCase, ...]] = field(default_factory=dict)
    structures: tuple[Structure, ...] = ()
    routings: tuple[Routing, ...] = ()
    prices: tuple[PriceEntry, ...] = ()

    def masters(self) -> Iterator[tuple[Key, AnyMaster]]:
        """Each with what it is known by."""
        every: list[Iterable[AnyMaster]] = [(self.family,), self.characteristics.values(), self.formulas.values()]
        every += [self.tables.values(), self.templates.values(), self.parts.values(), self.revisions.values()]
        every += [self.structures, self.routings, self.prices]
        yield from ((key_of(master), master) for masters in every for master in masters)
        within: list[tuple[RevisionKey, AnyMaster]] = [(of, one) for of, those in self.rules.items() for one in those]
        within += [(of, one) for of, those in self.cases.items() for one in those]
        yield from ((key_of(one, of), one) for of, one in within)
