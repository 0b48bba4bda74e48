"""What became of an import, and the file of refused rows."""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from gateway.importing.errors import Spot, WrongMapping
from gateway.importing.items import Refusal
from gateway.importing.values import slug

HEADER = ("file", "line", "field", "reason", "row")


@dataclass(slots=True)
class StepReport:
    """One step in numbers: items changed, already so, refused; rows left out by a condition."""

    name: str
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    left_out: int = 0
    seconds: float = 0.0

    @property
    def items(self) -> int:
        """All that were looked at."""
        return self.changed + self.unchanged + self.refused

    def __str__(self) -> str:
        parts = [f"{self.changed} changed", f"{self.unchanged} unchanged", f"{self.refused} refused"]
        if self.left_out:
            parts.append(f"{self.left_out} left out")
        return f"{self.name}: {', '.join(parts)} ({self.seconds:.1f} s)"


@dataclass(slots=True)
class Report:
    """A whole import: its steps in order, look-ups with refused lines among them."""

    mapping: str
    steps: list[StepReport] = field(default_factory=list)
    refused_path: Path | None = None
    """The file of refused rows; None when nothing was refused."""

    @property
    def changed(self) -> int:
        """Items written, over all steps."""
        return sum(step.changed for step in self.steps)

    @property
    def unchanged(self) -> int:
        """Items that were so already, over all steps."""
        return sum(step.unchanged for step in self.steps)

    @property
    def refused(self) -> int:
        """Rows refused, over all steps and look-ups."""
        return sum(step.refused for step in self.steps)

    @property
    def exit_code(self) -> int:
        """0 when nothing was refused, otherwise 1."""
        return 1 if self.refused else 0

    def __str__(self) -> str:
        """The last line for a person; the steps were said while they ran."""
        text = f"{self.mapping}: {self.changed} changed, {self.unchanged} unchanged, {self.refused} refused"
        return f"{text}; the refused rows are in {self.refused_path}" if self.refused_path else text


class RefusedFile:
    """A CSV file of refused rows: file, line, field, reason, row. Made with the first of them.

    One that an earlier import left at this path is removed, so that what lies there is always of the last import.
    Raises WrongMapping at once when the place cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: TextIO | None = None
        if not os.access(path.parent, os.W_OK) or path.is_dir():
            raise WrongMapping(Spot(str(path)), "the file of refused rows cannot be written here; name another place")
        if _is_ours(path):
            path.unlink()

    def __enter__(self) -> RefusedFile:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    @property
    def written(self) -> Path | None:
        """The path when there is something in it."""
        return self.path if self._file is not None else None

    def add(self, source: str, refusal: Refusal) -> None:
        """One row more."""
        if self._file is None:
            self._file = self.path.open("w", encoding="utf-8", newline="")
            csv.writer(self._file).writerow(HEADER)
        # A mark for a broken byte is no sign of any alphabet, so it is shown as a question mark.
        text = refusal.text.encode("utf-8", "replace").decode().replace("\0", "\N{SYMBOL FOR NULL}")
        row = (source, refusal.number, refusal.field, refusal.reason, text)
        csv.writer(self._file).writerow(row)


def refused_file(place: Path, name: str) -> Path:
    """The place itself, or a file in it that bears the mapping's name when it is a directory."""
    return place / f"refused-{slug(name)}.csv" if place.is_dir() else place


def _is_ours(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        if file.readline(100).decode("utf-8", "replace").strip() == ",".join(HEADER):
            return True
    raise WrongMapping(Spot(str(path)), "this file is not one of refused rows; name another place for them")
