"""Reasons: why a value is not possible, or the only one; and what would have to be given up for it (section 5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from modules.configurator.engine.choosing import choose
from modules.configurator.engine.editing import standing
from modules.configurator.engine.entering import enter
from modules.configurator.engine.refusing import explain_forced
from modules.configurator.engine.steps import Cache, Steps
from modules.configurator.model.characteristics import Value
from modules.configurator.model.errors import LockedByPackage, NotPossible
from modules.configurator.model.explanations import Explanation, Repair
from modules.configurator.model.sessions import Choice, Session
from modules.configurator.model.steps import Offer
from modules.configurator.service.sessions import SessionService, Shown


class Verdict(StrEnum):
    """What can be said of a value."""

    POSSIBLE = "possible"
    FORCED = "forced"
    """Nothing else is possible."""
    LOCKED = "locked"
    """A package sets the characteristic."""
    IMPOSSIBLE = "impossible"
    UNKNOWN = "unknown"
    """It could not be decided within the solver's limit."""


@dataclass(frozen=True, slots=True)
class Reasons:
    """A verdict with what makes it so: a minimal conflict, and ways out."""

    verdict: Verdict
    explanation: Explanation | None = None
    repairs: Sequence[Repair] = ()
    package: str | None = None


class ReasonService:
    """One per process; it changes nothing."""

    def __init__(self, sessions: SessionService) -> None:
        self._sessions = sessions

    async def why(self, shown: Shown, characteristic: str, value: Value) -> Reasons:
        """About any value of a session's characteristics. Raises a BadChoice for what cannot be one."""
        session = shown.session
        if shown.problems:
            told = (one.explanation for one in shown.problems if isinstance(one, NotPossible))
            return Reasons(Verdict.IMPOSSIBLE, next(told, None))
        return await self._sessions.solving.on_session(
            shown.model, session.id, lambda steps, cache: why(steps, session, Choice(characteristic, value), cache)
        )

    async def alternatives(self, shown: Shown) -> dict[str, Offer]:
        """What each chosen characteristic could be changed to, all other choices kept; a step for each of them."""
        session = shown.session
        if shown.problems:
            return {}
        return await self._sessions.solving.on_session(
            shown.model, session.id, lambda steps, cache: alternatives(steps, session, cache)
        )


def alternatives(steps: Steps, session: Session, cache: Cache) -> dict[str, Offer]:
    """What each chosen characteristic could be changed to, all other choices kept; in the order of the choices."""
    choices = standing(steps, session, cache).choices
    found = {}
    for own in choices:
        others = [choice for choice in choices if choice is not own]
        found[own.characteristic] = steps.evaluate(others, cache, session.inherited).offers[own.characteristic]
    return found


def why(steps: Steps, session: Session, wish: Choice, cache: Cache) -> Reasons:
    """What is to be said of a wish beside a session's choices; of the characteristic's own choice it is as if that had
    not been made."""
    wanted = enter(steps.content, wish)
    step = standing(steps, session, cache)
    if wanted is None:
        return Reasons(Verdict.POSSIBLE)
    others = [choice for choice in step.choices if choice.characteristic != wanted.characteristic]
    try:
        chosen = choose(steps, others, wanted, cache, inherited=session.inherited).step
    except LockedByPackage as locked:
        return Reasons(Verdict.LOCKED, package=locked.package)
    except NotPossible as refusal:
        return Reasons(Verdict.IMPOSSIBLE, refusal.explanation, refusal.repairs)
    forced = explain_forced(steps.machine, others, wanted.characteristic, wanted.value)
    if forced is not None:
        return Reasons(Verdict.FORCED, forced, package=chosen.locked.get(wanted.characteristic))
    return Reasons(Verdict.UNKNOWN if chosen.partial else Verdict.POSSIBLE)
