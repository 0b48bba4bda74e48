"""Making a choice: it holds and all that follows is told, or it is refused with reasons and ways out (section 4.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from modules.configurator.engine.entering import enter
from modules.configurator.engine.refusing import literals_of, repairs
from modules.configurator.engine.steps import Cache, Steps, last_choices
from modules.configurator.model.contents import Content
from modules.configurator.model.errors import LockedByPackage, NotPossible, Path
from modules.configurator.model.explanations import Dropped
from modules.configurator.model.sessions import Choice
from modules.configurator.model.steps import Step


@dataclass(frozen=True, slots=True)
class Chosen:
    """The step after a choice, and what was given up for it."""

    step: Step
    dropped: tuple[Dropped, ...] = ()


def choose(
    steps: Steps,
    choices: Sequence[Choice],
    wish: Choice,
    cache: Cache,
    force: bool = False,
    path: Path = (),
    inherited: Sequence[Choice] = (),
) -> Chosen:
    """Adds a choice to those of a session, which hold together; an earlier one of its characteristic is replaced.

    Raises a BadChoice for what cannot be a value, LockedByPackage for what a package sets, and NotPossible with
    explanation and up to three repairs for what the others exclude; nothing has changed then. With `force` the
    preferred repair is applied and told.
    """
    wanted = enter(steps.content, wish, path)
    others = [one for one in last_choices(choices) if one.characteristic != wish.characteristic]
    if wanted is None:
        return Chosen(steps.evaluate(others, cache, inherited))
    _refuse_locked(steps.content, others, wanted, path)
    try:
        return Chosen(steps.evaluate([*others, wanted], cache, inherited))
    except NotPossible as refusal:
        given = [literal for one in (*inherited, wanted) for literal in literals_of(steps.machine, one)]
        found = repairs(steps.machine, others, given, cache.hard)
        if not (force and found):
            raise NotPossible(wanted.characteristic, refusal.explanation, found, path) from None
    dropped = found[0].dropped
    given_up = {one.choice.characteristic for one in dropped}
    kept = [one for one in others if one.characteristic not in given_up]
    return Chosen(steps.evaluate([*kept, wanted], cache, inherited), dropped)


def _refuse_locked(content: Content, others: Sequence[Choice], wanted: Choice, path: Path) -> None:
    chosen = {one.characteristic: one.value for one in others}
    for one in content.components:
        if one.component == wanted.characteristic and chosen.get(one.package) == one.option:
            if one.value != wanted.value or one.quantity not in (None, wanted.quantity):
                raise LockedByPackage(one.component, one.package, path)
