"""The names of streams and epochs, and cursors: the words that the relay and the feed share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from modules.kernel.errors import BadUserInput

EntryId = tuple[int, int]
"""Milliseconds and sequence; (0, 0) is before every entry."""

_CURSOR = re.compile(r"([0-9a-f]{16})-(\d{1,20})-(\d{1,20})", re.ASCII)
_LARGEST = 2**64 - 1


def stream_key(stream: str) -> str:
    """`events.inventory` for `inventory`; a whole key such as `{c07}.events.cart` stays what it is."""
    return stream if "events." in stream else f"events.{stream}"


def epoch_key(key: str) -> str:
    """Where a stream's epoch is kept, in the stream's own slot: a random word that changes when its history is lost."""
    return f"{key}.epoch" if "{" in key else f"{{{key}}}.epoch"


def parse_id(text: str) -> EntryId:
    """An entry's id as Redis writes it."""
    milliseconds, _, sequence = text.partition("-")
    return int(milliseconds), int(sequence)


def format_id(entry: EntryId) -> str:
    """An entry's id as Redis reads it."""
    return f"{entry[0]}-{entry[1]}"


@dataclass(frozen=True, slots=True)
class Cursor:
    """An entry of a stream in one of its epochs; its text is opaque to clients and fit for a URL."""

    epoch: str
    entry: EntryId

    def __str__(self) -> str:
        return f"{self.epoch}-{format_id(self.entry)}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises BadUserInput for a text that no feed has given."""
        found = _CURSOR.fullmatch(text)
        if found is None or max(int(found[2]), int(found[3])) > _LARGEST:
            raise BadUserInput("This cursor is malformed.", "after", "a cursor that this subscription has delivered")
        return cls(found[1], (int(found[2]), int(found[3])))
