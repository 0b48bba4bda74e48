"""What a settled draft makes of revisions: new contents, and what has to be checked before it may be so (section 3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from modules.configurator.engine.assembling import assemble, holds_for
from modules.configurator.engine.drafting import Draft, place_of
from modules.configurator.engine.referring import offered, still_used, words_of
from modules.configurator.engine.rippling import edited, usable
from modules.configurator.engine.settling import Settled
from modules.configurator.engine.uses import Use, of_rule
from modules.configurator.model.bundles import Bundle
from modules.configurator.model.cases import ConfigurationCase
from modules.configurator.model.changes import AnyMaster, Key, Kind, RevisionKey, key_of
from modules.configurator.model.contents import Content
from modules.configurator.model.errors import DateOverlap, InUse, NotUsable, UnknownCharacteristic
from modules.configurator.model.formulas import CombinationTable, Formula, Usability
from modules.configurator.model.revisions import TRANSITIONS, Check, Revision, Status
from modules.configurator.model.trees import ReferenceKind
from modules.kernel.errors import InvalidInput, Refused

Print = Callable[[Content], tuple[str, str]]
"""A content's document and the hash it is known by."""
_FIGURES = {Kind.FORMULA: ReferenceKind.FORMULA, Kind.TABLE: ReferenceKind.TABLE}


@dataclass(frozen=True, slots=True)
class Offering:
    """A revision with what it would offer: `check` is what must hold before, because of the change at `place`."""

    revision: Revision
    content: Content
    document: str
    hash: str
    check: Check
    cases: tuple[ConfigurationCase, ...]
    place: int
    is_new: bool
    """Whether the content is another one than before."""


@dataclass(slots=True)
class Gated:
    """`offerings` are those of all revisions that may be affected and are not OBSOLETE."""

    settled: Settled
    offerings: list[Offering] = field(default_factory=list)
    derived: set[object] = field(default_factory=set)
    """Places that are written though nobody edited them: their version stays."""


def gate(settled: Settled, print_: Print) -> Gated:
    """Usability, contents and guards of a settled draft without problems; adds those it finds."""
    gated = Gated(settled)
    for family in sorted(_affected(settled)):
        _settle_usability(gated, family)
        bundle = settled.after[family]
        for key in sorted(bundle.revisions):
            if bundle.revisions[key].status is not Status.OBSOLETE:
                offering = _offering(gated, family, key, print_)
                gated.offerings.append(offering)
                _guard(gated, family, offering)
    _refuse_overlaps(settled)
    return gated


def _affected(settled: Settled) -> set[str]:
    """Families in which anything was touched."""
    draft = settled.draft
    found = {entry.family for where, entry in draft.entries.items() if where in draft.touched}
    gone = {_family_before(settled, where) for where in draft.gone}
    proved = {draft.entries[where].family for where in draft.proved if where in draft.entries}
    return (found | gone | proved | set(settled.causes)) & set(settled.after)


def _family_before(settled: Settled, where: object) -> str:
    for family, bundle in settled.before.items():
        if any(place_of(key) == where for key, _ in bundle.masters() if key.kind is not Kind.CHARACTERISTIC):
            return family
    return ""


def _settle_usability(gated: Gated, family: str) -> None:
    """What was edited, or refers to it, is INCOMPLETE; what is to be proved, or is used by a released revision, where
    it must be usable, is tried at once."""
    settled, bundle = gated.settled, gated.settled.after[family]
    proved = _proved(settled.draft, family)
    names = edited(bundle, _touched_names(settled.draft, family, settled)) | proved
    tried = (_used_by_released(bundle) & names) | proved
    good = usable(bundle) & tried if tried else set()
    for use in sorted(names):
        held: Formula | CombinationTable
        held = bundle.formulas[use.name] if use.kind is ReferenceKind.FORMULA else bundle.tables[use.name]
        _write(gated, family, replace(held, usability=Usability.USABLE if use in good else Usability.INCOMPLETE))


def _touched_names(draft: Draft, family: str, settled: Settled) -> set[Use]:
    found = set()
    for where in draft.touched:
        entry = draft.entries[where]
        if where.kind in _FIGURES and entry.family == family:
            found.add(Use(_FIGURES[where.kind], entry.key.id))
        elif where.kind is Kind.CHARACTERISTIC and entry.key.id in settled.after[family].characteristics:
            found.add(Use(ReferenceKind.VALUE, entry.key.id))
    return found


def _proved(draft: Draft, family: str) -> set[Use]:
    held = [draft.entries[where] for where in draft.proved if where in draft.entries]
    return {Use(_FIGURES[one.key.kind], one.key.id) for one in held if one.family == family}


def _used_by_released(bundle: Bundle) -> set[Use]:
    """Formulas and tables that some RELEASED revision uses."""
    found: set[Use] = set()
    for key, revision in bundle.revisions.items():
        if revision.status is Status.RELEASED:
            content = assemble(bundle, *key)
            found |= {Use(ReferenceKind.FORMULA, id) for id in content.formulas}
            found |= {Use(ReferenceKind.TABLE, id) for id in content.tables}
    return found


def _write(gated: Gated, family: str, master: AnyMaster) -> None:
    """Takes a master over that follows from others, in draft and bundle."""
    settled, key = gated.settled, key_of(master)
    where = place_of(key)
    entry = settled.draft.entries[where]
    if entry.master == master:
        return
    settled.draft.entries[where] = replace(entry, master=master)
    if where not in settled.draft.touched:
        gated.derived.add(where)
    bundle = settled.after[family]
    match master:
        case Formula():
            settled.after[family] = replace(bundle, formulas={**bundle.formulas, master.id: master})
        case CombinationTable():
            settled.after[family] = replace(bundle, tables={**bundle.tables, master.id: master})
        case Revision():
            own = RevisionKey(master.part, master.number)
            settled.after[family] = replace(bundle, revisions={**bundle.revisions, own: master})


def _offering(gated: Gated, family: str, key: RevisionKey, print_: Print) -> Offering:
    bundle, draft = gated.settled.after[family], gated.settled.draft
    revision = bundle.revisions[key]
    old = _revision_before(gated.settled, key)
    content = assemble(bundle, *key)
    document, hash = print_(content)
    is_new = hash != revision.compile_hash
    was_released = old is not None and old.status is Status.RELEASED
    if is_new:
        version = revision.content_version + 1 if was_released else revision.content_version
        revision = replace(revision, content_version=version, compile_hash=hash)
        _write(gated, family, revision)
    check = Check.FULL if was_released and is_new else Check.NONE
    if old is None or old.status is not revision.status:
        check = TRANSITIONS.get((old.status if old else Status.TENTATIVE, revision.status), Check.NONE)
    place = draft.touched.get(place_of(key_of(revision)), _first_place(gated.settled, family))
    content = replace(content, version=revision.content_version)
    return Offering(revision, content, document, hash, check, bundle.cases.get(key, ()), place, is_new)


def _first_place(settled: Settled, family: str) -> int:
    """The first change that touched the family."""
    draft = settled.draft
    found = [place for where, place in draft.touched.items() if draft.entries[where].family == family]
    found += [settled.causes[family][0]] if family in settled.causes else []
    return min(found, default=min(draft.gone.values(), default=0))


def _revision_before(settled: Settled, key: RevisionKey) -> Revision | None:
    return next((one.revisions[key] for one in settled.before.values() if key in one.revisions), None)


def _guard(gated: Gated, family: str, offering: Offering) -> None:
    """An edit in RELEASED takes nothing away that something active refers to; structure checks."""
    settled = gated.settled
    key = RevisionKey(offering.revision.part, offering.revision.number)
    bundle = settled.after[family]
    if offering.check is Check.FULL and offering.is_new:
        before = next((one for one in settled.before.values() if key in one.revisions), None)
        if before is not None and before.revisions[key].status is Status.RELEASED:
            lost = offered(assemble(before, *key)) - offered(offering.content)
            for use, names in sorted(still_used(lost, offering.content, _making(bundle, key)).items()):
                settled.refuse(offering.place, InUse(words_of(use), names))
    if offering.check is not Check.NONE:
        for error in structure_flaws(bundle, offering):
            settled.refuse(offering.place, error)


def _making(bundle: Bundle, key: RevisionKey) -> Iterator[tuple[Key, AnyMaster]]:
    """What besides the content holds for a revision."""
    yield from ((key_of(one), one) for one in bundle.structures if one.part == key.part)
    yield from ((key_of(one), one) for one in bundle.routings if one.part == key.part)
    yield from ((key_of(one), one) for one in bundle.prices if holds_for(one, key))


def structure_flaws(bundle: Bundle, offering: Offering) -> Iterator[Refused]:
    """Structure checks: there is something to configure, and the revision's own active rules and its packages name
    what it has. What templates name besides is simply not there."""
    content, key = offering.content, RevisionKey(offering.revision.part, offering.revision.number)
    has = {member.characteristic for member in content.members}
    if not has:
        yield InvalidInput(f"Revision {key.number} of {key.part} has no characteristics.", (), "at least one member")
    own = [rule for rule in bundle.rules.get(key, ()) if not rule.disabled]
    missing = {use.name for rule in own for use in of_rule(rule, bundle.tables) if use.is_characteristic} - has
    missing |= {component.component for component in content.components} - has
    yield from (UnknownCharacteristic(name) for name in sorted(missing))


def unusable(content: Content) -> NotUsable | None:
    """The refusal of a content that uses what may not be used yet."""
    figures: Iterable[Formula | CombinationTable] = (*content.formulas.values(), *content.tables.values())
    names = [one.id for one in figures if one.usability is not Usability.USABLE]
    return NotUsable(names) if names else None


def _refuse_overlaps(settled: Settled) -> None:
    """At most one RELEASED revision of a part holds on a day."""
    draft = settled.draft
    for where in list(draft.touched):
        revision = draft.entries[where].master
        if isinstance(revision, Revision) and revision.status is Status.RELEASED:
            for other in draft.revisions(revision.part):
                if other.number != revision.number and other.status is Status.RELEASED and other.meets(revision):
                    error = DateOverlap(str(revision.part), revision.number, other.number)
                    settled.refuse(draft.touched[where], error)
