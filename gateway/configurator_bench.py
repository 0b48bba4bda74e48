"""What choices on one model cost, in milliseconds of CPU: random sessions, the same for the same seed, kept for replay.

A session choices in random order a random value of those offered, until everything is settled; after each choice all
values of all characteristics are decided anew. Now and then a value that is not offered is asked about.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import quantiles
from time import process_time
from typing import Any, Final

from modules.configurator.engine.choosing import choose
from modules.configurator.engine.compiling import compile_content
from modules.configurator.engine.language import Scope
from modules.configurator.engine.machine import Machine
from modules.configurator.engine.refusing import explain, literals_of
from modules.configurator.engine.steps import Cache, Steps
from modules.configurator.formats.codec import dump, load
from modules.configurator.formats.expressions import parser
from modules.configurator.model.characteristics import QuantityUse
from modules.configurator.model.contents import Content
from modules.configurator.model.errors import ConfiguratorRefusal, LockedByPackage, NotPossible
from modules.configurator.model.sessions import Choice
from modules.configurator.model.steps import Step

ASKED_ABOUT: Final = 0.05
"""How often a value that is not offered is asked about."""


@dataclass(frozen=True, slots=True)
class Move:
    """One choice of a session, and whether it was asked about in vain."""

    choice: Choice
    refused: bool = False


@dataclass(slots=True)
class Times:
    """Milliseconds of CPU: of each choice with all valid values, of each explanation without and with repairs."""

    choices: list[float] = field(default_factory=list)
    explanations: list[float] = field(default_factory=list)
    repaired: list[float] = field(default_factory=list)
    compile_s: float = 0.0

    def figures(self) -> dict[str, float]:
        """Medians and 99th percentiles by name; those of nothing are left out."""
        found = {"compile_s": round(self.compile_s, 3), "choices": len(self.choices)}
        found["explanations"] = len(self.explanations)
        named = {"valid": self.choices, "explain": self.explanations, "explain_repairs": self.repaired}
        for name, times in named.items():
            if len(times) > 1:
                cuts = quantiles(times, n=100, method="inclusive")
                found |= {f"{name}_p50_ms": round(cuts[49], 3), f"{name}_p99_ms": round(cuts[98], 3)}
        return found


Session = list[Move]


def play(content: Content, sessions: int, seed: int) -> tuple[Times, list[Session]]:
    """Random sessions on a model; what each of them did is answered too."""
    with _Bench(content) as bench:
        random = Random(seed)
        return bench.times, [bench.play(random) for _ in range(sessions)]


def replay(content: Content, sessions: Sequence[Session]) -> Times:
    """Sessions as they were played before; what the model does not take any more is left out."""
    with _Bench(content) as bench:
        for session in sessions:
            bench.replay(session)
        return bench.times


class _Bench:
    def __init__(self, content: Content) -> None:
        self.times = Times()
        begin = process_time()
        self._machine = Machine(compile_content(content))
        self._steps = Steps(self._machine)
        self._steps.new_cache()
        self.times.compile_s = process_time() - begin
        self._machine.rule_core([])  # the second solver is made at the first explanation

    def __enter__(self) -> _Bench:
        return self

    def __exit__(self, *_: object) -> None:
        self._machine.close()

    def play(self, random: Random) -> Session:
        """One session until nothing is left to choose."""
        cache, moves = self._steps.new_cache(), Session()
        step = self._steps.evaluate((), cache)
        keys = list(step.offers)
        random.shuffle(keys)
        for key in keys:
            refused = self._refused(key, step)
            if refused and step.choices and random.random() < ASKED_ABOUT:
                moves.append(Move(Choice(key, random.choice(refused), self._quantity(key)), refused=True))
                self._ask_about(step, moves[-1].choice, cache)
            offered = list(self._offered(key, step))
            if len(offered) > 1 and key not in step.locked:
                wish = Choice(key, random.choice(offered), self._quantity(key))
                step, taken = self._choose(step, wish, cache)
                moves += [Move(wish)] if taken else []
        return moves

    def replay(self, session: Session) -> None:
        """One session again."""
        cache = self._steps.new_cache()
        step = self._steps.evaluate((), cache)
        for move in session:
            if move.refused:
                self._ask_about(step, move.choice, cache)
            else:
                step, _ = self._choose(step, move.choice, cache)

    def _choose(self, step: Step, wish: Choice, cache: Cache) -> tuple[Step, bool]:
        begin = process_time()
        try:
            found = choose(self._steps, step.choices, wish, cache).step
        except ConfiguratorRefusal:  # an approximate range promised too much
            return step, False
        self.times.choices.append(1000 * (process_time() - begin))
        return found, True

    def _ask_about(self, step: Step, wish: Choice, cache: Cache) -> None:
        begin = process_time()
        explain(self._machine, step.choices, literals_of(self._machine, wish))
        told = process_time()
        try:
            choose(self._steps, step.choices, wish, cache)
        except NotPossible:
            self.times.explanations.append(1000 * (told - begin))
            self.times.repaired.append(1000 * (process_time() - told))
        except LockedByPackage:
            return

    def _refused(self, key: str, step: Step) -> list[str]:
        member = next(one for one in self._steps.content.members if one.characteristic == key)
        offered = {*step.offers[key].options, *step.offers[key].unknown}
        return [option.id for option in self._steps.content.options(member) if option.id not in offered]

    def _offered(self, key: str, step: Step) -> Iterator[Any]:
        yield from step.offers[key].options
        for one in step.offers[key].ranges:
            yield from dict.fromkeys(end for end in (one.low, one.high) if end is not None)

    def _quantity(self, key: str) -> Any:
        characteristic = self._steps.content.characteristics[key]
        required = characteristic.quantity_use is QuantityUse.REQUIRED
        return (characteristic.quantity_bounds.low or 0) if required else None


def write_sessions(path: Path, sessions: Sequence[Session]) -> None:
    """One session a line, in JSON."""
    lines = (json.dumps([dump(move) for move in session], ensure_ascii=False) for session in sessions)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def read_sessions(path: Path) -> list[Session]:
    """What `write_sessions` wrote; raises BadDocument or ValueError for what is none."""
    lines = path.read_text(encoding="utf-8").splitlines()
    parse = parser(Scope())
    return [[load(Move, move, parse) for move in json.loads(line)] for line in lines]
