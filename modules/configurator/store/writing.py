"""The open transaction in which models are written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from modules.configurator.events import ModelChanged
from modules.configurator.model.changes import AnyMaster, Key, Kind, RevisionKey, fold_id
from modules.configurator.model.families import Family
from modules.configurator.model.snapshots import Head, Place, Snapshot
from modules.configurator.store import bundles
from modules.configurator.store.documents import document_of, rows_of
from modules.configurator.store.selections import COLUMNS, FAMILIES_OF, HEADS_OF_FAMILIES, HEADS_OF_KIND, HOMES
from modules.runtime.change import Change
from modules.runtime.database import AuditEntry as AuditNote
from modules.runtime.sql import raise_revision, upsert

_LOCK: Final = raise_revision("configurator")
_SAVE: Final = upsert(
    "configurator_master", COLUMNS, ("kind", "within", "folded"), [name for name in COLUMNS[3:] if name != "created_us"]
)
_REMOVE: Final = "DELETE FROM configurator_master WHERE kind = :kind AND within = :within AND folded = :folded"
_LEAVE: Final = "DELETE FROM configurator_membership WHERE family IN :families"
_JOIN: Final = "INSERT INTO configurator_membership (family, characteristic) VALUES (:family, :characteristic)"
_KEEP: Final = upsert(
    "configurator_content",
    ("part", "revision", "version", "hash", "changed_us", "document"),
    ("part", "revision", "version"),
)
_FORGET: Final = "DELETE FROM configurator_content WHERE part = :part AND revision = :revision"


@dataclass(frozen=True, slots=True)
class Written:
    """A master that is written: what it is known by, of which family (folded; empty: of none), and in which version."""

    key: Key
    family: str
    master: AnyMaster
    version: int

    @property
    def place(self) -> Place:
        """Where it is kept."""
        return Place(self.key.kind, self.key.within, self.key.folded)


@dataclass(frozen=True, slots=True)
class Frozen:
    """What a revision offers in a content version: its document and the hash of it."""

    key: RevisionKey
    version: int
    hash: str
    document: str


__all__ = ["AuditNote", "Frozen", "ModelWriting", "Written"]


class ModelWriting(Change):
    """Writes masters and contents with their audit entries and events."""

    async def lock(self) -> int:
        """Nobody else writes models until this ends; the others' reads and checks go on. How often anybody has."""
        ((edition,),) = await self.tx.read(_LOCK)
        return int(edition)

    async def is_still(self, seen: Snapshot) -> bool:
        """Whether all that a snapshot tells of is as it was seen."""
        found = await self.tx.read_each(
            (HEADS_OF_FAMILIES, {"families": sorted(seen.families)}),
            (HEADS_OF_KIND, {"kind": Kind.CHARACTERISTIC.value, "folded": sorted(seen.names)}),
            (FAMILIES_OF, {"folded": sorted(seen.holders)}),
            (HOMES, {"parts": sorted(seen.parts)}),
        )
        holders: dict[str, set[str]] = {name: set() for name in seen.holders}
        for family, name in found[2]:
            holders[name].add(family)
        parts: dict[str, str | None] = dict.fromkeys(seen.parts)
        parts.update(found[3])
        now = bundles.heads(rows_of([*found[0], *found[1]]))
        return now == seen.heads and holders == seen.holders and parts == seen.parts

    async def save(self, written: Sequence[Written], heads: Mapping[Place, Head]) -> None:
        """Writes these; `heads` tells of those that were there since when they are."""
        now_us = await self.now_us()
        await self.tx.run_many(_SAVE, [_row(one, heads.get(one.place), now_us) for one in written])
        families = [one.master for one in written if isinstance(one.master, Family)]
        await self.tx.run(_LEAVE, families=[fold_id(family.id) for family in families])
        await self.tx.run_many(_JOIN, [row for family in families for row in _memberships(family)])

    async def remove(self, places: Iterable[Place]) -> None:
        """Removes these masters."""
        every = list(places)
        await self.tx.run_many(
            _REMOVE, [{"kind": one.kind.value, "within": one.within, "folded": one.folded} for one in every]
        )
        await self.tx.run(_LEAVE, families=[one.folded for one in every if one.kind is Kind.FAMILY])

    async def keep(self, contents: Sequence[Frozen]) -> None:
        """Writes contents; one of the same version is replaced."""
        now_us = await self.now_us()
        await self.tx.run_many(_KEEP, [_content_row(one, now_us) for one in contents])

    async def forget(self, revisions: Iterable[RevisionKey]) -> None:
        """Removes all contents of these revisions, which are no more."""
        await self.tx.run_many(_FORGET, [{"part": key.part, "revision": key.number} for key in revisions])

    def tell(self, events: Sequence[ModelChanged], entries: Sequence[AuditNote]) -> None:
        """Sent and kept with the commit."""
        self.tx.emit(events)
        self.tx.audit(entries)


def _row(one: Written, head: Head | None, now_us: int) -> dict[str, object]:
    return {
        **{"kind": one.key.kind.value, "within": one.key.within, "folded": one.key.folded, "id": one.key.id},
        "family": one.family,
        "version": one.version,
        "created_us": head.created_us if head else now_us,
        "changed_us": now_us,
        "document": document_of(one.master),
    }


def _memberships(family: Family) -> list[dict[str, str]]:
    folded = fold_id(family.id)
    return [{"family": folded, "characteristic": fold_id(one.characteristic)} for one in family.members]


def _content_row(one: Frozen, now_us: int) -> dict[str, object]:
    row = {"part": str(one.key.part), "revision": one.key.number, "version": one.version}
    return {**row, "hash": one.hash, "changed_us": now_us, "document": one.document}
