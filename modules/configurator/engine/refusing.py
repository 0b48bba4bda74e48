"""Refusals in the words of choices and rules: what `explain` finds, for people (section 5)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from modules.configurator.engine.demands import (
    Agrees,
    Among,
    Constraint,
    HasQuantity,
    Holds,
    HoldsNot,
    IsUnset,
    NotAmong,
)
from modules.configurator.engine.domains import Chosen
from modules.configurator.engine.estimate import QUANTITY, Judgement, Known, Reader
from modules.configurator.engine.explain import Correction, conflict, corrections
from modules.configurator.engine.grid import Interval
from modules.configurator.engine.machine import Machine, Seen
from modules.configurator.engine.possible import ALWAYS, FALSE, NOTHING, TRUE, Outcome, exactly
from modules.configurator.model.characteristics import Value
from modules.configurator.model.errors import NotPossible
from modules.configurator.model.explanations import Dropped, Explanation, Repair
from modules.configurator.model.sessions import Choice
from modules.configurator.model.trees import Matches

_Met = Callable[[Known], bool]


def literals_of(machine: Machine, choice: Choice) -> tuple[int, ...]:
    """What stands for a choice: its value, and its quantity where rules read it."""
    pairs = ((choice.characteristic, choice.value), (choice.characteristic + QUANTITY, choice.quantity))
    found = (machine.compiled.literal(key, value) for key, value in pairs if value is not None)
    return tuple(literal for literal in found if literal is not None)


def explain(machine: Machine, choices: Sequence[Choice], wanted: Sequence[int]) -> Explanation | None:
    """Why the literals are not possible beside the choices, oldest first; None when they are, or it is not decided."""
    groups = [literals_of(machine, choice) for choice in choices]
    found = conflict(machine, groups, wanted)
    if found is None:
        return None
    blamed = tuple(choices[place] for place in found.groups)
    return Explanation(blamed, _by_sequence(machine, found.rules), found.exact)


def explain_forced(machine: Machine, choices: Sequence[Choice], key: str, value: Value) -> Explanation | None:
    """Why a value is the only one: the same with its contrary."""
    literal = machine.compiled.literal(key, value)
    return None if literal is None else explain(machine, choices, [-literal])


def _by_sequence(machine: Machine, rules: Iterable[str]) -> tuple[str, ...]:
    order = {rule.id: place for place, rule in enumerate(machine.compiled.content.rules)}
    return tuple(sorted(rules, key=lambda rule: (order.get(rule, len(order)), rule)))


def explain_choices(machine: Machine, literals: Sequence[int], choices: Sequence[Choice]) -> NotPossible:
    """Why choices contradict one another or the rules, told of the newest; `literals` are all that is given."""
    own = {literal for choice in choices for literal in literals_of(machine, choice)}
    given = [literal for literal in literals if literal not in own]
    newest = choices[-1] if choices else None
    wanted = [*given, *(literals_of(machine, newest) if newest else ())]
    explanation = explain(machine, choices[:-1], wanted) or Explanation((), (), exact=False)
    return NotPossible(newest.characteristic if newest else "", explanation)


def repairs(machine: Machine, choices: Sequence[Choice], wanted: Sequence[int], seen: Seen) -> list[Repair]:
    """What could be given up for the literals, the preferred way first, at most three; none where nothing helps."""
    groups = [literals_of(machine, choice) for choice in choices]
    return [_repair(machine, choices, one) for one in corrections(machine, groups, wanted, seen)]


def _repair(machine: Machine, choices: Sequence[Choice], correction: Correction) -> Repair:
    dropped = (choices[place] for place in correction.dropped)
    return Repair(tuple(Dropped(one, _value_in(machine, correction.example, one.characteristic)) for one in dropped))


def _value_in(machine: Machine, example: int, key: str) -> Value | None:
    """What a characteristic is in a whole configuration; of a range its lower end."""
    for literal, region in zip(
        machine.compiled.clauses.literals[key], machine.compiled.domains[key].regions, strict=True
    ):
        if machine.has(example, literal):
            if isinstance(region, Chosen):
                return region.option
            return (region.low if region.low is not None else region.high) if isinstance(region, Interval) else None
    return None


def violation(reader: Reader, constraint: Constraint) -> Judgement:
    """TRUE where known values break a constraint, once all that it reads is known exactly; else FALSE."""
    condition, met = reader.judgement(constraint.condition), _met(reader, constraint)
    package = constraint.package

    def judge(known: Known) -> int:
        fires = condition(known) == TRUE if package is None else known.get(package[0]) == exactly(package[1])
        return TRUE if fires and not met(known) else FALSE

    return judge


def _met(reader: Reader, constraint: Constraint) -> _Met:
    match constraint.demand:
        case Holds(condition, unless_unknown):
            truth = reader.judgement(condition)
            return lambda known: truth(known) == TRUE or (unless_unknown and truth(known) != FALSE)
        case HoldsNot(condition):
            truth = reader.judgement(condition)
            return lambda known: truth(known) != TRUE
        case Agrees(table, None):
            truth = reader.judgement(Matches(table))
            return lambda known: truth(known) == TRUE
    return _about_value(reader, constraint)


def _about_value(reader: Reader, constraint: Constraint) -> _Met:
    match constraint.demand:
        case Among(name, values):
            allowed = [_outcome(reader, name, value) for value in values]
            return lambda known: known.get(name, NOTHING) in allowed
        case NotAmong(name, values):
            denied = [_outcome(reader, name, value) for value in values]
            return lambda known: known.get(name, NOTHING) not in denied
        case HasQuantity(name, quantity):
            return lambda known: known.get(name + QUANTITY) == exactly(quantity)
        case IsUnset(name):
            return lambda known: known.get(name, NOTHING).undefined is ALWAYS
    return lambda known: True


def _outcome(reader: Reader, name: str, value: Value) -> Outcome:
    option = reader.content.characteristics[name].option(value) if isinstance(value, str) else None
    return exactly(value if option is None or option.number is None else option.number)
