"""Tokens: JSON Web Tokens of the shop's identity provider, verified."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Final

import jwt

from gateway.identity.claims import Identity, read_claims
from gateway.identity.development import DevelopmentIssuer
from gateway.identity.keys import ALGORITHMS, Keys, from_address, from_file
from gateway.settings import Issuer, Settings, is_loopback
from modules.kernel.errors import Unauthenticated

_KEPT: Final = 10_000
_KEPT_SECONDS: Final = 60.0
"""How long a token is believed without a look at its key, which may be withdrawn."""
_LONGEST: Final = 8_000
_LEEWAY: Final = 30
"""Seconds by which clocks may differ."""


class Tokens:
    """Those of one issuer for one audience."""

    def __init__(self, issuer: Issuer, keys: Keys, clock: Callable[[], float] = time.time) -> None:
        self._issuer = issuer
        self._keys = keys
        self._clock = clock
        self._kept: OrderedDict[bytes, tuple[float, Identity]] = OrderedDict()

    async def identify(self, token: str) -> Identity:
        """Who bears the token. Raises Unauthenticated for one that is malformed, forged, of another issuer or audience,
        not yet valid or expired, and Unavailable while the issuer's keys cannot be had."""
        name = sha256(token.encode()).digest()
        until, identity = self._kept.get(name, (0.0, None))
        if identity is None or self._clock() >= until:
            identity = await self._verify(token)
            self._keep(name, identity)
        assert identity.principal.until is not None
        if self._clock() >= identity.principal.until.timestamp() + _LEEWAY:
            raise Unauthenticated()
        return identity

    async def _verify(self, token: str) -> Identity:
        try:
            key = await self._keys.get(_key_id(token))
            if key is None:
                raise Unauthenticated()
            # The key says which algorithm it is for; what the token claims cannot choose another.
            claims = jwt.decode(
                token,
                key,
                algorithms=[key.algorithm_name],
                audience=self._issuer.audience,
                issuer=self._issuer.name,
                leeway=_LEEWAY,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except jwt.PyJWTError:
            raise Unauthenticated() from None
        return read_claims(claims, self._issuer.roles_claim)

    def _keep(self, name: bytes, identity: Identity) -> None:
        self._kept[name] = (self._clock() + _KEPT_SECONDS, identity)
        self._kept.move_to_end(name)
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)


def is_jwt(token: str) -> bool:
    """Whether the text has the form of one."""
    return len(token) <= _LONGEST and token.count(".") == 2


def _key_id(token: str) -> str:
    header = jwt.get_unverified_header(token)
    if str(header.get("alg")) not in ALGORITHMS:
        raise jwt.InvalidAlgorithmError
    return str(header.get("kid", ""))


def open_tokens(settings: Settings) -> Tokens | None:
    """Of the provider that the settings name, else of the built-in issuer on a developer's own machine, else none.

    The built-in one is never believed by a host that others can reach.
    """
    if settings.issuer is not None:
        place = settings.issuer.keys
        return Tokens(settings.issuer, Keys(from_address(place) if "://" in place else from_file(Path(place))))
    if settings.development and is_loopback(settings.host):
        builtin = DevelopmentIssuer(settings.data)
        return Tokens(builtin.issuer, Keys(builtin.read_keys))
    return None
