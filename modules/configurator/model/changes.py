"""Changes: the one word for an edit, from wherever it comes: a mutation, a family's document, the demo."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple

from modules.configurator.model.cases import ConfigurationCase
from modules.configurator.model.characteristics import Characteristic
from modules.configurator.model.families import Family
from modules.configurator.model.formulas import CombinationTable, Formula
from modules.configurator.model.masters import normal_id
from modules.configurator.model.prices import PriceEntry
from modules.configurator.model.revisions import Part, Revision, Status
from modules.configurator.model.rules import FrontRule, RuleTemplate
from modules.configurator.model.structures import Routing, Structure
from modules.kernel.names import Sku

AnyMaster = (
    Characteristic
    | Family
    | Part
    | Revision
    | Formula
    | CombinationTable
    | RuleTemplate
    | FrontRule
    | ConfigurationCase
    | Structure
    | Routing
    | PriceEntry
)
AtTheTop = FrontRule | RuleTemplate | PriceEntry
"""What has expressions in which there is no parent and no root."""
"""Whatever is edited as a whole, with a version of its own."""


class Kind(StrEnum):
    """Of master data, as rows and documents name it."""

    CHARACTERISTIC = "characteristic"
    FAMILY = "family"
    PART = "part"
    REVISION = "revision"
    FORMULA = "formula"
    TABLE = "table"
    TEMPLATE = "template"
    RULE = "rule"
    CASE = "case"
    STRUCTURE = "structure"
    ROUTING = "routing"
    PRICE = "price"


CLASSES: Final[Mapping[Kind, type[AnyMaster]]] = {
    Kind.CHARACTERISTIC: Characteristic,
    Kind.FAMILY: Family,
    Kind.PART: Part,
    Kind.REVISION: Revision,
    Kind.FORMULA: Formula,
    Kind.TABLE: CombinationTable,
    Kind.TEMPLATE: RuleTemplate,
    Kind.RULE: FrontRule,
    Kind.CASE: ConfigurationCase,
    Kind.STRUCTURE: Structure,
    Kind.ROUTING: Routing,
    Kind.PRICE: PriceEntry,
}
KINDS: Final[Mapping[type[AnyMaster], Kind]] = {kind: name for name, kind in CLASSES.items()}


class RevisionKey(NamedTuple):
    """Which revision of which part."""

    part: Sku
    number: int

    @property
    def text(self) -> str:
        """As one text: `DOOR#2`."""
        return f"{self.part}#{self.number}"

    @classmethod
    def of(cls, text: str) -> RevisionKey:
        """Back from the text; skus may hold a `#` of their own."""
        part, _, number = text.rpartition("#")
        return cls(Sku(part), int(number))


@dataclass(frozen=True, slots=True)
class Key:
    """What a master is known by: its id is unique, after case folding, among those of its kind `within` the same.

    `within` is the family of formulas, tables, templates and prices, the part of revisions, structures and routings
    (whose ids are their numbers), the revision (`DOOR#2`) of rules and cases, and nothing of the others.
    """

    kind: Kind
    id: str
    within: str = ""

    @property
    def folded(self) -> str:
        """By which two ids are the same; skus and numbers are what they are."""
        return self.id if self.kind in _AS_THEY_ARE else fold_id(self.id)

    @property
    def name(self) -> str:
        """For people: `rule R1 of DOOR#2`."""
        return f"{self.kind} {self.id} of {self.within}" if self.within else f"{self.kind} {self.id}"


_AS_THEY_ARE: Final = frozenset((Kind.PART, Kind.REVISION, Kind.STRUCTURE, Kind.ROUTING))


def fold_id(text: str) -> str:
    """The same for ids that differ by case or by how their letters are composed only."""
    return unicodedata.normalize("NFC", normal_id(text).casefold())


def key_of(master: AnyMaster, of: RevisionKey | None = None) -> Key:
    """What a master is known by; `of` is the revision of rules and cases."""
    match master:
        case FrontRule() | ConfigurationCase():
            return Key(KINDS[type(master)], master.id, "" if of is None else of.text)
        case Formula() | CombinationTable() | RuleTemplate() | PriceEntry():
            return Key(KINDS[type(master)], master.id, master.family)
        case Revision():
            return Key(Kind.REVISION, str(master.number), str(master.part))
        case Structure() | Routing():
            return Key(KINDS[type(master)], str(master.revision), str(master.part))
    return Key(KINDS[type(master)], str(master.id))


class FirstRevision(StrEnum):
    """What revision 1, which comes with a new part, begins with."""

    COPIED = "copied"
    """All characteristics of the family."""
    EMPTY = "empty"


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """The master is to be so, whole. `of` is the revision of rules and cases, and of nothing else.

    With an `expected_version` it is written only over that one; 0: only if there is none yet. What the store keeps for
    itself is not taken over: version and moments, a revision's status and content version, whether a formula is usable.
    Of expressions the source alone counts: it is read anew with the names that there are after all changes.
    """

    master: AnyMaster
    of: RevisionKey | None = None
    expected_version: int | None = None
    first_revision: FirstRevision = FirstRevision.COPIED
    """Of a new part."""

    @property
    def key(self) -> Key:
        """What is written."""
        return key_of(self.master, self.of)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remove:
    """The master is to be no more, with all that lies within it."""

    key: Key
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Become:
    """A revision is to have another status (section 3).

    `close_predecessor`: a released one that holds until further notice ends where this one begins, when it is RELEASED.
    """

    revision: RevisionKey
    status: Status
    close_predecessor: bool = False
    expected_version: int | None = None

    @property
    def key(self) -> Key:
        """What is changed."""
        return Key(Kind.REVISION, str(self.revision.number), str(self.revision.part))


@dataclass(frozen=True, slots=True, kw_only=True)
class Prove:
    """The stored test cases of a formula or table are run; it may be used from now on when it has any and all hold,
    as do those of all that it reads."""

    key: Key
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A new revision of the same part, TENTATIVE, is to have the members, rules and test cases of this one.

    Its `number` is the next one unless it is said, and it holds from `phase_in`, else from today. What names a revision
    besides, as prices may, goes on naming the old one. `expected_version` is the copied revision's.
    """

    revision: RevisionKey
    number: int | None = None
    phase_in: date | None = None
    phase_out: date | None = None
    expected_version: int | None = None

    @property
    def key(self) -> Key:
        """What is copied."""
        return Key(Kind.REVISION, str(self.revision.number), str(self.revision.part))


Change = Put | Remove | Become | Prove | Copy
