"""Leader: one process at a time does what must not be done by two."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol


class Leader(Protocol):
    """Lets one process at a time through."""

    def lead(self) -> AbstractAsyncContextManager[Callable[[], bool]]:
        """Waits until this process leads; yields the question whether it still does. Raises Unavailable."""
        ...
