"""Several wishes at once: all of them hold, or none is taken (section 4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from modules.configurator.engine.choosing import choose
from modules.configurator.engine.entering import enter, nearest
from modules.configurator.engine.rebasing import rebase
from modules.configurator.engine.steps import Cache, Steps, last_choices
from modules.configurator.model.characteristics import Value
from modules.configurator.model.contents import Content
from modules.configurator.model.errors import (
    BadChoice,
    ConfiguratorRefusal,
    LockedByPackage,
    NotPossible,
    Path,
    UnknownCharacteristic,
)
from modules.configurator.model.explanations import Dropped
from modules.configurator.model.sessions import Choice, Session, SessionState
from modules.configurator.model.steps import Step


@dataclass(frozen=True, slots=True)
class Edit:
    """What somebody wants of one characteristic, as it was typed; a value of None takes the choice back."""

    characteristic: str
    value: Value | None = None
    quantity: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Edited:
    """The steps before and after, and what was given up; or, with problems, nothing has changed."""

    before: Step
    after: Step
    dropped: tuple[Dropped, ...] = ()
    problems: tuple[ConfiguratorRefusal, ...] = ()


def edit(steps: Steps, session: Session, edits: Sequence[Edit], cache: Cache, force: bool, path: Path) -> Edited:
    """Takes the wishes in their order. All that cannot be values are told together; of conflicts the first.

    `path` leads to the list of wishes. With `force` the preferred repair of each conflict is applied.
    """
    before = standing(steps, session, cache)
    problems = tuple(_malformed(steps.content, edits, path))
    if problems:
        return Edited(before, before, problems=problems)
    after, dropped = before, list[Dropped]()
    try:
        for place, wish in enumerate(edits):
            after, given_up = _take(steps, session, after, wish, cache, force, (*path, place))
            dropped += given_up
    except ConfiguratorRefusal as refusal:
        return Edited(before, before, problems=(refusal,))
    return Edited(before, after, tuple(dropped))


def standing(steps: Steps, session: Session, cache: Cache) -> Step:
    """What a session's choices amount to. Those that its model does not allow any more are left out: that happens
    where a model that is not released was edited in between."""
    try:
        for choice in session.choices:
            enter(steps.content, choice)
        return steps.evaluate(session.choices, cache, session.inherited)
    except (BadChoice, NotPossible):
        return rebase(steps, steps.content, session.choices, cache, session.inherited).step


def nothing(choices: Sequence[Choice] = ()) -> Step:
    """What is shown of choices of which nothing follows: their model allows nothing, or cannot be evaluated."""
    return Step(tuple(choices), {}, {}, {}, (), (), SessionState.INCOMPLETE)


def _malformed(content: Content, edits: Sequence[Edit], path: Path) -> Iterable[BadChoice]:
    names = [member.characteristic for member in content.members]
    for place, wish in enumerate(edits):
        try:
            if wish.value is not None:
                enter(content, Choice(wish.characteristic, wish.value, wish.quantity), (*path, place))
            elif wish.characteristic not in names:
                raise UnknownCharacteristic(wish.characteristic, nearest(wish.characteristic, names), (*path, place))
        except BadChoice as problem:
            yield problem


def _take(
    steps: Steps, session: Session, held: Step, wish: Edit, cache: Cache, force: bool, path: Path
) -> tuple[Step, tuple[Dropped, ...]]:
    if wish.value is None:
        own = last_choices(held.choices)
        rest = [one for one in own if one.characteristic != wish.characteristic]
        # What somebody chose before or beside the package, that one may take back; the package's value stays.
        if wish.characteristic in held.locked and len(rest) == len(own):
            raise LockedByPackage(wish.characteristic, held.locked[wish.characteristic], path)
        return steps.evaluate(rest, cache, session.inherited), ()
    choice = Choice(wish.characteristic, wish.value, wish.quantity)
    chosen = choose(steps, held.choices, choice, cache, force, path, session.inherited)
    return chosen.step, chosen.dropped
