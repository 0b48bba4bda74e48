"""The unit ledger: what each unit still costs and who used it, run-length coded (O-5).

Lines stand in the order of rule O-5a. A line's amount is exact at any time; its units are told apart only when somebody
asks for them: until then a discount on the whole line is one subtraction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from modules.kernel.names import PromotionId, Sku


class Run(NamedTuple):
    """So many equal units that stand together."""

    number: int
    unit: int
    """What one of them costs now, in the case's amounts."""
    user: PromotionId | None = None
    """The promotion that consumed them; None: free."""
    groups: tuple[tuple[str, PromotionId], ...] = ()
    """Exclusion groups that took part, and by which promotion."""


class Pick(NamedTuple):
    """So many units of one run."""

    line: int
    run: int
    number: int
    unit: int
    is_cut: bool = True
    """Whether a discount falls on them, or they are only consumed."""

    def of(self, number: int) -> Pick:
        """So many of them."""
        return self if number == self.number else Pick(self.line, self.run, number, self.unit, self.is_cut)


@dataclass(slots=True)
class Ledger:
    """The state of an evaluation, line by line. `copy` gives an independent one at little cost."""

    minor: list[int]
    runs: list[tuple[Run, ...] | None]
    """None: nobody asked yet, all units are free."""
    units: Sequence[int]
    is_reduced: list[bool]
    freight: int = 0
    freight_groups: tuple[tuple[str, PromotionId], ...] = ()
    stock: dict[Sku, int] = field(default_factory=dict)
    """Millionths of gifts that are left."""

    def copy(self) -> Ledger:
        """The same state, to go on from independently."""
        return Ledger(
            self.minor.copy(),
            self.runs.copy(),
            self.units,
            self.is_reduced.copy(),
            self.freight,
            self.freight_groups,
            self.stock.copy(),
        )

    def of(self, line: int) -> tuple[Run, ...]:
        """The line's units now; their amounts sum to the line's amount exactly (O-11)."""
        runs = self.runs[line]
        if runs is None:
            runs = _spread(self.units[line], self.minor[line])
        elif sum([run.number * run.unit for run in runs]) != self.minor[line]:
            runs = tuple(respread(runs, self.minor[line]))
        self.runs[line] = runs
        return runs

    def reduce(self, line: int, minor: int) -> None:
        """Takes an amount off the whole line."""
        self.minor[line] -= minor

    def settle(self, picks: Sequence[Pick], minor: int, promotion: PromotionId, group: str, is_consumed: bool) -> None:
        """Takes an amount off the picked units of one line that are cut, and notes who used all of the picked ones.

        The amount is spread over the cut units by what they cost (G-7) and is at most that.
        """
        line = picks[0].line
        out: list[Run] = []
        cut: list[int] = []
        mark = (group, promotion)
        for index, run in enumerate(self.of(line)):
            rest = run.number
            user = promotion if is_consumed else run.user
            groups = (*run.groups, mark) if group and mark not in run.groups else run.groups
            for pick in picks:
                if pick.run == index:
                    rest -= pick.number
                    cut += [len(out)] if pick.is_cut else []
                    out.append(Run(pick.number, run.unit, user, groups))
            if rest:
                out.append(Run(rest, run.unit, run.user, run.groups))
        self.runs[line] = tuple(_merged(_with_cut(out, cut, minor)))
        self.minor[line] -= minor


def _spread(units: int, total: int) -> tuple[Run, ...]:
    """Units that nobody asked for yet at what they cost together: as even as can be, the dearer ones first."""
    unit, more = divmod(total, units) if units else (0, 0)
    if not more:
        return (Run(units, unit),)
    return Run(more, unit + 1), Run(units - more, unit)


def respread(runs: Sequence[Run], total: int) -> list[Run]:
    """The same units at another total, by largest remainder over what they cost before (G-7); runs may split."""
    whole = sum(run.number * run.unit for run in runs)
    if not whole:
        return [run._replace(unit=0) for run in runs]
    pairs = [divmod(total * run.unit, whole) for run in runs]
    missing = total - sum(run.number * pair[0] for run, pair in zip(runs, pairs, strict=True))
    extra = [0] * len(runs)
    for index in sorted(range(len(runs)), key=lambda i: (-pairs[i][1], i)):
        extra[index] = min(missing, runs[index].number)
        missing -= extra[index]
    return [
        piece for run, (unit, _), more in zip(runs, pairs, extra, strict=True) for piece in _pieces(run, unit, more)
    ]


def _pieces(run: Run, unit: int, more: int) -> Iterable[Run]:
    if more:
        yield Run(more, unit + 1, run.user, run.groups)
    if run.number > more:
        yield Run(run.number - more, unit, run.user, run.groups)


def _with_cut(runs: list[Run], cut: Sequence[int], minor: int) -> Iterable[Run]:
    if not cut or not minor:
        return runs
    chosen = [runs[index] for index in cut]
    left = sum(run.number * run.unit for run in chosen) - minor
    changed = iter(_grouped(respread(chosen, left), chosen))
    places = frozenset(cut)
    return [piece for index, run in enumerate(runs) for piece in (next(changed) if index in places else (run,))]


def _grouped(pieces: Sequence[Run], of: Sequence[Run]) -> Iterable[list[Run]]:
    """The pieces again as one list for each run they came from."""
    rest = iter(pieces)
    for run in of:
        found, missing = list[Run](), run.number
        while missing > 0:
            piece = next(rest)
            found.append(piece)
            missing -= piece.number
        yield found


def _merged(runs: Iterable[Run]) -> Iterable[Run]:
    """Neighbours that are alike are one run."""
    last: Run | None = None
    for run in runs:
        if last is not None and last[1:] == run[1:]:
            last = last._replace(number=last.number + run.number)
            continue
        if last is not None:
            yield last
        last = run
    if last is not None:
        yield last
