"""What a back-up says of itself: of what it is, when it was made, and what each of its files has to be."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Self

import orjson

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
CARTS: Final = "carts.jsonl"
DATABASES: Final = {"sqlite": "database.sqlite", "postgresql": "database.dump"}
"""The file of the database, by its kind."""


class BackupRefused(Exception):
    """A back-up that cannot be made or restored; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Part:
    """A file of a back-up."""

    bytes: int
    sha256: str

    @classmethod
    def of(cls, path: Path) -> Self:
        """As it lies on the disk."""
        with path.open("rb") as file:
            return cls(os.fstat(file.fileno()).st_size, hashlib.file_digest(file, "sha256").hexdigest())


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The file `manifest.json`, which is written last: a directory without it is no back-up."""

    format: int
    version: str
    """Of the program that made it."""
    begun_at: str
    """What was acknowledged before this moment is in it, once."""
    database: str
    """`sqlite` or `postgresql`."""
    revisions: Sequence[str]
    """Of its tables, one a branch."""
    carts: int
    """Those that were in Redis."""
    secret: str
    """The fingerprint of what cart keys and codes are derived with."""
    files: Mapping[str, Part]

    @classmethod
    def read(cls, directory: Path) -> Self:
        """Raises BackupRefused where none lies, or one of a format that this program does not know."""
        try:
            held = orjson.loads((directory / MANIFEST).read_bytes())
            if held["format"] > FORMAT:
                raise BackupRefused(f"{directory} has the format {held['format']}, of a newer version: run that one.")
            held["files"] = {name: Part(**part) for name, part in held["files"].items()}
            return cls(**held)
        except OSError as error:
            raise BackupRefused(f"{directory} is no back-up, or not a whole one: {error}.") from error
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise BackupRefused(f"{directory / MANIFEST} is damaged: {error}.") from error

    def write(self, directory: Path) -> None:
        """Onto the disk, with all that lies there before."""
        (directory / MANIFEST).write_bytes(orjson.dumps(asdict(self), option=orjson.OPT_INDENT_2))
        for path in (*directory.iterdir(), directory):
            descriptor = os.open(path, os.O_RDONLY)
            os.fsync(descriptor)
            os.close(descriptor)

    def verify(self, directory: Path) -> None:
        """Raises BackupRefused, naming the files that are missing or not what they were."""
        damaged = [name for name, part in self.files.items() if not _is(part, directory / name)]
        if damaged:
            raise BackupRefused(f"{directory} is damaged: {', '.join(damaged)}. Use another back-up.")


def _is(part: Part, path: Path) -> bool:
    try:
        return Part.of(path) == part
    except OSError:
        return False
