"""Offering: which products can be configured, and by what."""

from __future__ import annotations

from collections.abc import Sequence

from modules.configurator.model.revisions import Revision
from modules.configurator.service.models import Models
from modules.configurator.service.solving import Solving
from modules.kernel.names import Sku
from modules.kernel.viewer import Viewer


class OfferingService:
    """One per process."""

    def __init__(self, models: Models, solving: Solving) -> None:
        self._models = models
        self._solving = solving

    async def known(self, parts: Sequence[Sku]) -> list[bool]:
        """Which of these have a model, in order."""
        return [part is not None for part in await self._models.parts(parts)]

    async def revisions(self, parts: Sequence[Sku], viewer: Viewer) -> list[Revision | None]:
        """The released revision of each that holds today, by the market's calendar, in order; None for what cannot be
        configured. Two statements for all. Raises Unavailable where nothing can, as there is no solver."""
        self._solving.require()
        return await self._models.effective(parts, viewer.channel.market.today(viewer.now))
