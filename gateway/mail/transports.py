"""Ways a mail can go: to a mail server by SMTP, or into a file. Both block and are called off the loop.

MailError
├── MailRefused           for ever: no such mailbox, a mail that the server does not take
├── MailDeferred          for now: this mail is tried again later
└── MailServerAway        nobody answers, or lets us in: all mails wait

Messages of these errors hold a status code, never an address: what a server says often repeats it.
"""

from __future__ import annotations

import contextlib
import os
import smtplib
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import SplitResult, unquote, urlsplit

PATIENCE_SECONDS: Final = 30.0
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class MailError(Exception):
    """A mail was not taken."""


class MailRefused(MailError):
    """It never will be."""


class MailDeferred(MailError):
    """It may be later."""


class MailServerAway(MailError):
    """Nothing can be said of the mail."""


class Transport(Protocol):
    """A way."""

    def deliver(self, message: EmailMessage) -> None:
        """Hands the mail over; when this returns it is not ours any more. Raises MailError."""
        ...

    def close(self) -> None:
        """Lets go of what is open; the next delivery opens it again."""
        ...


class FileTransport:
    """One file for each mail, `<id>.eml`; the same mail again is the same file."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def deliver(self, message: EmailMessage) -> None:
        """Written whole under its name, readable by its owner alone."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = str(message["Message-ID"]).strip("<>").partition("@")[0]
        fresh = self._directory / f".{name}"
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(message.as_bytes())
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._directory / f"{name}.eml")

    def close(self) -> None:
        """Nothing is open."""


class SmtpTransport:
    """A mail server by its URL: `smtps://` is TLS from the first byte; `smtp://` turns to it where it is offered.

    Without TLS a password goes to this machine's own server alone. Certificates are checked, `trust` says by what.
    """

    def __init__(self, url: str, trust: Callable[[], ssl.SSLContext] = ssl.create_default_context) -> None:
        self._url = urlsplit(url)
        self._trust = trust
        self._connection: smtplib.SMTP | None = None

    def deliver(self, message: EmailMessage) -> None:
        """One conversation; the connection stays open for the next."""
        connection = self._connection or self._open()
        self._connection = connection
        try:
            self._say(connection, message)
        except MailRefused:
            raise
        except MailError:
            self.close()
            raise
        except OSError:
            # It may lie in this mail: it is the one that is tried again later, while others go on.
            self.close()
            raise MailDeferred("the connection broke off") from None

    def close(self) -> None:
        """Says goodbye."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                connection.quit()
            connection.close()

    def _say(self, connection: smtplib.SMTP, message: EmailMessage) -> None:
        sender, recipient = (parseaddr(str(message[name]))[1] for name in ("From", "To"))
        try:
            connection.sendmail(sender, [recipient], message.as_bytes())
        except smtplib.SMTPRecipientsRefused as refusal:
            ((code, _),) = refusal.recipients.values()
            raise _refused(code) from None
        except smtplib.SMTPSenderRefused as refusal:
            # The setting is wrong, or the account: that says nothing of the mail.
            raise MailServerAway(f"sender {refusal.smtp_code}") from None
        except smtplib.SMTPResponseException as refusal:
            raise _refused(refusal.smtp_code) from None

    def _open(self) -> smtplib.SMTP:
        try:
            connection = _connect(self._url, self._trust())
        except (smtplib.SMTPException, OSError) as error:
            code = getattr(error, "smtp_code", "")
            raise MailServerAway(f"{type(error).__name__} {code}".strip()) from None
        return connection


def _connect(url: SplitResult, trust: ssl.SSLContext) -> smtplib.SMTP:
    host = url.hostname or ""
    if url.scheme == "smtps":
        connection: smtplib.SMTP = smtplib.SMTP_SSL(host, url.port or 465, timeout=PATIENCE_SECONDS, context=trust)
    else:
        connection = smtplib.SMTP(host, url.port or 587, timeout=PATIENCE_SECONDS)
    try:
        _introduce(connection, url, trust)
    except BaseException:
        connection.close()
        raise
    return connection


def _introduce(connection: smtplib.SMTP, url: SplitResult, trust: ssl.SSLContext) -> None:
    connection.ehlo_or_helo_if_needed()
    safe = url.scheme == "smtps"
    if not safe and connection.has_extn("starttls"):
        connection.starttls(context=trust)
        connection.ehlo_or_helo_if_needed()
        safe = True
    if url.username:
        if not safe and url.hostname not in _LOOPBACK:
            raise smtplib.SMTPException("no TLS for the password")
        connection.login(unquote(url.username), unquote(url.password or ""))


def _refused(code: int) -> MailError:
    return MailRefused(str(code)) if 500 <= code < 600 else MailDeferred(str(code))
