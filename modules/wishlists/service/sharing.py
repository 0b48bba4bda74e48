"""Sharing: links to a list for others, and the claim of a guest's lists by a customer."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from modules.kernel.errors import InvalidInput, Refused, Unauthenticated
from modules.kernel.intake import check_text
from modules.kernel.moments import to_us
from modules.kernel.outcome import Repeatable
from modules.kernel.viewer import Viewer
from modules.wishlists.engine.intake import check_idempotency_key
from modules.wishlists.model.access import MOST_LINKS, Access, Link, LinkNotFound, Pass, derive_key, hash_of
from modules.wishlists.model.lists import MOST_LISTS, Owner, WishlistId, WishlistLimit, WishlistNotFound
from modules.wishlists.service.door import customer_of
from modules.wishlists.service.lists import Shown, WishlistService, kind_of
from modules.wishlists.store.lists import WishlistChange, WishlistStore

LONGEST_LABEL: Final = 100


@dataclass(frozen=True, slots=True)
class Shared:
    """A new link's key, and the list with its links; or why there is none."""

    shown: Shown | None = None
    key: str | None = field(default=None, repr=False)
    problems: tuple[Refused, ...] = ()


class SharingService:
    """What owners do with their lists for others."""

    def __init__(self, store: WishlistStore, lists: WishlistService, secret: bytes) -> None:
        self._store = store
        self._lists = lists
        self._secret = secret

    async def share(
        self,
        viewer: Viewer,
        key: str | None,
        id: str,
        access: Access,
        idempotency_key: str,
        label: str = "",
        expires_at: datetime | None = None,
    ) -> Shared:
        """A link that reads or edits one list; the same one when called again within 24 hours."""
        try:
            check_idempotency_key(idempotency_key)
            if label:
                check_text(label, LONGEST_LABEL, ("input", "label"))
            opened, wished = await self._lists.door.admit_to(viewer, key, id, Access.OWNER)
            link_key = await self._share(opened, wished, access, idempotency_key, label, expires_at)
        except Refused as refusal:
            return Shared(problems=(refusal,))
        return Shared(await self._lists.get(viewer, key, wished), link_key)

    async def revoke(self, viewer: Viewer, key: str | None, id: str, link: str) -> Shared:
        """Ends a link, and the subscriptions it has open. Of one that is gone already there is nothing to end."""
        try:
            opened, wished = await self._lists.door.admit_to(viewer, key, id, Access.OWNER)
            async with self._store.change() as change:
                if await change.hold(wished, opened.owner) is None:
                    raise WishlistNotFound
                if not await change.drop_link(wished, link):
                    raise LinkNotFound
                await change.touch(wished, kind_of(viewer), "sharing")
        except Refused as refusal:
            return Shared(problems=(refusal,))
        return Shared(await self._lists.get(viewer, key, wished))

    async def claim(self, viewer: Viewer, key: str) -> tuple[Sequence[Shown], tuple[Refused, ...]]:
        """Makes a guest's lists the viewer's customer's; the key opens nothing afterwards, links stay what they are.

        Called again by the same customer it has the same outcome. Raises Unauthenticated without a customer.
        """
        owner, hash = customer_of(viewer), hash_of(key)
        if owner is None:
            raise Unauthenticated
        try:
            async with self._store.change() as change:
                if hash is None or await change.claimed_by(hash) != owner:
                    await self._claim(
                        change, await self._lists.door.admit(viewer, key, Access.OWNER), hash or "", owner
                    )
        except Refused as refusal:
            return (), (refusal,)
        return await self._lists.lists(viewer, None), ()

    async def _share(
        self,
        opened: Pass,
        id: WishlistId,
        access: Access,
        idempotency_key: str,
        label: str,
        expires_at: datetime | None,
    ) -> str:
        expires_us = None if expires_at is None else to_us(expires_at)
        command = Repeatable(opened.owner, "createWishlistLink", idempotency_key, (id, access, label, expires_us))
        async with self._store.change() as change:
            if await change.hold(id, opened.owner) is None:
                raise WishlistNotFound
            done = await change.replay(command)
            if done is None:
                done = {"nonce": secrets.token_hex(16)}
                link = Link(secrets.token_hex(8), id, access, label, await change.now_us(), expires_us)
                await self._add(change, opened, link, derive_key(self._secret, done["nonce"], idempotency_key))
                await change.remember(command, done)
        return derive_key(self._secret, done["nonce"], idempotency_key)

    async def _add(self, change: WishlistChange, opened: Pass, link: Link, key: str) -> None:
        if link.expires_us is not None and link.expires_us <= link.created_us:
            raise InvalidInput("The link would have ended already.", ("input", "expiresAt"), "a moment to come")
        if len(await change.links(link.wishlist)) >= MOST_LINKS:
            raise WishlistLimit("links to a list", MOST_LINKS, ("input",))
        hash = hash_of(key)
        assert hash
        await change.add_key(hash, link.id, opened.owner, link.access, link)
        await change.touch(link.wishlist, "", "sharing")

    async def _claim(self, change: WishlistChange, opened: Pass, hash: str, owner: Owner) -> None:
        if not await change.claim(hash, owner):
            raise WishlistNotFound  # somebody else was faster
        own = await change.lists(owner)
        given = await change.lists(opened.owner)
        if len(own) + len(given) > MOST_LISTS:
            raise WishlistLimit("wishlists", MOST_LISTS, ("input", "key"))
        behind = max((each.position for each in own), default=-1) + 1
        await change.give(opened.owner, given, owner, behind)
