"""How a result or a truth comes about for values that are known: every comparison, every row, every part of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import nsmallest

from modules.configurator.engine.estimate import Known, Reader
from modules.configurator.engine.language import written
from modules.configurator.engine.lookup import exact
from modules.configurator.engine.possible import FALSE, TRUE
from modules.configurator.engine.reasons import named, reason
from modules.configurator.model.contents import Content
from modules.configurator.model.formulas import Result, Tested
from modules.configurator.model.rules import FrontRule
from modules.configurator.model.trees import (
    Between,
    Comparison,
    Condition,
    IsSet,
    Matches,
    Membership,
    Node,
    Reference,
    ReferenceKind,
    ResultType,
    parts,
    references,
)
from modules.configurator.model.trials import Compared, RowTrial, RuleLog, RuleTrial, Trial, Why

_MOST_NEAREST = 3
_TRUTHS = {TRUE: True, FALSE: False}
_RESULTS = (ReferenceKind.FORMULA, ReferenceKind.TABLE)


class Tracer:
    """Tries things on one set of values, all of which are exact."""

    def __init__(self, reader: Reader, known: Known) -> None:
        self._reader = reader
        self._content: Content = reader.content
        self._known = known
        self.trials: dict[str, Trial] = {}
        """All formulas and tables that were read so far by name, each after what it uses itself."""

    def value(self, node: Node) -> Result | None:
        """What a term comes to; None: nothing."""
        return exact(self._reader.estimate(node)(self._known))

    def truth(self, condition: Node) -> bool | None:
        """What truth a condition has; None: unknown."""
        return _TRUTHS.get(self._reader.judgement(condition)(self._known))

    def reads(self, *nodes: Node) -> tuple[str, ...]:
        """The formulas and tables in trees, each tried once."""
        found = [one for node in nodes for one in references(node) if one.kind in _RESULTS]
        for one in found:
            self.trial(one)
        return tuple(dict.fromkeys(map(named, found)))

    def trial(self, reference: Reference) -> Trial:
        """What a formula or table gives."""
        name = named(reference)
        if name not in self.trials:
            is_formula = reference.kind is ReferenceKind.FORMULA
            found = self._formula(reference) if is_formula else self._table(reference)
            self.trials[name] = found
        return self.trials[name]

    def _formula(self, reference: Reference) -> Trial:
        tree = self._content.formulas[reference.name].expression.tree
        reads = self.reads(tree)
        result, compared = self.value(reference), tuple(self.compared(tree))
        return Trial(named(reference), result, self._why(reference, result), compared, reads=reads)

    def _why(self, reference: Reference, result: Result | None) -> Why | None:
        if result is not None:
            return None
        refusal = reason(self._reader, reference, self._known)
        chain: Sequence[str] = getattr(refusal, "chain", ()) or tuple(map(str, refusal.path))
        return Why(refusal.code, str(refusal), tuple(chain))

    def _table(self, reference: Reference) -> Trial:
        table = self._reader.table(reference.name)
        reads = self.reads(*(factor.reference for factor in self._content.tables[reference.name].factors))
        result, place = self.value(reference), table.place(table.values(self._known))
        row = None if place is None else self._row(reference.name, place)
        nearest = tuple(self._nearest(reference.name)) if place is None else ()
        return Trial(named(reference), result, self._why(reference, result), row=row, nearest=nearest, reads=reads)

    def _row(self, name: str, place: int) -> RowTrial:
        table, factors = self._reader.table(name), self._content.tables[name].factors
        row, judges = table.rows[place], table.lines[place][0]
        outcomes = table.values(self._known)
        cells = tuple(
            Compared(
                named(factor.reference),
                self.value(factor.reference),
                cell.match.value,
                cell.operands,
                _TRUTHS.get(judge(outcome)),
            )
            for factor, cell, judge, outcome in zip(factors, row.cells, judges, outcomes, strict=True)
        )
        return RowTrial(row.sequence, row.result, cells)

    def _nearest(self, name: str) -> Iterator[RowTrial]:
        table = self._reader.table(name)
        outcomes = table.values(self._known)

        def misses(place: int) -> int:
            judges = table.lines[place][0]
            return sum(judge(outcome) != TRUE for judge, outcome in zip(judges, outcomes, strict=True))

        for place in nsmallest(_MOST_NEAREST, range(len(table.rows)), misses):
            yield self._row(name, place)

    def compared(self, node: Node) -> Iterator[Compared]:
        """The conditions in a tree that are not made of others, from left to right."""
        match node:
            case Comparison(left, operator, right):
                yield self._compared(node, left, operator.value, right)
            case Membership(term, constants):
                yield self._compared(node, term, "in", *constants)
            case Between(term, low, high):
                yield self._compared(node, term, "between", low, high)
            case IsSet(reference):
                yield self._compared(node, reference, "is set")
            case Matches():
                yield Compared(written(node), None, "matches", (), self.truth(node))
            case Reference(_, ReferenceKind.FORMULA | ReferenceKind.TABLE) if self._is_condition(node):
                yield self._compared(node, node, "is true")
            case _:
                for part in parts(node):
                    yield from self.compared(part)

    def _compared(self, node: Condition, left: Node, operator: str, *right: Node) -> Compared:
        operands = tuple(self.value(one) for one in right)
        return Compared(written(node), self.value(left), operator, operands, self.truth(node))

    def _is_condition(self, reference: Reference) -> bool:
        is_formula = reference.kind is ReferenceKind.FORMULA
        every: Mapping[str, Tested] = self._content.formulas if is_formula else self._content.tables
        return every[reference.name].result_type is ResultType.BOOL


def rule_log(tracer: Tracer, rules: Iterable[FrontRule]) -> RuleLog:
    """Each rule that is not disabled, with the values that its condition compares."""
    found = []
    for rule in rules:
        if rule.condition is not None and not rule.disabled:
            tree = rule.condition.tree
            reads, compared = tracer.reads(tree), tuple(tracer.compared(tree))
            found.append(RuleTrial(rule.id, tracer.truth(tree), compared, reads))
        elif not rule.disabled:
            found.append(RuleTrial(rule.id, True))
    return RuleLog(tuple(found), tuple(tracer.trials.values()))
