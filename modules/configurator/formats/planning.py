"""What has to be done so that a family becomes what its document says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Final

from modules.configurator.formats.differences import Difference, differences
from modules.configurator.formats.families import FORMAT, document_of
from modules.configurator.formats.plain import Plain
from modules.configurator.formats.words import KEPT
from modules.configurator.model.bundles import Bundle
from modules.configurator.model.changes import (
    AnyMaster,
    Become,
    Change,
    FirstRevision,
    Key,
    Kind,
    Put,
    Remove,
    RevisionKey,
)
from modules.configurator.model.characteristics import Characteristic
from modules.configurator.model.revisions import Revision, Status

Known = Callable[[str], Characteristic | None]
_IN_REVISION: Final = (Kind.RULE, Kind.CASE)
_ORDER: Final = list(Kind)
"""What is named comes before what names it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`changes` in an order that can be followed; revisions get their status last."""

    changes: tuple[Change, ...]
    differences: tuple[Difference, ...]


def plan(current: Bundle | None, wanted: Bundle, known: Known = lambda id: None) -> Plan:
    """From the family as it is (None: there is none yet) to what a document says.

    What the document does not name is removed, apart from characteristics: other families may share them. `known` finds
    a characteristic of other families by its id, so that it is written over its own version. A revision that is
    released may end where the next one begins.
    """
    have = {_folded(key): master for key, master in current.masters()} if current else {}
    changes: list[Change] = [*_puts(have, wanted, known), *_removals(current, wanted), *_becoming(current, wanted)]
    before: Plain = document_of(current) if current else {"format": FORMAT}
    return Plan(tuple(changes), tuple(differences(before, document_of(wanted))))


def _puts(have: Mapping[Key, AnyMaster], wanted: Bundle, known: Known) -> Iterator[Put]:
    new_parts = {key.id for key, _ in wanted.masters() if key.kind is Kind.PART and key not in have}
    for key, master in sorted(wanted.masters(), key=lambda pair: _ORDER.index(pair[0].kind)):
        old = have.get(_folded(key))
        if old is None and key.kind is Kind.CHARACTERISTIC:
            old = known(key.id)
        put = _kept(master, old)
        if old is None or put != old:
            of = RevisionKey.of(key.within) if key.kind in _IN_REVISION else None
            # Revision 1 comes with its part.
            any_version = key.kind is Kind.REVISION and key.within in new_parts
            expected = None if any_version else old.version if old else 0
            yield Put(master=put, of=of, expected_version=expected, first_revision=FirstRevision.EMPTY)


def _kept(master: AnyMaster, old: AnyMaster | None) -> AnyMaster:
    """With what the store keeps, as it is there."""
    if isinstance(master, Revision):
        kept = old if isinstance(old, Revision) else Revision(part=master.part, number=0, phase_in=master.phase_in)
        return replace(
            master,
            status=kept.status,
            content_version=kept.content_version,
            compile_hash=kept.compile_hash,
            version=kept.version,
        )
    if old is None or type(old) is not type(master):
        return master
    stamps = {field.name: getattr(old, field.name) for field in fields(master) if field.name in KEPT}
    return replace(master, **stamps)


def _removals(current: Bundle | None, wanted: Bundle) -> Iterator[Remove]:
    """What lies within something that is removed goes with it."""
    stays = {_folded(key) for key, _ in wanted.masters()}
    every = dict(current.masters()) if current else {}
    gone = [key for key in every if _folded(key) not in stays and key.kind is not Kind.CHARACTERISTIC]
    names = {_holder(key) for key in gone}
    for key in sorted(gone, key=lambda key: _ORDER.index(key.kind), reverse=True):
        if key.within not in names:
            yield Remove(key=key, expected_version=every[key].version)


def _holder(key: Key) -> str | None:
    """What others are `within` when they are within this."""
    return key.id if key.kind is Kind.PART else f"{key.within}#{key.id}" if key.kind is Kind.REVISION else None


def _becoming(current: Bundle | None, wanted: Bundle) -> Iterator[Become]:
    for key, revision in sorted(wanted.revisions.items()):
        old = current.revisions.get(key) if current else None
        if revision.status is not (old.status if old else Status.TENTATIVE):
            yield Become(revision=key, status=revision.status)


def _folded(key: Key) -> Key:
    return replace(key, id=key.folded)
