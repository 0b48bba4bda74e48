"""Packages of npm for tests that ask judges and routers of others; skips where node or they cannot be had."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest


def node_home(wanted: Path, seconds: float = 100) -> Path:
    """A directory with the packages of this `package.json`, beside other temporary files; made once per machine and
    list. Skips the test where they cannot be installed within so many seconds: fewer than a test may hang."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("node and npm are not on this machine")
    listed = wanted.read_bytes()
    home = Path(tempfile.gettempdir()) / f"cogwerk-clients-{hashlib.sha256(listed).hexdigest()[:12]}"
    if not (home / "complete").exists():
        try:
            _install(home, listed, seconds)
        except (subprocess.SubprocessError, OSError) as error:
            pytest.skip(f"npm could not install what {wanted.name} of {wanted.parent.name} lists: {error}")
    return home


def _install(home: Path, listed: bytes, seconds: float) -> None:
    home.mkdir(exist_ok=True)
    (home / "package.json").write_bytes(listed)
    command = ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts"]
    subprocess.run(command, cwd=home, check=True, capture_output=True, timeout=seconds)
    (home / "complete").touch()
