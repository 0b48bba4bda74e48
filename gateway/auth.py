"""Who asks and where: the headers of a request become a Viewer."""

from __future__ import annotations

import hmac
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from gateway.address import asked_from
from gateway.identity import Identity, Tokens, is_jwt
from gateway.settings import Network
from modules.access.service import AccessService
from modules.customers.service import CustomerService
from modules.kernel.errors import ForeignPlace, Unauthenticated, UnknownCustomer
from modules.kernel.names import CustomerId
from modules.kernel.viewer import ANONYMOUS, OPERATOR, Permission, Viewer
from modules.market.model import choose_locale
from modules.market.service import MarketService

Headers = Mapping[str, str]
"""Lower-case names; for a WebSocket the payload of `connection_init` stands over those of the handshake."""


class Authenticator:
    """Tokens and places to viewers: the same over HTTP, WebSocket, and behind a router."""

    def __init__(
        self,
        market: MarketService,
        access: AccessService,
        customers: CustomerService,
        operator_token: str,
        proxies: Sequence[Network] = (),
        tokens: Tokens | None = None,
    ) -> None:
        self._market = market
        self._access = access
        self._customers = customers
        self._operator_token = operator_token.encode()
        self._proxies = proxies
        self._tokens = tokens

    async def viewer(self, headers: Headers) -> Viewer:
        """Raises Unauthenticated for a token that is not valid, UnknownPlace for a channel, store or currency that
        there is not, ForeignPlace for one where the token may not be used.

        To ask for a customer needs CUSTOMERS_ACT: Unauthenticated or Forbidden without it, UnknownCustomer with it. A
        shopper with an account asks for themselves; an account that the shop does not know yet is a guest's.
        """
        identity = await self._identity(headers.get("authorization", ""))
        channel = self._market.channel(headers.get("cogwerk-channel") or None)
        _require_place("channel", channel.id, identity.principal.channels)
        store = self._market.store(headers.get("cogwerk-store") or None, channel)
        if store is not None:
            _require_place("store", store.id, identity.principal.stores)
        viewer = Viewer(
            principal=identity.principal,
            channel=channel,
            store=store,
            locale=choose_locale(headers.get("accept-language", ""), channel.market.locales),
            now=datetime.now(UTC),
            currency=self._market.currency(headers.get("cogwerk-currency") or None, channel),
            address=asked_from(headers, self._proxies),
        )
        asked = headers.get("cogwerk-customer", "")
        return await self._for_customer(viewer, asked) if asked else await self._as_customer(viewer, identity.customer)

    async def _for_customer(self, viewer: Viewer, id: str) -> Viewer:
        # The right first: who lacks it must not learn which customers there are.
        viewer.require_here(Permission.CUSTOMERS_ACT)
        found = await self._as_customer(viewer, CustomerId(id))
        if found.customer is None:
            raise UnknownCustomer(id)
        return found

    async def _as_customer(self, viewer: Viewer, id: CustomerId | None) -> Viewer:
        if id is None:
            return viewer
        (customer,) = await self._customers.profiles([id], viewer.now)
        return replace(viewer, customer=customer)

    async def _identity(self, authorization: str) -> Identity:
        if not authorization:
            return Identity(ANONYMOUS)
        scheme, _, text = authorization.partition(" ")
        token = text.strip()
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated()
        if hmac.compare_digest(token.encode(), self._operator_token):
            return Identity(OPERATOR)
        if self._tokens is not None and is_jwt(token):
            return await self._tokens.identify(token)
        principal = await self._access.principal(token)
        if principal is None:
            raise Unauthenticated()
        return Identity(principal)


def _require_place(kind: str, id: str, allowed: Collection[str] | None) -> None:
    if allowed is not None and id not in allowed:
        raise ForeignPlace(kind, id, tuple(sorted(allowed)))
