"""Mail: notifications become messages, and reach a mail server, or files on a developer's machine."""

from gateway.mail.desk import MailDesk, open_desk
from gateway.mail.postman import Postman

__all__ = ["MailDesk", "Postman", "open_desk"]
