"""One step of configuring: from ordered choices to all that follows from them (section 4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal, DecimalException

from modules.configurator.engine.arithmetic import rounded
from modules.configurator.engine.demands import trees
from modules.configurator.engine.estimate import QUANTITY, Estimate, Judgement, Known, Reader, number_of
from modules.configurator.engine.machine import Answer, Machine, Seen
from modules.configurator.engine.offers import offers, only_value, places
from modules.configurator.engine.ordering import Assigning, assigning
from modules.configurator.engine.possible import NEVER, TRUE, Outcome, Words, exactly
from modules.configurator.engine.refusing import explain_choices, violation
from modules.configurator.model.characteristics import QuantityUse, Value
from modules.configurator.model.contents import Content
from modules.configurator.model.errors import NotPossible
from modules.configurator.model.explanations import Explanation
from modules.configurator.model.rules import AttachOptional, Compute, FrontRule, Stop, Tell
from modules.configurator.model.sessions import Assignment, Choice, Provenance, SessionState
from modules.configurator.model.steps import Message, Step


@dataclass(slots=True)
class Cache:
    """What the engine remembers of a session to be quicker; it may be lost at any time and changes no answer."""

    hard: Seen
    soft: Seen


@dataclass(slots=True)
class _Facts:
    """What is known so far in a step: literals given to the solver, values with where they come from, and the same
    values as formulas read them."""

    literals: list[int] = field(default_factory=list)
    values: dict[str, tuple[Value, Provenance]] = field(default_factory=dict)
    known: dict[str, Outcome] = field(default_factory=dict)
    causes: dict[str, str] = field(default_factory=dict)

    def copy(self) -> _Facts:
        """To try something with."""
        return _Facts(self.literals.copy(), self.values.copy(), self.known.copy(), self.causes.copy())


@dataclass(frozen=True, slots=True)
class Course:
    """How a step came about: `values` in the order in which they became known, by characteristic or `NAME.qty`;
    `causes` are the rules that computed or attached one, `locked` the packages that set one."""

    values: Mapping[str, tuple[Value, Provenance]]
    causes: Mapping[str, str]
    locked: Mapping[str, str]
    known: Known


class Steps:
    """Evaluates steps on one model; belongs to the thread that solves."""

    def __init__(self, machine: Machine) -> None:
        """Raises Cycle where assignments depend on one another."""
        self.machine = machine
        self.content: Content = machine.compiled.content
        self.reader = Reader(self.content)
        self._assigning = [(one, self._condition(one.rule), self._result(one)) for one in assigning(self.content)]
        self._rules = [(rule, self._condition(rule)) for rule in self.content.rules if not rule.disabled]
        self._checks = [
            (one, {key for tree in trees(one) for key in self.reader.keys(tree)}, violation(self.reader, one))
            for one in machine.compiled.inexact
        ]

    def new_cache(self) -> Cache:
        """What a session begins with."""
        return Cache(self.machine.new_seen(), self.machine.new_seen())

    def evaluate(self, choices: Sequence[Choice], cache: Cache | None = None, inherited: Sequence[Choice] = ()) -> Step:
        """All that follows from the choices, which are in normal form (see `enter`).

        Raises NotPossible, with an explanation but without repairs, where they contradict one another or the rules.
        """
        cache = cache or self.new_cache()
        latest = tuple(last_choices(choices))
        facts, answer, valid = self._derive(latest, cache, inherited)
        return self._step(latest, facts, answer, valid, cache)

    def known(self, choices: Sequence[Choice], inherited: Sequence[Choice] = ()) -> Known:
        """All values that follow from the choices, as conditions read them; raises as `evaluate` does."""
        return self._derive(tuple(last_choices(choices)), self.new_cache(), inherited)[0].known

    def course(self, choices: Sequence[Choice], inherited: Sequence[Choice] = ()) -> Course:
        """In which order all of it follows from the choices, and from what; raises as `evaluate` does."""
        facts = self._derive(tuple(last_choices(choices)), self.new_cache(), inherited)[0]
        return Course(facts.values, facts.causes, self._locks(facts), facts.known)

    def _derive(
        self, latest: Sequence[Choice], cache: Cache, inherited: Sequence[Choice]
    ) -> tuple[_Facts, Answer, dict[str, list[int]]]:
        facts = _Facts()
        for provenance, those in ((Provenance.INHERITED, inherited), (Provenance.USER, latest)):
            for choice in those:
                self._assume(facts, choice, provenance)
        answer, valid = self._settle(facts, cache.hard, latest)
        soft = facts.copy()
        self._add_defaults(soft, cache.soft)
        if soft.literals != facts.literals:
            self._settle(soft, cache.soft, latest)
        return soft, answer, valid

    def _assume(self, facts: _Facts, choice: Choice, provenance: Provenance) -> None:
        pairs = ((choice.characteristic, choice.value), (choice.characteristic + QUANTITY, choice.quantity))
        for key, value in pairs:
            if value is not None:
                self._know(facts, key, value, provenance)

    def _know(self, facts: _Facts, key: str, value: Value, provenance: Provenance) -> None:
        facts.values[key] = (value, provenance)
        facts.known[key] = self._outcome(key, value)
        literal = self.machine.compiled.literal(key, value)
        if literal is not None and literal not in facts.literals:
            facts.literals.append(literal)

    def _outcome(self, key: str, value: Value) -> Outcome:
        characteristic = self.content.characteristics[key.removesuffix(QUANTITY)]
        option = characteristic.option(value) if isinstance(value, str) else None
        return exactly(value if option is None or option.number is None else option.number)

    def _settle(self, facts: _Facts, seen: Seen, choices: Sequence[Choice]) -> tuple[Answer, dict[str, list[int]]]:
        """Asks and computes until nothing new follows; one round for each stratum of the computed layer."""
        while True:
            answer = self.machine.ask(facts.literals, seen)
            if answer is None:
                raise explain_choices(self.machine, facts.literals, choices)
            valid = places(self.machine, answer.valid)
            if not answer.unknown:
                self._force(facts, valid)
            before = len(facts.literals)
            self._compute(facts, choices)
            self._check(facts, choices)
            if len(facts.literals) == before:
                return answer, valid

    def _force(self, facts: _Facts, valid: Mapping[str, list[int]]) -> None:
        """What can be one value only is that value."""
        for key, those in valid.items():
            value = only_value(self.machine.compiled.domains[key], those)
            if value is not None and key not in facts.values:
                facts.values[key] = (value, Provenance.RULE)
                facts.known[key] = self._outcome(key, value)
        for component, package in self._locks(facts).items():
            self._mark_locked(facts, component, package)

    def _locks(self, facts: _Facts) -> dict[str, str]:
        """By component the package that sets it."""
        chosen = {key: value for key, (value, _) in facts.values.items()}
        return {one.component: one.package for one in self.content.components if chosen.get(one.package) == one.option}

    def _mark_locked(self, facts: _Facts, component: str, package: str) -> None:
        option = facts.values[package][0]
        for one in self.content.components:
            if (one.package, one.option, one.component) == (package, option, component):
                for key, value in ((component, one.value), (component + QUANTITY, one.quantity)):
                    if value is not None and facts.values.get(key, (None, Provenance.RULE))[1] is Provenance.RULE:
                        facts.values[key] = (value, Provenance.PACKAGE)
                        facts.known[key] = self._outcome(key, value)

    def _condition(self, rule: FrontRule) -> Judgement:
        return (lambda known: TRUE) if rule.condition is None else self.reader.judgement(rule.condition.tree)

    def _compute(self, facts: _Facts, choices: Sequence[Choice]) -> None:
        """Gives values that are not there yet; rules that want one thing to be two exclude one another."""
        for one, condition, result in self._assigning:
            if condition(facts.known) != TRUE:
                continue
            value = self._fitted(one, result(facts.known))
            if value is None:
                continue
            if one.key not in facts.values:
                self._know(facts, one.key, value, Provenance.COMPUTED)
                facts.causes[one.key] = one.rule.id
            elif facts.values[one.key][1] is Provenance.COMPUTED and facts.values[one.key][0] != value:
                rules = tuple(dict.fromkeys((facts.causes[one.key], one.rule.id)))
                newest = choices[-1].characteristic if choices else ""
                raise NotPossible(newest, Explanation(tuple(choices), rules, exact=False))

    def _result(self, one: Assigning) -> Estimate:
        return self.reader.estimate(one.action.expression.tree)

    def _fitted(self, one: Assigning, outcome: Outcome) -> Value | None:
        """A result as a value of its characteristic: an option by id or number, a number at its scale; else nothing."""
        characteristic = self.content.characteristics[one.key.removesuffix(QUANTITY)]
        number = number_of(outcome)
        if isinstance(one.action, Compute) and characteristic.has_options:
            options = (o.id for o in characteristic.options if o.number == number) if number is not None else ()
            return next(iter(options), None) if number is not None else _text_of(outcome)
        scale = (characteristic.bounds if isinstance(one.action, Compute) else characteristic.quantity_bounds).scale
        try:
            return _text_of(outcome) if number is None else rounded(number, scale, ROUND_HALF_UP)
        except DecimalException:  # it has more digits than any number here
            return None

    def _check(self, facts: _Facts, choices: Sequence[Choice]) -> None:
        """What the solver knows only roughly is held exactly as soon as its inputs are known (section 12.2)."""
        for constraint, keys, broken in self._checks:
            if keys <= facts.known.keys() and broken(facts.known) == TRUE:
                blamed = tuple(choice for choice in choices if choice.characteristic in _owners(keys))
                derived = any(facts.values[key][1] not in (Provenance.USER, Provenance.INHERITED) for key in keys)
                explanation = Explanation(tuple(choices) if derived else blamed, (constraint.rule,), exact=not derived)
                raise NotPossible(choices[-1].characteristic if choices else min(keys), explanation)

    def _add_defaults(self, facts: _Facts, seen: Seen) -> None:
        """Each in its sequence, where its characteristic is open and all hold together."""
        for rule, choice in self._defaults(facts):
            if choice.characteristic in facts.values:
                continue
            tried = facts.copy()
            self._assume(tried, choice, Provenance.DEFAULT)
            known = self.machine.compiled.literal(choice.characteristic, choice.value) is not None
            if known and self.machine.solve(tried.literals, seen) and not self._breaks(tried):
                facts.literals, facts.values, facts.known = tried.literals, tried.values, tried.known
                if rule is not None:
                    facts.causes[choice.characteristic] = rule

    def _defaults(self, facts: _Facts) -> Iterator[tuple[str | None, Choice]]:
        """With the rule that attaches it; None: the revision's own."""
        for member in self.content.members:
            if member.default is not None:
                yield None, Choice(member.characteristic, member.default, member.default_quantity)
        for rule, condition in self._rules:
            for action in rule.actions:
                if isinstance(action, AttachOptional) and condition(facts.known) == TRUE:
                    yield rule.id, Choice(action.characteristic, action.value, action.quantity)

    def _breaks(self, facts: _Facts) -> bool:
        return any(keys <= facts.known.keys() and broken(facts.known) == TRUE for _, keys, broken in self._checks)

    def _step(
        self, choices: tuple[Choice, ...], facts: _Facts, answer: Answer, valid: Mapping[str, list[int]], cache: Cache
    ) -> Step:
        assignments = dict(self._assignments(facts))
        missing = tuple(self._missing(facts, cache.soft))
        messages = tuple(self._messages(facts))
        whole = not missing and not answer.unknown
        return Step(
            choices=choices,
            assignments=assignments,
            offers=offers(self.machine, answer, valid),
            locked=self._locks(facts),
            missing=missing,
            messages=messages,
            state=SessionState.COMPLETE if whole else SessionState.INCOMPLETE,
            partial=bool(answer.unknown),
        )

    def _assignments(self, facts: _Facts) -> Iterator[tuple[str, Assignment]]:
        for member in self.content.members:
            name = member.characteristic
            if name in facts.values:
                value, provenance = facts.values[name]
                quantity = facts.values.get(name + QUANTITY, (None,))[0]
                yield name, Assignment(value, quantity if isinstance(quantity, Decimal) else None, provenance)

    def _missing(self, facts: _Facts, seen: Seen) -> Iterator[str]:
        open_keys = [key for key in self.machine.compiled.domains if key not in facts.values]
        found = False
        for member in self.content.members:
            name, use = member.characteristic, self.content.characteristics[member.characteristic].quantity_use
            if member.required and name not in facts.values:
                found = True
                yield name
            elif use is QuantityUse.REQUIRED and name in facts.values and name + QUANTITY not in facts.values:
                found = True
                yield name + QUANTITY
        if not found:
            yield from self._needed(facts, open_keys, seen)

    def _needed(self, facts: _Facts, open_keys: Sequence[str], seen: Seen) -> Iterator[str]:
        """What may be left open by itself, but not together: rules want some of it."""
        compiled = self.machine.compiled
        unset = {
            compiled.clauses.literals[key][place]: key
            for key in open_keys
            if (place := compiled.domains[key].unset) is not None
        }
        if self.machine.solve([*facts.literals, *unset], seen) is not True:
            core = self.machine.core([*facts.literals, *unset]) or ()
            yield from (unset[literal] for literal in core if literal in unset)

    def _messages(self, facts: _Facts) -> Iterator[Message]:
        for rule, condition in self._rules:
            said = [action for action in rule.actions if isinstance(action, Tell | Stop)]
            if said and condition(facts.known) == TRUE:
                for action in said:
                    yield Message(rule.id, action.level if isinstance(action, Tell) else None, action.text)


def last_choices(choices: Iterable[Choice]) -> list[Choice]:
    """One for each characteristic, in the order in which they were made last."""
    found: dict[str, Choice] = {}
    for choice in choices:
        found.pop(choice.characteristic, None)
        found[choice.characteristic] = choice
    return list(found.values())


def _owners(keys: Iterable[str]) -> set[str]:
    return {key.removesuffix(QUANTITY) for key in keys}


def _text_of(outcome: Outcome) -> str | None:
    if isinstance(outcome, Words) and outcome.undefined is NEVER and len(outcome.texts) == 1 and not outcome.others:
        (found,) = outcome.texts
        return found if isinstance(found, str) else None
    return None
