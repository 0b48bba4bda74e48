"""Markets, channels and stores: looked up in memory, changed by whoever may."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from modules.kernel.errors import UnknownPlace
from modules.kernel.latest import Latest
from modules.kernel.outcome import Path, Upserted, refuse_command, sift
from modules.kernel.place import NOWHERE, Channel, Market, Store
from modules.kernel.viewer import Permission, Viewer
from modules.market.engine import intake
from modules.market.model import ChannelInput, ChannelRecord, Directory, MarketInput, Place, Places, StoreInput
from modules.market.store import MarketStore

Given = TypeVar("Given", MarketInput, ChannelInput, StoreInput)


class MarketService:
    """One per process. Empty before `load`: then every place is kernel's NOWHERE."""

    def __init__(self, store: MarketStore) -> None:
        self._store = store
        self._latest = Latest(self._read, Directory.of(Places()))

    async def load(self) -> None:
        """Reads everything into memory; own writes do so by themselves."""
        await self._latest.load()

    def channels(self) -> Sequence[Channel]:
        """All channels, the default one first."""
        return self._held.channels

    def markets(self) -> Sequence[Market]:
        """All markets by id."""
        return self._held.markets

    def stores(self, channel: Channel) -> Sequence[Store]:
        """The stores of a channel by id."""
        return self._held.stores.get(channel.id, ())

    def record(self, channel: Channel) -> ChannelRecord | None:
        """The channel as it was handed in; None for NOWHERE."""
        return self._held.places.channels.get(channel.id)

    def channel(self, id: str | None) -> Channel:
        """The channel of this id; for None the default, or NOWHERE while there is none. Raises UnknownPlace."""
        if id is None:
            return self._held.channels[0] if self._held.channels else NOWHERE
        if id not in self._held.by_id:
            raise UnknownPlace("channel", id, [channel.id for channel in self._held.channels])
        return self._held.by_id[id]

    def store(self, id: str | None, channel: Channel) -> Store | None:
        """The store of this id in the channel; None for None. Raises UnknownPlace, for one of other channels too."""
        if id is None:
            return None
        stores = self.stores(channel)
        found = next((store for store in stores if store.id == id), None)
        if found is None:
            raise UnknownPlace("store", id, [store.id for store in stores])
        return found

    def currency(self, text: str | None, channel: Channel) -> str:
        """A currency of the channel's market, its default for None. Raises UnknownPlace for another one."""
        currencies = channel.market.currencies
        if text is None:
            return currencies[0]
        if text not in currencies:
            raise UnknownPlace("currency", text, currencies)
        return text

    async def upsert_markets(self, viewer: Viewer, items: Sequence[MarketInput], reason: str) -> Upserted:
        """Replaces markets wholly or adds them; they hold here at once. Needs MARKETS_WRITE."""
        viewer.require(Permission.MARKETS_WRITE)
        return await self._upsert(viewer, "markets", items, reason, lambda held, item, path: intake.market(item, path))

    async def upsert_channels(self, viewer: Viewer, items: Sequence[ChannelInput], reason: str) -> Upserted:
        """Replaces channels wholly or adds them; their market must exist. Needs MARKETS_WRITE."""
        viewer.require(Permission.MARKETS_WRITE)
        return await self._upsert(
            viewer, "channels", items, reason, lambda held, item, path: intake.channel(item, path, held.markets)
        )

    async def upsert_stores(self, viewer: Viewer, items: Sequence[StoreInput], reason: str) -> Upserted:
        """Replaces stores wholly or adds them; their channels must exist. Needs MARKETS_WRITE."""
        viewer.require(Permission.MARKETS_WRITE)
        return await self._upsert(
            viewer, "stores", items, reason, lambda held, item, path: intake.store(item, path, held.channels)
        )

    async def _upsert(
        self,
        viewer: Viewer,
        name: str,
        items: Sequence[Given],
        reason: str,
        check: Callable[[Places, Given, Path], Place],
    ) -> Upserted:
        if problem := refuse_command(name, items, reason):
            return Upserted(0, 0, (problem,))
        async with self._store.change() as change:
            held = await change.places()
            before: Mapping[str, Place] = getattr(held, name)
            good, refused = sift(name, items, lambda item, path: check(held, item, path), "id")
            changed = [place for _, place in good if before.get(place.id) != place]
            await change.save(changed, before, viewer.principal.id, reason)
        if changed:
            await self.load()
        return Upserted(len(changed), len(good) - len(changed), tuple(refused))

    @property
    def _held(self) -> Directory:
        return self._latest.value

    async def _read(self) -> Directory:
        return Directory.of(await self._store.places())
