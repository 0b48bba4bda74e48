"""The story of promotions: who concerns this case, what articles cost, who may stand beside whom, what became of each.

    article reductions -> items -> order -> shipping -> gifts (O-1)

Nothing is changed and nothing is undone: the same goods, circumstances and book always have the same answer, and a
promotion that is gone has left no trace (O-12).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from modules.pricing.engine.articles import Priced, Reach, goods_of, reduce
from modules.pricing.engine.book import PromotionBook
from modules.pricing.engine.case import Circumstances, Promoted, Ware
from modules.pricing.engine.combine import Contest, excludes
from modules.pricing.engine.entries import Entry
from modules.pricing.engine.evaluation import Evaluator, Record, Run
from modules.pricing.engine.ledger import Ledger, Pick
from modules.pricing.engine.muster import Muster
from modules.pricing.engine.trace import Trace
from modules.pricing.engine.view import Case
from modules.pricing.model.promotions import Phase


def promote(wares: Sequence[Ware], circumstances: Circumstances, book: PromotionBook) -> Promoted:
    """What promotions do to these goods: reductions in the order in which they apply, gifts, and what became of each
    promotion that was considered and of each code.

    Indexes in the answer are places in `wares`, whose order decides nothing (O-5a). No line and no freight falls below
    zero, no line below its floor (O-4, O-10).
    """
    case = Case.of(wares, circumstances)
    muster = Muster.of(case, book)
    start = with_articles(case, muster)
    contenders = muster.contenders(start.ledger)
    evaluator = Evaluator(case, start, muster.judged, muster.watchers)
    rivals = Rivalry(case).between
    contest = Contest(contenders, rivals, evaluator.evaluate, case.policies.exclusivity)
    disputed = contest.disputed()
    evaluator.expect(disputed)
    choice = contest.settle(disputed)

    def watched() -> Run:
        return evaluator.evaluate(choice.entries, with_watchers=True) if muster.watchers else choice.result

    return Trace(case, muster, book, rivals).tell(choice, contenders, disputed, watched)


class Rivalry:
    """Who competes with whom for units: by using them up, or by an exclusion group (O-5)."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._lines: dict[str, frozenset[int]] = {}

    def between(self, one: Entry, other: Entry) -> bool:
        """Whether both want the same units, or both the freight."""
        group = one.promotion.exclusion_group
        alike = bool(group) and group == other.promotion.exclusion_group
        if not alike and not (one.is_consuming and other.is_consuming):
            return False
        if alike and Phase.SHIPPING in one.groups and Phase.SHIPPING in other.groups:
            return True
        return not self._touched(one).isdisjoint(self._touched(other))

    def _touched(self, entry: Entry) -> frozenset[int]:
        if entry.id not in self._lines:
            filters = (goods for _, acts in entry.acts for act in acts for goods in act.filters())
            self._lines[entry.id] = frozenset(line for goods in filters for line in self._case.lines(goods))
        return self._lines[entry.id]


def with_articles(case: Case, muster: Muster) -> Run:
    """The case after article reductions; each line is reduced by itself."""
    freight = case.circumstances.freight
    run = Run(
        Ledger(
            [ware.minor for ware in case.wares],
            [None] * len(case.wares),
            [ware.units for ware in case.wares],
            [ware.is_reduced for ware in case.wares],
            freight.minor if freight else 0,
            stock=dict(case.circumstances.stock),
        )
    )
    entries = muster.in_articles(run.ledger)
    run.records = {entry.id: Record(entry, Phase.ARTICLE, muster.judged[entry.id]) for entry in entries}
    reach = _reach(case, entries)
    for line in sorted(reach):
        _reduce_line(case, run, line, reach[line])
    # Line by line becomes promotion by promotion, in the order in which they applied.
    run.taken.sort(key=lambda taken: taken[0].rank)
    return run


def _reach(case: Case, entries: Iterable[Entry]) -> dict[int, list[Reach]]:
    """The promotions of each line with those of their actions that touch it."""
    reach: dict[int, list[Reach]] = {}
    for entry in entries:
        ((_, acts),) = entry.acts
        if len(acts) == 1:
            for line in case.lines(goods_of(acts[0])):
                reach.setdefault(line, []).append((entry, acts))
            continue
        for line in sorted({line for act in acts for line in case.lines(goods_of(act))}):
            mine = tuple(act for act in acts if line in case.lines(goods_of(act)))
            reach.setdefault(line, []).append((entry, mine))
    return reach


def _reduce_line(case: Case, run: Run, line: int, reach: Sequence[Reach]) -> None:
    ware, ledger = case.wares[line], run.ledger
    currency, rounds = case.circumstances.currency, (case.rounding, case.policies, case.step, 1)
    priced = Priced(ware.minor, ware.list_minor, ware.units, currency, *rounds, ware.floor_minor, ware.is_reduced)
    result = reduce(priced, reach)
    for entry, minor in result.shares:
        record, group = run.records[entry.id], entry.promotion.exclusion_group
        run.taken.append((entry, (line,), (minor,)))
        record.granted += minor
        record.wished += minor
        if group:
            picks = [Pick(line, at, unit.number, unit.unit) for at, unit in enumerate(ledger.of(line))]
            ledger.settle(picks, minor, entry.id, group, is_consumed=False)
        else:
            ledger.minor[line] -= minor
        ledger.is_reduced[line] = True
    run.worth += result.worth
    for entry in result.cut_short:
        run.records[entry.id].note_cut(is_at_floor=bool(ware.floor_minor))
    if len(result.shares) < len(reach):
        winners = [one for one, _ in result.shares]
        for entry, _ in reach:
            if entry not in winners:
                _note_loss(run.records[entry.id], winners)


def _note_loss(record: Record, winners: Iterable[Entry]) -> None:
    entry = record.entry
    group = entry.promotion.exclusion_group
    over = [one.id for one in winners if excludes(one, entry) or (group and group == one.promotion.exclusion_group)]
    record.blocked_by += tuple(id for id in over if id not in record.blocked_by)
    record.is_excluded = bool(record.blocked_by)
