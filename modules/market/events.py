"""What market publishes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from modules.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketChanged(Event):
    """A market, channel or store (`kind`) is new or another; `state` is all that is known of it."""

    NAME: ClassVar[str] = "market.changed.v1"
    kind: str
    id: str
    state: dict[str, Any]

    @property
    def key(self) -> str:
        """`channel:web`."""
        return f"{self.kind}:{self.id}"
