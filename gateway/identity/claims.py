"""Claims: what a verified token says of its bearer, as roles, rights and places of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from modules.access.model import RIGHTS
from modules.kernel.errors import Unauthenticated
from modules.kernel.names import CustomerId
from modules.kernel.viewer import Permission, Principal, Role

_LONGEST: Final = 200
_SCOPES: Final = {str(permission): permission for permission in Permission}
_ROLES: Final = {str(role): role for role in Role}


@dataclass(frozen=True, slots=True)
class Identity:
    """Who bears a token, and as which customer."""

    principal: Principal
    customer: CustomerId | None = None
    """For shoppers with an account."""


def read_claims(claims: Mapping[str, Any], roles_claim: str = "roles") -> Identity:
    """Reads claims whose signature, issuer, audience and times were verified. Raises Unauthenticated.

    `roles` (or whatever the path names, `realm_access.roles`) is one of ours or a list; others' roles are passed over,
    and who has none is a shopper. Rights are those of the roles; a `scope` that names rights of ours narrows them and
    never widens. `customer` is the shopper's id; `channels` and `stores` are where the token may be used.
    """
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 1 <= len(subject) <= _LONGEST or not subject.isprintable():
        raise Unauthenticated()
    roles = frozenset(_ROLES[name] for name in _words(_at(claims, roles_claim)) if name in _ROLES)
    rights = frozenset(right for role in roles for right in RIGHTS[role])
    named = frozenset(_SCOPES[word] for word in _words(claims.get("scope")) if word in _SCOPES)
    customer = claims.get("customer")
    return Identity(
        Principal(
            f"user:{subject}",
            roles or frozenset({Role.SHOPPER}),
            rights & named if named else rights,
            datetime.fromtimestamp(claims["exp"], UTC),
            _places(claims, "channels"),
            _places(claims, "stores"),
        ),
        CustomerId(customer) if isinstance(customer, str) and customer else None,
    )


def _places(claims: Mapping[str, Any], name: str) -> frozenset[str] | None:
    return None if claims.get(name) is None else frozenset(_words(claims[name]))


def _at(claims: Mapping[str, Any], path: str) -> Any:
    """The claim at a path of names; a name may itself hold dots, as a whole path may be one claim's name."""
    if path in claims:
        return claims[path]
    head, _, rest = path.partition(".")
    inner = claims.get(head)
    return _at(inner, rest) if rest and isinstance(inner, Mapping) else None


def _words(value: Any) -> list[str]:
    if isinstance(value, str):
        return value.split()
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
