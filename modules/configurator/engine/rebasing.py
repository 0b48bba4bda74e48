"""Moving a session to another content version or revision (section 3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from modules.configurator.engine.entering import enter
from modules.configurator.engine.steps import Cache, Steps, last_choices
from modules.configurator.model.contents import Content
from modules.configurator.model.errors import BadChoice, NotPossible
from modules.configurator.model.sessions import Choice
from modules.configurator.model.steps import Step


class Reason(StrEnum):
    """Why a choice was not carried over."""

    UNKNOWN = "unknown"
    """The model has no such characteristic or value any more."""
    CONFLICT = "conflict"
    """Its rules exclude it beside the choices that were made before."""


@dataclass(frozen=True, slots=True)
class Left:
    """A choice that was not carried over."""

    choice: Choice
    reason: Reason


@dataclass(frozen=True, slots=True)
class Rebased:
    """The session on the new model: the step tells what was carried over and what follows from it."""

    step: Step
    dropped: tuple[Left, ...]
    newly_required: tuple[str, ...]
    """Characteristics without a value that the old model did not require."""


def rebase(
    steps: Steps, old: Content, choices: Sequence[Choice], cache: Cache, inherited: Sequence[Choice] = ()
) -> Rebased:
    """Carries over identical values and quantities in their order, as far as the new model allows them together."""
    kept: list[Choice] = []
    dropped: list[Left] = []
    step = steps.evaluate(kept, cache, inherited)
    for choice in last_choices(choices):
        try:
            entered = enter(steps.content, choice)
            if entered is not None:
                step = steps.evaluate([*kept, entered], cache, inherited)
                kept.append(entered)
        except BadChoice:
            dropped.append(Left(choice, Reason.UNKNOWN))
        except NotPossible:
            dropped.append(Left(choice, Reason.CONFLICT))
    required = {member.characteristic for member in old.members if member.required}
    new = tuple(name for name in step.missing if name not in required and "." not in name)
    return Rebased(step, tuple(dropped), new)
