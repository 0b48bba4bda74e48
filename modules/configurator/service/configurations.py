"""Configurations as carts, quotes and wishlists know them: by id, and as the model of today sees them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from modules.configurator.engine.validity import allows
from modules.configurator.model.revisions import Revision
from modules.configurator.model.sessions import Specification
from modules.configurator.service.models import Models
from modules.configurator.service.solving import Solving
from modules.configurator.store.specifications import SpecificationStore
from modules.kernel.configuration import FINGERPRINT_LENGTH, Configuration, Standing, unpinned
from modules.kernel.names import ConfigurationId
from modules.kernel.viewer import Viewer

MOST_VERDICTS: Final = 5_000


class ConfigurationService:
    """Meets the cart's port. What was sold with the model of today costs two statements and no solving; after a change
    of the model each configuration is looked at once."""

    def __init__(self, store: SpecificationStore, models: Models, solving: Solving) -> None:
        self._store = store
        self._models = models
        self._solving = solving
        self._verdicts: OrderedDict[tuple[str, str], bool] = OrderedDict()

    async def specifications(self, ids: Sequence[str]) -> list[Specification | None]:
        """Same length and order, pinned or not; None for one that is not there."""
        return await self._store.named([unpinned(id)[0] for id in ids])

    async def configurations(self, ids: Sequence[ConfigurationId], viewer: Viewer) -> list[Configuration | None]:
        """Same length and order; None for one that is not there. Raises Unavailable where a model has changed and there
        is no solver to say what that does."""
        found = await self.specifications(ids)
        parts = list(dict.fromkeys(one.part for one in found if one))
        day = viewer.channel.market.today(viewer.now)
        holding = dict(zip(parts, await self._models.effective(parts, day), strict=True)) if parts else {}
        return [
            Configuration(id, one.part, await self._standing(id, one, holding[one.part])) if one else None
            for id, one in zip(ids, found, strict=True)
        ]

    async def _standing(self, id: ConfigurationId, one: Specification, holds: Revision | None) -> Standing:
        model = await self._models.model(holds, holds.content_version) if holds else None
        if model is None:
            return Standing.OUTDATED
        sold_with = unpinned(id)[1] or one.fingerprint[:FINGERPRINT_LENGTH]
        if model.hash.startswith(sold_with):
            return Standing.CURRENT
        key = (one.name, model.hash)
        if key not in self._verdicts:
            self._verdicts[key] = await self._solving.on(model, lambda steps: allows(steps, one.text))
            if len(self._verdicts) > MOST_VERDICTS:
                self._verdicts.popitem(last=False)
        return Standing.CHANGED if self._verdicts[key] else Standing.OUTDATED
