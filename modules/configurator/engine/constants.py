"""What the rules of a model compare with: where the numbers of a characteristic have to be told apart (section 12).

- A comparison with constants cuts its characteristic at them.
- Any other condition over one number cuts it where its truth changes, found by halving.
- Conditions over several numbers have no such places. Where their boxes are few enough each number is taken by itself;
  else the range is cut evenly, so that boxes far from the border are decided.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Final

from modules.configurator.engine.demands import Agrees, Constraint, named_values, trees
from modules.configurator.engine.estimate import Judgement, Reader, fold, key_of
from modules.configurator.engine.grid import Grid, Interval
from modules.configurator.engine.possible import FALSE, TRUE, UNKNOWN, Span
from modules.configurator.model.formulas import CombinationTable, Result
from modules.configurator.model.trees import (
    Between,
    Comparison,
    Constant,
    Matches,
    Membership,
    Node,
    Reference,
    ReferenceKind,
    parts,
    references,
)

MOST_BOXES: Final = 20_000
"""Boxes that one condition may be decided for; beyond, it is only checked once its inputs are known."""
MOST_CUTS: Final = 200
"""Places that one condition over one number is searched for."""
EVEN_PARTS: Final = 24
PLAIN: Final = (ReferenceKind.VALUE, ReferenceKind.QUANTITY)
"""What stands for a key by itself."""
_MOST_HALVES: Final = 4_000
_PURE: Final = (0, TRUE, FALSE, UNKNOWN)


class Constants:
    """Gathered once from all constraints."""

    def __init__(self, reader: Reader, constraints: Iterable[Constraint]) -> None:
        self.read: set[str] = set()
        self.texts: set[str] = set()
        """Folded texts that typed ones are compared with."""
        self._reader = reader
        self._numbers: dict[str, set[Decimal]] = defaultdict(set)
        self._judgements: dict[str, list[Judgement]] = defaultdict(list)
        self._parts: dict[str, int] = {}
        seen: set[Node] = set()
        for constraint in constraints:
            for tree in trees(constraint):
                self._add(tree, seen)
            for name, kind, value in named_values(constraint):
                self._compare(Reference(name, kind), (value,))
            if isinstance(constraint.demand, Agrees) and constraint.demand.result:
                self._results(constraint.demand.result, reader.content.tables[constraint.demand.table])

    def cut(self, key: str, grid: Grid) -> list[Interval]:
        """The numbers of a key, where they can be told apart."""
        most = self._parts.get(key, 0)
        if grid.count is not None and grid.count <= most:
            return list(grid.points())
        cuts = set(self._numbers[key])
        if most and grid.low is not None and grid.high is not None:
            wide = (grid.high - grid.low) / min(most, EVEN_PARTS)
            cuts |= {grid.from_(grid.low + step * wide) for step in range(1, min(most, EVEN_PARTS))}
        for judgement in self._judgements[key]:
            for interval in grid.cut(cuts):
                cuts |= set(_changes(key, judgement, interval, grid.unit))
        return list(grid.cut(cuts))

    def _add(self, tree: Node, seen: set[Node]) -> None:
        """A tree with all that it refers to, each once."""
        if tree in seen:
            return
        seen.add(tree)
        match tree:
            case Comparison() | Membership() | Between():
                self._leaf(tree)
            case Matches(name) | Reference(name, ReferenceKind.TABLE):
                self._table(self._reader.content.tables[name], seen)
                self._leaf(Matches(name))
            case Reference(name, ReferenceKind.FORMULA):
                self._add(self._reader.content.formulas[name].expression.tree, seen)
                self._note(tree)
            case _:
                self._note(tree)
        for part in parts(tree):
            self._add(part, seen)

    def _note(self, tree: Node) -> None:
        if isinstance(tree, Reference):
            self.read |= set(self._reader.keys(tree))

    def _leaf(self, node: Comparison | Membership | Between | Matches) -> None:
        keys = set(self._reader.keys(node))
        if not isinstance(node, Matches):
            self._constants(node, keys)
        if len(keys) == 1 and not _is_plain(node):
            self._judgements[keys.pop()].append(self._reader.judgement(node))
        elif len(keys) > 1 and not (isinstance(node, Matches) and self._is_plain_table(node.table)):
            most = int(MOST_BOXES ** (1 / len(keys)))
            for key in keys:
                self._parts[key] = min(most, self._parts.get(key, most))

    def _constants(self, node: Node, keys: Iterable[str]) -> None:
        values = [part.value for part in parts(node) if isinstance(part, Constant)]
        if isinstance(node, Membership):
            values += [constant.value for constant in node.constants]
        for key in keys:
            self._numbers[key] |= {value for value in values if isinstance(value, Decimal)}
        if self._reader.is_typed_text(node):
            self.texts |= {fold(value) for value in values if isinstance(value, str)}
            for reference in references(node):
                known = self._reader.content.characteristics.get(reference.name)
                self.texts |= {fold(option.id) for option in known.options} if known else set()

    def _is_plain_table(self, name: str) -> bool:
        kinds = (factor.reference.kind for factor in self._reader.content.tables[name].factors)
        return all(kind in PLAIN for kind in kinds)

    def _table(self, table: CombinationTable, seen: set[Node]) -> None:
        for column, factor in enumerate(table.factors):
            cells = {row.cells[column] for row in table.rows}
            operands = [operand for cell in cells for operand in cell.operands]
            if factor.reference.kind in PLAIN:
                self._compare(factor.reference, operands)
            self._add(factor.reference, seen)

    def _compare(self, reference: Reference, values: Iterable[Result]) -> None:
        numbers = [value for value in values if isinstance(value, Decimal)]
        self._numbers[key_of(reference)] |= set(numbers)
        if self._reader.is_typed_text(reference):
            self.texts |= {fold(value) for value in values if isinstance(value, str)}

    def _results(self, name: str, table: CombinationTable) -> None:
        results = [*(row.result for row in table.rows), table.default]
        self._compare(Reference(name), [result for result in results if result is not None])


def _is_plain(node: Node) -> bool:
    """Whether it holds one reference against constants, so that these are all its cuts."""
    kinds = [part for part in parts(node) if not isinstance(part, Constant)]
    return len(kinds) == 1 and isinstance(kinds[0], Reference) and kinds[0].kind in PLAIN


def _changes(key: str, judgement: Judgement, interval: Interval, unit: Decimal) -> Iterator[Decimal]:
    """Where within an interval the truth is another than just before, at most MOST_CUTS places in ascending order."""
    if interval.low is None or interval.high is None:
        return
    found = 0
    before: int | None = None
    for part in _halves(key, judgement, Interval(interval.low, interval.high), unit):
        truth = judgement({key: Span(part.low, part.high)})
        if before is not None and truth != before and part.low is not None:
            yield part.low
            found += 1
        if found >= MOST_CUTS:
            return
        before = truth


def _halves(key: str, judgement: Judgement, interval: Interval, unit: Decimal) -> Iterator[Interval]:
    """Parts in ascending order, each of one truth as far as halving finds it."""
    stack, left = [interval], _MOST_HALVES
    while stack:
        part = stack.pop()
        low, high = part.low, part.high
        left -= 1
        if left < 0 or low is None or high is None or low == high or judgement({key: Span(low, high)}) in _PURE:
            yield part
            continue
        middle = low + int((high - low) / unit / 2) * unit
        stack += [Interval(middle + unit, high), Interval(low, middle)]
