"""Notification: what a person is told outside the graph, by mail today. Who sends says what and to whom; how it reads
in each language, and how it travels, is the business of whoever delivers it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from modules.kernel.names import Locale

ADDRESSES: Final = "a mail address such as anna@example.com, at most 254 ASCII characters"
LONGEST_ADDRESS: Final = 254
# Without quoted names and literal hosts, which are used for attacks more often than for mail.
_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
)
_LONGEST_LOCAL: Final = 64


def is_address(text: str) -> bool:
    """Whether this can be a mail address; whether anybody reads there is known only when somebody answers."""
    return (
        len(text) <= LONGEST_ADDRESS
        and len(text.rpartition("@")[0]) <= _LONGEST_LOCAL
        and _ADDRESS.fullmatch(text) is not None
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One message to one person. Links in it are complete URLs."""

    id: str
    """The sender's own, 1 to 100 of letters, digits, `.`, `_` and `-`: with the same id it is sent once."""
    to: str = field(repr=False)
    """A mail address; never logged."""
    kind: str
    """What it says, by the name of its text: `wishlist.news`."""
    language: Locale
    """Of the reader; where the text is not in it, English."""
    data: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """JSON values that the text of its kind names."""
    unsubscribe: str = field(default="", repr=False)
    """Where one POST ends all further ones of this sort (RFC 8058); empty: a single one that was asked for."""


class Notifications(Protocol):
    """Who delivers notifications."""

    def offered(self) -> bool:
        """Whether this shop sends any."""
        ...

    async def send(self, notifications: Sequence[Notification]) -> None:
        """Takes them for delivery: once this returns they survive a crash and are delivered at least once.

        An id that was taken within 30 days changes nothing, so a sender that does not know what became of a call
        repeats it. Raises Unavailable where this shop sends no mail.
        """
        ...

    async def withdraw(self, ids: Sequence[str]) -> None:
        """What of these is not on its way is not sent any more; address and content are erased at once."""
        ...
