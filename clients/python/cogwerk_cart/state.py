"""All that a device must not forget: its cart's key, what it saw last, and what it has not yet handed over."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from .schema import CartChangedCart, OperationEnvelope
from .storage import Storage


@dataclass(frozen=True, slots=True)
class Refusal:
    """An operation that the shop did not take, and why; it will not be sent again."""

    operation: OperationEnvelope
    code: str
    message: str


@dataclass(slots=True)
class Queued:
    """An operation, and the cart's version that holds it once the shop has said so."""

    envelope: OperationEnvelope
    held_at: int | None = None


@dataclass(slots=True)
class State:
    """Loaded from a storage and saved to it as one text."""

    key: str | None = None
    creation: str = field(default_factory=lambda: str(uuid.uuid4()))
    """The idempotency key under which the cart is made, so that it is made once."""
    clock_us: int = 0
    cursor: str | None = None
    cart: CartChangedCart | None = None
    queue: list[Queued] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)

    @classmethod
    def load(cls, storage: Storage) -> State:
        """What was saved, or a new one."""
        text = storage.load()
        if text is None:
            return cls()
        found: dict[str, Any] = json.loads(text)
        found["queue"] = [Queued(**item) for item in found["queue"]]
        found["refused"] = [Refusal(**item) for item in found["refused"]]
        return cls(**found)

    def save(self, storage: Storage) -> None:
        """As it stands now."""
        storage.save(json.dumps(asdict(self)))

    def waiting(self) -> list[OperationEnvelope]:
        """What the shop has not yet said to hold, oldest first."""
        return [item.envelope for item in self.queue if item.held_at is None]

    def acknowledge(self, ids: Sequence[str], version: int) -> None:
        """The shop holds these; they are shown from here until a cart of this version has been seen."""
        for item in self.queue:
            if item.envelope["id"] in ids:
                item.held_at = version
        self._drop_seen()

    def refuse(self, refusal: Refusal) -> None:
        """It leaves the queue, and is kept for the user to see."""
        self.queue = [item for item in self.queue if item.envelope["id"] != refusal.operation["id"]]
        self.refused.append(refusal)

    def see(self, cart: CartChangedCart, cursor: str | None) -> None:
        """The cart as the shop has it."""
        self.cart, self.cursor = cart, cursor
        self._drop_seen()

    def move(self, key: str) -> None:
        """To another cart, with all that is queued."""
        self.key, self.cart, self.cursor = key, None, None
        for item in self.queue:
            item.held_at = None

    def _drop_seen(self) -> None:
        version = self.cart["version"] if self.cart else 0
        self.queue = [item for item in self.queue if item.held_at is None or item.held_at > version]
