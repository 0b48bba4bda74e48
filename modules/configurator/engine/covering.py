"""A revision put to the proof: its stored test cases, the rules they cover, and the log of its rules on choices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from modules.configurator.engine.entering import enter
from modules.configurator.engine.estimate import Known
from modules.configurator.engine.steps import Steps
from modules.configurator.engine.tracing import Tracer, rule_log
from modules.configurator.model.cases import ConfigurationCase
from modules.configurator.model.errors import BadChoice, NotPossible
from modules.configurator.model.rules import FrontRule
from modules.configurator.model.sessions import Choice
from modules.configurator.model.steps import Step
from modules.configurator.model.trials import ConfigurationRun, Deviation, RuleCoverage, RuleLog


def log(steps: Steps, choices: Sequence[Choice], inherited: Sequence[Choice] = ()) -> RuleLog:
    """What each rule compares, with all that follows from the choices; raises NotPossible as `Steps.evaluate` does."""
    return _log(steps, steps.known(choices, inherited))


def _log(steps: Steps, known: Known) -> RuleLog:
    return rule_log(Tracer(steps.reader, known), steps.content.rules)


def run_configurations(steps: Steps, cases: Iterable[ConfigurationCase]) -> list[ConfigurationRun]:
    """What comes of each case, in their order."""
    return [_run(steps, case) for case in cases]


def _run(steps: Steps, case: ConfigurationCase) -> ConfigurationRun:
    try:
        entered = [enter(steps.content, choice) for choice in case.choices]
        choices = [choice for choice in entered if choice is not None]
        step = steps.evaluate(choices)
    except NotPossible as refusal:
        return ConfigurationRun(case, None, refusal, blamed=refusal.explanation.rules)
    except BadChoice as refusal:
        return ConfigurationRun(case, None, refusal)
    fired = tuple(_fired(steps, steps.known(choices)))
    return ConfigurationRun(case, step.state, deviations=tuple(_deviations(case, step)), fired=fired)


def _fired(steps: Steps, known: Known) -> Iterator[str]:
    return (one.rule for one in _log(steps, known).rules if one.truth)


def _deviations(case: ConfigurationCase, step: Step) -> Iterator[Deviation]:
    for name, expected in case.expected:
        assignment = step.assignments.get(name)
        found = None if assignment is None else assignment.value
        if found != expected:
            yield Deviation(name, expected, found)


def coverage(rules: Iterable[FrontRule], runs: Sequence[ConfigurationRun]) -> list[RuleCoverage]:
    """Of each rule that is not disabled, in their sequence, the cases that show something of it.

    A rule without condition is true in every case that is possible; it is covered where one is not because of it.
    """
    found = []
    for rule in rules:
        if not rule.disabled:
            fired = tuple(run.case.id for run in runs if rule.condition is not None and rule.id in run.fired)
            blamed = tuple(run.case.id for run in runs if rule.id in run.blamed)
            found.append(RuleCoverage(rule.id, fired, blamed))
    return found
