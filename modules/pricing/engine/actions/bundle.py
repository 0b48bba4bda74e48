"""Bundles: a console, two controllers and a game together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from modules.kernel.quantity import pieces
from modules.pricing.engine.actions.base import (
    Act,
    Effect,
    between,
    blocked,
    by_line,
    count,
    dearest,
    first,
    over_all,
    worth,
)
from modules.pricing.engine.case import Lack
from modules.pricing.engine.ledger import Pick
from modules.pricing.engine.view import View
from modules.pricing.model.promotions import Amounts, Filter, Percent, Phase


@dataclass(frozen=True, slots=True)
class BundlePart:
    """So many units of these goods."""

    of: Filter
    units: int = 1

    DESCRIPTIONS: ClassVar = {"of": "Which goods.", "units": "How many units of them a bundle has."}
    LEAST: ClassVar = {"units": 1}


@dataclass(frozen=True, slots=True)
class Bundle(Act):
    """Complete bundles only, formed from the dearest units; one that would cost more than its parts is none."""

    KIND: ClassVar = "bundle"
    SUMMARY: ClassVar = "Complete bundles of goods get a discount or a fixed price."
    DESCRIPTIONS: ClassVar = {
        "components": "What a bundle consists of.",
        "percent": "How much off what the parts cost; this, an amount or a fixed price.",
        "amount": "How much off each bundle, in the cart's tax mode.",
        "fixed_price": "What each bundle costs, in the cart's tax mode.",
        "max_sets": "How many bundles there are at most.",
    }
    LEAST: ClassVar = {"components": 1, "max_sets": 1}
    ONE_OF: ClassVar = ("percent", "amount", "fixed_price")
    PHASE: ClassVar = Phase.ITEMS
    IS_CONSUMING: ClassVar = True

    components: tuple[BundlePart, ...]
    percent: Percent | None = None
    amount: Amounts | None = None
    fixed_price: Amounts | None = None
    max_sets: int | None = None

    def plan(self, view: View) -> Effect:
        if not self.components or any(part.units < 1 for part in self.components):
            return Effect()
        pools = [dearest(view.units(part.of, is_consuming=True)) for part in self.components]
        sets, rows = self._complete(pools)
        if not sets:
            return self._incomplete(view, pools)
        best = self._worthwhile(view, rows, sets)
        used = [pick for row, part in zip(rows, self.components, strict=True) for pick in first(row, best * part.units)]
        return over_all(view, by_line(used), self._discount(view, worth(used), best), is_consuming=True)

    def filters(self) -> Sequence[Filter]:
        return tuple(part.of for part in self.components)

    def _complete(self, pools: Sequence[Sequence[Pick]]) -> tuple[int, list[list[Pick]]]:
        """How many bundles are complete when no unit stands in two of them, and their units for each component."""
        counts = [count(pool) // part.units for pool, part in zip(pools, self.components, strict=True)]
        low, high = 0, min(counts) if self.max_sets is None else min(*counts, self.max_sets)
        found: list[list[Pick]] = [[] for _ in pools]
        middle = high  # nearly always all that there is
        while low < high:
            rows = self._rows(pools, middle)
            if rows is None:
                high = middle - 1
            else:
                low, found = middle, rows
            middle = (low + high + 1) // 2
        return low, found

    def _rows(self, pools: Sequence[Sequence[Pick]], sets: int) -> list[list[Pick]] | None:
        """Units for each component, the dearest first; the component with the least choice is served first. None when
        it cannot be served."""
        rows: list[list[Pick]] = [[] for _ in pools]
        gone: dict[tuple[int, int], int] = {}
        for index in sorted(range(len(pools)), key=lambda i: (count(pools[i]) - sets * self.components[i].units, i)):
            left = [pick.of(pick.number - gone.get((pick.line, pick.run), 0)) for pick in pools[index]]
            rows[index] = first((pick for pick in left if pick.number), sets * self.components[index].units)
            if count(rows[index]) < sets * self.components[index].units:
                return None
            for pick in rows[index]:
                gone[pick.line, pick.run] = gone.get((pick.line, pick.run), 0) + pick.number
        return rows

    def _worthwhile(self, view: View, rows: Sequence[Sequence[Pick]], sets: int) -> int:
        """How many bundles save anything: those from the dearest on until one does not."""
        low, high = 0, sets
        middle = high  # nearly always the cheapest one saves something, too
        while low < high:
            one = [
                pick
                for row, part in zip(rows, self.components, strict=True)
                for pick in between(row, (middle - 1) * part.units, middle * part.units)
            ]
            low, high = (middle, high) if self._discount(view, worth(one), 1) > 0 else (low, middle - 1)
            middle = (low + high + 1) // 2
        return low

    def _discount(self, view: View, cost: int, sets: int) -> int:
        if self.percent is not None:
            return view.percent_of(cost, self.percent)
        if self.amount is not None:
            return view.round((self.amount.of(view.currency) or 0) * sets, 1)
        price = self.fixed_price.of(view.currency) if self.fixed_price is not None else None
        return 0 if price is None else cost - price * sets

    def _incomplete(self, view: View, pools: Sequence[Sequence[Pick]]) -> Effect:
        wares = view.case.wares
        lacks = [
            Lack("quantity", pieces(part.units), pieces(count(pool)), part.of.label or ", ".join(part.of.skus[:3]))
            for pool, part in zip(pools, self.components, strict=True)
            if count(pool) < part.units
        ]
        there = all(sum(wares[line].units for line in view.lines(part.of)) >= part.units for part in self.components)
        stand = blocked(view, self.filters())
        return stand if there and stand.blocked_by else Effect(lacks=tuple(lacks))
