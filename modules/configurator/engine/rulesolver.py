"""The solver that can tell which rules are to blame: each rule's clauses hold only where its selector is given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from modules.configurator.engine.clauses import Clause, Clauses
from modules.configurator.engine.solver import Solver


class RuleSolver:
    """Of all rules of a model; made when the first explanation is wanted."""

    def __init__(self, clauses: Clauses, patience: int) -> None:
        """Raises Unavailable where there is no solver."""
        self._selectors = {rule: clauses.top + number for number, rule in enumerate(clauses.by_rule, 1)}
        self._solver = Solver((*clauses.hard, *self._selected(clauses)), patience)

    def _selected(self, clauses: Clauses) -> Iterator[Clause]:
        for rule, selector in self._selectors.items():
            for clause in clauses.by_rule[rule]:
                yield [*clause, -selector]

    def core(self, literals: Sequence[int], rules: Sequence[str] | None = None) -> list[str] | None:
        """Some of these rules (None: all) that with the literals are impossible, in their order; None where they are
        possible, or where that could not be decided."""
        names = list(self._selectors) if rules is None else rules
        selectors = [self._selectors[name] for name in names]
        if self._solver.solve([*literals, *selectors]) is not False:
            return None
        core = set(self._solver.core())
        return [name for name in names if self._selectors[name] in core]

    def allow(self, seconds: float) -> None:
        """See `Solver.allow`."""
        self._solver.allow(seconds)

    def close(self) -> None:
        """Frees its memory."""
        self._solver.close()
