"""The errors of the house, as a tree.

CogwerkError
├── Refused               a rule said no and the client can act: becomes a `Problem` of the payload
│   ├── InvalidInput          a value of the input, with its path and what is allowed
│   ├── UnknownSku            no such product, with the nearest ones
│   ├── InsufficientStock     less is available than requested
│   └── IdempotencyConflict   the key was used before with another input
├── BadUserInput          an argument of a query is malformed: the error BAD_USER_INPUT with its path
├── Unauthenticated       no token, or one that is not valid
├── Forbidden             a known principal without this right
├── UnknownCustomer       a customer that the shop does not know: UNKNOWN_CUSTOMER
├── UnknownPlace          a channel or store that does not exist: UNKNOWN_CHANNEL, UNKNOWN_STORE
└── Unavailable           another system does not answer: costs its own fields, no more

Each carries a code and data; none knows HTTP or GraphQL.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar


class CogwerkError(Exception):
    """An expected outcome. `code` is stable and public, the message is for people."""

    code: ClassVar[str] = "INTERNAL"

    @property
    def message(self) -> str:
        """One sentence that says what is wrong and with what."""
        return str(self)


class Refused(CogwerkError):
    """A rule said no. `path` leads to the part of the input it is about, as `("input", "levels", "0", "sku")`."""

    path: tuple[str, ...]

    def __init__(self, message: str, path: Sequence[str | int] = ()) -> None:
        super().__init__(message)
        self.path = tuple(str(step) for step in path)


class InvalidInput(Refused):
    """A value that is not allowed here; `allowed` says what is."""

    code = "INVALID_INPUT"

    def __init__(self, message: str, path: Sequence[str | int] = (), allowed: str | None = None) -> None:
        super().__init__(message, path)
        self.allowed = allowed


class UnknownSku(Refused):
    """No product has this sku; `nearest` are up to three that look like it."""

    code = "UNKNOWN_SKU"

    def __init__(self, sku: str, path: Sequence[str | int] = (), nearest: Sequence[str] = ()) -> None:
        super().__init__(f"There is no product {sku!r}.", path)
        self.sku = sku
        self.nearest = tuple(nearest)


class InsufficientStock(Refused):
    """Less is available than requested; quantities are decimal strings in the product's unit."""

    code = "INSUFFICIENT_STOCK"

    def __init__(self, sku: str, available: str, requested: str, path: Sequence[str | int] = ()) -> None:
        super().__init__(f"{requested} of {sku!r} were requested, {available} can be had.", path)
        self.sku = sku
        self.available = available
        self.requested = requested


class IdempotencyConflict(Refused):
    """The same idempotency key came before with another input; nothing was done."""

    code = "IDEMPOTENCY_CONFLICT"

    def __init__(self, key: str, path: Sequence[str | int] = ("input", "idempotencyKey")) -> None:
        super().__init__(f"The idempotency key {key!r} was used before with another input.", path)


class BadUserInput(CogwerkError):
    """A malformed argument of a query or subscription; nothing was read."""

    code = "BAD_USER_INPUT"

    def __init__(self, message: str, argument: str, allowed: str | None = None) -> None:
        super().__init__(message)
        self.argument = argument
        self.allowed = allowed


class Unauthenticated(CogwerkError):
    """The command needs a token: the operator's or an API key with this scope."""

    code = "UNAUTHENTICATED"

    def __init__(self, permission: str | None = None) -> None:
        need = f"This needs the scope {str(permission)!r}: send" if permission else "Send"
        super().__init__(f"{need} a valid token as 'Authorization: Bearer ...'.")


class Forbidden(CogwerkError):
    """The principal is known and lacks this right."""

    code = "FORBIDDEN"

    def __init__(self, permission: str) -> None:
        super().__init__(f"This principal lacks the scope {str(permission)!r}.")
        self.permission = permission


class ForeignPlace(CogwerkError):
    """A channel or store where this token may not be used; `allowed` lists fifty of those where it may."""

    code = "FORBIDDEN"

    def __init__(self, kind: str, name: str, allowed: Sequence[str]) -> None:
        self.kind = kind
        self.allowed = tuple(allowed[:50])
        super().__init__(
            f"This token is not for the {kind} {name[:100]!r}; it is for: {', '.join(self.allowed) or 'none'}."
        )


class UnknownCustomer(CogwerkError):
    """No customer has this id. Told only to who may act for customers; it lists none of those there are."""

    code = "UNKNOWN_CUSTOMER"

    def __init__(self, id: str) -> None:
        super().__init__(f"There is no customer {id[:64]!r}.")


class UnknownPlace(CogwerkError):
    """A channel, store or currency that this shop does not have; `allowed` lists fifty of those it has."""

    def __init__(self, kind: str, name: str, allowed: Sequence[str]) -> None:
        self.kind = kind
        self.allowed = tuple(allowed[:50])
        super().__init__(f"There is no {kind} {name[:100]!r} here; there is: {', '.join(self.allowed) or 'none'}.")

    @property
    def code(self) -> str:  # type: ignore[override]
        """UNKNOWN_CHANNEL, UNKNOWN_STORE or UNKNOWN_CURRENCY."""
        return f"UNKNOWN_{self.kind.upper()}"


class Unavailable(CogwerkError):
    """Another system (database, Redis, a module run elsewhere) does not answer now."""

    code = "UNAVAILABLE"

    def __init__(self, system: str) -> None:
        super().__init__(f"{system} does not answer at the moment.")
        self.system = system
