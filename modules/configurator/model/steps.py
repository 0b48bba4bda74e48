"""What one step of configuring answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from modules.configurator.model.masters import Texts
from modules.configurator.model.rules import Level
from modules.configurator.model.sessions import Assignment, Choice, SessionState


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers that are possible, both ends inclusive; None is without bound. `approximate` when a formula over several
    numbers may still refuse some of them once all its inputs are known (section 12.3)."""

    low: Decimal | None
    high: Decimal | None
    approximate: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """What a characteristic may still be, beside all that was chosen. Each of these values leads to a whole
    configuration, apart from what is `approximate` or `unknown`."""

    options: tuple[str, ...] = ()
    """In their sequence."""
    ranges: tuple[Range, ...] = ()
    """Ascending."""
    any_text: bool = False
    """Whether a text may be typed."""
    may_be_unset: bool = False
    unknown: tuple[str, ...] = ()
    """Options that could not be decided within the solver's limit."""
    approximate: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """What a rule says; a `level` of None stops finalising."""

    rule: str
    level: Level | None
    text: Texts


@dataclass(frozen=True, slots=True)
class Step:
    """The state of a configuration: a function of the model and the ordered choices, never of what was before."""

    choices: tuple[Choice, ...]
    """One for each characteristic, in the order in which they were made last."""
    assignments: Mapping[str, Assignment]
    """By characteristic, in the members' order."""
    offers: Mapping[str, Offer]
    """By characteristic, in the members' order; defaults do not narrow them."""
    locked: Mapping[str, str]
    """By component the package that sets it."""
    missing: tuple[str, ...]
    """Characteristics, and quantities as `NAME.qty`, without which it is not complete."""
    messages: tuple[Message, ...]
    state: SessionState
    partial: bool = False
    """Whether something could not be decided within the solver's limit."""
