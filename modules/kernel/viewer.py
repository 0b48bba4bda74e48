"""Viewer: who asks, where, in which language, and when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum

from modules.kernel.customer import Profile
from modules.kernel.errors import BadUserInput, Forbidden, ForeignPlace, Unauthenticated
from modules.kernel.names import Locale
from modules.kernel.place import Channel, Store


class Role(StrEnum):
    """What a person or program is to the shop."""

    SHOPPER = "shopper"
    STORE_ASSOCIATE = "store_associate"
    SERVICE_AGENT = "service_agent"
    MERCHANDISER = "merchandiser"
    PLANNER = "planner"
    MODELLER = "modeller"
    INTEGRATOR = "integrator"
    ADMINISTRATOR = "administrator"


class Permission(StrEnum):
    """One right, as API keys name it in their scopes."""

    MARKETS_WRITE = "markets:write"
    PRODUCTS_WRITE = "products:write"
    PRICES_WRITE = "prices:write"
    PROMOTIONS_READ = "promotions:read"
    """May see drafts, conditions, budgets and the evidence of prior prices."""
    PROMOTIONS_WRITE = "promotions:write"
    REDEMPTIONS_WRITE = "redemptions:write"
    """May hold, confirm and give back uses of codes and promotions."""
    MODELS_READ = "models:read"
    """May see families, rules and formulas, and revisions that are not released."""
    MODELS_WRITE = "models:write"
    CUSTOMERS_WRITE = "customers:write"
    CUSTOMERS_ACT = "customers:act"
    """May ask on behalf of a customer (`Cogwerk-Customer`)."""
    STOCK_READ = "stock:read"
    STOCK_WRITE = "stock:write"
    STOCK_HOLD = "stock:hold"
    """May set stock aside for carts and orders, and give it back."""
    CARTS_OPEN = "carts:open"
    """May open carts by the code their owner shows, and park and resume them in a store."""
    KEYS_WRITE = "keys:write"
    TIME_TRAVEL = "time:travel"
    """May ask for prices and availability of another moment (`at:`)."""
    INTERNAL = "internal"
    """May ask what modules of other processes ask one another, on behalf of anybody: for the shop's own processes."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking. The id goes into the audit log; it names no person."""

    id: str
    roles: frozenset[Role] = frozenset({Role.SHOPPER})
    permissions: frozenset[Permission] = frozenset()
    until: datetime | None = None
    """When what it proved itself with ends."""
    channels: frozenset[str] | None = None
    """Where it may act; None: everywhere."""
    stores: frozenset[str] | None = None

    @property
    def is_confined(self) -> bool:
        """Whether it may not act everywhere."""
        return self.channels is not None or self.stores is not None

    def serves_channel(self, id: str | None) -> bool:
        """Whether it may act for this channel; None stands for all of them."""
        return self.channels is None or id in self.channels

    def serves_store(self, id: str | None) -> bool:
        """Whether it may act for this store; None, or a place that is none of its stores, concerns all channels."""
        return id in self.stores if self.stores is not None else self.channels is None

    def serves(self, channel: str, *stores: str) -> bool:
        """Whether it may act for what belongs to this channel and to one of these stores; of unconfined ones, always.
        Whatever does not is to be told from nothing at all by nobody."""
        in_store = self.stores is None or not self.stores.isdisjoint(stores)
        return in_store and (self.channels is None or channel in self.channels)


ANONYMOUS = Principal("anonymous")
OPERATOR = Principal("operator", frozenset({Role.ADMINISTRATOR}), frozenset(Permission))


# Beyond these, days around a moment are in no calendar.
_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Viewer:
    """All that an answer may depend on besides the data itself."""

    principal: Principal
    channel: Channel
    store: Store | None
    locale: Locale
    now: datetime
    currency: str
    """One of the market's currencies; its default unless asked otherwise."""
    customer: Profile | None = None
    """For whom is asked, when that is known."""
    address: str = field(default="", repr=False)
    """The network address asked from, for limits only: never logged, never kept in clear."""

    def may(self, permission: Permission) -> bool:
        """Whether the principal has this right."""
        return permission in self.principal.permissions

    def require(self, permission: Permission) -> None:
        """The first line of every command that reaches beyond a place. Raises Unauthenticated for a stranger, Forbidden
        for a known principal, ForeignPlace for one that is confined to channels or stores."""
        self._require_right(permission)
        if self.principal.is_confined:
            raise self._foreign("whole shop", "")

    def require_here(self, permission: Permission) -> None:
        """The first line of one that reads, or acts in the viewer's channel and store alone, which were held against
        the principal's own when it came in. Raises as `require` does, ForeignPlace where it stands in none of them."""
        self._require_right(permission)
        if self.principal.stores is not None and self.store is None:
            raise self._foreign("channel without a store", self.channel.id)

    def require_channels(self, permission: Permission, ids: Iterable[str | None]) -> None:
        """The first line of one that acts for these channels, None for all. Raises as `require` does."""
        self._require_right(permission)
        for id in ids:
            if not self.principal.serves_channel(id):
                raise self._foreign("channel", id or "*")

    def require_stores(self, permission: Permission, ids: Iterable[str | None]) -> None:
        """The same for stores, and for sources, of which only stores are anybody's own."""
        self._require_right(permission)
        for id in ids:
            if not self.principal.serves_store(id):
                raise self._foreign("store", id or "*")

    def _require_right(self, permission: Permission) -> None:
        if self.may(permission):
            return
        if self.principal is ANONYMOUS:
            raise Unauthenticated(permission)
        raise Forbidden(permission)

    def _foreign(self, kind: str, id: str) -> ForeignPlace:
        allowed = {*(self.principal.channels or ()), *(self.principal.stores or ())}
        return ForeignPlace(kind, id, tuple(sorted(allowed)))

    def moved_to(self, at: datetime | None) -> Viewer:
        """The viewer at another moment, which needs TIME_TRAVEL; the same for None.

        Raises Unauthenticated or Forbidden without the right, BadUserInput for a moment out of reach.
        """
        if at is None:
            return self
        self.require_here(Permission.TIME_TRAVEL)
        if not _FIRST <= at < _LAST:
            raise BadUserInput(f"The moment is {at.isoformat()}.", "at", "from 1970 until 9000")
        return replace(self, now=at)
