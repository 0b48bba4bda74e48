"""The door: who may do what with which session. Every use case comes through it first."""

from __future__ import annotations

from dataclasses import dataclass, field

from modules.configurator.model.errors import SessionNotFound, SessionRightRequired
from modules.configurator.model.keys import Right, hash_of
from modules.configurator.store.sessions import Opened, SessionStore
from modules.kernel.viewer import Role, Viewer


@dataclass(frozen=True, slots=True)
class Handle:
    """What a session is asked for with: a key, which is the right to it; or the id of one of the viewer's customer's
    own."""

    key: str | None = field(default=None, repr=False)
    id: str | None = None


class Door:
    """Where there is no session, and where there is one that this does not open, looks the same."""

    def __init__(self, store: SessionStore) -> None:
        self._store = store

    async def find(self, viewer: Viewer, handle: Handle) -> Opened | None:
        """What this opens, if anything."""
        if handle.key is not None:
            hash = hash_of(handle.key)
            return await self._store.of_key(hash) if hash else None
        owner = customer_of(viewer)
        return await self._store.of_owner(handle.id, owner) if owner and handle.id is not None else None

    async def admit(self, viewer: Viewer, handle: Handle, needs: Right) -> Opened:
        """Raises SessionNotFound for what opens nothing, SessionRightRequired for what does not open it so far."""
        found = await self.find(viewer, handle)
        if found is None:
            raise SessionNotFound
        if not found.access.right.covers(needs):
            raise SessionRightRequired(needs)
        return found


def customer_of(viewer: Viewer) -> str | None:
    """The customer whose sessions the viewer's are; None for a guest."""
    return f"customer:{viewer.customer.id}" if viewer.customer else None


def kind_of(viewer: Viewer) -> str:
    """What others see of who did it: the weightiest role, no name."""
    weight = {role: index for index, role in enumerate(Role)}
    return max(viewer.principal.roles, key=lambda role: weight[role], default=Role.SHOPPER).value
