"""Ids made of names that come from elsewhere."""

from __future__ import annotations

import re
from typing import Final

from modules.configurator.engine.language.grammar import RESERVED
from modules.configurator.model.masters import normal_id, same_id

_STRANGE: Final = re.compile(r"\W+")
_LONGEST: Final = 48
"""Leaves room for numbers behind it."""


class Names:
    """Gives each name an id of its own: letters, digits and underscores, unique after case folding, no keyword."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def id_of(self, name: str, prefix: str = "N") -> str:
        """An id that resembles the name; `prefix` stands before what begins with a digit."""
        wanted = normal_id(_STRANGE.sub("_", name))[:_LONGEST].rstrip("_") or prefix
        if not (wanted[0].isalpha() or wanted[0] == "_") or wanted.casefold() in RESERVED:
            wanted = f"{prefix}_{wanted}"
        found, number = wanted, 1
        while same_id(found) in self._taken:
            number += 1
            found = f"{wanted}_{number}"
        self._taken.add(same_id(found))
        return found
