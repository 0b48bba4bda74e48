"""Viewer: who asks, where, in which language, and when."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum

from modules.kernel.customer import Profile
from modules.kernel.errors import BadUserInput, Forbidden, Unauthenticated
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


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking. The id goes into the audit log; it names no person."""

    id: str
    roles: frozenset[Role] = frozenset({Role.SHOPPER})
    permissions: frozenset[Permission] = frozenset()
    until: datetime | None = None
    """When what it proved itself with ends."""


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
        """The first line of every command. Raises Unauthenticated for a stranger, Forbidden for a known principal."""
        if self.may(permission):
            return
        if self.principal is ANONYMOUS:
            raise Unauthenticated(permission)
        raise Forbidden(permission)

    def moved_to(self, at: datetime | None) -> Viewer:
        """The viewer at another moment, which needs TIME_TRAVEL; the same for None.

        Raises Unauthenticated or Forbidden without the right, BadUserInput for a moment out of reach.
        """
        if at is None:
            return self
        self.require(Permission.TIME_TRAVEL)
        if not _FIRST <= at < _LAST:
            raise BadUserInput(f"The moment is {at.isoformat()}.", "at", "from 1970 until 9000")
        return replace(self, now=at)
