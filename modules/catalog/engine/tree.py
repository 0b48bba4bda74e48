"""The tree of categories: it stays one, whatever is handed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from modules.catalog.model import CategoryRecord
from modules.kernel.errors import InvalidInput, Refused
from modules.kernel.outcome import Path

DEEPEST: Final = 32
"""Levels a tree may have."""


def grow(
    held: Mapping[str, CategoryRecord], given: Sequence[tuple[Path, CategoryRecord]]
) -> tuple[list[CategoryRecord], list[Refused]]:
    """The categories that may join, in order, and the refusals of the others.

    A parent may stand anywhere in the same call. A refusal can leave another category without its parent, or with its
    former one, so that all are asked again until no more are refused.
    """
    joining = list(given)
    refused: list[Refused] = []
    while True:
        tree: dict[str, CategoryRecord] = {**held, **{str(record.id): record for _, record in joining}}
        problems = {path: problem for path, record in joining if (problem := _problem(tree, record, path))}
        if not problems:
            return [record for _, record in joining], refused
        refused.extend(problems.values())
        joining = [(path, record) for path, record in joining if path not in problems]


def _problem(tree: Mapping[str, CategoryRecord], record: CategoryRecord, path: Path) -> Refused | None:
    where = (*path, "parent")
    if record.parent is not None and record.parent not in tree:
        problem = f"there is no category {record.parent!r}"
        return InvalidInput(problem, where, "a known category, or one of this call")
    met = {str(record.id)}
    above: str | None = record.parent
    while above is not None and above in tree and len(met) < DEEPEST:
        if above == record.id:
            return InvalidInput(f"{record.id!r} would stand below itself", where, "a category that is not below it")
        if above in met:
            # It hangs on others' circle, who are refused themselves; where it hangs then is seen in the next round.
            return None
        met.add(above)
        above = tree[above].parent
    if above in tree:
        return InvalidInput(f"{record.id!r} would stand too deep", where, f"at most {DEEPEST} levels")
    return None
