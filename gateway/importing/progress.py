"""Progress: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable
from time import monotonic
from typing import Never, Protocol, TextIO

from tqdm import tqdm

from gateway.importing.report import StepReport

EVERY_SECONDS = 10.0
"""How often a long step says where it is when there is no terminal."""


class Progress(Protocol):
    """What an import tells while it runs."""

    def begin(self, name: str, total: int, unit: str) -> None:
        """A piece of work begins; `total` units ("B" for bytes, "rows"), or 0 when nobody knows."""

    def moved(self, done: int) -> None:
        """So many units are done."""

    def end(self) -> None:
        """The piece of work is done or given up."""

    def say(self, step: StepReport) -> None:
        """The numbers of a step, final."""


class Bars:
    """One bar a piece of work."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._bar: tqdm[Never] | None = None

    def begin(self, name: str, total: int, unit: str) -> None:
        """Draws an empty bar."""
        self._bar = tqdm(total=total or None, desc=name, unit=unit, unit_scale=True, leave=False, file=self._stream)

    def moved(self, done: int) -> None:
        """Moves the bar."""
        if self._bar is not None:
            self._bar.update(done - self._bar.n)

    def end(self) -> None:
        """Takes the bar away."""
        if self._bar is not None:
            self._bar.close()

    def say(self, step: StepReport) -> None:
        """In a line that stays."""
        print(step, file=self._stream, flush=True)


class Lines:
    """A line at the end of each step, and some on the way of a long one."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._name = ""
        self._total = 0
        self._next = 0.0

    def begin(self, name: str, total: int, unit: str) -> None:
        """Nothing yet."""
        self._name, self._total = name, total
        self._next = self._clock() + EVERY_SECONDS

    def moved(self, done: int) -> None:
        """Every ten seconds."""
        if self._clock() >= self._next and self._total:
            self._next = self._clock() + EVERY_SECONDS
            print(f"{self._name}: {100 * done // self._total} %", file=self._stream, flush=True)

    def end(self) -> None:
        """Nothing: the step's numbers follow."""

    def say(self, step: StepReport) -> None:
        """In a line."""
        print(step, file=self._stream, flush=True)


def progress_on(stream: TextIO = sys.stderr) -> Progress:
    """Bars when the stream is a terminal, otherwise lines."""
    return Bars(stream) if stream.isatty() else Lines(stream)
