"""Batches: how many items go into one command, and what the command's answer means for their rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from gateway.importing.commands import COMMANDS, Services
from gateway.importing.items import Refusal
from gateway.importing.report import RefusedFile, StepReport
from modules.kernel.errors import InvalidInput, Refused, UnknownSku
from modules.kernel.outcome import MOST_ITEMS

BATCH: Final = 500
"""Items a command: one transaction and one outbox envelope each."""
_CAPITAL = re.compile(r"(?<=[a-z0-9])([A-Z])")


@dataclass(frozen=True)  # without slots: those a dataclass gives make pickling many times slower
class Built:
    """An item ready for its command, and where it came from."""

    source: str
    number: int
    text: str
    value: Any


def in_order(items: Iterable[Built], size: int = BATCH) -> Iterator[list[Built]]:
    """So many at a time."""
    batch: list[Built] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def by_key(items: Iterable[tuple[str, Built]], size: int = BATCH, most: int = MOST_ITEMS) -> Iterator[list[Built]]:
    """So many at a time, but items of one key together, unless they are more than a command may carry.

    The items come sorted by key.
    """
    batch: list[Built] = []
    for _, pairs in groupby(items, lambda pair: pair[0]):
        run = [built for _, built in pairs]
        if batch and len(batch) + len(run) > size:
            yield batch
            batch = []
        batch += run
        while len(batch) > most:
            yield batch[:most]
            batch = batch[most:]
    if batch:
        yield batch


@dataclass(frozen=True, slots=True)
class Writer:
    """Sends batches to a target's command and counts what became of them."""

    services: Services
    target: str
    reason: str
    refused: RefusedFile
    report: StepReport

    async def write(self, batch: Sequence[Built]) -> None:
        """One command; when it returns, good items are done and refused ones stand in the file."""
        done = await COMMANDS[self.target].send(self.services, [item.value for item in batch], self.reason)
        self.report.changed += done.changed
        self.report.unchanged += done.unchanged
        for problem in done.problems:
            for item in _meant(problem, batch):
                self.refuse(item.source, Refusal(item.number, _field(problem), _sentence(problem), item.text))

    def refuse(self, source: str, refusal: Refusal) -> None:
        """A row that is not taken."""
        self.report.refused += 1
        self.refused.add(source, refusal)


def _meant(problem: Refused, batch: Sequence[Built]) -> Sequence[Built]:
    """The item of `("input", "<list>", "<index>", ...)`; a refusal of the whole command concerns every item."""
    if len(problem.path) > 2 and problem.path[2].isdigit():
        return [batch[int(problem.path[2])]]
    return batch


def _field(problem: Refused) -> str:
    """The field in the mapping's own spelling: `onHand` is `on_hand`."""
    return _CAPITAL.sub(r"_\1", ".".join(problem.path[3:])).lower()


def _sentence(problem: Refused) -> str:
    message = problem.message.rstrip(".")
    if isinstance(problem, InvalidInput) and problem.allowed:
        return f"{message}; allowed: {problem.allowed}"
    if isinstance(problem, UnknownSku) and problem.nearest:
        return f"{message}; similar: {', '.join(problem.nearest)}"
    return message
