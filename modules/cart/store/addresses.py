"""Where a cart lies in Redis.

A cart hashes into one of 16 tagged buckets, so that its keys and the bucket's event stream share a slot of a cluster:

    cart:{c07}:<locator>        channel, created, version, changes, last_at (microseconds), and by `g:<digest>` what
                                each of its keys may, as JSON: {"right", then of a link "id", "label", "made", "until"}
                                Of a cart that was compacted: base, base_at, and how many operations are folded
    cart:{c07}:<locator>:ops    operation id -> the operation as JSON, with the time it counts at; its id in quotes when
                                the base holds it
    cart:{c07}:<locator>:gone   for a day, what the cart was when it was put away
    {c07}.events.cart           the bucket's events
    {c07}.carts.touched         locators by the moment (us) of their last use, to the hour
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
        return _tag(crc32(self.locator.encode()) % BUCKETS)

    @property
    def stream(self) -> str:
        """Where its events go."""
        return f"{self.bucket}.events.cart"

    @property
    def keys(self) -> list[str]:
        """What every script takes: the cart, its operations, the stream, what was touched when, the mark it leaves."""
        name = f"cart:{self.bucket}:{self.locator}"
        return [name, f"{name}:ops", self.stream, touched_in(self.bucket), f"{name}:gone"]


def buckets() -> list[str]:
    """The tags of all buckets."""
    return [_tag(number) for number in range(BUCKETS)]


def touched_in(bucket: str) -> str:
    """Where the locators of a bucket stand by their last use."""
    return f"{bucket}.carts.touched"


def _tag(number: int) -> str:
    return f"{{c{number:02d}}}"
