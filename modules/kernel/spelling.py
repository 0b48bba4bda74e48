"""Codes that people read to one another: signs that nobody takes for another."""

from __future__ import annotations

from typing import Final

SIGNS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""32 of them, 5 bits each: without 0 and O, 1 and I."""


def spell(random: bytes, length: int) -> str:
    """The code that these bytes make; there must be five bits of them for each sign, at most 64 in all."""
    number = int.from_bytes(random[:8], "big")
    return "".join(SIGNS[number >> 5 * place & 31] for place in range(length))


def plain(code: str) -> str:
    """The form in which codes are compared: as people type them, with small letters, blanks and hyphens."""
    return code.strip().upper().replace("-", "").replace(" ", "")
