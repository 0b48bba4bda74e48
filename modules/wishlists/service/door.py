"""The door: who may do what with which list. Every use case comes through it first."""

from __future__ import annotations

from modules.kernel.viewer import Viewer
from modules.wishlists.model.access import Access, Pass, hash_of
from modules.wishlists.model.lists import Owner, WishlistId, WishlistNotFound, WishlistReadOnly
from modules.wishlists.store.lists import WishlistStore


class Door:
    """A key is the right to what it opens; without one, a customer has the right to the customer's own lists."""

    def __init__(self, store: WishlistStore) -> None:
        self._store = store

    async def admit(self, viewer: Viewer, key: str | None, needs: Access) -> Pass:
        """Raises WishlistNotFound for what opens nothing, WishlistReadOnly for a link that does not give this right."""
        found = await self._pass(viewer, key)
        if found is None:
            raise WishlistNotFound
        if needs is Access.OWNER and found.access is not Access.OWNER:
            raise WishlistReadOnly
        if needs is Access.EDIT and found.access is Access.READ:
            raise WishlistReadOnly
        return found

    async def admit_to(self, viewer: Viewer, key: str | None, id: str | None, needs: Access) -> tuple[Pass, WishlistId]:
        """The same for one list; a link's key needs no id beside it."""
        found = await self.admit(viewer, key, needs)
        wished = id if id is not None else found.wishlist
        if wished is None or not found.opens(wished):
            raise WishlistNotFound
        return found, WishlistId(wished)

    async def _pass(self, viewer: Viewer, key: str | None) -> Pass | None:
        if key is None:
            owner = customer_of(viewer)
            return Pass(owner, Access.OWNER) if owner else None
        hash = hash_of(key)
        return await self._store.pass_of(hash) if hash else None


def customer_of(viewer: Viewer) -> Owner | None:
    """The customer whose lists the viewer's are; None for a guest."""
    return Owner(f"customer:{viewer.customer.id}") if viewer.customer else None
