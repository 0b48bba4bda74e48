"""The engine against counting: what it offers leads to a configuration, what it refuses does not, and it says why."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from modules.configurator.engine.compiling import Compiled, compile_content
from modules.configurator.engine.domains import Domain, Unset
from modules.configurator.engine.explain import conflict, corrections
from modules.configurator.engine.grid import Interval
from modules.configurator.engine.machine import Machine
from modules.configurator.model.characteristics import Value
from modules.configurator.model.contents import Content
from modules.configurator.model.sessions import Choice
from tests.configurator.brute import Brute, Configuration, agrees
from tests.configurator.random_contents import contents

FEW = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
MANY = settings(FEW, max_examples=300)
A_FEW_LARGE = settings(FEW, max_examples=20)


class Case:
    """A content compiled, and all its configurations."""

    def __init__(self, content: Content) -> None:
        self.brute = Brute(content)
        self.every = self.brute.every()
        self.compiled: Compiled = compile_content(content)
        self.machine = Machine(self.compiled)
        self.seen = self.machine.new_seen()

    def group(self, choice: Choice) -> tuple[int, ...]:
        literal = self.compiled.literal(choice.characteristic, choice.value)
        assert literal is not None
        return (literal,)

    def possible(self, choices: list[Choice]) -> dict[str, set[int]]:
        """By key the places that counting finds, of whole configurations with these choices."""
        matching = [one for one in self.every if agrees(one, choices)]
        return {
            key: {place for one in matching for place in [_place(domain, one[key])]}
            for key, domain in self.compiled.domains.items()
        }

    def offered(self, choices: list[Choice]) -> dict[str, set[int]]:
        """By key the places that the engine offers."""
        answer = self.machine.ask([literal for choice in choices for literal in self.group(choice)], self.seen)
        found: dict[str, set[int]] = {key: set() for key in self.compiled.domains}
        if answer is not None:
            assert answer.unknown == 0
            for literal in self.machine.literals(answer.valid):
                key, place = self.compiled.values[literal]
                found[key].add(place)
        return found


def _place(domain: Domain, value: Value | None) -> int:
    place = domain.unset if value is None else domain.place(value)
    assert place is not None
    return place


def some_value(domain: Domain, place: int) -> Value | None:
    region = domain.regions[place]
    if isinstance(region, Interval):
        return region.low
    return None if isinstance(region, Unset) else getattr(region, "option", None)


def walk(case: Case, data: st.DataObject) -> list[Choice]:
    """A few choices, each of them offered at its time."""
    choices: list[Choice] = []
    for _ in range(data.draw(st.integers(0, 3))):
        offered = case.offered(choices)
        names = [one.characteristic for one in choices]
        values = [
            Choice(key, value)
            for key, places in offered.items()
            for place in sorted(places)
            if "." not in key and key not in names
            if (value := some_value(case.compiled.domains[key], place)) is not None
        ]
        if values:
            choices.append(data.draw(st.sampled_from(values)))
    return choices


def offers_what_counting_finds(content: Content, data: st.DataObject) -> None:
    case = Case(content)
    choices: list[Choice] = []
    for choice in [None, *walk(case, data)]:
        choices += [choice] if choice else []
        offered, possible = case.offered(choices), case.possible(choices)
        for key in case.compiled.domains:
            assert possible[key] <= offered[key]
            unsure = case.compiled.unsure.get(key, 0)
            assert all(unsure >> place & 1 for place in offered[key] - possible[key])
    if not case.compiled.unsure:
        assert case.offered(choices) == case.possible(choices)


def refusals_are_explained(content: Content, data: st.DataObject) -> None:
    case = Case(content)
    choices = walk(case, data)
    offered = case.offered(choices)
    groups = [case.group(choice) for choice in choices]
    for key, domain in case.compiled.domains.items():
        for place in range(len(domain.regions)):
            wanted = case.compiled.clauses.literals[key][place]
            found = conflict(case.machine, groups, [wanted])
            assert (found is None) == (place in offered[key])
            if found is not None and not case.compiled.unsure:
                blamed = [choices[one] for one in found.groups]
                is_minimal(case, blamed, found.rules, key, place)
                repairs_are_maximal(case, choices, wanted, (key, place))


def has(one: Configuration, case: Case, key: str, place: int) -> bool:
    return _place(case.compiled.domains[key], one[key]) == place


def is_minimal(case: Case, blamed: list[Choice], rules: tuple[str, ...], key: str, place: int) -> None:
    assert not any(agrees(one, blamed) and has(one, case, key, place) for one in case.every)
    for one in blamed:
        rest = [choice for choice in blamed if choice is not one]
        assert any(agrees(found, rest) and has(found, case, key, place) for found in case.every)
    wanted = [one for one in case.brute.candidates() if agrees(one, blamed) and has(one, case, key, place)]
    assert not any(only(case, set(rules)).permits(one) for one in wanted)
    for rule in rules:
        fewer = only(case, set(rules) - {rule})
        assert any(fewer.permits(one) for one in wanted)


def only(case: Case, rules: set[str]) -> Brute:
    content = case.brute.content
    kept = tuple(rule for rule in content.rules if rule.id in rules)
    components = tuple(one for one in content.components if f"package:{one.package}.{one.option}" in rules)
    return Brute(replace(content, rules=kept, components=components))


def repairs_are_maximal(case: Case, choices: list[Choice], wanted: int, target: tuple[str, int]) -> None:
    groups = [case.group(choice) for choice in choices]
    found = corrections(case.machine, groups, [wanted], case.seen)
    matching = [one for one in case.every if has(one, case, *target)]
    assert bool(found) == bool(matching)
    assert len({one.dropped for one in found}) == len(found) <= 3
    for one in found:
        kept = [choice for place, choice in enumerate(choices) if place not in one.dropped]
        assert any(agrees(configuration, kept) for configuration in matching)
        for place in one.dropped:
            assert not any(agrees(configuration, [*kept, choices[place]]) for configuration in matching)


@FEW
@given(contents(most=400), st.data())
def test_each_offered_value_completes_and_each_refused_one_does_not(content: Content, data: st.DataObject) -> None:
    offers_what_counting_finds(content, data)


@FEW
@given(contents(most=200), st.data())
def test_each_refusal_has_a_minimal_explanation_and_maximal_repairs(content: Content, data: st.DataObject) -> None:
    refusals_are_explained(content, data)


@pytest.mark.slow
@A_FEW_LARGE
@given(contents(most=100_000), st.data())
def test_offers_are_exact_on_models_of_a_hundred_thousand_combinations(content: Content, data: st.DataObject) -> None:
    offers_what_counting_finds(content, data)


@pytest.mark.slow
@MANY
@given(contents(), st.data())
def test_explanations_are_minimal_on_many_models(content: Content, data: st.DataObject) -> None:
    refusals_are_explained(content, data)
