"""Reading models as modellers do: families whole, revisions, findings, where something is used, what tests say."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from modules.configurator.engine.assembling import assemble
from modules.configurator.engine.gating import Offering, structure_flaws
from modules.configurator.engine.referring import referrers
from modules.configurator.engine.usability import family_content, verdicts
from modules.configurator.engine.uses import Use
from modules.configurator.model.bundles import Bundle
from modules.configurator.model.changes import AnyMaster, Kind, RevisionKey
from modules.configurator.model.outcomes import Edited
from modules.configurator.model.revisions import Check, Revision, Status
from modules.configurator.model.trials import Verdict
from modules.configurator.service.gatekeeping import Gatekeeper
from modules.configurator.store.documents import content_document, hash_of
from modules.configurator.store.models import ModelStore
from modules.kernel.names import Sku
from modules.kernel.viewer import Permission, Viewer


class BrowsingService:
    """Reads alone; each needs MODELS_READ."""

    def __init__(self, store: ModelStore, gatekeeper: Gatekeeper) -> None:
        self._store = store
        self._gatekeeper = gatekeeper

    async def page(self, viewer: Viewer, kind: Kind, after: str, most: int) -> list[AnyMaster]:
        """Characteristics, families or parts behind a folded id, by their folded ids; at most so many."""
        viewer.require(Permission.MODELS_READ)
        return await self._store.page(kind, after, most)

    async def bundle(self, viewer: Viewer, family: str) -> Bundle | None:
        """A family whole; None for an unknown one."""
        viewer.require(Permission.MODELS_READ)
        return await self._store.bundle(family)

    async def revisions(self, viewer: Viewer, parts: Sequence[Sku]) -> list[Revision]:
        """All revisions of these parts, by part in their order and by number."""
        viewer.require(Permission.MODELS_READ)
        found = await self._store.revisions(list(dict.fromkeys(parts)))
        return [one for those in found.values() for one in those]

    async def check(self, viewer: Viewer, key: RevisionKey) -> Edited | None:
        """What a release of the revision as it stands would find: nothing is changed. None for an unknown one.

        Of an OBSOLETE revision there is nothing to find.
        """
        viewer.require(Permission.MODELS_READ)
        (part,) = await self._store.parts([key.part])
        bundle = await self._store.bundle(part.family) if part else None
        if bundle is None or key not in bundle.revisions:
            return None
        if bundle.revisions[key].status is Status.OBSOLETE:
            return Edited()
        offering = await asyncio.to_thread(_offering, bundle, key)
        flaws = list(structure_flaws(bundle, offering))
        notices, refused = await self._gatekeeper.check(offering)
        return Edited(problems=(*flaws, *refused), notices=tuple(notices))

    async def where_used(self, viewer: Viewer, family: str, use: Use) -> list[str]:
        """What in a family uses a characteristic, one of its options, a formula or a table, by names in order."""
        viewer.require(Permission.MODELS_READ)
        bundle = await self._store.bundle(family)
        if bundle is None:
            return []
        return referrers([use], bundle.masters(), bundle.tables).get(use, [])

    async def verdicts(self, viewer: Viewer, family: str) -> list[Verdict]:
        """What the stored test cases of a family's formulas and tables say, by name; changes nothing."""
        viewer.require(Permission.MODELS_READ)
        bundle = await self._store.bundle(family)
        if bundle is None:
            return []
        found = await asyncio.to_thread(lambda: verdicts(family_content(bundle)))
        return [found[name] for name in sorted(found)]


def _offering(bundle: Bundle, key: RevisionKey) -> Offering:
    content = assemble(bundle, *key)
    document = content_document(content)
    cases = bundle.cases.get(key, ())
    return Offering(bundle.revisions[key], content, document, hash_of(document), Check.FULL, cases, 0, False)
