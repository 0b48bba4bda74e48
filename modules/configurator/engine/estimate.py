"""From a tree to a function that tells what it may come to, given what each characteristic may be.

The functions read a mapping from keys to outcomes: `NAME` for a value, `NAME.qty` for a quantity. Formulas and tables
are followed to what they read. With exact outcomes the answer is exact, so one evaluator serves the solver's compiler
and single configurations alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Final

from modules.configurator.engine.arithmetic import FUNCTIONS, ROUNDINGS, calculate, negative, power, round_to
from modules.configurator.engine.lookup import Judge, Lookup, Unsure
from modules.configurator.engine.possible import (
    ALWAYS,
    FALSE,
    MAYBE,
    NEVER,
    NOTHING,
    TRUE,
    UNKNOWN,
    Outcome,
    Span,
    Words,
    all_of,
    any_of,
    compare,
    either,
    exactly,
    invert,
)
from modules.configurator.model.characteristics import DataType
from modules.configurator.model.contents import Content
from modules.configurator.model.formulas import Cell, CombinationTable, Formula, Match, Result
from modules.configurator.model.trees import (
    All,
    Any,
    Arithmetic,
    Between,
    Call,
    Comparison,
    Constant,
    If,
    Implies,
    IsSet,
    Matches,
    Membership,
    Negative,
    Node,
    Not,
    Operator,
    Power,
    Reference,
    ReferenceKind,
    ResultType,
    references,
)

Known = Mapping[str, Outcome]
"""What each key may be; a key that is not there has no value."""
Estimate = Callable[[Known], Outcome]
Judgement = Callable[[Known], int]
"""A set of `Truth`."""
QUANTITY: Final = ".qty"
_SURE: Final = {TRUE: frozenset((True,)), FALSE: frozenset((False,)), TRUE | FALSE: frozenset((True, False))}


def key_of(reference: Reference) -> str:
    """Of a value or quantity; ids hold no dot."""
    return reference.name + QUANTITY if reference.kind is ReferenceKind.QUANTITY else reference.name


class Reader:
    """Makes functions of the trees of one content."""

    def __init__(self, content: Content) -> None:
        self.content = content
        self._tables: dict[str, TableReader] = {}

    def table(self, name: str) -> TableReader:
        """How a table is read; made once."""
        if name not in self._tables:
            self._tables[name] = TableReader(self, self.content.tables[name])
        return self._tables[name]

    def keys(self, node: Node) -> Iterator[str]:
        """The keys that a tree reads, through formulas and tables; some more than once."""
        for reference in references(node):
            yield from self._reads(reference)

    def _reads(self, reference: Reference) -> Iterator[str]:
        match reference.kind:
            case ReferenceKind.FORMULA:
                yield from self.keys(self.content.formulas[reference.name].expression.tree)
            case ReferenceKind.TABLE:
                for factor in self.content.tables[reference.name].factors:
                    yield from self._reads(factor.reference)
            case _:
                yield key_of(reference)

    def is_typed_text(self, node: Node) -> bool:
        """Whether texts that people type come into it: these are equal without regard to case."""
        known = self.content.characteristics
        names = (known[reference.name] for reference in references(node) if reference.name in known)
        return any(one.data_type is DataType.TEXT and not one.has_options for one in names)

    def judgement(self, node: Node) -> Judgement:
        """What truth a condition may have."""
        match node:
            case Not(condition):
                inner = self.judgement(condition)
                return lambda known: invert(inner(known))
            case All(conditions):
                every = [self.judgement(one) for one in conditions]
                return lambda known: all_of([one(known) for one in every])
            case Any(conditions):
                some = [self.judgement(one) for one in conditions]
                return lambda known: any_of([one(known) for one in some])
            case Implies(condition, consequence):
                first, then = self.judgement(condition), self.judgement(consequence)
                return lambda known: any_of([invert(first(known)), then(known)])
            case IsSet(reference):
                return self._is_set(key_of(reference))
            case Matches(name):
                look = self.table(name)
                return lambda known: look.some(look.values(known))
            case Comparison() | Membership() | Between():
                return self._comparison(node)
        truth = self.estimate(node)
        return lambda known: _truths(truth(known))

    def _is_set(self, key: str) -> Judgement:
        truths = {NEVER: TRUE, MAYBE: TRUE | FALSE, ALWAYS: FALSE}
        return lambda known: truths[known.get(key, NOTHING).undefined]

    def _comparison(self, node: Comparison | Membership | Between) -> Judgement:
        read = self._folded if self.is_typed_text(node) else self.estimate
        match node:
            case Comparison(left, operator, right):
                one, other = read(left), read(right)
                return lambda known: compare(one(known), operator, other(known))
            case Membership(term, constants):
                mine, theirs = read(term), [read(constant) for constant in constants]
                return lambda known: _one_of(mine(known), [one(known) for one in theirs])
            case Between(term, low, high):
                value, least, most = read(term), read(low), read(high)
                return lambda known: all_of(
                    [
                        compare(value(known), Operator.GREATER_OR_EQUAL, least(known)),
                        compare(value(known), Operator.LESS_OR_EQUAL, most(known)),
                    ]
                )

    def _folded(self, node: Node) -> Estimate:
        inner = self.estimate(node)
        return lambda known: _fold(inner(known))

    def estimate(self, node: Node) -> Estimate:
        """What a term may come to."""
        match node:
            case Constant(value):
                constant = exactly(value)
                return lambda known: constant
            case Reference():
                return self._reference(node)
            case If(condition, then, otherwise):
                test, one, other = self.judgement(condition), self.estimate(then), self.estimate(otherwise)
                return lambda known: _choose(test(known), one, other, known)
            case Negative() | Arithmetic() | Power() | Call():
                number = self._number(node)
                return lambda known: number(known)
        truths = self.judgement(node)
        return lambda known: _words(truths(known))

    def _number(self, node: Node) -> Callable[[Known], Span]:
        match node:
            case Negative(term):
                inner = self._number(term)
                return lambda known: negative(inner(known))
            case Arithmetic(left, sign, right):
                one, other = self._number(left), self._number(right)
                return lambda known: calculate(one(known), sign, other(known))
            case Power(base, exponent):
                inner = self._number(base)
                return lambda known: power(inner(known), exponent)
            case Call(function, arguments):
                apply, every = FUNCTIONS[function.value], [self._number(one) for one in arguments]
                return lambda known: apply(*(one(known) for one in every))
        estimate = self.estimate(node)
        return lambda known: _as_span(estimate(known))

    def _reference(self, reference: Reference) -> Estimate:
        match reference.kind:
            case ReferenceKind.FORMULA:
                return self._formula(self.content.formulas[reference.name])
            case ReferenceKind.TABLE:
                look = self.table(reference.name)
                return lambda known: look.first(look.values(known))
        key = key_of(reference)
        return lambda known: known.get(key, NOTHING)

    def _formula(self, formula: Formula) -> Estimate:
        inner = self.estimate(formula.expression.tree)
        if formula.result_type is not ResultType.NUMBER:
            return inner
        scale, rounding = formula.scale, ROUNDINGS[formula.rounding]
        return lambda known: round_to(_as_span(inner(known)), scale, rounding)


def _as_span(outcome: Outcome) -> Span:
    return outcome if isinstance(outcome, Span) else NOTHING


def _truths(outcome: Outcome) -> int:
    if isinstance(outcome, Span):
        return UNKNOWN
    truths = (TRUE if True in outcome.texts else 0) | (FALSE if False in outcome.texts else 0)
    return truths | (UNKNOWN if outcome.undefined else 0) if outcome.undefined is not ALWAYS else UNKNOWN


def _words(truths: int) -> Outcome:
    if truths == UNKNOWN:
        return NOTHING
    return Words(_SURE[truths & (TRUE | FALSE)], undefined=MAYBE if truths & UNKNOWN else NEVER)


def _choose(truths: int, then: Estimate, otherwise: Estimate, known: Known) -> Outcome:
    branches = ((TRUE, then), (FALSE, otherwise))
    outcomes = [branch(known) for truth, branch in branches if truths & truth]
    return either([*outcomes, NOTHING] if truths & UNKNOWN else outcomes)


def _one_of(outcome: Outcome, constants: Sequence[Outcome]) -> int:
    return any_of([compare(outcome, Operator.EQUAL, one) for one in constants])


def fold(text: str) -> str:
    """What typed texts that count as equal have in common."""
    from unicodedata import normalize

    return normalize("NFC", normalize("NFC", text).casefold())


def _fold(outcome: Outcome) -> Outcome:
    if isinstance(outcome, Span):
        return outcome
    return outcome._replace(texts=frozenset(fold(one) if isinstance(one, str) else one for one in outcome.texts))


def cell_judgement(cell: Cell, folded: bool = False) -> Judge:
    """What truth a table's cell may have for what its factor may be; ANY is always true."""
    if cell.match is Match.ANY:
        return lambda outcome: TRUE
    operands = [_fold(exactly(one)) if folded else exactly(one) for one in cell.operands]
    match cell.match:
        case Match.IN:
            return lambda outcome: _one_of(outcome, operands)
        case Match.NOT_IN:
            return lambda outcome: invert(_one_of(outcome, operands))
        case Match.BETWEEN:
            low, high = operands
            return lambda outcome: all_of(
                [
                    compare(outcome, Operator.GREATER_OR_EQUAL, low),
                    compare(outcome, Operator.LESS_OR_EQUAL, high),
                ]
            )
    operator, operand = Operator(cell.match.value), operands[0]
    return lambda outcome: compare(outcome, operator, operand)


class TableReader:
    """How a reader reads one table: its factors, its rows by sequence, each with its cells and its result."""

    def __init__(self, reader: Reader, table: CombinationTable) -> None:
        """`reader` gives the factors' outcomes, folded where these are typed texts."""
        folded = [reader.is_typed_text(factor.reference) for factor in table.factors]
        self.factors = [
            reader._folded(factor.reference) if is_text else reader.estimate(factor.reference)
            for factor, is_text in zip(table.factors, folded, strict=True)
        ]
        self.default = NOTHING if table.default is None else exactly(table.default)
        self.lines: list[tuple[list[Judge], Outcome]] = []
        judgements: dict[tuple[Cell, bool], Judge] = {}
        self.rows = sorted(table.rows, key=lambda row: row.sequence)
        for row in self.rows:
            cells = [
                judgements.get(pair) or judgements.setdefault(pair, cell_judgement(*pair))
                for pair in zip(row.cells, folded, strict=True)
            ]
            self.lines.append((cells, NOTHING if row.result is None else exactly(row.result)))
        self._is_folded = folded

    @cached_property
    def _index(self) -> Lookup:
        def normal(column: int, operand: Result) -> Result:
            return fold(operand) if self._is_folded[column] and isinstance(operand, str) else operand

        return Lookup(self.rows, [cells for cells, _ in self.lines], normal)

    def values(self, known: Known) -> list[Outcome]:
        """What each factor may be."""
        return [factor(known) for factor in self.factors]

    def place(self, values: Sequence[Outcome]) -> int | None:
        """Which row, counted from 0, is the first to match; raises Unsure where a value may be several."""
        return self._index.first(values)

    def first(self, values: Sequence[Outcome]) -> Outcome:
        """What the first row that may match gives."""
        try:
            place = self.place(values)
        except Unsure:
            return self._scan(values)
        return self.default if place is None else self.lines[place][1]

    def _scan(self, values: Sequence[Outcome]) -> Outcome:
        found = []
        for cells, result in self.lines:
            truths = _row(cells, values)
            if truths & TRUE:
                found.append(result)
            if truths == TRUE:
                return either(found)
        return either([*found, self.default])

    def some(self, values: Sequence[Outcome]) -> int:
        """Whether some row matches."""
        return any_of([_row(cells, values) for cells, _ in self.lines])


def _row(cells: Sequence[Judge], values: Sequence[Outcome]) -> int:
    return all_of([cell(value) for cell, value in zip(cells, values, strict=True)])


def number_of(outcome: Outcome) -> Decimal | None:
    """The one number that it is, if so."""
    exact = isinstance(outcome, Span) and not outcome.undefined and outcome.low == outcome.high
    return outcome.low if exact and isinstance(outcome, Span) else None
