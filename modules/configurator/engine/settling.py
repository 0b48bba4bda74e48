"""A draft settled: expressions read with the names there are now, what is the same left alone, and all that is refused.

Nothing here solves; what a release needs besides is `engine/gating.py`'s.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from modules.configurator.engine.drafting import Draft, Entry, undated
from modules.configurator.engine.language import Scope
from modules.configurator.engine.referring import referrers, words_of
from modules.configurator.engine.soundmaking import cycle_flaw
from modules.configurator.engine.soundness import flaws
from modules.configurator.engine.uses import Use
from modules.configurator.model.bundles import Bundle
from modules.configurator.model.changes import Kind, RevisionKey, fold_id, key_of
from modules.configurator.model.characteristics import Characteristic
from modules.configurator.model.errors import InUse, RevisionObsolete
from modules.configurator.model.families import Family
from modules.configurator.model.revisions import Part, Revision, Status
from modules.configurator.model.snapshots import Place
from modules.configurator.model.trees import ReferenceKind
from modules.kernel.errors import Refused

Reread = Callable[[Entry, Scope], Any]
"""A master with its expressions read anew in a scope; raises Refused with the path from the master on."""
NAMING = frozenset((Kind.CHARACTERISTIC, Kind.FAMILY, Kind.FORMULA, Kind.TABLE))
"""What gives others the names they may use."""
SPEAKING = frozenset((Kind.FORMULA, Kind.TEMPLATE, Kind.RULE, Kind.STRUCTURE, Kind.ROUTING, Kind.PRICE))
"""What has expressions."""


@dataclass(slots=True)
class Settled:
    """`problems` are told with the change they come of; with any, nothing else of it is of use."""

    draft: Draft
    before: Mapping[str, Bundle]
    after: dict[str, Bundle] = field(default_factory=dict)
    causes: dict[str, tuple[int, str]] = field(default_factory=dict)
    """By family whose names were touched, the change that did it, and what it was about."""
    problems: list[tuple[int, Refused]] = field(default_factory=list)

    def refuse(self, place: int, error: Refused) -> None:
        """Notes a problem of the change at this place."""
        self.problems.append((place, error))


def settle(draft: Draft, reread: Reread) -> Settled:
    """Takes the draft, which it changes, for what is wanted, and says what forbids it."""
    settled = Settled(draft, draft.snapshot.bundles)
    before = Draft.of(draft.snapshot, draft.today)
    families = {entry.family for entry in draft.entries.values() if entry.key.kind is Kind.FAMILY}
    for family in sorted(families):
        _read(settled, family, reread, only=set(draft.touched))
    _leave_alone(settled, before)
    settled.causes = causes(draft)
    settled.after = {family: bundle_of(draft, family) for family in sorted(families)}
    if not settled.problems:
        # Before the others are read anew: who uses what is gone is told, not that it cannot be read.
        _refuse_losses(settled)
    for family in sorted(set(settled.causes) & families) if not settled.problems else ():
        _read(settled, family, reread, only=None)
        settled.after[family] = bundle_of(draft, family)
    if not settled.problems:
        _refuse_flaws(settled)
    return settled


def scope_of(draft: Draft, family: str) -> Scope:
    """What expressions of a family may name."""
    entries = [entry for entry in draft.entries.values() if entry.family == family]
    types: dict[Kind, dict[str, Any]] = {Kind.FORMULA: {}, Kind.TABLE: {}}
    for entry in entries:
        if entry.key.kind in types:
            types[entry.key.kind][entry.key.id] = getattr(entry.master, "result_type")  # noqa: B009
    own = next((entry.master for entry in entries if isinstance(entry.master, Family)), None)
    return Scope(_characteristics(draft, own), types[Kind.FORMULA], types[Kind.TABLE])


def _characteristics(draft: Draft, family: Family | None) -> dict[str, Characteristic]:
    names = [member.characteristic for member in family.members] if family else []
    found = (draft.get(Kind.CHARACTERISTIC, name) for name in names)
    return {one.id: one for one in found if isinstance(one, Characteristic)}


def _read(settled: Settled, family: str, reread: Reread, only: set[Place] | None) -> None:
    draft, scope = settled.draft, scope_of(settled.draft, family)
    for where, entry in list(draft.entries.items()):
        if entry.family != family or entry.key.kind not in SPEAKING or (only is not None and where not in only):
            continue
        try:
            draft.entries[where] = replace(entry, master=reread(entry, scope))
        except Refused as error:
            if where in draft.touched:
                if only is not None:
                    settled.refuse(draft.touched[where], error)
            else:
                # What was there and can be read no more: whoever changed the names is told who uses them.
                place, name = settled.causes[family]
                settled.refuse(place, InUse(name, [entry.key.name]))


def causes(draft: Draft) -> dict[str, tuple[int, str]]:
    """By family whose names were touched, the change that did it first, and what it was about."""
    holders: dict[str, list[str]] = defaultdict(list)
    for entry in draft.entries.values():
        if isinstance(entry.master, Family):
            for member in entry.master.members:
                holders[fold_id(member.characteristic)].append(entry.family)
    found: dict[str, tuple[int, str]] = {}
    for where, place in (*draft.touched.items(), *draft.gone.items()):
        if where.kind in NAMING:
            for family in holders[where.folded] if where.kind is Kind.CHARACTERISTIC else [_family_of(draft, where)]:
                found.setdefault(family, (place, f"{where.kind} {_id_of(draft, where)}"))
    return found


def _family_of(draft: Draft, where: Place) -> str:
    entry = draft.entries.get(where)
    return entry.family if entry else where.folded if where.kind is Kind.FAMILY else fold_id(where.within)


def _id_of(draft: Draft, where: Place) -> str:
    entry = draft.entries.get(where)
    return entry.key.id if entry else where.folded


def _leave_alone(settled: Settled, before: Draft) -> None:
    """What is written as it is already is not written; an OBSOLETE revision cannot be written otherwise."""
    draft = settled.draft
    for where in list(draft.touched):
        old, new = before.entries.get(where), draft.entries[where]
        if old is None:
            continue
        same = undated(old.master) == undated(new.master)
        if same and old.family == new.family:
            draft.entries[where] = old
            del draft.touched[where]
        elif not same and isinstance(old.master, Revision) and old.master.status is Status.OBSOLETE:
            settled.refuse(draft.touched[where], RevisionObsolete(str(old.master.part), old.master.number))


def bundle_of(draft: Draft, family: str) -> Bundle:
    """A family whole, as it would be."""
    found: dict[Kind, list[Any]] = defaultdict(list)
    within: dict[Kind, dict[RevisionKey, list[Any]]] = {Kind.RULE: {}, Kind.CASE: {}}
    for entry in draft.entries.values():
        if entry.family != family:
            continue
        if entry.key.kind in within:
            within[entry.key.kind].setdefault(RevisionKey.of(entry.key.within), []).append(entry.master)
        else:
            found[entry.key.kind].append(entry.master)
    own: Family = found[Kind.FAMILY][0]
    return Bundle(
        family=own,
        characteristics=_characteristics(draft, own),
        formulas={one.id: one for one in found[Kind.FORMULA]},
        tables={one.id: one for one in found[Kind.TABLE]},
        templates={one.id: one for one in found[Kind.TEMPLATE]},
        parts={one.id: one for one in found[Kind.PART]},
        revisions={RevisionKey(one.part, one.number): one for one in found[Kind.REVISION]},
        rules={of: tuple(those) for of, those in within[Kind.RULE].items()},
        cases={of: tuple(those) for of, those in within[Kind.CASE].items()},
        structures=tuple(found[Kind.STRUCTURE]),
        routings=tuple(found[Kind.ROUTING]),
        prices=tuple(found[Kind.PRICE]),
    )


def _refuse_losses(settled: Settled) -> None:
    """Whatever refers to what is taken out of a family is named (E_IN_USE)."""
    for family, before in settled.before.items():
        after = settled.after.get(family)
        if after is None:
            continue
        lost = names_of(before) - names_of(after)
        found = referrers(lost, after.masters(), after.tables)
        for use in sorted(found, key=words_of):
            place, _ = settled.causes[family]
            settled.refuse(place, InUse(words_of(use), found[use]))
    _refuse_orphans(settled)


def _refuse_orphans(settled: Settled) -> None:
    """A characteristic that families have stays."""
    gone = {where: place for where, place in settled.draft.gone.items() if where.kind is Kind.CHARACTERISTIC}
    for where, place in gone.items():
        id = settled.draft.snapshot.characteristics[where.folded].id
        users = [f"family {one.family.id}" for one in settled.after.values() if _has(one.family, id)]
        if users:
            settled.refuse(place, InUse(f"characteristic {id}", sorted(users)))


def _has(family: Family, characteristic: str) -> bool:
    return any(member.characteristic == characteristic for member in family.members)


def names_of(bundle: Bundle) -> set[Use]:
    """The characteristics, options, formulas and tables that a family has."""
    found = {Use(ReferenceKind.FORMULA, id) for id in bundle.formulas}
    found |= {Use(ReferenceKind.TABLE, id) for id in bundle.tables}
    for member in bundle.family.members:
        known = bundle.characteristics.get(member.characteristic)
        found.add(Use(ReferenceKind.VALUE, member.characteristic))
        for option in known.options if known else ():
            if member.options is None or option.id in member.options:
                found.add(Use(ReferenceKind.VALUE, member.characteristic, option.id))
    return found


def _refuse_flaws(settled: Settled) -> None:
    """What is touched must be sound; so must be what is not touched where its names were."""
    draft = settled.draft
    for where, place in draft.touched.items():
        entry = draft.entries[where]
        bundle = settled.after.get(entry.family) or _NO_FAMILY
        for error in flaws(entry.key, entry.master, bundle):
            settled.refuse(place, error)
        for error in _part_flaws(settled, entry):
            settled.refuse(place, error)
    _refuse_cycles(settled)
    for family, bundle in settled.after.items():
        if family in settled.causes:
            place, name = settled.causes[family]
            users = sorted(set(_unsound(draft, family, bundle)))
            if users:
                settled.refuse(place, InUse(name, users))


def _refuse_cycles(settled: Settled) -> None:
    """Of a family whose structures are touched no part is certain to contain itself."""
    draft = settled.draft
    touched: dict[str, int] = {}
    for where, place in draft.touched.items():
        if where.kind is Kind.STRUCTURE:
            touched.setdefault(draft.entries[where].family, place)
    for family, place in touched.items():
        error = cycle_flaw(settled.after[family].structures)
        if error is not None:
            settled.refuse(place, error)


_NO_FAMILY = Bundle(family=Family(id=""))


def _unsound(draft: Draft, family: str, bundle: Bundle) -> Iterator[str]:
    """Untouched masters that would be refused now. Revisions narrow by themselves."""
    for where, entry in draft.entries.items():
        if entry.family == family and where not in draft.touched and entry.key.kind is not Kind.REVISION:
            if next(iter(flaws(entry.key, entry.master, bundle)), None) is not None:
                yield entry.key.name


def _part_flaws(settled: Settled, entry: Entry) -> Iterable[Refused]:
    """The family of a part changes only while no released revision exists (section 2)."""
    part = entry.master
    if not isinstance(part, Part):
        return
    old = next((one.parts[part.id] for one in settled.before.values() if part.id in one.parts), None)
    if old is not None and old.family != part.family:
        every = settled.draft.revisions(part.id)
        released = [key_of(one).name for one in every if isinstance(one, Revision) and one.status is Status.RELEASED]
        if released:
            yield InUse(f"family {old.family}", released, ("master", "family"))
