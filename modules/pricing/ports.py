"""What pricing needs from others."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from modules.kernel.configuration import SurchargeRequest, Surcharges, Unpriced
from modules.kernel.customer import Profile
from modules.kernel.names import CustomerId, Sku
from modules.kernel.place import Channel, Store
from modules.kernel.product import Article
from modules.kernel.stock import Availability
from modules.kernel.viewer import Viewer


class Articles(Protocol):
    """The product master: tax classes, and who exists."""

    async def articles(self, skus: Sequence[Sku]) -> list[Article | None]:
        """One answer per sku, in order; None for an unknown one."""
        ...

    async def nearest(self, skus: Sequence[str]) -> list[list[Sku]]:
        """Up to three known skus that look like each of these, in order; none for those behind the first ten."""
        ...

    async def categories(self, ids: Sequence[str]) -> frozenset[str]:
        """Those of these categories that exist."""
        ...

    async def groups(self, ids: Sequence[str]) -> frozenset[str]:
        """Those of these product groups that exist."""
        ...


class Channels(Protocol):
    """Where the shop sells."""

    def channels(self) -> Sequence[Channel]:
        """All channels, in their order."""
        ...

    def stores(self, channel: Channel) -> Sequence[Store]:
        """The stores of a channel."""
        ...


class Configured(Protocol):
    """What configured products cost beside their own price."""

    async def surcharges(self, requests: Sequence[SurchargeRequest], viewer: Viewer) -> list[Surcharges | Unpriced]:
        """Same length and order, at the viewer's moment, labels in his language. Raises Unavailable."""
        ...


class Customers(Protocol):
    """What rules may know of buyers."""

    async def profiles(self, ids: Sequence[CustomerId], at: datetime) -> list[Profile | None]:
        """One answer per id, in order, with the segments of that moment; None for an unknown one."""
        ...

    def segment_ids(self) -> Collection[str]:
        """The segments there are."""
        ...


class Stock(Protocol):
    """What can be had."""

    async def availability(self, skus: Sequence[Sku], viewer: Viewer) -> list[Availability]:
        """Same length and order, for the viewer's channel. Raises Unavailable."""
        ...
