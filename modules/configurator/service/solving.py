"""Solving: the process's one solver thread, and the models compiled in it (sections 11 and 12)."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from modules.configurator.engine.compiling import Compiled, compile_content
from modules.configurator.engine.machine import Machine
from modules.configurator.engine.solver import ALLOWANCE, LARGE, SolverThread, is_there
from modules.configurator.engine.steps import Cache, Steps
from modules.configurator.model.contents import Content
from modules.kernel.errors import Unavailable

T = TypeVar("T")
SOLVER: Final = "The configurator's solver"
MOST_MODELS: Final = 32
MOST_BYTES: Final = 400_000_000
"""Of compiled models together, as estimated."""
MOST_CACHES: Final = 200
"""Sessions whose engine caches are kept."""
MOST_WAITING: Final = 2_000
"""Pieces of work that may wait; who comes behind them is told that this is unavailable at the moment."""
_PER_CLAUSE, _PER_LITERAL, _PER_ROW, _PER_VALUE = 250, 16, 300, 2_000


@dataclass(frozen=True, slots=True)
class Model:
    """A content with the hash it is known by: equal hashes, equal contents."""

    content: Content
    hash: str


@dataclass(slots=True)
class _Ready:
    steps: Steps
    size: int


class Solving:
    """One per process. Whatever is done with a compiled model is done here, in its one thread and in order; nothing of
    it on the event loop. Every caller gets its answer, or Unavailable where there is no solver.

    Models and caches may be lost at any time and are made anew when they are needed: they change no answer.
    """

    def __init__(
        self,
        most_models: int = MOST_MODELS,
        most_bytes: int = MOST_BYTES,
        most_caches: int = MOST_CACHES,
        patience: int = LARGE,
        allowance: float = ALLOWANCE,
    ) -> None:
        """`patience` is how many conflicts one question may cost, `allowance` how many seconds the hard questions of
        one step may take together; beyond that a step is `partial`."""
        self._thread = SolverThread()
        self._most_models, self._most_bytes, self._most_caches = most_models, most_bytes, most_caches
        self._patience, self._allowance = patience, allowance
        self._waiting = 0
        self._closed = False
        # These are read and written by the solver's thread alone.
        self._models: OrderedDict[str, _Ready] = OrderedDict()
        self._caches: OrderedDict[tuple[str, str], Cache] = OrderedDict()

    def require(self) -> None:
        """Raises Unavailable where there is no solver."""
        if self._closed or not is_there():
            raise Unavailable(SOLVER)

    async def on(self, model: Model, work: Callable[[Steps], T]) -> T:
        """What the work makes of a model, which is compiled before if it must be."""
        return await self._run(lambda: work(self._steps(model)))

    async def on_session(self, model: Model, session: str, work: Callable[[Steps, Cache], T]) -> T:
        """The same with what the engine remembers of a session."""
        return await self._run(lambda: work(self._steps(model), self._cache(model, session)))

    async def on_many(self, work: Callable[[Callable[[Model], Steps]], T]) -> T:
        """What the work makes of several models, which it asks for one by one as it needs them."""
        return await self._run(lambda: work(self._steps))

    async def run(self, work: Callable[[], T]) -> T:
        """Any other long work of the configurator, in its turn."""
        return await self._run(work)

    async def close(self) -> None:
        """Waits for what is being done, drops what is not begun, and frees the models."""
        if not self._closed:
            self._closed = True
            await asyncio.to_thread(self._thread.close)
            while self._models:
                self._drop()

    async def _run(self, work: Callable[[], T]) -> T:
        self.require()
        if self._waiting >= MOST_WAITING:
            raise Unavailable(SOLVER)
        self._waiting += 1
        try:
            # A cancelled caller's work is not begun any more.
            return await asyncio.wrap_future(self._thread.submit(work))
        finally:
            self._waiting -= 1

    def _steps(self, model: Model) -> Steps:
        ready = self._models.get(model.hash)
        if ready is None:
            compiled = compile_content(model.content)
            ready = _Ready(Steps(Machine(compiled, self._patience)), estimate(compiled))
            self._models[model.hash] = ready
            self._make_room()
        self._models.move_to_end(model.hash)
        ready.steps.machine.allow(self._allowance)
        return ready.steps

    def _make_room(self) -> None:
        """The newest model stays, however large it is."""
        while len(self._models) > 1 and (
            len(self._models) > self._most_models
            or sum(ready.size for ready in self._models.values()) > self._most_bytes
        ):
            self._drop()

    def _drop(self) -> None:
        hash, ready = self._models.popitem(last=False)
        for key in [key for key in self._caches if key[0] == hash]:
            del self._caches[key]
        ready.steps.machine.close()

    def _cache(self, model: Model, session: str) -> Cache:
        key = (model.hash, session)
        if key not in self._caches:
            self._caches[key] = self._steps(model).new_cache()
            if len(self._caches) > self._most_caches:
                self._caches.popitem(last=False)
        self._caches.move_to_end(key)
        return self._caches[key]


def estimate(compiled: Compiled) -> int:
    """Bytes that a compiled model takes with its solver and its content: within a third of what was measured of models
    with 150 and 270 characteristics and 3,000 to 100,000 rows, and with 2,500 features."""
    clauses = [*compiled.clauses.hard, *(one for those in compiled.clauses.by_rule.values() for one in those)]
    literals = sum(map(len, clauses))
    rows = sum(len(table.rows) for table in compiled.content.tables.values())
    return len(clauses) * _PER_CLAUSE + literals * _PER_LITERAL + rows * _PER_ROW + len(compiled.values) * _PER_VALUE
