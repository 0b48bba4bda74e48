"""Why something is not possible, and what would have to be given up for it."""

from __future__ import annotations

from dataclasses import dataclass

from modules.configurator.model.characteristics import Value
from modules.configurator.model.sessions import Choice


@dataclass(frozen=True, slots=True)
class Explanation:
    """A minimal conflict. Given all rules the choices exclude what was asked about, and no part of them does; without
    choices it is never possible in this revision. With these choices the rules exclude it, and no part of them does.

    Conflicts are not unique: this is one in which older choices are preferred (section 5).
    """

    choices: tuple[Choice, ...]
    """Oldest first."""
    rules: tuple[str, ...]
    """Ids of front rules, in the order of their sequence."""
    exact: bool = True
    """False when the solver's limit was reached: the conflict holds, but may not be minimal."""

    @property
    def is_never_possible(self) -> bool:
        """Whether no choice is to blame."""
        return not self.choices


@dataclass(frozen=True, slots=True)
class Dropped:
    """A choice to give up, and a value that its characteristic could have instead; None: none."""

    choice: Choice
    instead: Value | None


@dataclass(frozen=True, slots=True)
class Repair:
    """What to give up; all other choices hold together with what is wanted, and none of the dropped ones could be kept
    beside them."""

    dropped: tuple[Dropped, ...]
    """Oldest first."""
