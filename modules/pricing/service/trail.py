"""The audit trail, for those who may see what it is about."""

from __future__ import annotations

from typing import Final

from modules.kernel.errors import BadUserInput
from modules.kernel.names import is_text
from modules.kernel.outcome import LONGEST_KEY
from modules.kernel.viewer import Viewer
from modules.pricing.model.trail import Entry, Subject
from modules.pricing.store.trail import TrailStore

NEWEST: Final = 2**62
"""Above every number."""


class TrailService:
    """Answers; writes nothing."""

    def __init__(self, store: TrailStore) -> None:
        self._store = store

    async def page(
        self, viewer: Viewer, subject: Subject, id: str | None, first: int, below: int = NEWEST
    ) -> list[Entry]:
        """Who changed what, the newest first: of one thing or of all of its kind, at most `first` with a number below
        one. One statement. Needs PROMOTIONS_READ for promotions, their codes and uses, otherwise PRICES_WRITE.

        Raises BadUserInput for a place that no list has.
        """
        viewer.require(subject.permission)
        if not 0 <= below <= NEWEST:
            raise BadUserInput("This is no place in the list.", "after", "the endCursor of an earlier page")
        # What can be no id must not reach the database: it may hold what no text of it can.
        known = id is None or is_text(id, LONGEST_KEY)
        return await self._store.page(subject, id, first, below) if known else []
