"""Putting carts away that nobody touches, and forgetting those whose time is over."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from modules.cart.ports import Channels
from modules.cart.store import Idle, IdleStore
from modules.kernel.errors import UnknownPlace
from modules.kernel.leader import Leader, repeat
from modules.kernel.moments import to_us

_HOUR_US: Final = 3_600_000_000
_DAY_US: Final = 24 * _HOUR_US
_PAUSE_SECONDS: Final = 20
_FORGOTTEN: Final = 500
"""Rows that are deleted at a time."""


class ArchiveService:
    """Any number may run; one of them leads. While the database is away nothing is put away, and nothing is lost.

    A cart is put away when nobody has touched it for `idle_hours`, and forgotten when nobody has for as many days as
    its market says, or `keep_days`.
    """

    def __init__(
        self, store: IdleStore, channels: Channels, leader: Leader, idle_hours: int = 24, keep_days: int = 90
    ) -> None:
        self._store = store
        self._channels = channels
        self._leader = leader
        self._idle_us = idle_hours * _HOUR_US
        self._keep_days = keep_days

    async def run(self) -> None:
        """Works until it is cancelled."""
        await repeat(self._leader, lambda: self.turn(to_us(datetime.now(UTC))), _PAUSE_SECONDS)

    async def turn(self, now_us: int) -> int:
        """Puts all away that are idle at this moment, and forgets what is over; how many were put away."""
        moved = 0
        while idle := await self._store.read(now_us - self._idle_us):
            await self._store.keep([(cart, self.expires_us(cart)) for cart in idle])
            removed = await self._store.remove(idle)
            moved += removed
            if not removed:
                break
        while await self._store.forget(now_us, _FORGOTTEN) == _FORGOTTEN:
            pass
        return moved

    def expires_us(self, cart: Idle) -> int:
        """When the cart's time is over if nobody touches it any more."""
        # The last use is known to the hour, and nobody's cart goes too early.
        return cart.touched_us + _HOUR_US + self._days(cart) * _DAY_US

    def _days(self, cart: Idle) -> int:
        try:
            channel = self._channels.channel(cart.channel or None)
        except UnknownPlace:
            return self._keep_days
        return channel.market.policies.cart_days or self._keep_days
