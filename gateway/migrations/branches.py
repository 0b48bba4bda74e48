"""The branches: where each module keeps its revisions, and how a database stands against them.

Read from the names of the files alone, so that a start that has nothing to migrate does without Alembic.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.settings import ROOT
from modules.runtime.database import Database

MODULES = (
    "runtime",
    "market",
    "catalog",
    "pricing",
    "inventory",
    "customers",
    "cart",
    "wishlists",
    "access",
    "configurator",
)
"""Modules with tables; table names begin with the module's."""

_FILE = re.compile(r"([a-z]+_\d{4})_\w+")
_TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE name = 'alembic_version'",
    "postgresql": "SELECT to_regclass('alembic_version') WHERE to_regclass('alembic_version') IS NOT NULL",
}


class DatabaseMismatch(Exception):
    """The database is behind or ahead of this program; the message says which, and what to do."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a database stands against the code: revisions it lacks, and revisions the code does not know."""

    behind: tuple[str, ...]
    ahead: tuple[str, ...]

    def require_known(self) -> None:
        """Raises DatabaseMismatch when a newer version has written the database."""
        if self.ahead:
            raise DatabaseMismatch(
                f"The database is ahead of this program: it holds {', '.join(self.ahead)}, written by a newer "
                "version. Run that version, or restore the backup made before it."
            )

    def require_current(self) -> None:
        """Raises DatabaseMismatch unless the two agree."""
        self.require_known()
        if self.behind:
            raise DatabaseMismatch(
                f"The database is behind this program: it lacks {', '.join(self.behind)}. "
                "Run 'python -m gateway migrate' first."
            )


def folder(module: str) -> Path:
    """Where a module's revisions lie."""
    return ROOT / "modules" / module / "migrations"


def revisions(module: str) -> list[str]:
    """A module's revisions, the oldest first: `pricing_0001`, `pricing_0002`."""
    names = (_FILE.fullmatch(path.stem) for path in folder(module).glob("*.py"))
    return sorted(name[1] for name in names if name)


def next_revision(module: str) -> str:
    """What the revision after the newest is called."""
    return f"{module}_{len(revisions(module)) + 1:04d}"


def standing(held: Iterable[str]) -> Standing:
    """Compares the revisions a database holds, one a branch, with those of the code."""
    held = set(held)
    lines = [revisions(module) for module in MODULES]
    behind = [name for line in lines for name in _after(line, held)]
    known = {name for line in lines for name in line}
    return Standing(tuple(behind), tuple(sorted(held - known)))


def _after(line: Sequence[str], held: set[str]) -> Sequence[str]:
    """What a branch has above the revision that is held. A branch of a newer program has nothing to add."""
    module = line[0].partition("_")[0] if line else ""
    if any(name.partition("_")[0] == module and name not in line for name in held):
        return ()
    reached = [index for index, name in enumerate(line) if name in held]
    return line[reached[-1] + 1 :] if reached else line


async def examine(database: Database) -> Standing:
    """How the database stands, changing nothing."""
    if not await database.read(_TABLES[database.dialect]):
        return standing(())
    return standing(name for (name,) in await database.read("SELECT version_num FROM alembic_version"))
