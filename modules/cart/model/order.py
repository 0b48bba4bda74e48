"""An order in which anything can be moved in one step, however long it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from modules.kernel.names import LineId


class LineOrder:
    """Ids of lines, each once; those on both sides of each are known, and None stands before the first and behind the
    last."""

    def __init__(self, ids: Iterable[LineId] = ()) -> None:
        self._next: dict[LineId | None, LineId | None] = {None: None}
        self._before: dict[LineId | None, LineId | None] = {None: None}
        for id in ids:
            self.append(id)

    def __iter__(self) -> Iterator[LineId]:
        id = self._next[None]
        while id is not None:
            yield id
            id = self._next[id]

    def append(self, id: LineId) -> None:
        """Puts one that is not there at the end."""
        self.insert(id, self._before[None])

    def insert(self, id: LineId, after: LineId | None) -> None:
        """Puts one that is not there behind another; None: in front."""
        follower = self._next[after]
        self._next[after] = self._before[follower] = id
        self._next[id], self._before[id] = follower, after

    def remove(self, id: LineId) -> None:
        """Takes one out that is there."""
        follower, leader = self._next.pop(id), self._before.pop(id)
        self._next[leader], self._before[follower] = follower, leader
