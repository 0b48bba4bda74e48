"""Notifications for tests."""

from __future__ import annotations

from modules.kernel.names import Locale
from modules.kernel.notification import Notification

SENDER = "Zahnräder <shop@example.com>"


def a_note(
    id: str = "n-1",
    *,
    to: str = "anna@example.com",
    kind: str = "wishlist.confirm",
    language: str = "de",
    text: str = "Grüße",
    unsubscribe: str = "",
) -> Notification:
    """A question to Anna in German."""
    return Notification(
        id=id, to=to, kind=kind, language=Locale(language), data={"link": text}, unsubscribe=unsubscribe
    )
