"""Who asks and where: the headers of a request become a Viewer."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from gateway.address import asked_from
from gateway.settings import Network
from modules.access.service import AccessService
from modules.customers.service import CustomerService
from modules.kernel.errors import Unauthenticated, UnknownCustomer
from modules.kernel.names import CustomerId
from modules.kernel.viewer import ANONYMOUS, OPERATOR, Permission, Principal, Viewer
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
    ) -> None:
        self._market = market
        self._access = access
        self._customers = customers
        self._operator_token = operator_token.encode()
        self._proxies = proxies

    async def viewer(self, headers: Headers) -> Viewer:
        """Raises Unauthenticated for a token that is not valid, UnknownPlace for a channel, store or currency.

        To ask for a customer needs CUSTOMERS_ACT: Unauthenticated or Forbidden without it, UnknownCustomer with it.
        """
        principal = await self._principal(headers.get("authorization", ""))
        channel = self._market.channel(headers.get("cogwerk-channel") or None)
        viewer = Viewer(
            principal=principal,
            channel=channel,
            store=self._market.store(headers.get("cogwerk-store") or None, channel),
            locale=choose_locale(headers.get("accept-language", ""), channel.market.locales),
            now=datetime.now(UTC),
            currency=self._market.currency(headers.get("cogwerk-currency") or None, channel),
            address=asked_from(headers, self._proxies),
        )
        return await self._for_customer(viewer, headers.get("cogwerk-customer", ""))

    async def _for_customer(self, viewer: Viewer, id: str) -> Viewer:
        if not id:
            return viewer
        # The right first: who lacks it must not learn which customers there are.
        viewer.require(Permission.CUSTOMERS_ACT)
        (customer,) = await self._customers.profiles([CustomerId(id)], viewer.now)
        if customer is None:
            raise UnknownCustomer(id)
        return replace(viewer, customer=customer)

    async def _principal(self, authorization: str) -> Principal:
        if not authorization:
            return ANONYMOUS
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Unauthenticated()
        if hmac.compare_digest(token.strip().encode(), self._operator_token):
            return OPERATOR
        principal = await self._access.principal(token.strip())
        if principal is None:
            raise Unauthenticated()
        return principal
