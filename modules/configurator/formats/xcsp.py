"""Constraint instances as families: each variable a discrete characteristic, each list of tuples a combination table.

Allowed tuples hold their characteristics to a table, forbidden ones exclude it; a list over one variable allows
options or makes them unavailable. So the family has as many configurations as the instance has solutions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from modules.configurator.engine.language import expression
from modules.configurator.formats.features import Problem
from modules.configurator.formats.instances import Instance, Tuples, read_instance
from modules.configurator.formats.naming import Names
from modules.configurator.formats.uvl import Imported, bundle_of
from modules.configurator.model.characteristics import Characteristic, Option
from modules.configurator.model.formulas import Cell, CombinationTable, Factor, Match, Row, TestCase
from modules.configurator.model.rules import Action, Allow, Exclude, FrontRule, HoldTo, MakeUnavailable, Require
from modules.configurator.model.trees import FALSE, Matches, Reference, ResultType
from modules.kernel.names import Locale

MOST_FACTORS: Final = 15
_EN: Final = Locale("en")
_ANY: Final = Cell()


def import_xcsp(text: str, name: str, phase_in: date) -> Imported:
    """The family of an XCSP3 file, called `name`, with one part and its first, tentative revision."""
    instance = read_instance(text)
    if instance.problems:
        return Imported(None, tuple(sorted(instance.problems)))
    making = _Family(Names().id_of(name, "MODEL"), instance)
    for constraint in instance.constraints:
        making.add(constraint)
    if making.problems:
        return Imported(None, tuple(making.problems))
    bundle = bundle_of(making.id, making.characteristics, making.rules, phase_in)
    return Imported(replace(bundle, tables=making.tables))


@dataclass
class _Family:
    id: str
    instance: Instance
    problems: list[Problem] = field(default_factory=list)
    characteristics: dict[str, Characteristic] = field(default_factory=dict)
    tables: dict[str, CombinationTable] = field(default_factory=dict)
    rules: list[FrontRule] = field(default_factory=list)
    _names: dict[str, str] = field(default_factory=dict)
    _options: dict[str, dict[str, str]] = field(default_factory=dict)
    _cells: dict[tuple[str, str], Cell] = field(default_factory=dict)
    _rule_names: Names = field(default_factory=Names)

    def __post_init__(self) -> None:
        ids = Names()
        for name, values in self.instance.variables.items():
            self._names[name] = id = ids.id_of(name, "X")
            ours = Names()
            self._options[name] = {value: ours.id_of(_spoken(value), "V") for value in values}
            options = tuple(
                Option(id=option, descriptions=((_EN, value),), sequence=place)
                for place, (value, option) in enumerate(self._options[name].items(), 1)
            )
            self.characteristics[id] = Characteristic(id=id, descriptions=((_EN, name),), options=options)

    def add(self, constraint: Tuples) -> None:
        """The rule of a constraint, with its table."""
        if len(constraint.variables) > MOST_FACTORS:
            said = f"A list has at most {MOST_FACTORS} variables, not {len(constraint.variables)}."
            self.problems.append(Problem(constraint.line, said))
            return
        rows = list(self._rows(constraint))
        name = constraint.name or f"tuples_{len(self.rules) + 1}"
        about = ", ".join(constraint.variables)
        if not rows and not constraint.allowed:
            return
        action = self._action(constraint, rows, name)
        said = f"{'Allowed' if constraint.allowed else 'Forbidden'} combinations of {about}"
        self.rules.append(
            FrontRule(
                id=self._rule_names.id_of(name, "R"),
                descriptions=((_EN, said[:200]),),
                sequence=10 * (len(self.rules) + 1),
                actions=(action,),
            )
        )

    def _action(self, constraint: Tuples, rows: list[tuple[Cell, ...]], name: str) -> Action:
        if not rows:
            return Require(expression(FALSE))
        if len(constraint.variables) == 1 and _ANY not in rows[0]:
            options = frozenset(str(row[0].operands[0]) for row in rows)
            kind = Allow if constraint.allowed else MakeUnavailable
            return kind(self._names[constraint.variables[0]], options)
        table = self._table(constraint, rows, name)
        return HoldTo(table) if constraint.allowed else Exclude(expression(Matches(table)))

    def _rows(self, constraint: Tuples) -> Iterator[tuple[Cell, ...]]:
        """Values outside a variable's domain occur in no solution: rows with one are left out."""
        for values in dict.fromkeys(constraint.tuples):
            cells = [
                _ANY if value is None else self._cell(name, value)
                for name, value in zip(constraint.variables, values, strict=True)
            ]
            if None not in cells:
                yield tuple(cell for cell in cells if cell is not None)

    def _cell(self, variable: str, value: str) -> Cell | None:
        option = self._options[variable].get(value)
        if option is None:
            return None
        return self._cells.setdefault((variable, option), Cell(Match.EQUAL, (option,)))

    def _table(self, constraint: Tuples, rows: list[tuple[Cell, ...]], name: str) -> str:
        references = [Reference(self._names[variable]) for variable in constraint.variables]
        first = zip(references, rows[0], constraint.variables, strict=True)
        values = tuple(
            (reference, str(cell.operands[0]) if cell.operands else next(iter(self._options[variable].values())))
            for reference, cell, variable in first
        )
        id = self._rule_names.id_of(f"{name}_table", "T")
        self.tables[id] = CombinationTable(
            id=id,
            family=self.id,
            result_type=ResultType.BOOL,
            test_cases=(TestCase(values, True),),
            factors=tuple(map(Factor, references)),
            rows=tuple(Row(place, cells, True) for place, cells in enumerate(rows, 1)),
        )
        return id


def _spoken(value: str) -> str:
    """-3 and 3 become ids that are told apart."""
    return f"minus_{value[1:]}" if value.startswith("-") else value
