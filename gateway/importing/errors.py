"""What can go wrong with an import: the mapping (nothing is written), or a row (the others go on)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a mapping file: which file, which step or look-up, which key."""

    file: str
    part: str = ""
    keys: tuple[str, ...] = ()

    def at(self, *keys: str | int) -> Spot:
        """One or more keys deeper."""
        return Spot(self.file, self.part, (*self.keys, *map(str, keys)))

    def __str__(self) -> str:
        words = [self.file, self.part, f"key {'.'.join(self.keys)!r}" if self.keys else ""]
        return ", ".join(word for word in words if word)


class WrongMapping(Exception):
    """The mapping cannot be carried out; nothing was written. The message names file, step, key and what is allowed."""

    def __init__(self, spot: Spot, message: str) -> None:
        super().__init__(f"{spot}: {message}")
        self.spot = spot

    @classmethod
    def unknown(cls, spot: Spot, what: str, name: object, allowed: Iterable[str]) -> Self:
        """A name that is not one of those that may stand here."""
        return cls(spot, f"there is no {what} {name!r}; allowed: {', '.join(allowed) or 'none'}")


class BadValue(ValueError):
    """A row's value that cannot be used: the target's field and one sentence why. Costs this row only."""

    def __init__(self, reason: str, field: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field

    def within(self, field: str | int) -> BadValue:
        """The same, seen from the field around it: `amount` inside `tiers.0` is `tiers.0.amount`."""
        return BadValue(self.reason, f"{field}.{self.field}" if self.field else str(field))
