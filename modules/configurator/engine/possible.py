"""What a term or a condition may come to when its inputs are known only in part.

A number is a closed interval, a text a set of texts, a condition a set of truth values. Whatever may happen is within
what is told; more may be told than happens. Where every input is exact, so is the result: intervals are calculated with
the same Decimal context as the values themselves, and rounding to nearest never changes an order.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from enum import IntEnum, IntFlag
from typing import Final, NamedTuple

from modules.configurator.model.trees import Operator

CONTEXT: Final = Context(prec=28, rounding=ROUND_HALF_EVEN, traps=[DivisionByZero, InvalidOperation, Overflow])
"""How everybody calculates (section 13)."""
ZERO: Final = Decimal(0)
ONE: Final = Decimal(1)


class Truth(IntFlag):
    """Kleene's three values, as a set of those that are possible."""

    TRUE = 1
    FALSE = 2
    UNKNOWN = 4


TRUE: Final = int(Truth.TRUE)
FALSE: Final = int(Truth.FALSE)
UNKNOWN: Final = int(Truth.UNKNOWN)


class Undefined(IntEnum):
    """Whether a term may have no result."""

    NEVER = 0
    MAYBE = 1
    ALWAYS = 2


NEVER: Final = Undefined.NEVER
MAYBE: Final = Undefined.MAYBE
ALWAYS: Final = Undefined.ALWAYS


class Span(NamedTuple):
    """A number from `low` to `high`, both inclusive; None is without bound."""

    low: Decimal | None
    high: Decimal | None
    undefined: Undefined = NEVER


class Words(NamedTuple):
    """One of these texts or truth values, or, with `others`, any other text."""

    texts: frozenset[str | bool]
    others: bool = False
    undefined: Undefined = NEVER


Outcome = Span | Words
NOTHING: Final = Span(None, None, ALWAYS)
"""No result at all."""


def exactly(value: Decimal | str | bool) -> Outcome:
    """This value and no other."""
    return Span(value, value) if isinstance(value, Decimal) else Words(frozenset((value,)))


def either(outcomes: Sequence[Outcome]) -> Outcome:
    """One of these; NOTHING of none."""
    defined = [one for one in outcomes if one.undefined is not ALWAYS]
    if not defined:
        return NOTHING
    unsure = MAYBE if len(defined) < len(outcomes) or any(one.undefined for one in defined) else NEVER
    spans = [one for one in defined if isinstance(one, Span)]
    if spans:
        lows, highs = [one.low for one in spans], [one.high for one in spans]
        low = None if None in lows else min(low for low in lows if low is not None)
        return Span(low, None if None in highs else max(high for high in highs if high is not None), unsure)
    words = [one for one in defined if isinstance(one, Words)]
    return Words(frozenset().union(*(one.texts for one in words)), any(one.others for one in words), unsure)


def compare(left: Outcome, operator: Operator, right: Outcome) -> int:
    """Which truths a comparison may have: a set of `Truth`."""
    if left.undefined is ALWAYS or right.undefined is ALWAYS:
        return UNKNOWN
    unsure = UNKNOWN if left.undefined or right.undefined else 0
    if isinstance(left, Span) and isinstance(right, Span):
        return unsure | _compare_numbers(left, operator, right)
    if isinstance(left, Words) and isinstance(right, Words):
        equal = _same(left, right)
        return unsure | (equal if operator is Operator.EQUAL else invert(equal))
    return unsure | (FALSE if operator is Operator.EQUAL else TRUE)


def _compare_numbers(left: Span, operator: Operator, right: Span) -> int:
    match operator:
        case Operator.LESS:
            return _truths(_below(left.low, right.high, strict=True), _below(right.low, left.high, strict=False))
        case Operator.LESS_OR_EQUAL:
            return _truths(_below(left.low, right.high, strict=False), _below(right.low, left.high, strict=True))
        case Operator.GREATER:
            return _compare_numbers(right, Operator.LESS, left)
        case Operator.GREATER_OR_EQUAL:
            return _compare_numbers(right, Operator.LESS_OR_EQUAL, left)
    meet = _below(left.low, right.high, strict=False) and _below(right.low, left.high, strict=False)
    points = left.low is not None and left.low == left.high == right.low == right.high
    equal = _truths(meet, not points)
    return equal if operator is Operator.EQUAL else invert(equal)


def _truths(may_be_true: bool, may_be_false: bool) -> int:
    return (TRUE if may_be_true else 0) | (FALSE if may_be_false else 0)


def _below(low: Decimal | None, high: Decimal | None, strict: bool) -> bool:
    """Whether something from `low` on may be less than something up to `high` (strictly, or equal to it)."""
    return low is None or high is None or (low < high if strict else low <= high)


def _same(left: Words, right: Words) -> int:
    """ "Any other text" differs from every text that is named anywhere in the model."""
    common = bool(left.texts & right.texts) or (left.others and right.others)
    alone = len(left.texts) == 1 and left.texts == right.texts and not left.others and not right.others
    return _truths(common, not alone)


def invert(truths: int) -> int:
    """Not: true for false; unknown stays."""
    return (truths & UNKNOWN) | (FALSE if truths & TRUE else 0) | (TRUE if truths & FALSE else 0)


def all_of(every: Sequence[int]) -> int:
    """And, of sets of truths."""
    truths = TRUE if all(one & TRUE for one in every) else 0
    if any(one & FALSE for one in every):
        truths |= FALSE
    if any(one & UNKNOWN for one in every) and all(one & (TRUE | UNKNOWN) for one in every):
        truths |= UNKNOWN
    return truths


def any_of(every: Sequence[int]) -> int:
    """Or, of sets of truths."""
    return invert(all_of([invert(one) for one in every]))
