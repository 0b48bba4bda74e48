"""The development issuer: tokens for a developer's own machine, signed with a key of the data directory."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from gateway.settings import Issuer
from gateway.vault import issuer_key
from modules.kernel.viewer import Role

_ISSUER: Final = Issuer("cogwerk-development", "cogwerk", "")
_KEY_ID: Final = "development"


class DevelopmentIssuer:
    """Of one data directory; makes its key (Ed25519) when it is first needed."""

    issuer = _ISSUER

    def __init__(self, data: Path) -> None:
        self._data = data

    def read_keys(self) -> bytes:
        """Its JSON Web Key Set."""
        public = jwt.algorithms.OKPAlgorithm.to_jwk(self._key().public_key(), as_dict=True)
        return orjson.dumps({"keys": [{**public, "kid": _KEY_ID, "alg": "EdDSA", "use": "sig"}]})

    def issue(
        self,
        subject: str,
        roles: Sequence[Role],
        *,
        customer: str | None = None,
        channels: Sequence[str] = (),
        stores: Sequence[str] = (),
        seconds: int = 8 * 3600,
    ) -> str:
        """A signed token that says so, until so many seconds from now."""
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": _ISSUER.name,
            "aud": _ISSUER.audience,
            "sub": subject,
            "iat": now,
            "exp": now + seconds,
            "roles": [str(role) for role in roles],
            "customer": customer,
            "channels": list(channels) or None,
            "stores": list(stores) or None,
        }
        known = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(known, self._key(), algorithm="EdDSA", headers={"kid": _KEY_ID})

    def _key(self) -> Ed25519PrivateKey:
        key = load_pem_private_key(issuer_key(self._data).encode(), password=None)
        assert isinstance(key, Ed25519PrivateKey)
        return key
