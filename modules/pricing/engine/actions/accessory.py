"""An accessory at a discount for each main article."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from modules.kernel.quantity import pieces
from modules.pricing.engine.actions.base import (
    Act,
    Effect,
    blocked,
    by_line,
    dearest,
    first,
    off_each,
    percent_of_each,
)
from modules.pricing.engine.case import Lack
from modules.pricing.engine.view import View
from modules.pricing.model.promotions import Amounts, Filter, Percent, Phase


@dataclass(frozen=True, slots=True)
class Accessory(Act):
    """A discount on the second goods for each unit of the first; it uses no units up. Units that meet both filters are
    the first goods."""

    KIND: ClassVar = "accessory"
    SUMMARY: ClassVar = "For each unit of one kind of goods, units of another get a discount."
    DESCRIPTIONS: ClassVar = {
        "with_goods": "The goods that must be bought.",
        "then": "The goods that get the discount, the dearest first.",
        "ratio": "How many units get it for each one that is bought.",
        "percent": "How much off; this or an amount.",
        "amount": "How much off each unit, in the cart's tax mode.",
    }
    LEAST: ClassVar = {"ratio": 1}
    ONE_OF: ClassVar = ("percent", "amount")
    PHASE: ClassVar = Phase.ITEMS

    with_goods: Filter
    then: Filter
    ratio: int = 1
    percent: Percent | None = None
    amount: Amounts | None = None

    def plan(self, view: View) -> Effect:
        main = view.lines(self.with_goods)
        bought = sum(view.case.wares[line].units for line in main)
        if not bought:
            return Effect(lacks=(Lack("quantity", pieces(1), 0, self.with_goods.label),))
        mains = frozenset(main)
        units = [pick for pick in view.units(self.then, is_consuming=False) if pick.line not in mains]
        found = by_line(first(dearest(units), bought * self.ratio))
        if not found.lines:
            stand = blocked(view, (self.then,))
            lack = Lack("quantity", pieces(1), 0, self.then.label)
            return stand if stand.is_excluded else Effect(lacks=(lack,))
        if self.percent is not None:
            return percent_of_each(view, found, self.percent)
        each = view.round(self.amount.of(view.currency) or 0, 1) if self.amount else 0
        return off_each(view, found, [each * units for units in found.units(view)])

    def filters(self) -> Sequence[Filter]:
        return (self.then, self.with_goods)
