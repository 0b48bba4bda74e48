"""Where a device keeps its cart while it is off."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol


class Storage(Protocol):
    """Holds one text. What `save` was given is there after a loss of power, or what it was given before."""

    def load(self) -> str | None:
        """The text; None when there was none yet."""

    def save(self, text: str) -> None:
        """Returns when it is safe."""


class FileStorage:
    """A file that is replaced as a whole and synced. One client at a time works with it."""

    def __init__(self, path: Path | str) -> None:
        self._path = Path(path)

    def load(self) -> str | None:
        """See Storage."""
        return self._path.read_text(encoding="utf-8") if self._path.exists() else None

    def save(self, text: str) -> None:
        """See Storage."""
        fresh = self._path.with_name(self._path.name + ".new")
        with fresh.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)


class MemoryStorage:
    """Forgets when the program ends."""

    def __init__(self) -> None:
        self._text: str | None = None

    def load(self) -> str | None:
        """See Storage."""
        return self._text

    def save(self, text: str) -> None:
        """See Storage."""
        self._text = text
