"""Combination tables as relations: which combinations of places a table allows (section 4, first match or relation)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from modules.configurator.engine.domains import Domain
from modules.configurator.engine.estimate import Reader, cell_judgement, key_of
from modules.configurator.engine.possible import TRUE, Outcome, exactly
from modules.configurator.engine.rows import SetRow, first_matches, merged, union
from modules.configurator.model.characteristics import Value
from modules.configurator.model.formulas import Cell, CombinationTable, Result


class Relations:
    """Reads the tables of one model whose factors are values and quantities."""

    def __init__(self, reader: Reader, domains: Mapping[str, Domain]) -> None:
        self._reader = reader
        self._domains = domains
        self._outcomes = {key: domain.outcomes() for key, domain in domains.items()}

    def rows(self, table: CombinationTable, result: str | None) -> tuple[list[str], list[SetRow]]:
        """The keys of a table, each once, and the rows of places that it allows, merged.

        Without `result`: what its first matching row does not make False, and what no row matches if there is a default
        other than False. With it, the first matching row's result (or the default) as the last key's place.
        """
        keys = list(dict.fromkeys(key_of(factor.reference) for factor in table.factors))
        lines = self.lines(table, keys)
        results = [row.result for row in sorted(table.rows, key=lambda row: row.sequence)]
        if result is None and table.default is None and False not in results:
            return keys, merged(row for row in lines if all(row))
        found = first_matches(lines, [self._domains[key].whole for key in keys])
        if result is None:
            permits = [value is not False for value in results]
            else_permits = table.default is not None and table.default is not False
            return keys, merged(row for row, line in found if (else_permits if line is None else permits[line]))
        told = ((row, table.default if line is None else results[line]) for row, line in found)
        return list(dict.fromkeys((*keys, result))), merged(self._with_result(told, keys, result))

    def lines(self, table: CombinationTable, keys: Sequence[str]) -> list[SetRow]:
        """The places of each key that each row matches, by sequence; columns of one key are intersected.

        A row that can never match has an empty set.
        """
        columns = [keys.index(key_of(factor.reference)) for factor in table.factors]
        readers = [
            self._column(table, column, key_of(table.factors[column].reference)) for column in range(len(columns))
        ]
        wholes = [self._domains[key].whole for key in keys]
        simple = columns == list(range(len(keys)))
        found: list[SetRow] = []
        for row in sorted(table.rows, key=lambda row: row.sequence):
            cells = [read(cell) for read, cell in zip(readers, row.cells, strict=True)]
            if simple:
                found.append(tuple(cells))
                continue
            places = list(wholes)
            for column, cell in zip(columns, cells, strict=True):
                places[column] &= cell
            found.append(tuple(places))
        return found

    def _column(self, table: CombinationTable, column: int, key: str) -> Callable[[Cell], int]:
        """Reads the cells of a column; there are far fewer different ones than rows."""
        folded = self._reader.is_typed_text(table.factors[column].reference)
        known: dict[Cell, int] = {}
        outcomes = self._outcomes.get(key, [])

        def read(cell: Cell) -> int:
            if cell not in known:
                known[cell] = _places(cell, folded, outcomes)
            return known[cell]

        return read

    def _with_result(
        self, told: Iterable[tuple[SetRow, Result | None]], keys: Sequence[str], result: str
    ) -> Iterator[SetRow]:
        """Each row with the places of its result; where that is a factor too, both must agree."""
        for row, value in told:
            places = 0 if value is None or isinstance(value, bool) else self._result(result, value)
            if not places:
                continue
            if result not in keys:
                yield (*row, places)
            elif both := row[keys.index(result)] & places:
                yield tuple(both if key == result else one for key, one in zip(keys, row, strict=True))

    def _result(self, key: str, value: Value) -> int:
        """Where a table's result lies: options of a NUMBER are meant by their numbers."""
        wanted = exactly(value)
        if isinstance(value, str):
            place = self._domains[key].place(value)
            return 0 if place is None else 1 << place
        return union(1 << place for place, one in enumerate(self._outcomes[key]) if one == wanted)


def _places(cell: Cell, folded: bool, outcomes: Sequence[Outcome]) -> int:
    """The regions whose every value matches: regions are cut at the operands, so none matches in part."""
    judge = cell_judgement(cell, folded)
    found = 0
    for place, outcome in enumerate(outcomes):
        if judge(outcome) == TRUE:
            found |= 1 << place
    return found
