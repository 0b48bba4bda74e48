"""What is noted of one operation: for each module its calls, its trips to the stores, and their time."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum
from time import perf_counter_ns
from typing import Any, Final


class Store(StrEnum):
    """Where a trip goes."""

    SQL = "sql"
    REDIS = "redis"


@dataclass(slots=True)
class Share:
    """A module's part of an operation. Calls run side by side and one inside another, so times may overlap."""

    calls: int = 0
    call_ns: int = 0
    trips: dict[Store, int] = field(default_factory=lambda: dict.fromkeys(Store, 0))
    trip_ns: int = 0


@dataclass(slots=True)
class Recording:
    """Of an operation while it runs; what goes on afterwards, in work that several share, is not noted."""

    begun_ns: int = field(default_factory=perf_counter_ns)
    modules: dict[str, Share] = field(default_factory=dict)
    open: bool = True

    def called(self, module: str, ns: int) -> None:
        """A service of the module has answered."""
        share = self._share(module)
        share.calls += 1
        share.call_ns += ns

    def tripped(self, module: str, store: Store, ns: int) -> None:
        """A store has answered the module."""
        share = self._share(module)
        share.trips[store] += 1
        share.trip_ns += ns

    def shown(self) -> dict[str, Any]:
        """For `extensions.timing`: milliseconds."""
        modules = {
            name: {
                "milliseconds": _ms(share.call_ns),
                "calls": share.calls,
                "sqlTrips": share.trips[Store.SQL],
                "redisTrips": share.trips[Store.REDIS],
                "storeMilliseconds": _ms(share.trip_ns),
            }
            for name, share in sorted(self.modules.items())
        }
        return {"milliseconds": _ms(perf_counter_ns() - self.begun_ns), "modules": modules}

    def _share(self, module: str) -> Share:
        if module not in self.modules:
            self.modules[module] = Share()
        return self.modules[module]


current: Final[ContextVar[Recording | None]] = ContextVar("recording", default=None)
"""Of the operation that this task works for."""


def recording() -> Recording | None:
    """That of the operation at hand, while it runs."""
    found = current.get()
    return found if found is not None and found.open else None


def _ms(ns: int) -> float:
    return round(ns / 1_000_000, 3)
