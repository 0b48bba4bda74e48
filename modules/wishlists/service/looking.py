"""Looking: what others publish leads to a look at what is watched, and what is new is told."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import Final

from modules.kernel.errors import UnknownPlace
from modules.kernel.names import ChannelId, Locale, Sku
from modules.kernel.viewer import ANONYMOUS, Viewer
from modules.wishlists.model.watches import News, Sight, Watch, judge
from modules.wishlists.ports import Channels
from modules.wishlists.service.watching import WatchService
from modules.wishlists.store.watches import WatchStore

AT_ONCE: Final = 500
"""Watches of one look: one question for each channel and currency, one transaction."""

KEEP_SECONDS: Final = 5.0
UNSEEN: Final = Sight(False, None)

_Place = tuple[ChannelId, str]


class LookingService:
    """At least one look for each change: where events were looked at is kept behind the looks, and a look twice tells
    nothing twice."""

    def __init__(self, store: WatchStore, watches: WatchService, channels: Channels) -> None:
        self._store = store
        self._watches = watches
        self._channels = channels
        self._kept: dict[str, float] = {}

    async def followed(self, name: str) -> str | None:
        """Up to where events of this name led to looks."""
        return await self._store.followed(name)

    async def heard(self, name: str, skus: Sequence[Sku] | None, cursor: str) -> None:
        """Looks at what is watched of these products, of all for None, and keeps the cursor."""
        after = ""
        while (skus is None or skus) and (watches := await self._store.watches(skus, after, AT_ONCE)):
            await self._look(watches)
            after = watches[-1].id
        # Changes of what nobody watches come by the thousand; heard again, they lead to nothing again.
        if skus is None or after or monotonic() >= self._kept.get(name, 0.0) + KEEP_SECONDS:
            async with self._store.change() as change:
                await change.followed(name, cursor)
            self._kept[name] = monotonic()

    async def due(self) -> None:
        """Looks at what had to wait for its quiet time to end."""
        while watches := await self._store.due(AT_ONCE):
            await self._look(watches)

    async def _look(self, watches: Sequence[Watch]) -> None:
        places: dict[_Place, list[Watch]] = {}
        for watch in watches:
            places.setdefault((watch.channel, watch.currency), []).append(watch)
        now_us = await self._store.now_us()
        judged: list[tuple[Watch, list[News]]] = []
        for place, here in places.items():
            judged += await self._judge(place, here, now_us)
        await self._save(judged)

    async def _judge(self, place: _Place, watches: Sequence[Watch], now_us: int) -> list[tuple[Watch, list[News]]]:
        """Those that are others after a look. In a channel that is gone nothing can be had or costs anything."""
        viewer = self._guest(place)
        skus = list(dict.fromkeys(watch.sku for watch in watches))
        sights = await self._watches.sights(skus, viewer) if viewer else {}
        found = []
        for watch in watches:
            after, news = judge(watch, sights.get(watch.sku, UNSEEN), now_us)
            if after != watch:
                found.append((after, news))
        return found

    async def _save(self, judged: Sequence[tuple[Watch, list[News]]]) -> None:
        if not judged:
            return
        batch = secrets.token_hex(8)
        async with self._store.change() as change:
            for watch, news in judged:
                # One mail for each reader, whatever there is to tell.
                await change.judged(watch, news, f"wishlist-news-{batch}-{watch.address}")

    def _guest(self, place: _Place) -> Viewer | None:
        try:
            channel = self._channels.channel(place[0])
        except UnknownPlace:
            return None
        if place[1] not in channel.market.currencies:
            return None
        return Viewer(ANONYMOUS, channel, None, Locale("en"), datetime.now(UTC), place[1])
