"""What is told possible around a configuration is possible, as counting finds it."""

from __future__ import annotations

from hypothesis import given, settings, strategies as st

from modules.configurator.engine.boxes import Boxes
from modules.configurator.engine.compiling import Compiled, compile_content
from modules.configurator.engine.machine import Machine, Seen
from modules.configurator.model.contents import Content
from modules.configurator.model.rules import HoldTo
from tests.configurator.builders import a_content, a_rule, a_table, discrete, equal, excludes
from tests.configurator.random_contents import contents


def around(compiled: Compiled, model: dict[str, int], given_: list[str]) -> dict[str, int]:
    wanted = {key: domain.whole for key, domain in compiled.domains.items()}
    return dict(Boxes(compiled.domains, compiled.clauses.held).around(model, given_, wanted))


def points(machine: Machine) -> list[dict[str, int]]:
    """Configurations that the solver finds."""
    seen = Seen()
    machine.ask((), seen)
    values = machine.compiled.values
    return [dict(values[one] for one in machine.literals(model & machine.every)) for model in seen.models]


@settings(max_examples=100, deadline=None)
@given(contents(most=300), st.data())
def test_each_value_told_has_a_configuration_with_what_is_given(content: Content, data: st.DataObject) -> None:
    machine = Machine(compile_content(content))
    for model in points(machine)[:3]:
        fixed = data.draw(st.lists(st.sampled_from(list(model)), unique=True))
        literals = machine.compiled.clauses.literals
        held = [literals[key][model[key]] for key in fixed]
        for key, places in around(machine.compiled, model, fixed).items():
            assert places >> model[key] & 1
            for place, literal in enumerate(literals[key]):
                if places >> place & 1:
                    assert machine.decide([*held, literal])
    machine.close()


def _tables() -> Content:
    """A detail of each table; the second table reads the first one's."""
    first = a_table("FIRST", "M N D", [("a", "x", "1"), ("a", "y", "2"), ("b", "x", "2"), ("b", "y", "3")])
    second = a_table("SECOND", "D N E", [(d, n, f"{d}{n}") for d in "123" for n in "xy"])
    every = [discrete("M", "a b"), discrete("N", "x y"), discrete("D", "1 2 3")]
    every.append(discrete("E", "1x 1y 2x 2y 3x 3y"))
    return a_content(*every, tables=[first, second], rules=[a_rule(t.id, HoldTo(t.id)) for t in (first, second)])


def test_keys_that_can_be_chosen_last_do_not_narrow_what_is_possible() -> None:
    compiled = compile_content(_tables())
    point = {"M": 0, "N": 0, "D": 0, "E": 0}
    assert around(compiled, point, []) == {"M": 0b11, "N": 0b11, "D": 0b111, "E": 0b101101}
    assert around(compiled, point, ["D"]) == {"M": 0b01, "N": 0b01, "D": 0b001, "E": 0b000001}
    assert around(compiled, point, ["M"]) == {"M": 0b01, "N": 0b11, "D": 0b011, "E": 0b001001}


def test_a_key_that_a_rule_speaks_of_too_narrows_it() -> None:
    content = a_content(discrete("A"), discrete("B"), rules=[excludes("no", equal("A", "YES"), equal("B", "YES"))])
    found = around(compile_content(content), {"A": 0, "B": 1}, [])
    assert found == {"A": 0b11, "B": 0b10} or found == {"A": 0b01, "B": 0b10}
