"""The numbers that may be typed, cut where rules tell them apart (section 12)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from typing import Final, Self

from modules.configurator.engine.possible import ONE, ZERO
from modules.configurator.model.characteristics import Bounds

_EXACT: Final = Context(prec=60)


@dataclass(frozen=True, slots=True)
class Interval:
    """Numbers of a grid from `low` to `high`, both of which are on it and belong to it; None is without bound."""

    low: Decimal | None
    high: Decimal | None

    def has(self, number: Decimal) -> bool:
        """Whether the number lies within."""
        return (self.low is None or self.low <= number) and (self.high is None or number <= self.high)

    @property
    def is_point(self) -> bool:
        """Whether it is one number."""
        return self.low is not None and self.low == self.high


@dataclass(frozen=True, slots=True)
class Grid:
    """`origin` plus any multiple of `unit`, within the bounds."""

    unit: Decimal
    origin: Decimal
    low: Decimal | None
    high: Decimal | None

    @classmethod
    def of(cls, bounds: Bounds, low: Decimal | None = None, high: Decimal | None = None) -> Self:
        """Of a characteristic's bounds, narrowed by a revision's."""
        smallest = ONE.scaleb(-bounds.scale)
        unit = bounds.step or smallest
        origin = bounds.low if bounds.step and bounds.low is not None else ZERO
        grid = cls(unit, origin, None, None)
        lows = [one for one in (bounds.low, low) if one is not None]
        highs = [one for one in (bounds.high, high) if one is not None]
        least = grid.from_(max(lows)) if lows else None
        return cls(unit, origin, least, grid.until(min(highs)) if highs else None)

    def from_(self, number: Decimal) -> Decimal:
        """The first on the grid that is not below the number."""
        return self._near(number, ROUND_CEILING)

    def until(self, number: Decimal) -> Decimal:
        """The last on the grid that is not above the number."""
        return self._near(number, ROUND_FLOOR)

    def _near(self, number: Decimal, rounding: str) -> Decimal:
        steps = _EXACT.divide(number - self.origin, self.unit).to_integral_value(rounding)
        return _EXACT.add(self.origin, _EXACT.multiply(steps, self.unit))

    @property
    def count(self) -> int | None:
        """How many numbers it has; None: without end."""
        if self.low is None or self.high is None:
            return None
        return max(0, int((self.high - self.low) / self.unit) + 1)

    def points(self) -> Iterator[Interval]:
        """Every number by itself; of a grid with an end."""
        assert self.low is not None
        for step in range(self.count or 0):
            number = self.low + step * self.unit
            yield Interval(number, number)

    def cut(self, constants: Iterable[Decimal]) -> Iterator[Interval]:
        """The constants that are on it, and what lies between them, in ascending order; no part is empty."""
        begin = self.low
        for constant in sorted(set(constants)):
            above = self.from_(constant)
            if begin is not None and above < begin:
                continue
            if self.high is not None and constant > self.high:
                break
            below = above - self.unit
            if begin is None or begin <= below:
                yield Interval(begin, below)
            if above == constant:
                yield Interval(above, above)
                above += self.unit
            begin = above
        if begin is None or self.high is None or begin <= self.high:
            yield Interval(begin, self.high)
