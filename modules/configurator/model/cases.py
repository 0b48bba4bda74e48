"""Test cases of a revision: configurations of which the modeller knows what must come of them."""

from __future__ import annotations

from dataclasses import dataclass

from modules.configurator.model.characteristics import Value
from modules.configurator.model.masters import Master
from modules.configurator.model.sessions import Choice


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationCase(Master):
    """These choices, in this order, are `possible` together or not; and when they are, these values come of them, None:
    the characteristic has none. `complete` is whether nothing is missing then; None: that is left open."""

    choices: tuple[Choice, ...] = ()
    possible: bool = True
    complete: bool | None = None
    expected: tuple[tuple[str, Value | None], ...] = ()
