"""Sharing: links to a session for others, and the claim of a guest's session by a customer."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime

from modules.configurator.model.errors import SessionLinkLimit, SessionLinkNotFound, SessionNotFound
from modules.configurator.model.keys import LONGEST_LABEL, MOST_LINKS, Link, Right, derive_key, hash_of
from modules.configurator.service.door import Handle, customer_of, kind_of
from modules.configurator.service.sessions import SessionService, Shown
from modules.configurator.store.sessions import Opened, SessionChange
from modules.kernel.errors import InvalidInput, Refused, Unauthenticated
from modules.kernel.intake import check_text
from modules.kernel.moments import to_us
from modules.kernel.outcome import LONGEST_KEY, Repeatable
from modules.kernel.viewer import Viewer

_LEAST_KEY = 16


@dataclass(frozen=True, slots=True)
class LinkWish:
    """READ sees a session, EDIT configures too. Without an end it opens until it is revoked."""

    right: Right
    label: str = ""
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Shared:
    """The session with its links, and a new link's key; or why there is none."""

    shown: Shown | None = None
    key: str | None = field(default=None, repr=False)
    problems: tuple[Refused, ...] = ()


class SharingService:
    """What owners do with their sessions for others."""

    def __init__(self, sessions: SessionService, secret: bytes) -> None:
        self._sessions = sessions
        self._secret = secret

    async def share(self, viewer: Viewer, handle: Handle, wish: LinkWish, idempotency_key: str) -> Shared:
        """A link; the same one when called again within 24 hours."""
        try:
            _check(wish, idempotency_key)
            opened = await self._sessions.door.admit(viewer, handle, Right.OWNER)
            key = await self._share(viewer, opened, wish, idempotency_key)
        except Refused as refusal:
            return Shared(problems=(refusal,))
        return Shared(await self._sessions.get(viewer, handle), key)

    async def revoke(self, viewer: Viewer, handle: Handle, link: str) -> Shared:
        """Ends a link, and the subscriptions it has open."""
        try:
            opened = await self._sessions.door.admit(viewer, handle, Right.OWNER)
            async with self._sessions.store.change() as change:
                if not await change.drop_link(opened.session.id, link):
                    raise SessionLinkNotFound
                await change.touch(opened.session.id, kind_of(viewer), "sharing")
        except Refused as refusal:
            return Shared(problems=(refusal,))
        return Shared(await self._sessions.get(viewer, handle))

    async def claim(self, viewer: Viewer, key: str) -> Shared:
        """Makes a guest's session the viewer's customer's; the key opens nothing afterwards, links stay what they are.

        Raises Unauthenticated without a customer.
        """
        owner = customer_of(viewer)
        if owner is None:
            raise Unauthenticated
        try:
            opened = await self._sessions.door.admit(viewer, Handle(key), Right.OWNER)
            if opened.session.owner not in (owner,) and not opened.session.owner.startswith("guest:"):
                raise SessionNotFound
            async with self._sessions.store.change() as change:
                await change.claim(opened.session.id, owner)
                await change.touch(opened.session.id, kind_of(viewer), "claim")
        except Refused as refusal:
            return Shared(problems=(refusal,))
        return Shared(await self._sessions.get(viewer, Handle(id=opened.session.id)))

    async def _share(self, viewer: Viewer, opened: Opened, wish: LinkWish, idempotency_key: str) -> str:
        id, expires_us = opened.session.id, None if wish.expires_at is None else to_us(wish.expires_at)
        command = Repeatable(id, "shareConfiguration", idempotency_key, (wish.right, wish.label, expires_us))
        async with self._sessions.store.change() as change:
            done = await change.replay(command)
            if done is None:
                done = {"nonce": secrets.token_hex(16)}
                link = Link(secrets.token_hex(8), wish.right, wish.label, await change.now_us(), expires_us)
                await self._add(change, id, link, derive_key(self._secret, done["nonce"], idempotency_key))
                await change.touch(id, kind_of(viewer), "sharing")
                await change.remember(command, done)
        return derive_key(self._secret, done["nonce"], idempotency_key)

    async def _add(self, change: SessionChange, session: str, link: Link, key: str) -> None:
        if link.expires_us is not None and link.expires_us <= link.created_us:
            raise InvalidInput("The link would have ended already.", ("input", "expiresAt"), "a moment to come")
        if len(await change.links(session)) >= MOST_LINKS:
            raise SessionLinkLimit(MOST_LINKS)
        hash = hash_of(key)
        assert hash
        await change.add_key(hash, session, link.right, link)


def _check(wish: LinkWish, idempotency_key: str) -> None:
    check_text(idempotency_key, LONGEST_KEY, ("input", "idempotencyKey"))
    if len(idempotency_key) < _LEAST_KEY:
        allowed = f"{_LEAST_KEY} to {LONGEST_KEY} characters, made anew for each link"
        raise InvalidInput("This key is too short.", ("input", "idempotencyKey"), allowed)
    if wish.right is Right.OWNER:
        raise InvalidInput("Nobody is made an owner by a link.", ("input", "right"), "READ or EDIT")
    if wish.label:
        check_text(wish.label, LONGEST_LABEL, ("input", "label"))
