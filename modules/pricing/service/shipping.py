"""Shipping methods: held in memory, taken in."""

from __future__ import annotations

from collections.abc import Sequence

from modules.kernel.latest import OnDemand
from modules.kernel.names import MarketId
from modules.kernel.outcome import Path, Upserted, refuse_command, sift
from modules.kernel.place import Market
from modules.kernel.viewer import Permission, Viewer
from modules.pricing.engine.shipping import MethodBook, changed, shipping_method
from modules.pricing.model.shipping import ShippingMethod, ShippingMethodInput
from modules.pricing.ports import Channels
from modules.pricing.store.shipping import ShippingStore


class ShippingService:
    """One per process. The methods are kept in memory: read at first use, again by `load`."""

    def __init__(self, store: ShippingStore, channels: Channels) -> None:
        self._store = store
        self._channels = channels
        self._methods = OnDemand(self._read)

    async def load(self) -> None:
        """Reads the methods anew; own writes do so by themselves."""
        await self._methods.load()

    def outdate(self) -> None:
        """Another process has changed them: they are about to be read anew."""
        self._methods.outdate()

    async def settled(self) -> None:
        """Waits until what was heard of is read."""
        await self._methods.settled()

    async def method(self, id: str, market: MarketId, currency: str | None = None) -> ShippingMethod | None:
        """The market's method of this id that may be chosen, in this currency or whatever it costs; None for none.

        From memory.
        """
        return (await self._methods.get()).method(id, market, currency)

    async def ids(self) -> frozenset[str]:
        """What methods are called in any market; from memory."""
        return (await self._methods.get()).ids()

    async def active(self, market: MarketId) -> list[ShippingMethod]:
        """What may be chosen in a market in whatever currency, in order; from memory."""
        return (await self._methods.get()).active(market)

    async def methods(self, viewer: Viewer, country: str | None = None) -> list[ShippingMethod]:
        """What may be chosen in the viewer's channel and currency, in order; with a `country` only what reaches it."""
        return (await self._methods.get()).choice(viewer.channel.market.id, viewer.currency, country)

    async def upsert_shipping_methods(
        self, viewer: Viewer, methods: Sequence[ShippingMethodInput], reason: str
    ) -> Upserted:
        """Replaces methods wholly or adds them; they hold in this process at once. Needs PRICES_WRITE.

        A method is known by its market and id; its market must have a channel.
        """
        viewer.require(Permission.PRICES_WRITE)
        if problem := refuse_command("shippingMethods", methods, reason):
            return Upserted(0, 0, (problem,))
        markets: dict[str, Market] = {channel.market.id: channel.market for channel in self._channels.channels()}

        def read(given: ShippingMethodInput, path: Path) -> ShippingMethod:
            return shipping_method(given, path, markets)

        good, refused = sift("shippingMethods", methods, read, "market", "id")
        async with self._store.writing() as writing:
            before = await writing.methods()
            new = changed((method for _, method in good), before)
            if new:
                await writing.save(new, before, viewer.principal.id, reason)
        if new:
            await self.load()
        return Upserted(len(new), len(good) - len(new), tuple(refused))

    async def _read(self) -> MethodBook:
        return MethodBook(await self._store.methods())
