"""What was read lately and is kept in memory, by key."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(Generic[K, V]):
    """At most so many values; those asked for longest ago make room. Whoever writes, or hears of it, forgets."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: OrderedDict[K, V] = OrderedDict()
        self._forgotten = 0

    async def get(self, keys: Collection[K], read: Callable[[list[K]], Awaitable[Mapping[K, V]]]) -> dict[K, V]:
        """Those there are. `read` is asked once, for the keys that are not held, each once and in their order; not at
        all when all are."""
        held = self._held
        found = {key: held[key] for key in keys if key in held}
        for key in found:
            held.move_to_end(key)
        missing = [key for key in dict.fromkeys(keys) if key not in found]
        if missing:
            before = self._forgotten
            fresh = await read(missing)
            found.update(fresh)
            # HAZARD: what was forgotten while it was read may have been read in its old state.
            if before == self._forgotten:
                self._keep(fresh)
        return found

    def forget(self, keys: Iterable[K]) -> None:
        """These have changed."""
        self._forgotten += 1
        for key in keys:
            self._held.pop(key, None)

    def forget_all(self) -> None:
        """Any may have changed."""
        self._forgotten += 1
        self._held.clear()

    def _keep(self, fresh: Mapping[K, V]) -> None:
        self._held.update(fresh)
        while len(self._held) > self._most:
            self._held.popitem(last=False)
