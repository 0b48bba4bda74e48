"""Finding a cart again: its owner has a link to it mailed."""

from __future__ import annotations

from dataclasses import dataclass, field

from modules.cart.model import Cart
from modules.cart.model.keys import Right
from modules.cart.service.links import LinkInput, LinkService
from modules.cart.store import MailLimits
from modules.kernel.errors import InvalidInput, Refused, Unavailable
from modules.kernel.network import network
from modules.kernel.notification import ADDRESSES, Notification, Notifications, is_address
from modules.kernel.viewer import ANONYMOUS, Viewer

KIND = "cart.link"
"""Of the mail; its data is the `url` of the cart."""
_LABEL = "mail"


@dataclass(frozen=True, slots=True)
class MailDone:
    """The cart with the link that was mailed, or why it was not."""

    cart: Cart | None = None
    problems: tuple[Refused, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MailInput:
    """A wish for a mail, unchecked."""

    key: str = field(repr=False)
    idempotency_key: str = field(repr=False)
    to: str = field(repr=False)


class RecoveryService:
    """`page` is where a browser shows a cart, with `{key}` in the place of the key."""

    def __init__(self, links: LinkService, limits: MailLimits, notifications: Notifications, page: str) -> None:
        self._links = links
        self._limits = limits
        self._notifications = notifications
        self._page = page

    async def mail(self, viewer: Viewer, given: MailInput) -> MailDone:
        """Mails a new link to edit the cart, which its owner sees and can revoke; once, when called again.

        Refused: InvalidInput, CartMailLimit, IdempotencyConflict, and whatever is said against the link. Raises
        Unavailable where the shop sends no mail.
        """
        if not self._notifications.offered():
            raise Unavailable("Mail")
        try:
            if not is_address(given.to):
                raise InvalidInput("This is no mail address.", ("input", "to"), ADDRESSES)
            await self._limits.count(_asker(viewer), given.to, given.key, given.idempotency_key)
        except Refused as refusal:
            return MailDone(problems=(refusal,))
        wish = LinkInput(key=given.key, idempotency_key=given.idempotency_key, right=Right.EDIT, label=_LABEL)
        done = await self._links.create(viewer, wish)
        if done.link and done.key:
            data = {"url": self._page.replace("{key}", done.key)}
            id = f"{KIND}.{done.link.id}"
            mail = Notification(id=id, to=given.to, kind=KIND, language=viewer.locale, data=data)
            await self._notifications.send([mail])
        return MailDone(done.cart, done.problems)


def _asker(viewer: Viewer) -> str:
    if viewer.principal != ANONYMOUS:
        return f"principal {viewer.principal.id}"
    return f"network {network(viewer.address)}"
