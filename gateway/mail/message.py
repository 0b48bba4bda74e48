"""From a notification to a mail: headers, and a body of plain text."""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from gateway.mail.texts import write
from modules.kernel.moments import from_us
from modules.kernel.notification import Notification

_UNFOLDED = SMTP.clone(max_line_length=998)
"""A link longer than a line would be encoded as a text is, and no mailbox would find it in its header."""


def compose(notification: Notification, sender: str, created_us: int) -> EmailMessage:
    """The mail; made again it is the same, `Message-ID` and `Date` too, so that a mailbox knows a second copy.

    Raises UnknownText.
    """
    subject, body, language = write(notification.kind, notification.language, notification.data)
    name, address = parseaddr(sender)
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(name, addr_spec=address)
    message["To"] = Address(addr_spec=notification.to)
    # A subject is one line: what stands in it may be a name that somebody gave.
    message["Subject"] = " ".join(subject.split())
    message["Date"] = format_datetime(from_us(created_us))
    message["Message-ID"] = f"<{notification.id}@{address.rpartition('@')[2]}>"
    # No machine shall answer it (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    if notification.unsubscribe:
        message["List-Unsubscribe"] = f"<{notification.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(body)
    message["Content-Language"] = language
    message.policy = _UNFOLDED
    return message
