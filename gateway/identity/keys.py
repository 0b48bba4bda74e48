"""Keys: the public keys of an issuer (JWKS), from its address or a file, kept for a while."""

from __future__ import annotations

import asyncio
import logging
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Final

import orjson
from jwt import InvalidKeyError, PyJWK, PyJWKError

from modules.kernel.errors import Unavailable

ALGORITHMS: Final = frozenset({"RS256", "ES256", "EdDSA"})
_FRESH: Final = 600.0
"""Seconds after which keys are read anew, so that a withdrawn one ends."""
_PAUSE: Final = 30.0
"""Between two readings for the sake of unknown keys: strangers can invent those."""
_STALE: Final = 86_400.0
"""How long known keys serve while the issuer does not answer."""
_WAIT: Final = 5.0
_MOST_BYTES: Final = 1_000_000
_log: Final = logging.getLogger(__name__)

Read = Callable[[], bytes]


class Keys:
    """One issuer's. Reading happens in a thread, once for all who wait."""

    def __init__(self, read: Read, clock: Callable[[], float] = time.monotonic) -> None:
        self._read = read
        self._clock = clock
        self._known: dict[str, PyJWK] = {}
        self._read_at = self._tried_at = float("-inf")
        self._reading = asyncio.Lock()

    async def get(self, id: str) -> PyJWK | None:
        """The key of this id (`kid`); None for one the issuer does not have. Raises Unavailable while it has never
        answered, or not for a day."""
        if self._must_read(id):
            async with self._reading:
                if self._must_read(id):
                    await self._renew()
        if self._clock() - self._read_at > _STALE:
            raise Unavailable("The identity provider")
        return self._known.get(id)

    def _must_read(self, id: str) -> bool:
        now = self._clock()
        due = id not in self._known or now - self._read_at > _FRESH
        return due and now - self._tried_at > _PAUSE

    async def _renew(self) -> None:
        self._tried_at = self._clock()
        try:
            self._known = _parse(await asyncio.to_thread(self._read))
            self._read_at = self._clock()
        except (OSError, ValueError) as error:
            _log.warning("the keys of the identity provider cannot be read: %s", error)


def from_address(url: str) -> Read:
    """Reads from the issuer's address."""

    def read() -> bytes:
        with urllib.request.urlopen(url, timeout=_WAIT) as answer:  # the operator's own setting
            content: bytes = answer.read(_MOST_BYTES)
        return content

    return read


def from_file(file: Path) -> Read:
    """Reads a file, which may be replaced while the gateway runs."""
    return file.read_bytes


def _parse(content: bytes) -> dict[str, PyJWK]:
    """Signing keys by id. Those of other kinds are passed over: an issuer may have keys for other purposes."""
    listed = orjson.loads(content)
    items = listed.get("keys") if isinstance(listed, dict) else None
    if not isinstance(items, list):
        raise ValueError("not a JSON Web Key Set")
    found: dict[str, PyJWK] = {}
    for item in items:
        if isinstance(item, dict) and item.get("use", "sig") == "sig":
            try:
                key = PyJWK(item)
            except (PyJWKError, InvalidKeyError):
                continue
            if key.algorithm_name in ALGORITHMS:
                found[str(item.get("kid", ""))] = key
    return found
