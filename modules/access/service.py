"""What access does: makes and revokes API keys, and tells whose a token is."""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Final

from modules.access.model import SECRET_BYTES, ApiKey, NewKey, Token, is_key_id, make
from modules.access.store import AccessStore
from modules.kernel.errors import InvalidInput, Refused
from modules.kernel.outcome import MOST_ITEMS, Upserted
from modules.kernel.viewer import Permission, Principal, Role, Viewer

KEPT_SECONDS: Final = 30.0
"""How long a revocation may go unnoticed here when no event of it arrives."""
MOST_KEPT: Final = 1_000


class AccessService:
    """One per process. It keeps the keys it has seen lately in memory, so that a request costs no statement."""

    def __init__(self, store: AccessStore, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._kept: OrderedDict[str, tuple[float, ApiKey]] = OrderedDict()
        self._forgotten = 0

    async def principal(self, token: str) -> Principal | None:
        """Who bears this token; None for one that is malformed, unknown or revoked."""
        sent = Token.parse(token)
        key = await self._key(sent.id) if sent else None
        return key.principal(sent) if sent and key else None

    async def create_api_key(
        self, viewer: Viewer, name: str, permissions: Collection[Permission], role: Role = Role.INTEGRATOR
    ) -> NewKey:
        """Makes a key with some of the viewer's own permissions, or its role's; its text is told here and never again.

        Needs KEYS_WRITE.
        """
        viewer.require(Permission.KEYS_WRITE)
        token = Token(secrets.token_hex(8), secrets.token_urlsafe(SECRET_BYTES))
        try:
            key = make(token, name, role, permissions, viewer.principal)
        except InvalidInput as problem:
            return NewKey(problems=(problem,))
        await self._store.add(key, viewer.principal.id)
        return NewKey(token.id, token.text)

    async def revoke_api_keys(self, viewer: Viewer, ids: Sequence[str]) -> Upserted:
        """Revokes keys for good: at once here, in other processes as soon as the event arrives. Needs KEYS_WRITE."""
        viewer.require(Permission.KEYS_WRITE)
        if len(ids) > MOST_ITEMS:
            problem = InvalidInput(f"{len(ids)} ids are too many", ("input", "ids"), f"at most {MOST_ITEMS} a call")
            return Upserted(0, 0, (problem,))
        known, revoked = await self._store.revoke([id for id in ids if is_key_id(id)], viewer.principal.id)
        self.forget(revoked)
        problems: tuple[Refused, ...] = tuple(
            InvalidInput(f"There is no key {id[:100]!r}.", ("input", "ids", index), "the id of a key")
            for index, id in enumerate(ids)
            if id not in known
        )
        return Upserted(len(revoked), len(known) - len(revoked), problems)

    async def api_keys(self, viewer: Viewer) -> list[ApiKey]:
        """All keys, the newest first, revoked ones too. Needs KEYS_WRITE."""
        viewer.require(Permission.KEYS_WRITE)
        return await self._store.keys()

    def forget(self, ids: Iterable[str]) -> None:
        """Reads these keys anew when they are next sent."""
        self._forgotten += 1
        for id in ids:
            self._kept.pop(id, None)

    def forget_all(self) -> None:
        """Any of them may have been revoked."""
        self.forget(list(self._kept))

    async def _key(self, id: str) -> ApiKey | None:
        until, key = self._kept.get(id, (0.0, None))
        if key is not None and self._clock() < until:
            return key
        forgotten = self._forgotten
        key = await self._store.key(id)
        # A read that began before a revocation may end after it; what it read must not be kept.
        if key is not None and forgotten == self._forgotten:
            self._keep(key)
        return key

    def _keep(self, key: ApiKey) -> None:
        self._kept[key.id] = (self._clock() + KEPT_SECONDS, key)
        self._kept.move_to_end(key.id)
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
