"""The solver: Glucose 4 through python-sat, with limits, and away from the event loop.

Where the package has no build for a platform the rest of Cogwerk runs on, and this module answers Unavailable.
An ordinary call of the solver holds the interpreter; so calls get a small limit of conflicts, and the rare one that
exceeds it is repeated in a way that lets other threads run and that a timer interrupts (section 11).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain
from math import inf
from threading import Timer
from time import monotonic
from typing import Any, Final, ParamSpec, TypeVar

from modules.kernel.errors import Unavailable

try:
    from pysat.solvers import Glucose4
except ImportError:
    Glucose4 = None

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
SMALL: Final = 500
"""Conflicts of a call that holds the interpreter: some milliseconds on hard models."""
LARGE: Final = 20_000
"""Conflicts of the call that is repeated."""
SECONDS: Final = 0.25
"""After which the repeated call is interrupted."""
ALLOWANCE: Final = 1.0
"""Seconds that all repeated calls of one step may take together."""


class Solver:
    """A set of clauses to ask about. Belongs to one thread at a time."""

    def __init__(self, clauses: Iterable[Sequence[int]], patience: int = LARGE) -> None:
        """Raises Unavailable where there is no solver. `patience` is how many conflicts a question may cost."""
        if Glucose4 is None:
            raise Unavailable("The configurator's solver")
        self._glucose: Any = Glucose4()
        for clause in clauses:
            for one in (clause,) if clause else ((1,), (-1,)):
                self._glucose.add_clause(one)
        self.patience = patience
        self._left = inf

    def allow(self, seconds: float = ALLOWANCE) -> None:
        """Begins a piece of work: so long may all its calls that exceed the small limit take together. What would take
        more is not decided, so that whoever waits behind it is not kept for long."""
        self._left = seconds

    def solve(self, assumptions: Sequence[int]) -> bool | None:
        """Whether something fulfils all clauses and these literals; None: not decided within the limit."""
        self._glucose.conf_budget(min(SMALL, self.patience))
        found: bool | None = self._glucose.solve_limited(assumptions)
        more = found is None and self.patience > SMALL and self._left > 0
        return self._solve_long(assumptions) if more else found

    def _solve_long(self, assumptions: Sequence[int]) -> bool | None:
        self._glucose.conf_budget(self.patience)
        timer, began = Timer(min(SECONDS, self._left), self._glucose.interrupt), monotonic()
        timer.start()
        try:
            found: bool | None = self._glucose.solve_limited(assumptions, expect_interrupt=True)
        finally:
            timer.cancel()
            timer.join()
            self._glucose.clear_interrupt()
            self._left -= monotonic() - began
        return found

    def propagate(self, assumptions: Sequence[int]) -> list[int] | None:
        """The literals that follow without search, the assumptions among them; None when they contradict each other."""
        consistent, literals = self._glucose.propagate(assumptions)
        return list(literals) if consistent else None

    def model(self) -> list[int]:
        """What fulfilled the last question: a literal for each variable, in their order."""
        found: list[int] = self._glucose.get_model()
        return found

    def core(self) -> list[int]:
        """Of the assumptions of the last question, which was answered no, some that contradict the clauses."""
        found: list[int] | None = self._glucose.get_core()
        return found or []

    def prefer(self, wanted: Sequence[Sequence[int]], others: Sequence[int] = ()) -> None:
        """Makes the solver decide the wanted literals first, those of large groups before those of small ones, and like
        the others to their side.

        Each configuration that it finds then shows as many of the wanted values as fit together: on models of 150
        characteristics less than half as many are needed, and the slowest steps take a quarter of the time.
        """
        self._glucose.set_phases([*chain.from_iterable(wanted), *others])
        self._glucose.set_activities({abs(literal): float(len(group)) for group in wanted for literal in group})

    def close(self) -> None:
        """Frees its memory."""
        self._glucose.delete()


def is_there() -> bool:
    """Whether there is a solver for this platform."""
    return Glucose4 is not None


class SolverThread:
    """The one thread of a process in which models are compiled and asked."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="configurator")

    def submit(
        self, work: Callable[Parameters, Result], *args: Parameters.args, **kwargs: Parameters.kwargs
    ) -> Future[Result]:
        """Has it done after what was submitted before."""
        return self._pool.submit(work, *args, **kwargs)

    def close(self) -> None:
        """Waits for what is being done, and drops what is not begun."""
        self._pool.shutdown(cancel_futures=True)
