"""Asker: a viewer as it travels to another process, and as it is there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol, Self

from modules.kernel.customer import Profile
from modules.kernel.names import ChannelId, Locale, StoreId
from modules.kernel.place import NOWHERE, Channel, Store
from modules.kernel.viewer import ANONYMOUS, Permission, Principal, Role, Viewer

CARRIED: Final = frozenset(
    {
        Permission.PROMOTIONS_READ,
        Permission.MODELS_READ,
        Permission.STOCK_READ,
        Permission.CUSTOMERS_ACT,
        Permission.TIME_TRAVEL,
    }
)
"""The rights that travel: those that widen an answer. None that changes anything: no port needs one."""


class Channels(Protocol):
    """Where the shop sells."""

    def channel(self, id: str | None) -> Channel:
        """The channel of this id. Raises UnknownPlace."""
        ...

    def store(self, id: str | None, channel: Channel) -> Store | None:
        """The store of this id in the channel; None for None. Raises UnknownPlace."""
        ...


@dataclass(frozen=True, slots=True)
class Asker:
    """Places by their ids: every process knows them."""

    principal: str
    roles: frozenset[Role]
    permissions: frozenset[Permission]
    channel: ChannelId
    store: StoreId | None
    locale: Locale
    now: datetime
    currency: str
    customer: Profile | None
    address: str
    """For limits only: never logged, never kept in clear."""

    @classmethod
    def of(cls, viewer: Viewer) -> Self:
        """The viewer with the rights that travel."""
        return cls(
            principal=viewer.principal.id,
            roles=viewer.principal.roles,
            permissions=viewer.principal.permissions & CARRIED,
            channel=viewer.channel.id,
            store=viewer.store.id if viewer.store else None,
            locale=viewer.locale,
            now=viewer.now,
            currency=viewer.currency,
            customer=viewer.customer,
            address=viewer.address,
        )

    def viewer(self, channels: Channels) -> Viewer:
        """As the process sees it that is asked. Raises UnknownPlace for a place that it has not heard of yet."""
        channel = channels.channel(self.channel) if self.channel else NOWHERE
        stranger = self.principal == ANONYMOUS.id
        return Viewer(
            principal=ANONYMOUS if stranger else Principal(self.principal, self.roles, self.permissions & CARRIED),
            channel=channel,
            store=channels.store(self.store, channel),
            locale=self.locale,
            now=self.now,
            currency=self.currency,
            customer=self.customer,
            address=self.address,
        )
