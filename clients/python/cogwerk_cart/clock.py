"""When something was done, by a clock that nobody has set right."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def wall_us() -> int:
    """The device's own clock, in microseconds since 1970."""
    return time.time_ns() // 1000


class HybridClock:
    """The device's clock, but never before what it has said or heard: what is done later counts later.

    So a device that runs hours behind still counts after what its user saw. One that runs ahead is bounded by the shop.
    """

    def __init__(self, last_us: int = 0, wall: Callable[[], int] = wall_us) -> None:
        self.last_us = last_us
        self._wall = wall

    def tick(self) -> int:
        """A moment for the next operation, in microseconds since 1970; each call answers a later one."""
        self.last_us = max(self._wall(), self.last_us + 1)
        return self.last_us

    def observe(self, moment: str | None) -> None:
        """Something happened elsewhere at this moment (ISO 8601), and the user has seen it."""
        if moment:
            heard = datetime.fromisoformat(moment.replace("Z", "+00:00"))
            self.last_us = max(self.last_us, (heard - _EPOCH) // timedelta(microseconds=1))


def written(us: int) -> str:
    """The moment in ISO 8601."""
    return (_EPOCH + timedelta(microseconds=us)).isoformat().replace("+00:00", "Z")
