"""Whether a revision's stored test cases come out as they must."""

from __future__ import annotations

from collections.abc import Iterable

from modules.configurator.engine.entering import enter
from modules.configurator.engine.steps import Steps
from modules.configurator.model.cases import ConfigurationCase
from modules.configurator.model.errors import BadChoice, NotPossible
from modules.configurator.model.sessions import SessionState


def failing(steps: Steps, cases: Iterable[ConfigurationCase]) -> list[str]:
    """The ids of those that do not, in order; a case whose values the revision has not fails."""
    return [case.id for case in cases if not _holds(steps, case)]


def _holds(steps: Steps, case: ConfigurationCase) -> bool:
    try:
        entered = [enter(steps.content, choice) for choice in case.choices]
        step = steps.evaluate([choice for choice in entered if choice is not None], steps.new_cache())
    except NotPossible:
        return not case.possible
    except BadChoice:
        return False
    if case.complete is not None and case.complete is not (step.state is SessionState.COMPLETE):
        return False
    told = {name: one.value for name, one in step.assignments.items()}
    return case.possible and all(told.get(name) == value for name, value in case.expected)
