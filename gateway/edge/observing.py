"""Observing: what the edge tells of each operation to whoever counts and logs."""

from __future__ import annotations

from typing import Protocol


class Observer(Protocol):
    """Called on the event loop for every operation, so it must be quick and may not fail."""

    def answered(self, kind: str, name: str, seconds: float, errors: bool) -> None:
        """A query or mutation was answered; `name` is what its document calls it, empty for none. Seconds count from
        its arrival."""
        ...

    def told(self, name: str, seconds: float) -> None:
        """A subscription's event was worked out."""
        ...

    def refused(self, code: str) -> None:
        """A request was rejected before anything ran."""
        ...


class Nobody:
    """Where nobody observes."""

    def answered(self, kind: str, name: str, seconds: float, errors: bool) -> None:
        """Passes."""

    def told(self, name: str, seconds: float) -> None:
        """Passes."""

    def refused(self, code: str) -> None:
        """Passes."""
