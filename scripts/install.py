"""Makes .venv in the checkout as requirements.lock wants it. Standard library only, as nothing is installed before it.

A stamp in .venv says what it was made from and is written last: without it .venv is made anew, so an interrupted
install never counts. With the same Python and another lock, packages are changed in place.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "made-from"
LOCK = VENV / ".lock"
OLDEST, NEWEST = (3, 11), (3, 14)


def main(arguments: list[str]) -> int:
    """0: `.venv` is as it should be; with a question as argument, whether it is so."""
    if arguments == ["--is-ready"]:
        return 0 if _stamp() == _wanted() else 1
    missing = _missing()
    if missing or arguments == ["--can-carry"]:
        print(missing, end="\n" if missing else "")
        return 1 if missing else 0
    with _alone():
        return 0 if _stamp() == _wanted() else _install()


def _missing() -> str:
    """One sentence about what this interpreter lacks; empty when it lacks nothing."""
    version = "%d.%d" % sys.version_info[:2]  # noqa: UP031 - an old Python must get as far as the message
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        return f"Cogwerk needs Python 3.11 to 3.14; {sys.executable} is {version}."
    if not (find_spec("venv") and find_spec("ensurepip")):
        return f"Cogwerk needs Python's venv: install python3-venv (Debian, Ubuntu: python{version}-venv)."
    lacking = [name for name in ("sqlite3", "ssl") if not find_spec(f"_{name}")]
    return f"Cogwerk needs Python with {' and '.join(lacking)}; {sys.executable} has it not." if lacking else ""


def _wanted() -> list[str]:
    """What .venv depends on: the lock's text, then the interpreter and the place (scripts in it hold its path)."""
    text = hashlib.sha256((ROOT / "requirements.lock").read_bytes()).hexdigest()
    return [text, f"{sys.version_info[0]}.{sys.version_info[1]} {os.path.realpath(sys.base_prefix)}", str(ROOT)]


def _stamp() -> list[str]:
    try:
        return STAMP.read_text().splitlines()
    except OSError:
        return []


@contextmanager
def _alone() -> Iterator[None]:
    """One install at a time; the second waits and finds the first one's work."""
    import fcntl

    VENV.mkdir(exist_ok=True)
    with LOCK.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _install() -> int:
    made = _stamp()
    STAMP.unlink(missing_ok=True)
    if made[1:] != _wanted()[1:]:
        _make()
    print("Installing what requirements.lock names into .venv; the first time this takes a minute.", file=sys.stderr)
    pip = [str(VENV / "bin" / "python"), "-I", "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input"]
    # The user's own settings say where packages come from; what they say of where packages go must not hold here.
    surroundings = {**os.environ, "PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0", "PIP_CONSTRAINT": ""}
    for what in (
        ["--require-hashes", "--requirement", str(ROOT / "requirements.lock")],
        ["--no-build-isolation", "--editable", str(ROOT)],
    ):
        if subprocess.run([*pip, "install", "--no-deps", *what], env=surroundings, check=False).returncode:
            print("Cogwerk could not be installed: pip says why above.", file=sys.stderr)
            return 1
    written = STAMP.with_suffix(".new")
    written.write_text("\n".join(_wanted()) + "\n")
    written.replace(STAMP)
    return 0


def _make() -> None:
    import venv

    for entry in VENV.iterdir():
        if entry != LOCK:
            shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
    venv.create(VENV, with_pip=True, symlinks=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
