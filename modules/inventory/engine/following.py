"""What followers of stock know, and what one was told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from modules.inventory.model.levels import Level, Levels, StockNews
from modules.kernel.feed import ChangeKind
from modules.kernel.names import Sku
from modules.kernel.stock import Availability, AvailabilityState


class Newest:
    """The newest levels that this process knows of skus that somebody follows, whoever has read or heard of them.

    Late and doubled events change nothing. All followers of one process look at the same levels, so that an event
    which comes after a newer level was read shows the newer one to everybody.
    """

    def __init__(self) -> None:
        self.levels: Levels = {}
        self._followed: Counter[Sku] = Counter()

    def hold(self, skus: Iterable[Sku]) -> None:
        """These are followed once more; what is taken of them is kept until `release`."""
        self._followed.update(skus)

    def release(self, skus: Iterable[Sku]) -> None:
        """These are followed once less; what nobody follows is forgotten."""
        for sku in skus:
            self._followed[sku] -= 1
            if self._followed[sku] <= 0:
                del self._followed[sku]
                self.levels.pop(sku, None)

    def read(self, levels: Levels) -> None:
        """Takes what the store holds, without the holds that were due then (R-3). Of two levels of one version the one
        with less held was read later: that holds have ended makes a new version only when it is noted."""
        found = [level for places in levels.values() for level in places.values()]
        self.hear(found)
        for level in found:
            held = self.levels.get(level.sku, {}).get(level.source)
            if held is not None and held.version == level.version and level.held < held.held:
                self.levels[level.sku][level.source] = level

    def hear(self, levels: Iterable[Level]) -> Sequence[Sku]:
        """Takes those that are newer than what is known; all their skus, each once, in order."""
        skus: dict[Sku, None] = {}
        for level in levels:
            skus[level.sku] = None
            held = self.levels.get(level.sku, {}).get(level.source)
            if level.sku in self._followed and (held is None or held.version < level.version):
                self.levels.setdefault(level.sku, {})[level.source] = level
        return list(skus)


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
