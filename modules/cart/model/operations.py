"""Wishes with their ids and times, and the order in which they count.

Time. Every operation is stamped once, by the store, when it first arrives. One that says when the person did it (`at`)
counts at that time; one that does not, or says a time that cannot be true (in the future, or more than a year back),
counts as done now, after everything the cart already knows. So the order of a list without times is kept, and what a
till did offline stands where it belongs.
"""

from __future__ import annotations

import hashlib
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from modules.cart.model.wishes import KINDS, Kind, Wish
from modules.kernel.names import ConfigurationId, LineId, Sku
from modules.kernel.viewer import Principal, Role

MOST_OPERATIONS_A_CALL = 100
OLDEST_US = 366 * 86_400 * 1_000_000
"""How far back an operation may say it was done."""

DEFAULT: Final = "l-"
"""How the names of default lines begin."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One wish, as read from the client."""

    id: str
    """Made by the client; the same id is applied once."""
    wish: Wish
    at_us: int | None = field(default=None, compare=False)
    """When it was done, as the client says; what it counts at is the entry's."""

    @property
    def kind(self) -> Kind:
        """What it does."""
        return KINDS[type(self.wish)]


@dataclass(frozen=True, slots=True)
class Entry:
    """An operation with the time it counts at and who did it, as the cart keeps it."""

    at_us: int
    operation: Operation
    by: str

    @property
    def place(self) -> tuple[int, str]:
        """Where it stands in the cart's history."""
        return self.at_us, self.operation.id


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """Each operation once, by (time, operation id)."""
    return sorted({entry.operation.id: entry for entry in entries}.values(), key=lambda entry: entry.place)


def page(entries: Sequence[Entry], first: int, after: tuple[int, str] | None) -> Sequence[Entry]:
    """Up to `first` entries behind a place in the history, which need not be there any more."""
    start = bisect_right(entries, after, key=lambda entry: entry.place) if after else 0
    return entries[start : start + first]


def compared(code: str) -> str:
    """The form in which codes are told apart (C-1)."""
    return unicodedata.normalize("NFKC", code).strip().casefold()


@lru_cache(maxsize=10_000)
def default_line(sku: Sku, configuration: ConfigurationId | None = None) -> LineId:
    """The line of a product that was added without a line id; the same for all carts and for ever."""
    name = f"{sku}\0{configuration or ''}".encode()
    return LineId(f"{DEFAULT}{hashlib.sha256(name).hexdigest()[:20]}")


def kind_of(principal: Principal) -> str:
    """What others in the cart see of who did it: the weightiest role, no name."""
    weight = {role: index for index, role in enumerate(Role)}
    return max(principal.roles, key=lambda role: weight[role], default=Role.SHOPPER).value
