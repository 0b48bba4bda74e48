"""Every dependency is locked, bounded and explained."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]


def dependencies(*extras: str) -> list[str]:
    """Names in pyproject.toml, those of these extras too, as an index would spell them."""
    return [_name(item) for item in (*PROJECT["dependencies"], *(item for extra in extras for item in EXTRAS[extra]))]


def _name(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found, requirement
    return re.sub(r"[-_.]+", "-", found.group()).lower()


def test_everything_that_is_installed_is_locked_with_hashes() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    blocks = re.findall(r"^([a-z0-9-]+)==[^\n]*(?:\n    --hash=sha256:[0-9a-f]{64}[^\n]*)+", text, re.MULTILINE)
    pins = re.findall(r"^([a-z0-9-]+)==", text, re.MULTILINE)
    assert blocks == pins
    assert set(dependencies("dev")) - set(pins) == set()


def test_the_lock_names_no_host() -> None:
    assert "://" not in (ROOT / "requirements.lock").read_text(encoding="utf-8")


def test_every_dependency_says_what_it_is_for() -> None:
    page = (ROOT / "docs/dependencies.md").read_text(encoding="utf-8")
    explained = re.findall(r"^\| `([a-z0-9-]+)` \|", page, re.MULTILINE)
    assert sorted(explained) == sorted(dependencies(*EXTRAS))
