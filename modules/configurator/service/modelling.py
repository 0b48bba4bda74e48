"""Modelling: lists of changes, all of which hold in the end, or none (section 3)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from modules.configurator.engine.drafting import Draft, Entry
from modules.configurator.engine.gating import Gated, Offering, gate
from modules.configurator.engine.language import Scope
from modules.configurator.engine.settling import settle
from modules.configurator.formats.rereading import composed, reread
from modules.configurator.model.changes import Change, Key, Kind, Put, Remove, RevisionKey
from modules.configurator.model.contents import Content
from modules.configurator.model.errors import InUse
from modules.configurator.model.families import Family
from modules.configurator.model.masters import normal_id
from modules.configurator.model.outcomes import Edited, Notice
from modules.configurator.model.revisions import Check, Part, Revision
from modules.configurator.model.snapshots import Snapshot
from modules.configurator.service.gatekeeping import Gatekeeper
from modules.configurator.service.remembering import replayed, told
from modules.configurator.service.writing import Writing
from modules.configurator.store.documents import content_document, document_of, hash_of
from modules.configurator.store.models import ModelStore
from modules.kernel.errors import IdempotencyConflict, Refused, Unavailable
from modules.kernel.names import Sku
from modules.kernel.outcome import MOST_ITEMS, Repeatable, refuse_command
from modules.kernel.viewer import Permission, Viewer

CHANGE: Final = "changeModels"
_TRIES: Final = 20
"""Each time that one writer is overtaken another one has written."""


class Specifications(Protocol):
    """Who knows what has been configured."""

    async def specified(self, parts: Sequence[Sku]) -> set[Sku]:
        """Those of these parts of which there is a specification."""
        ...


@dataclass(frozen=True, slots=True)
class Plan:
    """What a list of changes comes to: what would be written, or why nothing is."""

    snapshot: Snapshot
    gated: Gated | None
    outcome: Edited


class _Overtaken(Exception):
    """Another writer was faster: what was decided does not hold any more."""


class ModellingService:
    """Edits master data and revisions; reading is `ModelReader`'s."""

    def __init__(self, store: ModelStore, gatekeeper: Gatekeeper, specifications: Specifications | None = None) -> None:
        self._store = store
        self._gatekeeper = gatekeeper
        self._specifications = specifications

    async def change(
        self,
        changes: Sequence[Change],
        viewer: Viewer,
        dry_run: bool = False,
        *,
        reason: str = "edited",
        idempotency_key: str | None = None,
        most: int = MOST_ITEMS,
    ) -> Edited:
        """Takes all of the changes in their order, in one transaction, or none of them. Needs MODELS_WRITE.

        What is so already is left alone. Refused, with the path to the change: what cannot be beside all that there is
        after the whole list, other versions than expected (E_VERSION), what somebody still uses (E_IN_USE with all of
        them), and whatever makes a released revision fail its full checks, which gets content version n + 1 otherwise.
        A dry run says the same and writes nothing. A key that came before answers as it did then.
        """
        viewer.require(Permission.MODELS_WRITE)
        if problem := refuse_command("changes", changes, reason, idempotency_key, most):
            return Edited(problems=(problem,))
        wanted = [_composed(change) for change in changes]
        command = Repeatable(viewer.principal.id, CHANGE, idempotency_key, (*map(_said, wanted), reason))
        for _ in range(_TRIES):
            try:
                return await self._try(wanted, viewer, dry_run, command, reason)
            except _Overtaken:
                continue
        raise Unavailable("the configurator's models, which others are writing,")

    async def _try(
        self, changes: Sequence[Change], viewer: Viewer, dry_run: bool, command: Repeatable, reason: str
    ) -> Edited:
        plan = await self.plan(changes, viewer)
        if dry_run:
            return plan.outcome
        async with self._store.writing() as writing:
            edition = await writing.lock()
            if command.key is not None:
                try:
                    held = await writing.replay(command)
                except IdempotencyConflict as conflict:
                    return Edited(problems=(conflict,))
                if held is not None:
                    return replayed(held)
            # Whoever finalises asks for no lock of ours: what was specified is asked for once more within it.
            if not await writing.is_still(plan.snapshot) or (
                not plan.outcome.problems and await self._specified(changes, plan.snapshot)
            ):
                raise _Overtaken
            if plan.gated is not None and not plan.outcome.problems:
                await Writing(writing, plan.snapshot, plan.gated, edition).save(command.principal, reason)
            if command.key is not None:
                await writing.remember(command, told(plan.outcome))
        return plan.outcome

    async def revisions(self, parts: Sequence[Sku], viewer: Viewer) -> list[Revision]:
        """All revisions of these parts, by part and number, for whoever edits them. Needs MODELS_WRITE."""
        viewer.require(Permission.MODELS_WRITE)
        found = await self._store.revisions(parts)
        return [one for those in found.values() for one in those]

    async def plan(self, changes: Sequence[Change], viewer: Viewer) -> Plan:
        """What the changes come to, upon what is there now; changes nothing."""
        snapshot = await self._look(changes)
        draft = Draft.of(snapshot, viewer.channel.market.today(viewer.now))
        problems = _apply(draft, changes)
        if not problems:
            problems = await self._specified(changes, snapshot)
        if problems:
            return Plan(snapshot, None, Edited(problems=tuple(problems)))
        gated = await asyncio.to_thread(_decide, draft)
        notices = await self._check(gated)
        problems = [_at(place, error) for place, error in sorted(gated.settled.problems, key=lambda pair: pair[0])]
        return Plan(snapshot, gated, _outcome(gated, len(changes), problems, notices))

    async def _look(self, changes: Sequence[Change]) -> Snapshot:
        families: set[str] = set()
        known: set[str] = set()
        edited: set[str] = set()
        parts: set[str] = set()
        for change in changes:
            key, master = change.key, change.master if isinstance(change, Put) else None
            families |= _families(key, master)
            parts |= _parts(key)
            if key.kind is Kind.CHARACTERISTIC:
                edited.add(key.id)
            if isinstance(master, Family):
                known |= {member.characteristic for member in master.members}
        return await self._store.snapshot(families, known, edited, parts)

    async def _check(self, gated: Gated) -> list[Notice]:
        """Full checks, only of what nothing else is wrong with."""
        notices: list[Notice] = []
        for offering in gated.offerings if not gated.settled.problems else ():
            if offering.check is Check.FULL:
                found, refused = await self._gatekeeper.check(offering)
                notices += found
                for error in refused:
                    gated.settled.refuse(offering.place, error)
        return notices

    async def _specified(self, changes: Sequence[Change], snapshot: Snapshot) -> list[Refused]:
        """A part of which something was specified keeps its family, and stays."""
        moved = {str(part.id): place for place, part in _moved(changes, snapshot)}
        if not moved or self._specifications is None:
            return []
        found = await self._specifications.specified([Sku(part) for part in moved])
        return [_at(moved[str(part)], InUse(f"part {part}", [f"specifications of {part}"])) for part in sorted(found)]


def _composed(change: Change) -> Change:
    if isinstance(change, Put):
        return replace(change, master=composed(change.master))
    if not isinstance(change, Remove):
        return change
    return replace(change, key=replace(change.key, id=normal_id(change.key.id)))


def _said(change: Change) -> tuple[object, ...]:
    """What a change says, the same in every process."""
    if isinstance(change, Put):
        kind, of = change.key.kind.value, change.of and change.of.text
        return kind, of, document_of(change.master), change.expected_version, change.first_revision.value
    return (repr(change),)


def _families(key: Key, master: Any) -> set[str]:
    if key.kind is Kind.FAMILY:
        return {key.id}
    if isinstance(master, Part):
        return {master.family}
    return {key.within} if key.kind in (Kind.FORMULA, Kind.TABLE, Kind.TEMPLATE, Kind.PRICE) else set()


def _parts(key: Key) -> set[str]:
    match key.kind:
        case Kind.PART:
            return {key.id}
        case Kind.REVISION | Kind.STRUCTURE | Kind.ROUTING:
            return {key.within}
        case Kind.RULE | Kind.CASE:
            return {key.within.rpartition("#")[0]}
    return set()


def _apply(draft: Draft, changes: Sequence[Change]) -> list[Refused]:
    problems = []
    for place, change in enumerate(changes):
        try:
            draft.apply(change, place)
        except Refused as error:
            problems.append(_at(place, error))
    return problems


def _at(place: int, error: Refused) -> Refused:
    error.path = ("input", "changes", str(place), *error.path)
    return error


def _decide(draft: Draft) -> Gated:
    settled = settle(draft, _reread)
    return Gated(settled) if settled.problems else gate(settled, _print)


def _reread(entry: Entry, scope: Scope) -> Any:
    return reread(entry.master, scope)


def _print(content: Content) -> tuple[str, str]:
    document = content_document(content)
    return document, hash_of(document)


def _moved(changes: Sequence[Change], snapshot: Snapshot) -> list[tuple[int, Part]]:
    """Parts that get another family, or go."""
    old = {part.id: part for bundle in snapshot.bundles.values() for part in bundle.parts.values()}
    found = []
    for place, change in enumerate(changes):
        held = old.get(Sku(change.key.id)) if change.key.kind is Kind.PART else None
        if held is not None and not (
            isinstance(change, Put) and isinstance(change.master, Part) and change.master.family == held.family
        ):
            found.append((place, held))
    return found


def _outcome(gated: Gated, count: int, problems: Sequence[Refused], notices: Sequence[Notice]) -> Edited:
    draft = gated.settled.draft
    if problems:
        return Edited(problems=tuple(problems), notices=tuple(notices))
    changed = {*draft.touched.values(), *draft.gone.values()}
    written = [entry.key for where, entry in draft.entries.items() if where in draft.touched or where in gated.derived]
    revisions = {_key(one) for one in gated.offerings if one.is_new}
    revisions |= {RevisionKey(Sku(key.within), int(key.id)) for key in written if key.kind is Kind.REVISION}
    return Edited(
        changed=len(changed),
        unchanged=count - len(changed),
        notices=tuple(notices),
        written=tuple(written),
        revisions=tuple(sorted(revisions)),
    )


def _key(offering: Offering) -> RevisionKey:
    return RevisionKey(offering.revision.part, offering.revision.number)
