"""The checks behind scripts/test: each is a step with a summary line; a failing one does not hinder the others.

The quick steps and mypy run in the background, one after the other, while the tests have the terminal.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

TOOLS = Path(sys.executable).parent
QUICK, DEFAULT, FULL = "--quick", "", "--full"
MINUTES = {QUICK: 10, DEFAULT: 30, FULL: 85}
"""No step takes longer, whatever hangs: three times what they take, as machines differ; a single test is bounded by
pytest's own time limit."""
LONGER = ("bench", "gateway", "journeys", "runtime")
"""Tests that start and kill servers or read many files; the rules they stand on are tested without."""
SELECTION = {
    QUICK: [
        "-m",
        "not slow",
        "-k",
        "not (postgresql or sqlite or redis)",
        *(f"--ignore=tests/{name}" for name in LONGER),
    ],
    DEFAULT: ["-m", "not slow"],
    # Fifty rounds of kill -9 are one test, which is no test that hangs.
    FULL: ["-o", "faulthandler_timeout=900"],
}


@dataclass(frozen=True)
class Step:
    """A command and what the summary calls it."""

    name: str
    command: Sequence[str]


@dataclass(frozen=True)
class Outcome:
    """How a step went; the output is empty where the terminal has it already."""

    name: str
    passed: bool
    seconds: float
    output: str = ""


def steps() -> list[Step]:
    """All but the tests, quickest first."""
    return [
        Step("format", [str(TOOLS / "ruff"), "format", "--check", "."]),
        Step("lint", [str(TOOLS / "ruff"), "check", "."]),
        Step("imports", [str(TOOLS / "lint-imports")]),
        Step("schema", pytest("tests/contracts/test_schema_file.py")),
        Step("types", [str(TOOLS / "mypy")]),
    ]


def pytest(*arguments: str) -> list[str]:
    """The command that runs these tests."""
    return [sys.executable, "-m", "pytest", "-q", *arguments]


def main(arguments: list[str]) -> int:
    """0: every step passed."""
    depth = next((word for word in arguments if word in (QUICK, FULL)), DEFAULT)
    limit = MINUTES[depth] * 60
    rest = [word for word in arguments if word not in (QUICK, FULL)]
    background = ThreadPoolExecutor(1)
    try:
        others = [background.submit(run, step, limit, quiet=True) for step in steps()]
        tests = run(Step("tests", pytest(*SELECTION[depth], *rest)), limit)
        outcomes = [*(other.result() for other in others), tests]
    finally:
        background.shutdown(cancel_futures=True)
    return report(outcomes)


def report(outcomes: Sequence[Outcome]) -> int:
    """Prints what failed in full, then a line per step; answers the exit code."""
    for outcome in outcomes:
        if not outcome.passed and outcome.output:
            print(f"\n--- {outcome.name} ---\n{outcome.output.rstrip()}")
    print()
    for outcome in outcomes:
        print(f"{outcome.name:<8} {'passed' if outcome.passed else 'FAILED'} {outcome.seconds:7.1f} s")
    return 0 if all(outcome.passed for outcome in outcomes) else 1


def run(step: Step, limit: float, *, quiet: bool = False) -> Outcome:
    """Runs a step to its end, or stops it when the limit (seconds) is over."""
    start = time.monotonic()
    captured = subprocess.PIPE if quiet else None
    process = subprocess.Popen(step.command, stdout=captured, stderr=subprocess.STDOUT if quiet else None, text=True)
    try:
        output = process.communicate(timeout=limit)[0] or ""
        passed = process.returncode == 0
    except subprocess.TimeoutExpired:
        output, passed = f"It was stopped after {limit / 60:.0f} minutes.", False
    finally:
        _stop(process)
    return Outcome(step.name, passed, time.monotonic() - start, output)


def _stop(process: subprocess.Popen[str]) -> None:
    """Ctrl-C first, so that tests can stop the servers they started."""
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGINT)
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
