"""A compiled model with its solvers: what all sessions on it ask, one at a time.

Sets of values are whole numbers with a byte for each literal, so that models are compared and joined as fast as numbers
are. Nothing of a session is kept but models seen, which are true of the rules whoever finds them.
"""

from __future__ import annotations

from array import array
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import compress
from sys import byteorder
from typing import Final

from modules.configurator.engine.boxes import Boxes
from modules.configurator.engine.compiling import Compiled
from modules.configurator.engine.deciding import ByRows
from modules.configurator.engine.rows import bits
from modules.configurator.engine.rowsearch import RowSearches
from modules.configurator.engine.rulesolver import RuleSolver
from modules.configurator.engine.solver import ALLOWANCE, LARGE, Solver

MOST_SEEN: Final = 200
_WORTH: Final = 3
"""Values that a look around a configuration must show to be worth the next one at once."""
_MANY: Final = 48
"""Undecided values from which on to look around a configuration costs less than to ask for them."""
_SIZE: Final = array("i").itemsize
_TOP: Final = _SIZE - 1 if byteorder == "little" else 0
Values = int
"""A set of literals of values."""


@dataclass(slots=True)
class Seen:
    """Whole configurations found while a session was asked about; may be lost at any time."""

    models: deque[Values] = field(default_factory=lambda: deque(maxlen=MOST_SEEN))
    given: frozenset[int] = frozenset()
    """What the last answer was for, and that answer."""
    valid: Values = 0
    invalid: Values = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """Which literals are possible beside those given; `unknown` could not be decided within the limit."""

    valid: Values
    unknown: Values = 0


@dataclass(slots=True)
class _Look:
    """When it is worth to look around a configuration: ever more rarely while that shows little."""

    pause: int = 0
    rest: int = 0

    def is_due(self) -> bool:
        """Whether now."""
        self.rest -= 1
        return self.rest < 0

    def has_shown(self, values: int) -> None:
        """So many that were not known before."""
        self.pause = 0 if values >= _WORTH else 2 * self.pause + 1
        self.rest = self.pause


class Machine:
    """Belongs to the thread that solves."""

    def __init__(self, compiled: Compiled, patience: int = LARGE) -> None:
        """Raises Unavailable where there is no solver."""
        self.compiled = compiled
        self._patience = patience
        clauses = compiled.clauses
        self._solver = Solver(self._every_clause(), patience)
        self._rules: RuleSolver | None = None
        self._width = clauses.values
        self._ones = int.from_bytes(b"\1" * self._width, "little")
        self.every = self.set_of(compiled.values)
        """All literals of values."""
        self._order = [*range(1, self._width + 1), *range(-1, -self._width - 1, -1)]
        self._contrary = [-literal for literal in self._order]
        self._root: Seen | None = None
        self._boxes = Boxes(compiled.domains, clauses.held)
        self._row_searches = RowSearches(self._boxes)

    def allow(self, seconds: float = ALLOWANCE) -> None:
        """Begins a piece of work, whose hard questions may take so long together; see `Solver.allow`."""
        self._solver.allow(seconds)
        if self._rules is not None:
            self._rules.allow(seconds)

    def new_seen(self) -> Seen:
        """What a session begins with: configurations that show what is possible without any choice."""
        if self._root is None:
            self._root = Seen()
            self.ask((), self._root)
        return Seen(self._root.models.copy(), frozenset(), self._root.valid, self._root.invalid)

    def _every_clause(self) -> Iterator[Sequence[int]]:
        yield from self.compiled.clauses.hard
        for clauses in self.compiled.clauses.by_rule.values():
            yield from clauses

    def set_of(self, literals: Iterable[int]) -> Values:
        """The values among these literals, as a set."""
        width = self._width
        found = bytearray(2 * width)
        for literal in literals:
            if 0 < literal <= width:
                found[literal - 1] = 1
            elif -width <= literal < 0:
                found[width - literal - 1] = 1
        return int.from_bytes(found, "little")

    def literals(self, values: Values) -> list[int]:
        """The literals in a set."""
        return list(compress(self._order, self._bytes(values)))

    def _bytes(self, values: Values) -> bytes:
        return values.to_bytes(2 * self._width, "little")

    def has(self, values: Values, literal: int) -> bool:
        """Whether a literal is in a set."""
        place = literal - 1 if literal > 0 else self._width - literal - 1
        return bool(values >> 8 * place & 1)

    def _model(self) -> Values:
        # The top byte of a negative number has all bits set.
        signs = array("i", self._solver.model()[: self._width]).tobytes()[_TOP::_SIZE]
        false = int.from_bytes(signs, "little") & self._ones
        return false ^ self._ones | false << 8 * self._width

    def solve(self, literals: Sequence[int], seen: Seen) -> bool | None:
        """Whether these literals are possible together; None: not decided within the limit."""
        return self._find(literals, seen)[0]

    def example(self, literals: Sequence[int], seen: Seen) -> Values | None:
        """A whole configuration with these literals, if one is found."""
        return self._find(literals, seen)[1]

    def _find(self, literals: Sequence[int], seen: Seen) -> tuple[bool | None, Values | None]:
        wanted = self.set_of(literals)
        for model in seen.models:
            if model & wanted == wanted:
                return True, model
        found = self._solver.solve(literals)
        if not found:
            return found, None
        model = self._model()
        seen.models.append(model)
        return True, model

    def decide(self, literals: Sequence[int]) -> bool | None:
        """As `solve`, without models."""
        return self._solver.solve(literals)

    def core(self, literals: Sequence[int]) -> list[int] | None:
        """Some of these literals that are impossible together, in their order; None where they are possible, or where
        that could not be decided."""
        if self._solver.solve(literals) is not False:
            return None
        core = set(self._solver.core())
        return [literal for literal in literals if literal in core]

    def ask(self, given: Sequence[int], seen: Seen) -> Answer | None:
        """For every value whether it is possible beside what is given; None when that itself is not.

        Exact but for what is told as unknown; independent of what was seen before.
        """
        possible = self.solve(given, seen)
        if possible is False:
            return None
        implied = self._solver.propagate(given)
        if implied is None:
            return None
        wanted = self.set_of(given)
        valid = self._united(model for model in seen.models if model & wanted == wanted) & self.every
        invalid = self.set_of([-literal for literal in implied]) & self.every
        valid, invalid = self._recall(frozenset(given), valid, invalid, seen)
        unknown = self.every & ~invalid & ~valid if possible is None else 0
        if possible:
            valid, invalid, unknown = self._decide(given, valid, invalid, seen)
        seen.given, seen.valid, seen.invalid = frozenset(given), valid, invalid
        return Answer(valid, unknown)

    def _united(self, models: Iterable[Values]) -> Values:
        union = 0
        for model in models:
            union |= model
        return union

    def _recall(self, given: frozenset[int], valid: Values, invalid: Values, seen: Seen) -> tuple[Values, Values]:
        """More given leaves what was impossible so; less given leaves what was possible so."""
        if seen.given <= given:
            invalid |= seen.invalid
        if given <= seen.given:
            valid |= seen.valid
        return valid, invalid

    def _decide(
        self, given: Sequence[int], valid: Values, invalid: Values, seen: Seen
    ) -> tuple[Values, Values, Values]:
        unknown, alone, look, by_rows = 0, False, _Look(), self._by_rows(given)
        while todo := self.every & ~(valid | invalid | unknown):
            groups = self._by_key(todo)
            if by_rows.is_due(todo.bit_count()):
                more, refused, groups = by_rows.decide(groups)
                valid, invalid = valid | self.set_of(more), invalid | self.set_of(refused)
                if not groups:
                    continue
            self._solver.prefer(groups, list(compress(self._contrary, self._bytes(valid))))
            asked = groups[0][:1] if alone else groups[0]
            found = self._solver.solve([*given, *self._one_of(asked)])
            if found:
                before = valid
                valid |= self._shown(given, valid, invalid, seen, look)
                by_rows.has_shown((valid & ~before).bit_count())
            elif found is None:
                alone = len(asked) > 1
                unknown |= 0 if alone else self.set_of(asked)
            else:
                alone = False
                invalid |= self.set_of(asked)
        return valid, invalid, unknown

    def _by_rows(self, given: Sequence[int]) -> ByRows:
        values = self.compiled.values
        return ByRows(
            self._row_searches, [values[one] for one in given] if all(one in values for one in given) else None, values
        )

    def _shown(self, given: Sequence[int], valid: Values, invalid: Values, seen: Seen, look: _Look) -> Values:
        """The values that the configuration just found shows, and what is around it."""
        model = self._model()
        seen.models.append(model)
        shown = model & self.every
        if look.is_due():
            more = self._around(model, given, self.every & ~(valid | shown | invalid))
            look.has_shown(more.bit_count())
            shown |= more
        return shown

    def _by_key(self, values: Values) -> list[list[int]]:
        """The literals in a set, those of each key together."""
        found: dict[str, list[int]] = defaultdict(list)
        for literal in self.literals(values):
            found[self.compiled.values[literal][0]].append(literal)
        return list(found.values())

    def _one_of(self, literals: Sequence[int]) -> list[int]:
        """What to assume for one of these literals of a key to be true: that none of the others is."""
        if len(literals) == 1:
            return list(literals)
        key = self.compiled.values[literals[0]][0]
        wanted = set(literals)
        return [-other for other in self.compiled.clauses.literals[key] if other not in wanted]

    def _around(self, model: Values, given: Sequence[int], todo: Values) -> Values:
        """What else a configuration shows to be possible."""
        values = self.compiled.values
        if todo.bit_count() < _MANY or not self._boxes.are_wide or any(literal not in values for literal in given):
            return 0
        wanted: dict[str, int] = defaultdict(int)
        for literal in self.literals(todo):
            key, place = values[literal]
            wanted[key] |= 1 << place
        point = dict(values[literal] for literal in self.literals(model & self.every))
        found = self._boxes.around(point, {values[literal][0] for literal in given}, wanted)
        literals = self.compiled.clauses.literals
        return self.set_of([literals[key][place] for key, places in found for place in bits(places)])

    def rule_core(self, literals: Sequence[int], rules: Sequence[str] | None = None) -> list[str] | None:
        """Some of these rules (None: all) that with the literals are impossible, in their order; None where they are
        possible, or where that could not be decided."""
        if self._rules is None:
            self._rules = RuleSolver(self.compiled.clauses, self._patience)
        return self._rules.core(literals, rules)

    def close(self) -> None:
        """Frees the solvers' memory."""
        self._solver.close()
        if self._rules is not None:
            self._rules.close()
