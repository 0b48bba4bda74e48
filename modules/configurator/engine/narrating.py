"""The trace of an evaluation, told in order: choices, what follows from them, and what each rule finds (section 4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from modules.configurator.engine.estimate import QUANTITY
from modules.configurator.engine.ordering import Assigning, assigning
from modules.configurator.engine.refusing import explain_forced
from modules.configurator.engine.steps import Course, Steps, last_choices
from modules.configurator.engine.tracing import Tracer, rule_log
from modules.configurator.model.characteristics import Value
from modules.configurator.model.rules import FrontRule
from modules.configurator.model.sessions import Choice, Provenance
from modules.configurator.model.traces import Entry, Source
from modules.configurator.model.trees import Expression, ReferenceKind

MOST_EXPLAINED: Final = 200
"""Forced values whose rules are looked for; each costs the solver some questions."""
_SOURCES: Final[Mapping[Provenance, Source]] = {
    Provenance.USER: Source.CHOICE,
    Provenance.INHERITED: Source.INHERITED,
    Provenance.PACKAGE: Source.PACKAGE,
    Provenance.RULE: Source.FORCED,
    Provenance.COMPUTED: Source.COMPUTED,
    Provenance.DEFAULT: Source.DEFAULT,
}


def narrate(steps: Steps, choices: Sequence[Choice], inherited: Sequence[Choice] = ()) -> tuple[Entry, ...]:
    """All values in the order in which they became known, then every rule in its sequence. What a formula or table gave
    stands before what first used it, once. Raises NotPossible as `Steps.evaluate` does."""
    given = (*inherited, *last_choices(choices))
    return tuple(_Narrator(steps, given, steps.course(choices, inherited)).tell())


class _Narrator:
    def __init__(self, steps: Steps, given: Sequence[Choice], course: Course) -> None:
        self._steps, self._given, self._course = steps, given, course
        self._tracer = Tracer(steps.reader, course.known)
        self._told: set[str] = set()
        self._rules = {rule.id: rule for rule in steps.content.rules}
        self._assigning: dict[tuple[str, str], Assigning] = {}
        for one in assigning(steps.content):
            self._assigning.setdefault((one.key, one.rule.id), one)

    def tell(self) -> Iterator[Entry]:
        """All entries, in order."""
        explained = 0
        for key, (value, provenance) in self._course.values.items():
            source = _SOURCES[provenance]
            explained += source is Source.FORCED
            yield from self._value(key, value, source, is_explained=explained <= MOST_EXPLAINED)
        for rule in self._steps.content.rules:
            for one in rule_log(self._tracer, [rule]).rules:
                yield from self._figures(rule.condition)
                yield Entry(Source.RULE, one.rule, one.truth, rule=one)

    def _value(self, key: str, value: Value, source: Source, is_explained: bool) -> Iterator[Entry]:
        cause = self._course.causes.get(key, "")
        rules: tuple[str, ...] = (cause,) if cause else ()
        if rules:
            yield from self._used(key, self._rules[cause])
        if source is Source.FORCED and is_explained:
            explanation = explain_forced(self._steps.machine, self._given, key, value)
            rules = explanation.rules if explanation else ()
        yield Entry(source, key, value, rules, self._package(key) if source is Source.PACKAGE else None)

    def _package(self, key: str) -> str | None:
        package = self._course.locked.get(key.removesuffix(QUANTITY))
        return None if package is None else f"{package}.{self._course.values[package][0]}"

    def _used(self, key: str, rule: FrontRule) -> Iterator[Entry]:
        """The formulas and tables that a rule read to give a value."""
        yield from self._figures(rule.condition)
        if (found := self._assigning.get((key, rule.id))) is not None:
            yield from self._figures(found.action.expression)

    def _figures(self, expression: Expression | None) -> Iterator[Entry]:
        """What was not told yet of the formulas and tables in an expression, each after what it uses itself."""
        if expression is not None:
            self._tracer.reads(expression.tree)
        for name, trial in self._tracer.trials.items():
            if name not in self._told:
                self._told.add(name)
                is_formula = name.startswith(f"{ReferenceKind.FORMULA}:")
                yield Entry(Source.FORMULA if is_formula else Source.TABLE, name, trial.result, trial=trial)
