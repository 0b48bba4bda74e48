"""API keys: their form, what is kept of them, and when one opens."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from modules.kernel.errors import InvalidInput, Refused
from modules.kernel.names import is_text
from modules.kernel.viewer import Permission, Principal, Role

SECRET_BYTES: Final = 32
SHOWN: Final = 4
"""Characters of a key's end by which people tell keys apart."""
LONGEST_NAME: Final = 100
RIGHTS: Final[Mapping[Role, frozenset[Permission]]] = {
    Role.SHOPPER: frozenset(),
    Role.STORE_ASSOCIATE: frozenset({Permission.CARTS_OPEN, Permission.STOCK_READ, Permission.STOCK_HOLD}),
    Role.SERVICE_AGENT: frozenset(
        {Permission.STOCK_READ, Permission.STOCK_HOLD, Permission.PROMOTIONS_READ, Permission.CUSTOMERS_ACT}
    ),
    Role.MERCHANDISER: frozenset(
        {
            Permission.PRODUCTS_WRITE,
            Permission.PRICES_WRITE,
            Permission.PROMOTIONS_READ,
            Permission.PROMOTIONS_WRITE,
            Permission.STOCK_READ,
            Permission.TIME_TRAVEL,
        }
    ),
    Role.PLANNER: frozenset({Permission.STOCK_READ, Permission.STOCK_WRITE, Permission.TIME_TRAVEL}),
    Role.MODELLER: frozenset({Permission.PRODUCTS_WRITE, Permission.MODELS_READ, Permission.MODELS_WRITE}),
    Role.INTEGRATOR: frozenset(),
    Role.ADMINISTRATOR: frozenset(Permission),
}
"""What a key of a role may where its scopes are not named: the least that its work needs. An integrator's are always
named, since no two connectors do the same."""
_ID: Final = re.compile(r"[0-9a-f]{16}")
_TOKEN: Final = re.compile(r"cwk_(?P<id>[0-9a-f]{16})_(?P<secret>[A-Za-z0-9_-]{43})")


def is_key_id(text: str) -> bool:
    """Whether the text has the form of a key's id."""
    return _ID.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Token:
    """A key as its bearer sends it: `cwk_<id>_<secret>`, the secret of 256 random bits. Never kept, never logged."""

    id: str
    secret: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The token that was sent; None when it has not the form of one."""
        found = _TOKEN.fullmatch(text)
        return cls(found["id"], found["secret"]) if found else None

    @property
    def text(self) -> str:
        """As it is shown, once."""
        return f"cwk_{self.id}_{self.secret}"

    @property
    def digest(self) -> str:
        """SHA-256 of the secret in hex. A random secret of 256 bits needs no slow hash: it cannot be guessed."""
        return hashlib.sha256(self.secret.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """What is kept of a key."""

    id: str
    name: str
    digest: str = field(repr=False)
    role: Role
    permissions: frozenset[Permission]
    ending: str
    """The last characters of the secret."""
    created_us: int
    revoked_us: int | None = None

    def principal(self, token: Token) -> Principal | None:
        """Who bears this token; None when it is not this key's, or the key is revoked. Takes the same time always."""
        fits = hmac.compare_digest(token.digest, self.digest)
        if not fits or self.revoked_us is not None:
            return None
        return Principal(f"key:{self.id}", frozenset({self.role}), self.permissions)

    def state(self) -> dict[str, Any]:
        """What the audit log may know: no digest."""
        return {
            "name": self.name,
            "role": self.role,
            "permissions": sorted(self.permissions),
            "ending": self.ending,
            "revoked_us": self.revoked_us,
        }


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was made, with its text, which nobody can read again; or why it was not."""

    id: str | None = None
    key: str | None = field(default=None, repr=False)
    problems: tuple[Refused, ...] = ()


def make(
    token: Token, name: str, role: Role, permissions: Collection[Permission], maker: Principal
) -> Callable[[int], ApiKey]:
    """The key of a token, once its moment is known; raises InvalidInput.

    Without permissions it gets its role's (RIGHTS), as they are now. A maker gives no role whose rights it lacks, and
    no scope that it lacks.
    """
    if not is_text(name, LONGEST_NAME):
        raise InvalidInput("A key needs a name.", ("input", "name"), f"a text of 1 to {LONGEST_NAME} characters")
    if not maker.permissions.issuperset(RIGHTS[role]):
        allowed = ", ".join(sorted(each for each, rights in RIGHTS.items() if maker.permissions.issuperset(rights)))
        raise InvalidInput("A key has a role whose rights its maker has.", ("input", "role"), allowed)
    granted = frozenset(permissions) or RIGHTS[role]
    if not granted or not maker.permissions.issuperset(granted):
        allowed = f"one or more of: {', '.join(sorted(maker.permissions))}"
        raise InvalidInput("A key has scopes, all of them its maker's own.", ("input", "scopes"), allowed)
    return lambda now_us: ApiKey(
        id=token.id,
        name=name,
        digest=token.digest,
        role=role,
        permissions=granted,
        ending=token.secret[-SHOWN:],
        created_us=now_us,
    )
