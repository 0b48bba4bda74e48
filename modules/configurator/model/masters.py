"""What all master data of the configurator has in common, and what its ids may look like."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from modules.kernel.names import MAX_LENGTH, Locale

Texts = tuple[tuple[Locale, str], ...]
"""A text by language; the first is the default."""

_ID: Final = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Master:
    """Master data: what it is called, and which of its versions this is (the optimistic lock)."""

    id: str
    descriptions: Texts = ()
    version: int = 0
    created_us: int = 0
    changed_us: int = 0

    def name(self, *locales: str) -> str:
        """Its description in the first of these languages that it has, else in its default one, else its id."""
        texts = dict(self.descriptions)
        found = (texts[Locale(locale)] for locale in locales if locale in texts)
        return next(found, next(iter(texts.values()), self.id))


def normal_id(text: str) -> str:
    """As ids are stored: in Unicode's composed form (NFC)."""
    return unicodedata.normalize("NFC", text)


def is_id(text: str) -> bool:
    """A letter or underscore, then letters, digits and underscores, 1 to 64; no blanks, no quotes; composed."""
    return len(text) <= MAX_LENGTH and _ID.fullmatch(text) is not None and text == normal_id(text)


def same_id(text: str) -> str:
    """What two ids that nobody should tell apart have in common: ids are unique by this."""
    return normal_id(text.casefold())
