"""Identity: who a signed token (JWT) names, whoever issued it."""

from gateway.identity.claims import Identity
from gateway.identity.development import DevelopmentIssuer
from gateway.identity.tokens import Tokens, is_jwt, open_tokens

__all__ = ["DevelopmentIssuer", "Identity", "Tokens", "is_jwt", "open_tokens"]
