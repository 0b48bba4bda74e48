"""Who asks and where: the headers of a request become a Viewer."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime

from modules.access.service import AccessService
from modules.kernel.errors import Unauthenticated
from modules.kernel.viewer import ANONYMOUS, OPERATOR, Principal, Viewer
from modules.market.model import choose_locale
from modules.market.service import MarketService

Headers = Mapping[str, str]
"""Lower-case names; for a WebSocket the payload of `connection_init` stands over those of the handshake."""


class Authenticator:
    """Tokens and places to viewers: the same over HTTP, WebSocket, and behind a router."""

    def __init__(self, market: MarketService, access: AccessService, operator_token: str) -> None:
        self._market = market
        self._access = access
        self._operator_token = operator_token.encode()

    async def viewer(self, headers: Headers) -> Viewer:
        """Raises Unauthenticated for a token that is not valid, UnknownPlace for a channel, store or currency."""
        principal = await self._principal(headers.get("authorization", ""))
        channel = self._market.channel(headers.get("cogwerk-channel") or None)
        return Viewer(
            principal=principal,
            channel=channel,
            store=self._market.store(headers.get("cogwerk-store") or None, channel),
            locale=choose_locale(headers.get("accept-language", ""), channel.market.locales),
            now=datetime.now(UTC),
            currency=self._market.currency(headers.get("cogwerk-currency") or None, channel),
        )

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
