"""What access publishes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from modules.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysChanged(Event):
    """An API key is new (version 1) or revoked (version 2, the last). It holds nothing that opens a door."""

    NAME: ClassVar[str] = "access.keys_changed.v1"
    id: str
    revoked: bool

    @property
    def key(self) -> str:
        """The key's id."""
        return self.id
