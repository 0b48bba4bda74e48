"""Deciding values one by one by rows, where the configurations that the solver finds show few that were not known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from modules.configurator.engine.rowsearch import RowSearch, RowSearches

_FEW: Final = 8
"""Values that a configuration shows which was not worth its search."""
_FIRST: Final = 2
"""Configurations to begin with."""
_MANY: Final = 48
"""Undecided values from which on the search by rows is worth its beginning."""
_PATIENCE: Final = 100
"""Steps without success for one key, after which the solver may refuse all its values at once."""


class ByRows:
    """For one question."""

    def __init__(
        self, searches: RowSearches, given: Sequence[tuple[str, int]] | None, values: Mapping[int, tuple[str, int]]
    ) -> None:
        """`given` are keys with their places; None: what is given is no such values. `values` are those of literals."""
        self._searches, self._given, self._values = searches, given, values
        self._search: RowSearch | None = None
        self._not_found: set[int] = set()
        self._configurations, self._shown = 0, 0

    def has_shown(self, values: int) -> None:
        """The solver found a configuration, which showed so many that were not known before."""
        self._configurations += 1
        self._shown = values

    def is_due(self, undecided: int) -> bool:
        """Whether it is worth it now."""
        if self._given is None or self._configurations < _FIRST or self._shown >= _FEW:
            return False
        if self._search is None and undecided >= _MANY:
            self._search = self._searches.beside(dict(self._given))
            self._given = None if self._search is None else self._given
        return self._search is not None

    def decide(self, groups: Sequence[Sequence[int]]) -> tuple[list[int], list[int], list[list[int]]]:
        """Of literals, those of each key together: which are possible, which are not, and what is left for the solver,
        first the key that it has to be asked about."""
        valid: list[int] = []
        invalid: list[int] = []
        stuck = next((group for group in groups if self._is_stuck(group, valid, invalid)), None)
        decided = {*valid, *invalid}
        left = [
            [one for one in group if one not in decided] for group in sorted(groups, key=lambda one: one is not stuck)
        ]
        return valid, invalid, [group for group in left if group]

    def _is_stuck(self, group: Sequence[int], valid: list[int], invalid: list[int]) -> bool:
        """Whether the solver is to be asked about the rest of the group."""
        assert self._search is not None
        patience = _PATIENCE
        for literal in group:
            if literal in self._not_found:
                continue
            before = self._search.steps
            found = self._search.has(*self._values[literal])
            if found is None:
                self._not_found.add(literal)
                return True
            (valid if found else invalid).append(literal)
            patience = _PATIENCE if found else patience - (self._search.steps - before)
            if patience < 0 and literal != group[-1]:
                return True
        return False
