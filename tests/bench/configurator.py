"""`python -m tests.bench configurator`: what choices cost on generated models, in milliseconds of CPU.

Sessions choose in random order a random value of those offered until everything is fixed; after each choice all values
of all characteristics are decided anew. Now and then a value that is not offered is asked about. Targets: with 150
characteristics and 6,000 rows p50 below 2 and p99 below 15, explanations p99 below 5, with three repairs below 15; with
270 and 226,000 rows p50 below 10 and p99 below 300, compiled in 15 s, 400 MB; 2,500 yes-or-no features p99 below 400. A
ping beside 100 sessions in the solver's thread: p99 below 50.
"""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from random import Random
from statistics import quantiles
from time import perf_counter, process_time

from modules.configurator.engine.compiling import compile_content
from modules.configurator.engine.explain import conflict, corrections
from modules.configurator.engine.machine import Machine
from modules.configurator.engine.solver import SolverThread
from modules.configurator.model.contents import Content
from tests.bench.configurator_models import features, tabled
from tests.bench.processes import peak_mb

SEED = 7
ASKED_ABOUT = 0.05


@dataclass
class Times:
    """Milliseconds of CPU of each step and each explanation, without repairs and with them."""

    steps: list[float] = field(default_factory=list)
    explanations: list[float] = field(default_factory=list)
    repaired: list[float] = field(default_factory=list)
    preparation_s: float = 0.0
    memory_mb: float = 0.0


def bench() -> dict[str, float]:
    """The figures by name; prints a line for each model. Each model has a process of its own, for its memory's sake."""
    small = _apart(partial(tabled, 150, 6_000, 20, SEED), 100)
    large = _apart(partial(tabled, 270, 226_000, 324, SEED), 3)
    many = _apart(partial(features, 2_500, SEED), 10, 40)
    ping = asyncio.run(ping_p99_ms(tabled(150, 6_000, 20, SEED)))
    for name, times in (("150", small), ("270", large), ("features", many)):
        _print(name, times)
    print(f"configurator ping beside 100 sessions: p99 {ping:.1f} ms")
    figures = {
        "valid_150_p50_ms": _percentile(small.steps, 50),
        "valid_150_p99_ms": _percentile(small.steps, 99),
        "explain_p99_ms": _percentile(small.explanations, 99),
        "explain_repairs_p99_ms": _percentile(small.repaired, 99),
        "valid_270_p50_ms": _percentile(large.steps, 50),
        "valid_270_p99_ms": _percentile(large.steps, 99),
        "compile_270_s": large.preparation_s,
        "memory_270_mb": large.memory_mb,
        "features_2500_p99_ms": _percentile(many.steps, 99),
        "ping_p99_ms": ping,
    }
    return {name: round(figure, 3) for name, figure in figures.items()}


def _percentile(times: list[float], percent: int) -> float:
    return quantiles(times, n=100)[percent - 1]


def _print(name: str, times: Times) -> None:
    p50, p99 = _percentile(times.steps, 50), _percentile(times.steps, 99)
    print(
        f"configurator {name}: {len(times.steps)} steps, p50 {p50:.2f} ms, p99 {p99:.2f} ms; "
        f"{len(times.explanations)} explanations; prepared in {times.preparation_s:.2f} s, {times.memory_mb:.0f} MB"
    )


def _apart(make: Callable[[], Content], sessions: int, most: int = 10_000) -> Times:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(measure, make, sessions, most).result()


def measure(make: Callable[[], Content], sessions: int, most: int) -> Times:
    """Plays so many sessions of at most so many choices on a model; the memory is the peak of the whole process."""
    content, times = make(), Times()
    begin = process_time()
    machine = Machine(compile_content(content))
    machine.new_seen()
    times.preparation_s = process_time() - begin
    machine.rule_core([])  # the second solver is made at the first explanation
    random = Random(SEED)
    for _ in range(sessions):
        play(machine, random, times, most)
    times.memory_mb = peak_mb()
    return times


def play(machine: Machine, random: Random, times: Times, most: int) -> None:
    """One session, until nothing is left to choose."""
    seen, given = machine.new_seen(), list[int]()
    answer = machine.ask(given, seen)
    keys = list(machine.compiled.domains)
    random.shuffle(keys)
    for key in keys:
        literals = machine.compiled.clauses.literals[key]
        assert answer is not None
        valid = [literal for literal in literals if machine.has(answer.valid, literal)]
        refused = [literal for literal in literals if literal not in valid]
        if refused and given and random.random() < ASKED_ABOUT:
            _explain(machine, given, random.choice(refused), times)
        if len(valid) > 1 and len(given) < most:
            given.append(random.choice(valid))
            begin = process_time()
            answer = machine.ask(given, seen)
            times.steps.append(1000 * (process_time() - begin))


def _explain(machine: Machine, given: list[int], wanted: int, times: Times) -> None:
    groups = [(literal,) for literal in given]
    begin = process_time()
    found = conflict(machine, groups, [wanted])
    told = process_time()
    corrections(machine, groups, [wanted], machine.new_seen())
    assert found is not None
    times.explanations.append(1000 * (told - begin))
    times.repaired.append(1000 * (process_time() - begin))


async def ping_p99_ms(content: Content) -> float:
    """How late the event loop is while 100 sessions are played in the solver's thread."""
    thread, times = SolverThread(), Times()
    machine = await asyncio.wrap_future(thread.submit(_prepared, content))
    work = [asyncio.wrap_future(thread.submit(play, machine, Random(seed), times, 10)) for seed in range(100)]
    done, late = asyncio.gather(*work), list[float]()
    while not done.done():
        begin = perf_counter()
        await asyncio.sleep(0.005)
        late.append(1000 * (perf_counter() - begin) - 5)
    await done
    thread.close()
    return _percentile(late, 99)


def _prepared(content: Content) -> Machine:
    return Machine(compile_content(content))
