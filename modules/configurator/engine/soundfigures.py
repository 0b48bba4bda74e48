"""Whether formulas and combination tables can be so."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from modules.configurator.engine.entering import nearest
from modules.configurator.model.bundles import Bundle
from modules.configurator.model.characteristics import Characteristic, DataType, QuantityUse
from modules.configurator.model.errors import TypeMismatch, UnknownCharacteristic, UnknownName, UnknownOption
from modules.configurator.model.formulas import Cell, CombinationTable, Factor, Formula, Match, Result, Tested
from modules.configurator.model.trees import Owner, ReferenceKind, ResultType
from modules.kernel.errors import InvalidInput, Refused

MOST_FACTORS: Final = 15
MOST_ROWS: Final = 500_000
MOST_CASES: Final = 1_000
_ORDERED: Final = frozenset((Match.LESS, Match.LESS_OR_EQUAL, Match.GREATER, Match.GREATER_OR_EQUAL, Match.BETWEEN))
_PYTHON: Final[dict[ResultType, type]] = {ResultType.NUMBER: Decimal, ResultType.TEXT: str, ResultType.BOOL: bool}


def formula_flaws(formula: Formula) -> Iterator[Refused]:
    """Its expression has been read; what is left are its figures."""
    if not 0 <= formula.scale <= 12:
        yield InvalidInput(f"{formula.scale} is no number of decimals.", ("scale",), "0 to 12")
    yield from _case_flaws(formula)


def _case_flaws(tested: Tested) -> Iterator[Refused]:
    if len(tested.test_cases) > MOST_CASES:
        yield InvalidInput(f"{len(tested.test_cases)} cases are too many.", ("testCases",), f"at most {MOST_CASES}")
    for place, case in enumerate(tested.test_cases):
        if case.result is not None and not isinstance(case.result, _PYTHON[tested.result_type]):
            yield InvalidInput(
                f"{case.result} is no {tested.result_type}.", ("testCases", place, "result"), tested.result_type.value
            )


def table_flaws(table: CombinationTable, bundle: Bundle) -> Iterator[Refused]:
    """Factors that there are, rows of as many cells, operators and operands of the factors' types (section 4)."""
    if not 1 <= len(table.factors) <= MOST_FACTORS:
        yield InvalidInput(f"{len(table.factors)} factors.", ("factors",), f"1 to {MOST_FACTORS} factors")
    if len(table.rows) > MOST_ROWS:
        yield InvalidInput(f"{len(table.rows)} rows are too many.", ("rows",), f"at most {MOST_ROWS}")
    kinds = [_Column.of(factor, bundle) for factor in table.factors]
    for place, column in enumerate(kinds):
        if column.flaw is not None:
            column.flaw.path = ("factors", str(place), *column.flaw.path)
            yield column.flaw
    yield from _row_flaws(table, kinds)
    if table.default is not None and not isinstance(table.default, _PYTHON[table.result_type]):
        yield InvalidInput(f"{table.default} is no {table.result_type}.", ("default",), table.result_type.value)
    yield from _case_flaws(table)


def _row_flaws(table: CombinationTable, columns: list[_Column]) -> Iterator[Refused]:
    seen: set[int] = set()
    # Equal cells are one object mostly: each is looked at once in its column.
    good: list[set[int]] = [set() for _ in columns]
    wanted = _PYTHON[table.result_type]
    for place, row in enumerate(table.rows):
        if row.sequence in seen:
            yield InvalidInput(f"Sequence {row.sequence} is there twice.", ("rows", place, "sequence"), "each once")
        seen.add(row.sequence)
        if len(row.cells) != len(columns):
            yield InvalidInput(f"{len(row.cells)} cells.", ("rows", place, "cells"), f"{len(columns)}, one per factor")
            continue
        if row.result is not None and not isinstance(row.result, wanted):
            yield InvalidInput(f"{row.result} is no {table.result_type}.", ("rows", place, "result"), table.result_type)
        for number, (cell, column) in enumerate(zip(row.cells, columns, strict=True)):
            if id(cell) in good[number]:
                continue
            flaw = column.cell_flaw(cell)
            if flaw is None:
                good[number].add(id(cell))
            else:
                flaw.path = ("rows", str(place), "cells", str(number))
                yield flaw


class _Column:
    """What a factor is: of which type, with which options; or why it cannot be one."""

    def __init__(
        self, type: ResultType | None, known: Characteristic | None = None, flaw: Refused | None = None
    ) -> None:
        self.type = type
        self.options = None
        if known is not None and known.has_options and known.data_type is DataType.TEXT:
            self.options = {option.id for option in known.options}
        self.known = known
        self.flaw = flaw

    @classmethod
    def of(cls, factor: Factor, bundle: Bundle) -> _Column:
        """Of a factor in its family."""
        reference = factor.reference
        if reference.owner is not Owner.SELF:
            return cls(None, flaw=InvalidInput("A factor is one's own.", ("reference",), "no parent. and no root."))
        if reference.kind in (ReferenceKind.FORMULA, ReferenceKind.TABLE):
            held = bundle.formulas if reference.kind is ReferenceKind.FORMULA else bundle.tables
            found = held.get(reference.name)
            if found is None:
                near = nearest(reference.name, held)
                return cls(
                    None, flaw=UnknownName(f"{reference.kind}:{reference.name}", 1, 1, near, path=("reference",))
                )
            return cls(found.result_type)
        known = bundle.characteristics.get(reference.name)
        if known is None:
            near = nearest(reference.name, bundle.characteristics)
            return cls(None, flaw=UnknownCharacteristic(reference.name, near, ("reference",)))
        if reference.kind is ReferenceKind.QUANTITY:
            none = known.quantity_use is QuantityUse.NONE
            flaw = InvalidInput(f"{known.id} has no quantity.", ("reference",), "one that has") if none else None
            return cls(ResultType.NUMBER, flaw=flaw)
        return cls(ResultType.NUMBER if known.data_type is DataType.NUMBER else ResultType.TEXT, known)

    def cell_flaw(self, cell: Cell) -> Refused | None:
        """Why a cell cannot stand in this column."""
        if self.type is None:
            return None
        if cell.match in _ORDERED and self.type is not ResultType.NUMBER:
            return TypeMismatch(f"{cell.match.value!r} is for numbers only.", 1, 1)
        return next((flaw for one in cell.operands if (flaw := self._operand_flaw(one)) is not None), None)

    def _operand_flaw(self, operand: Result) -> Refused | None:
        assert self.type is not None
        if not isinstance(operand, _PYTHON[self.type]):
            return TypeMismatch(f"{operand} is no {self.type}.", 1, 1)
        if self.options is not None and operand not in self.options:
            assert self.known is not None
            assert isinstance(operand, str)
            return UnknownOption(self.known.id, operand, nearest(operand, self.options))
        return None
