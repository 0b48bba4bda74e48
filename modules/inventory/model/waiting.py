"""Waiters: who wants what cannot be had now, in the order in which they came."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Final, NamedTuple

from modules.inventory.events import WaiterChanged
from modules.inventory.model.holding import HOUR_US
from modules.inventory.model.sources import Buffers
from modules.kernel.names import ChannelId, Sku, SourceId
from modules.kernel.quantity import Quantity
from modules.kernel.viewer import Principal

OFFER_US: Final = 24 * HOUR_US
"""How long an offer is held for the waiter."""


class WaiterState(StrEnum):
    """WAITING -> OFFERED -> SERVED or LAPSED; WAITING or OFFERED -> GONE."""

    WAITING = "waiting"
    OFFERED = "offered"
    SERVED = "served"
    LAPSED = "lapsed"
    GONE = "gone"


class Waiter(NamedTuple):
    """Somebody who waits for so much of a sku in a channel. `hold` is the hold made for the offer."""

    id: str
    sku: Sku
    channel: ChannelId
    quantity: Quantity
    owner: str
    customer: str
    state: WaiterState
    since_us: int
    hold: str = ""
    version: int = 1
    store: str = ""
    """Where somebody waits; empty: in no store."""

    @property
    def wish(self) -> tuple[object, ...]:
        """What is waited for and by whom, which the same id cannot mean twice in two ways."""
        return self.sku, self.channel, self.quantity, self.owner, self.customer

    def is_for(self, principal: Principal) -> bool:
        """Whether they may know and change it."""
        return principal.serves(self.channel, self.store)

    def event(self) -> WaiterChanged:
        """The waiter as others are told of it."""
        return WaiterChanged(
            version=self.version,
            id=self.id,
            sku=self.sku,
            channel=self.channel,
            quantity_micros=self.quantity,
            owner=self.owner,
            state=self.state.value,
            hold=self.hold,
        )


class Reach(NamedTuple):
    """Where a channel's goods may come from, in order, and what it leaves untouched there."""

    sources: tuple[SourceId, ...]
    buffers: Buffers


Reaches = Callable[[ChannelId], Reach]
"""A channel's reach; one without sources for a channel that is gone."""
