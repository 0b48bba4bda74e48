"""Families as documents: written out for review, and taken in with a dry run that says what would be different."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from modules.configurator.formats.differences import Difference
from modules.configurator.formats.drafts import Flaw, read_family
from modules.configurator.formats.families import as_json, as_yaml
from modules.configurator.formats.planning import Plan, plan
from modules.configurator.model.bundles import Bundle
from modules.configurator.model.changes import fold_id
from modules.configurator.model.characteristics import Characteristic
from modules.configurator.model.outcomes import Edited
from modules.configurator.service.modelling import ModellingService
from modules.configurator.store.models import ModelStore
from modules.kernel.errors import Refused
from modules.kernel.outcome import MOST_ITEMS
from modules.kernel.viewer import Permission, Viewer


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What became of a document: its flaws, or what is different and what the changes came to.

    With flaws, or with problems of the `edited`, nothing was changed.
    """

    family: str = ""
    flaws: tuple[Flaw, ...] = ()
    differences: tuple[Difference, ...] = ()
    edited: Edited = field(default_factory=Edited)

    @property
    def is_refused(self) -> bool:
        """Whether nothing was changed because something is wrong."""
        return bool(self.flaws or self.edited.problems)


class DocumentService:
    """Exports and imports families; all rules of editing are `ModellingService`'s."""

    def __init__(self, store: ModelStore, modelling: ModellingService) -> None:
        self._store = store
        self._modelling = modelling

    async def export(self, viewer: Viewer, family: str, json: bool = False) -> str | None:
        """The family's document in YAML or JSON; None for an unknown one. Needs MODELS_READ."""
        viewer.require(Permission.MODELS_READ)
        bundle = await self._store.bundle(family)
        return None if bundle is None else await asyncio.to_thread(as_json if json else as_yaml, bundle)

    async def take_in(
        self, viewer: Viewer, text: str, dry_run: bool = False, reason: str = "imported", most: int = MOST_ITEMS
    ) -> TakenIn:
        """Makes a family what a document says, in one transaction; what the document lacks is removed. Needs
        MODELS_WRITE. A dry run says the same and writes nothing."""
        viewer.require(Permission.MODELS_WRITE)
        draft = await asyncio.to_thread(read_family, text)
        if draft.flaws or draft.bundle is None:
            return TakenIn(flaws=draft.flaws)
        return await self.take_bundle(viewer, draft.bundle, dry_run, reason, most)

    async def take_bundle(
        self, viewer: Viewer, wanted: Bundle, dry_run: bool = False, reason: str = "imported", most: int = MOST_ITEMS
    ) -> TakenIn:
        """The same for a family that was read already. Needs MODELS_WRITE."""
        viewer.require(Permission.MODELS_WRITE)
        current = await self._store.bundle(wanted.family.id)
        known = await self._known(wanted, current)
        made = await asyncio.to_thread(plan, current, wanted, lambda id: known.get(fold_id(id)))
        edited = Edited()
        if made.changes:
            edited = await self._modelling.change(made.changes, viewer, dry_run, reason=reason, most=most)
        problems = tuple(_placed(made, error) for error in edited.problems)
        return TakenIn(wanted.family.id, (), made.differences, replace(edited, problems=problems))

    async def _known(self, wanted: Bundle, current: Bundle | None) -> Mapping[str, Characteristic]:
        """Characteristics that other families have already, by their folded ids."""
        ours = {fold_id(id) for id in current.characteristics} if current else set()
        ids = [id for id in wanted.characteristics if fold_id(id) not in ours]
        found = await self._store.characteristics(ids)
        return {fold_id(one.id): one for one in found if one is not None}


def _placed(made: Plan, error: Refused) -> Refused:
    """The error with the name of what it is about before its path, not with the number of the change."""
    if error.path[:2] == ("input", "changes") and error.path[2].isdecimal():
        error.path = (made.changes[int(error.path[2])].key.name, *error.path[3:])
    return error
