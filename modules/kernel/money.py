"""Money in minor units, unit prices in millionths, and arithmetic that never loses a cent (G-1 to G-4, G-7)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum

MICROS = 1_000_000
MAX_INTEGER_DIGITS = 12
_PLAIN = re.compile(r"([0-9]{1,12})(?:\.([0-9]{1,6}))?")

_EXPONENTS = {
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    **dict.fromkeys("CLF UYW".split(), 4),
}


class Rounding(StrEnum):
    """What happens to half a unit (G-4). Half up is commercial rounding: away from zero, for negatives too."""

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"
    HALF_DOWN = "half_down"


def exponent(currency: str) -> int:
    """Decimals of a currency by ISO 4217 (G-2): 0, 2, 3 or 4."""
    return _EXPONENTS.get(currency, 2)


def is_currency(text: str) -> bool:
    """Whether the text has the form of an ISO 4217 code: three capital letters."""
    return len(text) == 3 and text.isascii() and text.isalpha() and text.isupper()


def divide(numerator: int, denominator: int, rounding: Rounding = Rounding.HALF_UP) -> int:
    """The integer nearest to numerator / denominator; the denominator is positive."""
    if numerator >= 0 and rounding is Rounding.HALF_UP:  # nearly every amount there is
        return (2 * numerator + denominator) // (2 * denominator)
    quotient, rest = divmod(abs(numerator), denominator)
    twice = 2 * rest
    up = twice > denominator or (twice == denominator and _half_goes_up(quotient, rounding))
    size = quotient + up
    return -size if numerator < 0 else size


def _half_goes_up(quotient: int, rounding: Rounding) -> bool:
    return rounding is Rounding.HALF_UP or (rounding is Rounding.HALF_EVEN and quotient % 2 == 1)


def parse_micros(text: str | Decimal) -> int:
    """A decimal number as millionths.

    Raises ValueError when it is not a finite number, has more than 6 decimals or more than 12 digits before the point.
    """
    if isinstance(text, str) and (plain := _PLAIN.fullmatch(text)):  # nearly every amount there is
        return int(plain[1]) * MICROS + int((plain[2] or "").ljust(6, "0"))
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text!r} is not a decimal number") from None
    # The exponent is looked at first: Decimal("1e999999") is small until somebody multiplies it.
    if not number.is_finite() or number.adjusted() >= MAX_INTEGER_DIGITS:
        raise ValueError(f"{text!r} has more than {MAX_INTEGER_DIGITS} digits before the point")
    normal = number.normalize() if number else Decimal(0)
    power = normal.as_tuple().exponent
    if not isinstance(power, int) or power < -6:
        raise ValueError(f"{text!r} has more than 6 decimals")
    return int(number.scaleb(6))


def format_micros(micros: int, decimals: int = 0) -> str:
    """Millionths as a decimal string with at least `decimals` places and no needless zeros after them.

    >>> format_micros(89_900, 2), format_micros(12_000_000, 2), format_micros(2_500_000)
    ('0.0899', '12.00', '2.5')
    """
    if decimals == 2 and micros >= 0 and not micros % 10_000:  # nearly every price there is
        whole, part = divmod(micros // 10_000, 100)
        return f"{whole}.{part:02d}"
    whole, part = divmod(abs(micros), MICROS)
    digits = f"{part:06d}".rstrip("0").ljust(decimals, "0") if part else "0" * decimals
    sign = "-" if micros < 0 else ""
    return f"{sign}{whole}.{digits}" if digits else f"{sign}{whole}"


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount at its currency's exponent: `Money(1250, "EUR")` is 12.50 EUR."""

    minor: int
    currency: str

    @classmethod
    def zero(cls, currency: str) -> Money:
        """Nothing, in this currency."""
        return cls(0, currency)

    @classmethod
    def parse(cls, text: str, currency: str) -> Money:
        """From a decimal string. Raises ValueError when it has more decimals than the currency."""
        unit = MICROS // 10 ** exponent(currency)
        minor, rest = divmod(parse_micros(text), unit)
        if rest:
            raise ValueError(f"{text!r} has more decimals than {currency} has")
        return cls(minor, currency)

    @property
    def amount(self) -> str:
        """The decimal string at the currency's exponent, as JSON carries it."""
        places = exponent(self.currency)
        if not places:
            return str(self.minor)
        whole, part = divmod(abs(self.minor), 10**places)
        return f"{'-' if self.minor < 0 else ''}{whole}.{part:0{places}d}"

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add up (P-7)")
        return other.minor


@dataclass(frozen=True, slots=True, order=True)
class UnitPrice:
    """The price of one unit with up to 6 decimals, in millionths (G-3)."""

    micros: int
    currency: str

    @classmethod
    def parse(cls, text: str | Decimal, currency: str) -> UnitPrice:
        """From a decimal string with at most 6 decimals; raises ValueError."""
        return cls(parse_micros(text), currency)

    @property
    def amount(self) -> str:
        """The decimal string: at least the currency's exponent, at most 6 decimals."""
        return format_micros(self.micros, exponent(self.currency))

    def times(self, quantity_micros: int, rounding: Rounding = Rounding.HALF_UP, step: int = 1) -> Money:
        """The line amount: `round(unit * quantity)` (G-3), a multiple of `step` minor units (a market setting, G-2)."""
        per_minor = MICROS * MICROS // 10 ** exponent(self.currency)
        steps = divide(self.micros * quantity_micros, per_minor * step, rounding)
        return Money(steps * step, self.currency)


def allocate(total: int, weights: Sequence[int], caps: Sequence[int] | None = None) -> list[int]:
    """Splits a total over weights by largest remainder (G-7); position i of the answer belongs to weight i.

    Parts sum to the total exactly; ties go to the earlier position; a zero weight gets nothing. All weights zero: all
    parts are zero. With `caps` (sizes, per position) what does not fit goes to those that still have room, until the
    total is placed or no room is left, so that the parts may then sum to less.
    Raises ValueError for a negative weight or cap, or when the lists differ in length.
    """
    if min(weights, default=0) < 0 or (caps is not None and (len(caps) != len(weights) or min(caps, default=0) < 0)):
        raise ValueError("weights and caps are not negative, and as many of one as of the other")
    parts = _split(abs(total), weights) if caps is None else _split_capped(abs(total), weights, caps)
    return [-part for part in parts] if total < 0 else parts


def _split(size: int, weights: Sequence[int]) -> list[int]:
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    pairs = [divmod(size * weight, whole) for weight in weights]
    parts = [part for part, _ in pairs]
    if missing := size - sum(parts):
        rests = [rest for _, rest in pairs]
        # A reversed sort leaves equal ones in their order, so that the earlier ones come first.
        for index in sorted(range(len(rests)), key=rests.__getitem__, reverse=True)[:missing]:
            parts[index] += 1
    return parts


def _split_capped(size: int, weights: Sequence[int], caps: Sequence[int]) -> list[int]:
    parts = [0] * len(weights)
    rest = size
    while rest:
        open_weights = [w if parts[i] < caps[i] else 0 for i, w in enumerate(weights)]
        shares = [min(share, caps[i] - parts[i]) for i, share in enumerate(_split(rest, open_weights))]
        if not any(shares):
            break
        parts = [part + share for part, share in zip(parts, shares, strict=True)]
        rest -= sum(shares)
    return parts
