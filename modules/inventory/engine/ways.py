"""The ways from sources to somebody: which are open, how far they are, which leave today (4.3)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from modules.inventory.engine.availability import is_stale
from modules.inventory.engine.distance import metres
from modules.inventory.engine.promise import why_late
from modules.inventory.model.levels import Known
from modules.inventory.model.sources import Source
from modules.inventory.model.sourcing import Destination, Way
from modules.kernel.moments import to_us
from modules.kernel.names import SourceId
from modules.kernel.quantity import Quantity

DOES_NOT_SHIP: Final = "DOES_NOT_SHIP"
NOT_THE_CHOSEN_STORE: Final = "NOT_THE_CHOSEN_STORE"


def ways(
    sources: Iterable[Source],
    destination: Destination | None,
    now: datetime,
    known: Known,
    pick_up_at: SourceId | None = None,
) -> dict[SourceId, Way]:
    """A way from each source, by its id. Only with a destination is it known that goods must be sent.

    Who fetches the goods has one way, from the store that was chosen, whatever the hour.
    """
    found: dict[SourceId, Way] = {}
    for source in sources:
        far = metres(source, destination) if destination else None
        out, late = "", why_late(source, now, known.parcels.get(source.id, 0))
        if pick_up_at is not None:
            out, late = ("" if source.id == pick_up_at else NOT_THE_CHOSEN_STORE), ""
        elif destination is not None and not source.can_ship:
            out = DOES_NOT_SHIP
        found[source.id] = Way(source, far, out, late)
    return found


def spare(sources: Iterable[Source], known: Known, now: datetime) -> dict[SourceId, Quantity]:
    """What stale sources keep back (F-6)."""
    limited = [source for source in sources if source.fresh_seconds is not None]
    now_us = to_us(now) if limited else 0
    return {source.id: source.stale_buffer_micros for source in limited if is_stale(source, known, now_us)}
