"""What differs between two steps: what the last change added, removed and changed (section 1, second view)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from modules.configurator.model.sessions import Assignment
from modules.configurator.model.steps import Message, Step


@dataclass(frozen=True, slots=True)
class Reassigned:
    """A characteristic that is something else now; None: it has no value."""

    characteristic: str
    before: Assignment | None
    after: Assignment | None


@dataclass(frozen=True, slots=True)
class Reopened:
    """A characteristic with other options to choose from; ids in their sequence."""

    characteristic: str
    more: tuple[str, ...]
    fewer: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class News:
    """All that differs; by the members' order."""

    assignments: tuple[Reassigned, ...] = ()
    offers: tuple[Reopened, ...] = ()
    messages: tuple[Message, ...] = ()
    """Those that are new."""
    gone: tuple[Message, ...] = ()
    """Those that hold no more."""


NOTHING: Final = News()


def news(before: Step, after: Step) -> News:
    """What a step says that the one before did not."""
    names = dict.fromkeys((*before.assignments, *after.assignments))
    pairs = ((name, before.assignments.get(name), after.assignments.get(name)) for name in names)
    return News(
        tuple(Reassigned(name, one, other) for name, one, other in pairs if one != other),
        tuple(_reopened(before, after)),
        tuple(message for message in after.messages if message not in before.messages),
        tuple(message for message in before.messages if message not in after.messages),
    )


def _reopened(before: Step, after: Step) -> Iterator[Reopened]:
    for name, offer in after.offers.items():
        held = before.offers[name].options if name in before.offers else ()
        more = tuple(option for option in offer.options if option not in held)
        fewer = tuple(option for option in held if option not in offer.options)
        if more or fewer:
            yield Reopened(name, more, fewer)
