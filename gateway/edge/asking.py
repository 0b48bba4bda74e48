"""Asking: how the edge learns who asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from modules.kernel.graph import GraphContext


class ContextMaker(Protocol):
    """Who asks and where: the hosting application's.

    Called once per operation, so that `viewer.now` is fresh. Header names are lower-case; for a WebSocket the payload
    of `connection_init` stands over the handshake's headers. Raises kernel errors (Unauthenticated, UnknownPlace...).
    """

    async def __call__(self, headers: Mapping[str, str]) -> GraphContext: ...
