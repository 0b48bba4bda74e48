"""A draft: the master data as a list of changes would leave it, before anybody has looked whether that holds."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

from modules.configurator.model.changes import (
    AnyMaster,
    Become,
    Change,
    Copy,
    FirstRevision,
    Key,
    Kind,
    Prove,
    Put,
    RevisionKey,
    fold_id,
    key_of,
)
from modules.configurator.model.errors import (
    InUse,
    RevisionObsolete,
    VersionConflict,
)
from modules.configurator.model.families import Family
from modules.configurator.model.formulas import Tested, Usability
from modules.configurator.model.masters import Master
from modules.configurator.model.prices import PriceEntry
from modules.configurator.model.revisions import (
    Part,
    Revision,
    RevisionCharacteristic,
    Status,
    check_for,
    release,
)
from modules.configurator.model.snapshots import Place, Snapshot
from modules.kernel.errors import InvalidInput
from modules.kernel.names import Sku

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A master with what it is known by, and its family's folded id (empty: of none)."""

    key: Key
    family: str
    master: AnyMaster


@dataclass(slots=True)
class Draft:
    """Changed step by step by `apply`. `touched` says which change a master was last written by, `gone` which removed
    it."""

    snapshot: Snapshot
    today: date
    entries: dict[Place, Entry] = field(default_factory=dict)
    touched: dict[Place, int] = field(default_factory=dict)
    gone: dict[Place, int] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    """OBSOLETE revisions, as `DOOR#1`."""
    proved: set[Place] = field(default_factory=set)
    """Formulas and tables whose test cases are to be run."""

    @classmethod
    def of(cls, snapshot: Snapshot, today: date) -> Draft:
        """As it is."""
        draft = cls(snapshot, today)
        for characteristic in snapshot.characteristics.values():
            draft._hold(key_of(characteristic), "", characteristic)
        for family, bundle in snapshot.bundles.items():
            for key, master in bundle.masters():
                if key.kind is not Kind.CHARACTERISTIC:
                    draft._hold(key, family, master)
        draft.closed = {
            RevisionKey(one.part, one.number).text
            for one in (entry.master for entry in draft.entries.values())
            if isinstance(one, Revision) and one.status is Status.OBSOLETE
        }
        return draft

    def _hold(self, key: Key, family: str, master: AnyMaster) -> None:
        self.entries[place_of(key)] = Entry(key, family, master)

    def get(self, kind: Kind, id: str, within: str = "") -> AnyMaster | None:
        """The master of exactly this id."""
        entry = self.entries.get(place_of(Key(kind, id, within)))
        return entry.master if entry and entry.key.id == id else None

    def family_of(self, key: Key, master: AnyMaster | None) -> str:
        """The folded id of the family that a master belongs to, which must be there. Raises InvalidInput."""
        match key.kind:
            case Kind.CHARACTERISTIC:
                return ""
            case Kind.FAMILY:
                return fold_id(key.id)
            case Kind.PART:
                return self._known_family(master.family if isinstance(master, Part) else "", "family")
            case Kind.FORMULA | Kind.TABLE | Kind.TEMPLATE | Kind.PRICE:
                return self._known_family(key.within, "family")
            case Kind.RULE | Kind.CASE:
                return self._family_of_revision(key)
        return self._family_of_part(key.within, "part")

    def _known_family(self, id: str, step: str) -> str:
        if self.get(Kind.FAMILY, id) is None:
            raise InvalidInput(f"There is no family {id[:64]!r}.", (step,), "an existing family, in its exact spelling")
        return fold_id(id)

    def _family_of_part(self, part: str, step: str) -> str:
        found = self.get(Kind.PART, part)
        if not isinstance(found, Part):
            raise InvalidInput(f"There is no configured part {part[:64]!r}.", (step,), "the sku of a part")
        return fold_id(found.family)

    def _family_of_revision(self, key: Key) -> str:
        if key.within in self.closed:
            of = RevisionKey.of(key.within)
            raise RevisionObsolete(of.part, of.number, ("of",))
        part, _, number = key.within.rpartition("#")
        if self.get(Kind.REVISION, number, part) is None:
            raise InvalidInput(f"There is no revision {key.within[:80]!r}.", ("of",), "an existing part and revision")
        return self._family_of_part(part, "of")

    def apply(self, change: Change, place: int) -> None:
        """Takes a change in. Raises Refused for what cannot be, with the path from the change on."""
        where = place_of(change.key)
        if change.expected_version is not None and where not in self.touched and where not in self.gone:
            head = self.snapshot.heads.get(where)
            current = head.version if head else 0
            if current != change.expected_version:
                raise VersionConflict(change.key.name, change.expected_version, current, ("expectedVersion",))
        if isinstance(change, Put):
            self._put(change, where, place)
        elif isinstance(change, Become):
            self._become(change, where, place)
        elif isinstance(change, Prove):
            self._prove(change.key, where)
        elif isinstance(change, Copy):
            self._copy(change, place)
        else:
            self._remove(change.key, where, place)

    def _put(self, change: Put, where: Place, place: int) -> None:
        key, held = change.key, self.entries.get(where)
        if held is not None and held.key.id != key.id:
            raise InvalidInput(
                f"{key.id!r} differs from {held.key.id!r} by case only.", ("id",), "ids that differ by more than case"
            )
        family = self.family_of(key, change.master)
        master = _kept(change.master, held.master if held else None)
        if held is not None and held.family != family and isinstance(master, Part):
            self._move(master, family, place)
        self.entries[where] = Entry(key, family, master)
        self._touch(where, place)
        if held is None and isinstance(master, Part):
            self._first_revision(master, change.first_revision, family, place)

    def _become(self, change: Become, where: Place, place: int) -> None:
        held = self.entries.get(where)
        if held is None or not isinstance(held.master, Revision):
            raise InvalidInput(f"There is no {change.key.name}.", ("revision",), "an existing part and revision")
        if change.status is Status.RELEASED:
            changed = release(held.master, self.revisions(change.revision.part), change.close_predecessor)
        else:
            check_for(held.master, change.status)
            changed = [replace(held.master, status=change.status)]
        for one in changed:
            self.entries[place_of(key_of(one))] = Entry(key_of(one), held.family, one)
            self._touch(place_of(key_of(one)), place)
        if change.status is Status.OBSOLETE:
            self.closed.add(change.revision.text)

    def _prove(self, key: Key, where: Place) -> None:
        if self.get(key.kind, key.id, key.within) is None or key.kind not in (Kind.FORMULA, Kind.TABLE):
            raise InvalidInput(f"There is no {key.name}.", ("id",), "a formula or table of the family")
        self.proved.add(where)

    def _copy(self, change: Copy, place: int) -> None:
        part, source = change.revision.part, change.revision.text
        held = self.get(Kind.REVISION, str(change.revision.number), part)
        if not isinstance(held, Revision):
            raise InvalidInput(f"There is no revision {source[:80]!r}.", ("revision",), "an existing part and revision")
        if source in self.closed:
            # Its rules are not read any more: see `modelFamily`.
            raise RevisionObsolete(part, held.number, ("revision",))
        numbers = [one.number for one in self.revisions(part)]
        number = max(numbers) + 1 if change.number is None else change.number
        if number in numbers:
            raise InvalidInput(f"There is a revision {number} of {part} already.", ("number",), "a number that is free")
        begin = self.today if change.phase_in is None else change.phase_in
        self._add(
            Revision(part=part, number=number, phase_in=begin, phase_out=change.phase_out, members=held.members), place
        )
        for entry in list(self.entries.values()):
            if entry.key.kind in (Kind.RULE, Kind.CASE) and entry.key.within == source:
                self._add(undated(entry.master), place, RevisionKey(part, number))

    def _add(self, master: AnyMaster, place: int, of: RevisionKey | None = None) -> None:
        key = key_of(master, of)
        self.entries[place_of(key)] = Entry(key, self.family_of(key, master), master)
        self._touch(place_of(key), place)

    def revisions(self, part: Sku) -> list[Revision]:
        """Of a part, by number."""
        every = (entry.master for entry in self.entries.values() if entry.key.within == part)
        return sorted((one for one in every if isinstance(one, Revision)), key=lambda one: one.number)

    def _touch(self, where: Place, place: int) -> None:
        self.touched[where] = place
        self.gone.pop(where, None)

    def _first_revision(self, part: Part, kind: FirstRevision, family: str, place: int) -> None:
        """Creating the link from a part to its family creates revision 1, TENTATIVE (section 3)."""
        members = members_of(self.get(Kind.FAMILY, part.family)) if kind is FirstRevision.COPIED else ()
        revision = Revision(part=part.id, number=1, phase_in=self.today, members=members)
        key = key_of(revision)
        self.entries[place_of(key)] = Entry(key, family, revision)
        self._touch(place_of(key), place)

    def _move(self, part: Part, family: str, place: int) -> None:
        """All that lies within the part goes along."""
        for where, entry in list(self.entries.items()):
            if lies_within(entry, Key(Kind.PART, part.id)):
                self.entries[where] = replace(entry, family=family)
                self._touch(where, place)

    def _remove(self, key: Key, where: Place, place: int) -> None:
        held = self.entries.get(where)
        if held is None or held.key.id != key.id:
            if key.within in self.closed:
                self.family_of(key, None)
            return
        for other, entry in list(self.entries.items()):
            if other == where or lies_within(entry, held.key):
                self._refuse_removal(entry, held.key)
                del self.entries[other]
                self.touched.pop(other, None)
                if other in self.snapshot.heads:
                    self.gone[other] = place

    def _refuse_removal(self, entry: Entry, removed: Key) -> None:
        """Parts stay while their family is removed, and revisions once they were more than TENTATIVE."""
        if isinstance(entry.master, Part) and removed.kind is Kind.FAMILY:
            raise InUse(removed.name, [entry.key.name])
        if isinstance(entry.master, Revision) and entry.master.status is not Status.TENTATIVE:
            raise InUse(removed.name, [f"{entry.key.name}, which is {entry.master.status}"])


def place_of(key: Key) -> Place:
    """Where a master is kept."""
    return Place(key.kind, key.within, key.folded)


def lies_within(entry: Entry, key: Key) -> bool:
    """Whether it goes when the other goes."""
    within = entry.key.within
    match key.kind:
        case Kind.FAMILY:
            return entry.family == key.folded and entry.key.kind is not Kind.FAMILY
        case Kind.PART:
            by_revision = entry.key.kind in (Kind.RULE, Kind.CASE) and within.rpartition("#")[0] == key.id
            of_part = entry.key.kind in (Kind.REVISION, Kind.STRUCTURE, Kind.ROUTING) and within == key.id
            return by_revision or of_part or (isinstance(entry.master, PriceEntry) and entry.master.part == key.id)
        case Kind.REVISION:
            return entry.key.kind in (Kind.RULE, Kind.CASE) and within == f"{key.within}#{key.id}"
    return False


def members_of(family: AnyMaster | None) -> tuple[RevisionCharacteristic, ...]:
    """All characteristics of a family as a revision has them that takes everything over."""
    if not isinstance(family, Family):
        return ()
    return tuple(
        RevisionCharacteristic(characteristic=one.characteristic, sequence=one.sequence) for one in family.members
    )


def _kept(master: AnyMaster, held: AnyMaster | None) -> AnyMaster:
    """With what is not the author's to say as it is: status, content version, usability."""
    if isinstance(master, Revision):
        own = held if isinstance(held, Revision) else Revision(part=master.part, number=1, phase_in=master.phase_in)
        return replace(master, status=own.status, content_version=own.content_version, compile_hash=own.compile_hash)
    if isinstance(master, Tested):
        return replace(master, usability=held.usability if isinstance(held, Tested) else Usability.INCOMPLETE)
    return master


def undated(master: AnyMaster) -> AnyMaster:
    """Without version and moments."""
    if isinstance(master, Master):
        return replace(master, version=0, created_us=0, changed_us=0)
    return replace(master, version=0)
