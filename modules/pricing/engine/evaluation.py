"""One evaluation: a set of promotions applied to a case, phase by phase, by priority and id (O-1, O-2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from modules.kernel.money import MICROS, allocate
from modules.kernel.names import PromotionId, Sku
from modules.kernel.policies import BudgetPolicy
from modules.kernel.quantity import Quantity
from modules.pricing.engine.actions.base import Act, Effect
from modules.pricing.engine.case import Lack
from modules.pricing.engine.conditions.base import UNCONDITIONAL, Judgement
from modules.pricing.engine.entries import Entry
from modules.pricing.engine.ledger import Ledger
from modules.pricing.engine.view import Case, View
from modules.pricing.model.promotions import Phase

FREIGHT: Final = 1 << 62
"""Where freight stands among the lines: behind all of them."""

Shares = dict[int, int]
"""A number for each line."""
Taken = tuple[Entry, Sequence[int], Sequence[int]]
"""What a promotion took off lines: the lines, and how much of each, not below 0. Lines may come again."""
Step = tuple[Phase, Entry, tuple[Act, ...]]


@dataclass(slots=True)
class Record:
    """What became of one promotion in an evaluation."""

    entry: Entry
    phase: Phase
    judgement: Judgement
    consumed: Shares = field(default_factory=dict)
    """Units of each line that it used up."""
    gifts: tuple[tuple[Sku, Quantity], ...] = ()
    granted: int = 0
    wished: int = 0
    """The discount before floors, caps and budgets."""
    because: tuple[str, ...] = ()
    lacks: tuple[Lack, ...] = ()
    blocked_by: tuple[PromotionId, ...] = ()
    is_excluded: bool = False
    is_out_of_stock: bool = False
    is_exhausted: bool = False
    is_at_floor: bool = False

    @property
    def gives(self) -> bool:
        """Whether it gives anything."""
        return self.granted > 0 or bool(self.gifts)

    def note_cut(self, is_at_floor: bool) -> None:
        """Notes that a floor or zero left less than it would have granted (O-4, O-10)."""
        self.is_at_floor = is_at_floor
        self.because += ("floor" if is_at_floor else "capped",)

    def copy(self) -> Record:
        """The same, to go on from independently."""
        return replace(self, consumed=self.consumed.copy())


@dataclass(slots=True)
class Run:
    """An evaluation so far: the ledger, the records, and the reductions in the order in which they were made."""

    ledger: Ledger
    records: dict[PromotionId, Record] = field(default_factory=dict)
    taken: list[Taken] = field(default_factory=list)
    worth: int = 0
    """What the customer gains: a gift counts with what it costs otherwise (O-8)."""

    def grants(self, entry: Entry) -> bool:
        """Whether this promotion gives anything."""
        record = self.records.get(entry.id)
        return record is not None and record.gives

    def copy(self) -> Run:
        """The same, to go on from independently. The records are shared: who goes on with one copies it first."""
        return Run(self.ledger.copy(), self.records.copy(), self.taken.copy(), self.worth)


class Evaluator:
    """Evaluates sets of promotions on one case, from the state that article reductions left behind.

    What all sets have in common before the first promotion in dispute is evaluated once. `watchers` fall short of a
    threshold and take nothing; by how much they fall short is noted when it is their turn.
    """

    def __init__(
        self, case: Case, start: Run, judged: Mapping[PromotionId, Judgement], watchers: Iterable[Entry] = ()
    ) -> None:
        self._case = case
        self._start = start
        self._judged = judged
        self._watchers = frozenset(watchers)
        self._disputed: frozenset[Entry] = frozenset()
        self._begun: dict[tuple[PromotionId, ...], Run] = {}

    def expect(self, disputed: Iterable[Entry]) -> None:
        """Tells which promotions will be there in some sets and not in others."""
        self._disputed = frozenset(disputed)

    def evaluate(self, entries: tuple[Entry, ...], with_watchers: bool = False) -> Run:
        """These promotions applied together. One whose budget does not suffice is left out wholly (C-6), as if it had
        never been there (O-12), but for its record. All watchers have a record only where that is asked for."""
        left_out: list[Record] = []
        while True:
            run = self._run(entries, with_watchers)
            exhausted = next((record for record in run.records.values() if record.is_exhausted), None)
            if exhausted is None:
                run.records.update((record.entry.id, record) for record in left_out)
                return run
            left_out.append(Record(exhausted.entry, exhausted.phase, exhausted.judgement, is_exhausted=True))
            entries = tuple(entry for entry in entries if entry is not exhausted.entry)

    def _run(self, entries: Sequence[Entry], with_watchers: bool) -> Run:
        watchers = self._watchers if with_watchers else ()
        steps = [(phase, entry, acts) for entry in (*entries, *watchers) for phase, acts in entry.acts]
        steps.sort(key=lambda step: (step[0], step[1].rank))
        shared = next((at for at, step in enumerate(steps) if step[1] in self._disputed), len(steps))
        key = tuple(entry.id for _, entry, _ in steps[:shared])
        if key not in self._begun:
            run = self._start.copy()
            for step in steps[:shared]:
                self._apply(run, step)
            self._begun[key] = run
        run = self._begun[key].copy() if self._disputed else self._begun[key]
        for step in steps[shared:]:
            self._apply(run, step)
        return run

    def _apply(self, run: Run, step: Step) -> None:
        phase, entry, acts = step
        view = View(self._case, run.ledger, entry.promotion)
        record = run.records.get(entry.id)
        record = Record(entry, phase, self._judge(entry, view)) if record is None else record.copy()
        run.records[entry.id] = record
        if record.judgement.met:
            for act in acts:
                commit(view, run, record, act.plan(view))

    def _judge(self, entry: Entry, view: View) -> Judgement:
        if entry.condition is None:
            return UNCONDITIONAL
        known = self._judged.get(entry.id) if entry.is_fixed else None
        return known or entry.condition.judge(view)


def commit(view: View, run: Run, record: Record, effect: Effect) -> None:
    """Makes an effect true in ledger and record, as far as the budget goes (C-6)."""
    record.wished += effect.wished
    record.because += effect.because
    record.lacks += effect.lacks
    record.blocked_by += effect.blocked_by
    record.is_excluded |= effect.is_excluded
    record.is_out_of_stock |= effect.is_out_of_stock
    amount = sum(effect.shares) + effect.freight
    room = view.circumstances.rooms.get(record.entry.id)
    if room is not None and room.budget_minor is not None and amount > (rest := room.budget_minor - record.granted):
        if view.case.policies.budget is BudgetPolicy.WHOLE or rest <= 0:
            record.is_exhausted = True
            return
        effect, amount = _cut_to(view, effect, rest)
        record.because += ("budget",)
    elif amount < effect.wished:
        record.note_cut(is_at_floor=any(view.case.wares[line].floor_minor for line in effect.lines))
    if amount:
        _take(run, record, effect)
    record.granted += amount
    run.worth += amount
    _give(view, run, record, effect)


def _cut_to(view: View, effect: Effect, rest: int) -> tuple[Effect, int]:
    """The effect cut to what is left of a budget, by what each line would have got (G-7)."""
    step = view.case.step
    weights = [*effect.shares, effect.freight]
    parts = [part * step for part in allocate(rest // step, weights, [weight // step for weight in weights])]
    return replace(effect, shares=parts[:-1], freight=parts[-1]), sum(parts)


def _take(run: Run, record: Record, effect: Effect) -> None:
    entry, ledger = record.entry, run.ledger
    group, minor = entry.promotion.exclusion_group, ledger.minor
    if not effect.picks:
        for line, share in zip(effect.lines, effect.shares, strict=True):
            minor[line] -= share
    for picks, share in zip(effect.picks, effect.shares, strict=False):
        if share or effect.is_consuming:
            ledger.settle(picks, share, entry.id, group, effect.is_consuming)
        if effect.is_consuming:
            line = picks[0].line
            record.consumed[line] = record.consumed.get(line, 0) + sum([pick.number for pick in picks])
    if effect.lines:
        run.taken.append((entry, effect.lines, effect.shares))
    if effect.freight:
        ledger.freight -= effect.freight
        ledger.freight_groups += ((group, entry.id),) if group else ()
        run.taken.append((entry, (FREIGHT,), (effect.freight,)))


def _give(view: View, run: Run, record: Record, effect: Effect) -> None:
    record.gifts += tuple(effect.gifts)
    for sku, quantity in effect.gifts:
        if sku in run.ledger.stock:
            run.ledger.stock[sku] -= quantity
        run.worth += view.circumstances.gift_minor.get(sku, 0) * quantity // MICROS
