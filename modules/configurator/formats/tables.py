"""Combination tables as documents show them: a line with the factors' names, then each row, its result at the end."""

from __future__ import annotations

from typing import Any

from modules.configurator.formats.plain import Plain
from modules.configurator.model.errors import BadDocument
from modules.kernel.errors import Refused

FIRST = "sequence"
LAST = "result"


def shown(table: dict[str, Plain]) -> dict[str, Plain]:
    """As `dump` wrote it, with factors as names where nothing else is known of them, and rows under their header."""
    factors = table["factors"]
    assert isinstance(factors, list)
    names = [factor["reference"] for factor in factors if isinstance(factor, dict)]
    plain: list[Plain] = [
        factor["reference"] if isinstance(factor, dict) and len(factor) == 1 else factor for factor in factors
    ]
    rows = table.get("rows", [])
    assert isinstance(rows, list)
    lines: list[Plain] = [[row[0], *row[2:], row[1]] for row in rows if isinstance(row, list)]
    header: list[Plain] = [[FIRST, *names, LAST]]
    # The rows are longest and come last.
    rest = {key: value for key, value in table.items() if key not in ("factors", "rows")}
    return {**rest, "factors": plain, **({"rows": header + lines} if lines else {})}


def hidden(table: Any) -> Any:
    """The contrary of `shown`, as far as it is one: what is wrong in another way is for `load` to say.

    Raises BadDocument with its path for a header that does not name the factors, or a row that is not as long.
    """
    if not isinstance(table, dict) or not isinstance(table.get("factors"), list):
        return table
    factors = [{"reference": factor} if isinstance(factor, str) else factor for factor in table["factors"]]
    rows = table.get("rows", [])
    if not isinstance(rows, list) or not rows:
        return {**table, "factors": factors}
    names = [factor.get("reference") if isinstance(factor, dict) else None for factor in factors]
    header = [FIRST, *names, LAST]
    if rows[0] != header:
        said = ", ".join(map(str, header))
        raise BadDocument(f"The first line of the rows must be their header: [{said}].", path=("rows", "0"))
    for place, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != len(header):
            raise BadDocument(f"A row has {len(header)} cells, as the header has.", path=("rows", str(place)))
    return {**table, "factors": factors, "rows": [[row[0], row[-1], *row[1:-1]] for row in rows[1:]]}


def placed(error: Refused) -> Refused:
    """The error with its path as the document counts rows and cells."""
    steps = list(error.path)
    if len(steps) > 1 and steps[0] == "rows":
        steps[1] = str(int(steps[1]) + 1)
        if len(steps) > 2 and (cell := int(steps[2])):
            # The result stands second there and last here.
            steps[2:] = [str(cell - 1), *steps[3:]] if cell > 1 else []
        error.path = tuple(steps)
    return error
