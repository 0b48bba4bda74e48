"""What one follower of stock knows, and what it has still to be told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from modules.inventory.model.levels import Level, Levels, StockNews
from modules.kernel.feed import ChangeKind
from modules.kernel.names import Sku
from modules.kernel.stock import Availability, AvailabilityState


class Watch:
    """The levels of some skus as one follower knows them: first read, then kept by the events' versions.

    Late and doubled events change nothing.
    """

    def __init__(self, skus: Sequence[Sku]) -> None:
        self.skus = skus
        self.levels: Levels = {}
        self._untold: set[Sku] = set()

    def begin(self, levels: Levels) -> Sequence[Sku]:
        """Takes the levels of now; all skus are to be told."""
        self.levels = levels
        self._untold = set()
        return self.skus

    def renew(self, levels: Levels) -> None:
        """Takes the levels of now, of other sources than before; nothing is to be told for that alone."""
        self.levels = levels

    def resume(self, levels: Levels, missed: Iterable[Level]) -> Sequence[Sku]:
        """Takes the levels of now, at least as new as all that was missed; the skus that are to be told.

        Levels may be newer than what was missed. Their events are still to come, and no news then by their version; so
        each sku is told at its first event, whatever that holds.
        """
        self.levels = levels
        told = list(dict.fromkeys(level.sku for level in missed))
        self._untold = set(self.skus).difference(told)
        return told

    def take(self, news: Iterable[Level]) -> Sequence[Sku]:
        """Takes the levels of events; the skus that are to be told, in order, perhaps none."""
        told: dict[Sku, None] = {}
        for level in news:
            if self._is_newer(level):
                self.levels.setdefault(level.sku, {})[level.source] = level
                told[level.sku] = None
            elif level.sku in self._untold:
                told[level.sku] = None
        self._untold.difference_update(told)
        return list(told)

    def _is_newer(self, level: Level) -> bool:
        held = self.levels.get(level.sku, {}).get(level.source)
        return held is None or held.version < level.version


class Shown:
    """What a follower was last told can be had of each sku."""

    def __init__(self) -> None:
        self._faces: dict[Sku, object] = {}

    def note(self, items: Sequence[Availability]) -> Sequence[Availability]:
        """All of these are told now."""
        self._faces.update((item.sku, _face(item)) for item in items)
        return items

    def others(self, items: Iterable[Availability]) -> Sequence[Availability]:
        """Those that are others than what was told, which are told now."""
        return self.note([item for item in items if self._faces.get(item.sku) != _face(item)])


def _face(item: Availability) -> object:
    """All of it but moments, which pass by themselves, and when levels changed, which events tell."""
    shares = [
        (share.source, share.available, share.buffer, share.stale, share.can_ship, share.can_pick_up)
        for share in item.sources
    ]
    return item.state, item.available, shares


class States:
    """How a channel showed skus when its follower was told last (I-3)."""

    def __init__(self) -> None:
        self._told: dict[Sku, AvailabilityState] = {}

    def take(self, news: StockNews) -> list[tuple[Availability, AvailabilityState | None]]:
        """What is shown otherwise than before, with how it was; all of a SNAPSHOT or RESYNC, of which nothing is known.

        A state that came and went between two deliveries is not told: what lasts is, once.
        """
        if news.kind is not ChangeKind.CHANGE:
            self._told = {}
        found = []
        for item in news.items:
            before = self._told.get(item.sku)
            if before is not item.state:
                found.append((item, before))
            self._told[item.sku] = item.state
        return found
