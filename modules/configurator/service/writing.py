"""Writing what was decided: masters, contents, what is told of them, and the audit trail; in one transaction."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from modules.configurator.engine.drafting import Draft
from modules.configurator.engine.gating import Gated
from modules.configurator.events import ModelChanged
from modules.configurator.model.changes import AnyMaster, Kind, RevisionKey
from modules.configurator.model.revisions import Revision
from modules.configurator.model.snapshots import Place, Snapshot
from modules.configurator.store.documents import document_of, hash_of
from modules.configurator.store.writing import AuditNote, Frozen, ModelWriting, Written
from modules.kernel.names import Sku

MOST_AUDITED: Final = 50_000
"""Characters of a document that the audit trail keeps whole; of a longer one it keeps the hash."""


class Writing:
    """One decided list of changes on its way into the database."""

    def __init__(self, writing: ModelWriting, snapshot: Snapshot, gated: Gated, edition: int) -> None:
        self._writing = writing
        self._snapshot = snapshot
        self._gated = gated
        self._edition = edition
        self._before = Draft.of(snapshot, gated.settled.draft.today).entries

    async def save(self, by: str, reason: str) -> None:
        """Writes it all; nothing where nothing changes."""
        written, gone = list(self._written()), list(self._gated.settled.draft.gone)
        if not written and not gone:
            return
        await self._writing.remove(gone)
        await self._writing.save(written, self._snapshot.heads)
        await self._writing.forget(_revisions(gone))
        await self._writing.keep(list(self._frozen()))
        self._writing.tell(list(self._events(written)), list(self._notes(written, gone, by, reason)))

    def _written(self) -> Iterator[Written]:
        draft, heads = self._gated.settled.draft, self._snapshot.heads
        for where, entry in draft.entries.items():
            head = heads.get(where)
            if where in draft.touched:
                yield Written(entry.key, entry.family, entry.master, head.version + 1 if head else 1)
            elif where in self._gated.derived:
                assert head is not None
                yield Written(entry.key, entry.family, entry.master, head.version)

    def _frozen(self) -> Iterator[Frozen]:
        for one in self._gated.offerings:
            if one.is_new:
                key = RevisionKey(one.revision.part, one.revision.number)
                yield Frozen(key, one.revision.content_version, one.hash, one.document)

    def _events(self, written: list[Written]) -> Iterator[ModelChanged]:
        for one in written:
            if isinstance(one.master, Revision):
                yield _event(one.master, self._edition)

    def _notes(self, written: list[Written], gone: list[Place], by: str, reason: str) -> Iterator[AuditNote]:
        for one in written:
            if one.place in self._gated.settled.draft.touched:
                old = self._before.get(one.place)
                before = _state(old.master) if old else None
                target = f"{one.key.kind}:{one.key.within}/{one.key.id}"
                yield AuditNote(by, "configurator.put", target, before, _state(one.master), reason)
        for place in gone:
            held = self._before[place]
            target = f"{place.kind}:{place.within}/{held.key.id}"
            yield AuditNote(by, "configurator.remove", target, _state(held.master), None, reason)


def _revisions(gone: list[Place]) -> list[RevisionKey]:
    return [RevisionKey(Sku(one.within), int(one.folded)) for one in gone if one.kind is Kind.REVISION]


def _event(revision: Revision, edition: int) -> ModelChanged:
    return ModelChanged(
        version=edition,
        part=str(revision.part),
        revision=revision.number,
        content_version=revision.content_version,
        content_hash=revision.compile_hash,
        status=revision.status.value,
        phase_in=revision.phase_in.isoformat(),
        phase_out=revision.phase_out.isoformat() if revision.phase_out else None,
    )


def _state(master: AnyMaster) -> Mapping[str, Any]:
    document = document_of(master)
    if len(document) > MOST_AUDITED:
        return {"hash": hash_of(document), "characters": len(document)}
    state: dict[str, Any] = json.loads(document)
    return state
