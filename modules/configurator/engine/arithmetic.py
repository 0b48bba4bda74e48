"""Calculating with intervals: each function gives what may come out when its inputs may be anything within theirs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Context,
    Decimal,
    DecimalException,
)
from itertools import product
from typing import Final

from modules.configurator.engine.possible import ALWAYS, CONTEXT, MAYBE, NEVER, NOTHING, ONE, ZERO, Span, Undefined
from modules.configurator.model.formulas import Rounding
from modules.configurator.model.trees import Sign

ROUNDINGS: Final[Mapping[Rounding, str]] = {
    Rounding.HALF_UP: ROUND_HALF_UP,
    Rounding.HALF_EVEN: ROUND_HALF_EVEN,
    Rounding.UP: ROUND_UP,
    Rounding.DOWN: ROUND_DOWN,
    Rounding.CEILING: ROUND_CEILING,
    Rounding.FLOOR: ROUND_FLOOR,
}
_WIDE: Final = Context(prec=60)


def calculate(left: Span, sign: Sign, right: Span) -> Span:
    """Sum, difference, product or quotient; a divisor that may be zero makes the result undefined, maybe."""
    undefined = _undefined(left, right)
    if undefined is ALWAYS:
        return NOTHING
    try:
        match sign:
            case Sign.PLUS:
                return Span(_add(left.low, right.low), _add(left.high, right.high), undefined)
            case Sign.MINUS:
                other = negative(right)
                return Span(_add(left.low, other.low), _add(left.high, other.high), undefined)
            case Sign.TIMES:
                return _times(left, right, undefined)
            case Sign.OVER:
                return _over(left, right, undefined)
    except DecimalException:
        return Span(None, None, MAYBE) if left.low != left.high or right.low != right.high else NOTHING


def _undefined(*spans: Span) -> Undefined:
    return max((span.undefined for span in spans), default=NEVER)


def _add(left: Decimal | None, right: Decimal | None) -> Decimal | None:
    return None if left is None or right is None else CONTEXT.add(left, right)


def negative(span: Span) -> Span:
    """With the other sign."""
    low = None if span.high is None else -span.high
    return Span(low, None if span.low is None else -span.low, span.undefined)


def _times(left: Span, right: Span, undefined: Undefined) -> Span:
    if left.low is None or left.high is None or right.low is None or right.high is None:
        return _unbounded_times(left, right, undefined)
    corners = [CONTEXT.multiply(a, b) for a, b in product((left.low, left.high), (right.low, right.high))]
    return Span(min(corners), max(corners), undefined)


def _unbounded_times(left: Span, right: Span, undefined: Undefined) -> Span:
    """Only the usual case is told closer: two numbers that are not negative."""
    if left.low is not None and right.low is not None and left.low >= 0 and right.low >= 0:
        return Span(CONTEXT.multiply(left.low, right.low), None, undefined)
    return Span(None, None, undefined)


def _over(left: Span, right: Span, undefined: Undefined) -> Span:
    low, high = right.low, right.high
    if low == high == ZERO:
        return NOTHING
    if (low is None or low <= 0) and (high is None or high >= 0):
        return Span(None, None, MAYBE)
    if left.low is None or left.high is None or low is None or high is None:
        return Span(None, None, undefined)
    corners = [CONTEXT.divide(a, b) for a, b in product((left.low, left.high), (low, high))]
    return Span(min(corners), max(corners), undefined)


def power(base: Span, exponent: int) -> Span:
    """A small whole power."""
    result = Span(ONE, ONE, base.undefined)
    for _ in range(exponent):
        result = calculate(result, Sign.TIMES, base)
    if exponent % 2 == 0 and (result.low is None or result.low < 0):
        result = result._replace(low=ZERO)
    return result


def absolute(span: Span) -> Span:
    """Without its sign."""
    if span.low is not None and span.low >= 0:
        return span
    if span.high is not None and span.high <= 0:
        return negative(span)
    mirrored = negative(span)
    high = None if span.high is None or mirrored.high is None else max(span.high, mirrored.high)
    return Span(ZERO, high, span.undefined)


def least(*spans: Span) -> Span:
    """The smallest of them."""
    lows, highs = [span.low for span in spans], [span.high for span in spans if span.high is not None]
    low = None if None in lows else min(low for low in lows if low is not None)
    return Span(low, min(highs, default=None), _undefined(*spans))


def greatest(*spans: Span) -> Span:
    """The largest of them."""
    return negative(least(*(negative(span) for span in spans)))


def round_to(span: Span, scale: int, rounding: str) -> Span:
    """To so many decimals; every way of rounding keeps the order."""
    if span.undefined is ALWAYS:
        return span
    try:
        return Span(rounded(span.low, scale, rounding), rounded(span.high, scale, rounding), span.undefined)
    except DecimalException:
        return Span(None, None, MAYBE) if span.low != span.high else NOTHING


def rounded(number: Decimal | None, scale: int, rounding: str) -> Decimal | None:
    """A number to so many decimals; None stays."""
    return None if number is None else number.quantize(ONE.scaleb(-scale), rounding, _WIDE)


Functions = Mapping[str, Callable[..., Span]]
FUNCTIONS: Final[Functions] = {
    "abs": absolute,
    "min": least,
    "max": greatest,
    "ceil": lambda span: round_to(span, 0, ROUND_CEILING),
    "floor": lambda span: round_to(span, 0, ROUND_FLOOR),
    "round": lambda span, places: round_to(span, int(places.low or 0), ROUND_HALF_UP),
}
"""The language's functions by name; `round` is given its decimals as a span of one number."""
