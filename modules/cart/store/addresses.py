"""Where a cart lies in Redis.

A cart hashes into one of 16 tagged buckets, so that its keys and the bucket's event stream share a slot of a cluster:

    cart:{c07}:<locator>        channel, created, version, changes, last_at (microseconds), and by `g:<digest>` what
                                each of its keys may, as JSON: {"right", then of a link "id", "label", "made", "until"}
    cart:{c07}:<locator>:ops    operation id -> the operation as JSON, with the time it counts at
    {c07}.events.cart           the bucket's events
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from zlib import crc32

from modules.cart.model.keys import Locator, cart_id
from modules.kernel.names import CartId

BUCKETS: Final = 16


@dataclass(frozen=True, slots=True)
class Address:
    """Where a cart is found, without what opens it."""

    locator: Locator

    @property
    def id(self) -> CartId:
        """The public id."""
        return cart_id(self.locator)

    @property
    def bucket(self) -> str:
        """The tag its keys and its stream share."""
        return f"{{c{crc32(self.locator.encode()) % BUCKETS:02d}}}"

    @property
    def stream(self) -> str:
        """Where its events go."""
        return f"{self.bucket}.events.cart"

    @property
    def keys(self) -> list[str]:
        """What every script takes: the cart, its operations, the stream."""
        name = f"cart:{self.bucket}:{self.locator}"
        return [name, f"{name}:ops", self.stream]
