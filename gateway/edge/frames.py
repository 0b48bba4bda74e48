"""Frames: what a message of graphql-transport-ws says, and the reason for which a socket ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

Frame = dict[str, Any]
_REASON_BYTES: Final = 123
"""What a close frame can hold."""


class Close(Exception):
    """The socket ends; without a code when the client has gone."""

    def __init__(self, code: int | None = None, reason: str = "") -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason.encode()[:_REASON_BYTES].decode(errors="ignore")


def read_id(frame: Frame) -> str:
    """The operation's. Raises Close."""
    name = frame.get("id")
    if not isinstance(name, str) or not name:
        raise Close(4400, "An id is a string that is not empty")
    return name


def as_headers(payload: Mapping[str, Any]) -> dict[str, str]:
    """Who asks and where, and nothing else: a proxy's own headers cannot be replaced from here."""
    nested = payload.get("headers")
    given = {**(nested if isinstance(nested, dict) else {}), **payload}
    named = {name.lower(): value for name, value in given.items() if isinstance(value, str)}
    wanted = ("authorization", "accept-language")
    return {name: value for name, value in named.items() if name in wanted or name.startswith("cogwerk-")}
