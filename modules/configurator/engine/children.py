"""Configured sub-assemblies: what they take over, what is declared for them, and what they are then (section 7.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal, DecimalException

from modules.configurator.engine.arithmetic import rounded
from modules.configurator.engine.entering import enter
from modules.configurator.engine.identity import canonical_text, hash_of
from modules.configurator.engine.refusing import explain
from modules.configurator.engine.steps import Steps
from modules.configurator.model.assemblies import Configured
from modules.configurator.model.characteristics import Characteristic, QuantityUse, Value
from modules.configurator.model.contents import Content
from modules.configurator.model.errors import BadChoice, ChildConflict, ChildIncomplete, LimitReached, NotPossible
from modules.configurator.model.explanations import Explanation
from modules.configurator.model.formulas import Result
from modules.configurator.model.sessions import Assignment, Choice
from modules.configurator.model.steps import Step

Solve = Callable[[Content], Steps]
"""Gives the compiled model of a content; belongs to the thread that solves."""


def configured(content: Content, assignments: Mapping[str, Assignment]) -> Configured:
    """A configuration with its identity; its id is not known yet."""
    text = canonical_text(content, assignments)
    return Configured(content.revision, content.version, assignments, text, hash_of(text))


def configure_child(
    content: Content,
    parent: Mapping[str, Assignment],
    declared: Mapping[str, Result],
    steps: Steps,
    node: Sequence[str],
) -> Configured:
    """The child: the parent's values of the same name, over them what is declared, then its own computed values and
    defaults.

    Raises ChildIncomplete with what it lacks and ChildConflict with an explanation, both with the way to it, and
    LimitReached where that could not be decided.
    """
    given = list(_given(content, parent, declared, node))
    try:
        step = steps.evaluate((), inherited=given)
    except NotPossible as refusal:
        raise ChildConflict(node, _blamed(steps, given, refusal)) from refusal
    if stops := tuple(message.rule for message in step.messages if message.level is None):
        raise ChildConflict(node, Explanation(tuple(given), stops))
    _require_whole(step, node)
    return configured(content, step.assignments)


def _given(
    content: Content, parent: Mapping[str, Assignment], declared: Mapping[str, Result], node: Sequence[str]
) -> Iterator[Choice]:
    members = {member.characteristic for member in content.members}
    names = [*(name for name in parent if name in members and name not in declared), *declared]
    for name in names:
        choice = _choice(content.characteristics.get(name), name, parent.get(name), declared)
        try:
            entered = enter(content, choice)
        except BadChoice as refusal:
            raise ChildConflict(node, Explanation((choice,), ())) from refusal
        if entered is not None:
            yield entered


def _choice(
    characteristic: Characteristic | None, name: str, inherited: Assignment | None, declared: Mapping[str, Result]
) -> Choice:
    quantity = inherited.quantity if inherited else None
    if characteristic is None or characteristic.quantity_use is QuantityUse.NONE:
        quantity = None
    if name in declared:
        return Choice(name, _fitted(characteristic, declared[name]), quantity)
    assert inherited is not None
    return Choice(name, inherited.value, quantity)


def _fitted(characteristic: Characteristic | None, result: Result) -> Value:
    """A result as a value: of options the one with this number, else rounded half up as computed values are."""
    if not isinstance(result, Decimal):
        return str(result)
    if characteristic is None:
        return result
    if characteristic.has_options:
        return next((option.id for option in characteristic.options if option.number == result), str(result))
    try:
        found = rounded(result, characteristic.bounds.scale, ROUND_HALF_UP)
    except DecimalException:  # more digits than any number here: the child refuses it
        found = None
    return result if found is None else found


def _blamed(steps: Steps, given: Sequence[Choice], refusal: NotPossible) -> Explanation:
    """Which of the values that it takes over contradict one another or the rules."""
    found = explain(steps.machine, given, ())
    if found is not None:
        return found
    try:
        steps.evaluate(given)
    except NotPossible as exact:  # what the solver knows only roughly is explained as if somebody chose it
        return exact.explanation
    return refusal.explanation


def _require_whole(step: Step, node: Sequence[str]) -> None:
    if step.missing:
        raise ChildIncomplete(node, step.missing)
    if step.partial:
        raise LimitReached(tuple(node))
