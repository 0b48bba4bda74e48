"""Errors of the house as they travel between processes, and as they are raised again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from gateway.remote.ports import Told
from modules.kernel.errors import (
    BadUserInput,
    CogwerkError,
    Forbidden,
    InsufficientStock,
    InvalidInput,
    Refused,
    Unauthenticated,
    Unavailable,
    UnknownSku,
)

_INTERNAL: Final = "INTERNAL_SERVER_ERROR"


class SaidElsewhere(CogwerkError):
    """An error of a kind that only the module itself knows; `code` and message are as it said them."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self._code = code

    @property
    def code(self) -> str:  # type: ignore[override]
        """As it was said."""
        return self._code


class RefusedElsewhere(Refused):
    """A refusal of a kind that only the module itself knows."""

    def __init__(self, message: str, code: str, path: tuple[str, ...]) -> None:
        super().__init__(message, path)
        self._code = code

    @property
    def code(self) -> str:  # type: ignore[override]
        """As it was said."""
        return self._code


_REFUSALS: Final[Mapping[str, Callable[[Told], Refused]]] = {
    InvalidInput.code: lambda told: InvalidInput(told.message, told.path, told.data.get("allowed")),
    UnknownSku.code: lambda told: UnknownSku(told.data["sku"], told.path, told.data.get("nearest", ())),
    InsufficientStock.code: lambda told: InsufficientStock(
        told.data["sku"], told.data["available"], told.data["requested"], told.path
    ),
}


def told(refusal: Refused) -> Told:
    """A refusal for the wire."""
    kinds = str, int, bool, tuple
    data = {name: value for name, value in vars(refusal).items() if isinstance(value, kinds) and name[0] != "_"}
    return Told(refusal.code, refusal.message, refusal.path, {name: data[name] for name in data if name != "path"})


def refusal(given: Told) -> Refused:
    """The same as it is raised here."""
    make = _REFUSALS.get(given.code)
    if make is None:
        return RefusedElsewhere(given.message, given.code, given.path)
    try:
        return make(given)
    except KeyError:
        return RefusedElsewhere(given.message, given.code, given.path)


def restored(message: str, extensions: Mapping[str, Any], module: str) -> CogwerkError:
    """What a port raised, from the error of its response; faults of the other process are its being unavailable."""
    code = str(extensions.get("code", _INTERNAL))
    if code in (Unavailable.code, _INTERNAL, "TIMEOUT"):
        return Unavailable(str(extensions["system"]) if code == Unavailable.code and "system" in extensions else module)
    if "path" in extensions:
        return refusal(Told(code, message, tuple(map(str, extensions["path"])), extensions))
    if code == BadUserInput.code:
        return BadUserInput(message, str(extensions.get("argument", "")), extensions.get("allowed"))
    if code == Forbidden.code and "permission" in extensions:
        return Forbidden(str(extensions["permission"]))
    if code == Unauthenticated.code:
        return Unauthenticated()
    return SaidElsewhere(message, code)
