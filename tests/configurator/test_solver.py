"""The solver has limits, one thread, and may be missing."""

from __future__ import annotations

from itertools import combinations
from threading import get_ident

import pytest

from modules.configurator.engine import solver
from modules.configurator.engine.compiling import compile_content
from modules.configurator.engine.machine import Machine, Seen
from modules.configurator.engine.solver import Solver, SolverThread
from modules.configurator.engine.steps import Steps
from modules.configurator.model.contents import Content
from modules.configurator.model.rules import Require
from modules.configurator.model.sessions import SessionState
from modules.kernel.errors import Unavailable
from tests.configurator.builders import a_content, a_rule, an_expression, compare, discrete, value


def all_different(characteristics: int, options: int) -> Content:
    """Impossible with fewer options than characteristics, and hard to prove so."""
    names = [f"C{number}" for number in range(characteristics)]
    ids = " ".join(f"V{number}" for number in range(options))
    rules = [
        a_rule(f"{one}{other}", Require(an_expression(compare(one, "<>", value(other)))))
        for one, other in combinations(names, 2)
    ]
    return a_content(*(discrete(name, ids) for name in names), rules=rules)


def test_without_the_solvers_package_the_configurator_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solver, "Glucose4", None)
    with pytest.raises(Unavailable):
        Machine(compile_content(a_content(discrete("A"))))


def test_what_exceeds_the_limit_is_told_as_unknown_and_never_as_possible() -> None:
    machine = Machine(compile_content(all_different(9, 8)), patience=5)
    answer = machine.ask((), Seen())
    assert answer is not None
    assert (answer.valid, answer.unknown) == (0, machine.every)
    step = Steps(machine).evaluate([])
    assert (step.partial, step.state) == (True, SessionState.INCOMPLETE)
    assert step.offers["C0"].options == ()
    assert len(step.offers["C0"].unknown) == 8


def test_a_question_that_takes_longer_is_asked_again_with_more_patience() -> None:
    compiled = compile_content(all_different(7, 6))
    assert Machine(compiled, patience=50).ask((), Seen()) is not None
    assert Machine(compiled).ask((), Seen()) is None


def test_clauses_that_contradict_themselves_are_impossible() -> None:
    assert Solver([[]]).solve(()) is False
    assert Solver([[1], [-1]]).solve(()) is False


def test_all_work_is_done_in_one_thread_in_its_order() -> None:
    thread, done = SolverThread(), list[int]()
    numbers = [thread.submit(done.append, number) for number in range(20)]
    threads = {thread.submit(get_ident).result() for _ in range(3)}
    for future in numbers:
        future.result()
    thread.close()
    assert done == list(range(20))
    assert len(threads) == 1
    assert get_ident() not in threads
