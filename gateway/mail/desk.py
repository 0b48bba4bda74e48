"""The desk: where the modules hand in notifications (`modules.kernel.notification.Notifications`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gateway.mail.transports import FileTransport, SmtpTransport, Transport
from gateway.settings import Settings
from modules.kernel.errors import Unavailable
from modules.kernel.notification import Notification
from modules.runtime.notifications import NotificationQueue

FOLDER: Final = "mail"
"""Where mails of a developer's machine lie in the data directory."""


class MailDesk:
    """Takes notifications into the queue, unless there is no way out of it."""

    def __init__(self, queue: NotificationQueue, open: bool = True) -> None:
        self._queue = queue
        self._open = open

    def offered(self) -> bool:
        """See `Notifications.offered`."""
        return self._open

    async def send(self, notifications: Sequence[Notification]) -> None:
        """See `Notifications.send`."""
        if notifications and not self._open:
            raise Unavailable("Mail")
        await self._queue.take(notifications)

    async def withdraw(self, ids: Sequence[str]) -> None:
        """See `Notifications.withdraw`."""
        await self._queue.settle(ids, "withdrawn")


def open_desk(settings: Settings, queue: NotificationQueue) -> tuple[MailDesk, Transport | None]:
    """The desk and the way of its mails: a server where one is set, files in development, none otherwise."""
    if settings.smtp_url:
        return MailDesk(queue), SmtpTransport(settings.smtp_url)
    if settings.development:
        return MailDesk(queue), FileTransport(settings.data / FOLDER)
    return MailDesk(queue, open=False), None
