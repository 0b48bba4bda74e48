"""Buy some, get some: "buy 2 get 1", "3 for 2", "buy a suit, the tie at half price" (O-6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import ClassVar

from modules.kernel.policies import FreeUnit, Grouping as MarketGrouping, Policies
from modules.kernel.quantity import pieces
from modules.pricing.engine.actions.base import (
    Act,
    Effect,
    between,
    blocked,
    by_line,
    cheapest,
    count,
    dearest,
    first,
    percent_of_each,
)
from modules.pricing.engine.case import Lack
from modules.pricing.engine.ledger import Pick
from modules.pricing.engine.view import View
from modules.pricing.model.promotions import ALL_GOODS, WHOLE, Filter, Percent, Phase


class PickFrom(StrEnum):
    """Which of the remaining units are the gifts."""

    CHEAPEST = "cheapest"
    DEAREST = "dearest"


class Grouping(StrEnum):
    """Whether gifts are the cheapest of all, or the cheapest of each group formed from the dearest down."""

    OVERALL = "overall"
    DEAREST_DOWN = "dearest_down"


@dataclass(frozen=True, slots=True)
class Pool:
    """The free units: those that may only be bought, only be gifts, or both."""

    only_buy: list[Pick]
    only_get: list[Pick]
    both: list[Pick]


@dataclass(frozen=True, slots=True)
class BuyGet(Act):
    """Who buys so many gets so many more at a discount (O-6)."""

    KIND: ClassVar = "buyGet"
    SUMMARY: ClassVar = "Who buys some units gets others at a discount; with one filter for both, buy 3 pay 2."
    DESCRIPTIONS: ClassVar = {
        "buy": "Units that are bought for each set.",
        "get": "Units that each set gets at a discount.",
        "buy_of": "Which goods are bought; all when left out.",
        "get_of": "Which goods are got; the same as are bought when left out.",
        "percent": "How much off the units that are got; 100 makes them free.",
        "pick": "Which of the remaining units are got; the market's choice when left out.",
        "max_sets": "How many sets there are at most.",
        "partial_get": "Whether the last set may get fewer units than it should; the market's choice when left out.",
        "grouping": "With one filter for both: the cheapest of all are got, or of each group from the dearest down; "
        "the market's choice when left out.",
    }
    LEAST: ClassVar = {"buy": 1, "get": 1, "max_sets": 1}
    PHASE: ClassVar = Phase.ITEMS
    IS_CONSUMING: ClassVar = True

    buy: int
    get: int
    buy_of: Filter = ALL_GOODS
    get_of: Filter | None = None
    percent: Percent = WHOLE
    pick: PickFrom | None = None
    max_sets: int | None = None
    partial_get: bool | None = None
    grouping: Grouping | None = None

    def plan(self, view: View) -> Effect:
        if self.buy < 1 or self.get < 1:
            return Effect()
        return self.settled(view.case.policies)._plan(view)

    def settled(self, policies: Policies) -> BuyGet:
        """With the market's choices where it makes none (O-6)."""
        pick, partial_get, grouping = self.pick, self.partial_get, self.grouping
        if pick is None:
            pick = PickFrom.DEAREST if policies.free_unit is FreeUnit.DEAREST else PickFrom.CHEAPEST
        if grouping is None:
            is_down = policies.grouping is MarketGrouping.DEAREST_DOWN
            grouping = Grouping.DEAREST_DOWN if is_down else Grouping.OVERALL
        partial_get = policies.partial_get if partial_get is None else partial_get
        return replace(self, pick=pick, partial_get=partial_get, grouping=grouping)

    def _plan(self, view: View) -> Effect:
        pool = self._pool(view)
        sets = self._sets(count(pool.only_buy), count(pool.only_get), count(pool.both))
        buyers, gifts = self._share_out(pool, sets)
        if not gifts:
            return self._incomplete(view, pool)
        found = by_line([*(pick._replace(is_cut=False) for pick in buyers), *gifts])
        effect = percent_of_each(view, found, self.percent, is_consuming=True)
        effect.lacks = self._next(pool, sets)
        return effect

    def filters(self) -> Sequence[Filter]:
        return (self.buy_of,) if self.get_of is None else (self.buy_of, self.get_of)

    def _pool(self, view: View) -> Pool:
        bought = view.units(self.buy_of, is_consuming=True)
        if self.get_of is None or self.get_of == self.buy_of:
            return Pool([], [], bought)
        gettable, buyable = view.units(self.get_of, is_consuming=True), set(bought)
        both = [pick for pick in gettable if pick in buyable]
        shared = set(both)
        only_buy = [pick for pick in bought if pick not in shared]
        return Pool(only_buy, [pick for pick in gettable if pick not in buyable], both)

    def _sets(self, only_buy: int, only_get: int, both: int) -> int:
        """As many as can be complete; no unit is bought and got."""
        all_units = only_buy + only_get + both
        most = min((only_buy + both) // self.buy, (only_get + both) // self.get, all_units // (self.buy + self.get))
        return most if self.max_sets is None else min(most, self.max_sets)

    def _share_out(self, pool: Pool, sets: int) -> tuple[list[Pick], list[Pick]]:
        gifts, buyers = sets * self.get, sets * self.buy
        if self.partial_get and (self.max_sets is None or sets < self.max_sets):
            more = self._partial(pool, sets)
            gifts, buyers = gifts + more, buyers + (self.buy if more else 0)
        if not pool.only_buy and not pool.only_get and self._is_grouped:
            return self._in_groups(dearest(pool.both), buyers + gifts)
        # So many of the shared units must be left for the gifts.
        kept = max(gifts - count(pool.only_get), 0)
        shared = dearest(pool.both)
        usable = first(shared, count(shared) - kept)
        chosen = first(dearest([*pool.only_buy, *usable]), buyers)
        left = [*pool.only_get, *_without(shared, chosen)]
        return chosen, first((cheapest if self.pick is PickFrom.CHEAPEST else dearest)(left), gifts)

    @property
    def _is_grouped(self) -> bool:
        return self.grouping is Grouping.DEAREST_DOWN or self.pick is PickFrom.DEAREST

    def _in_groups(self, units: Sequence[Pick], used: int) -> tuple[list[Pick], list[Pick]]:
        """Set by set from the dearest down: of each, the first are bought and the others got. Equal units in a row are
        dealt with at once, however many there are."""
        size, place = self.buy + self.get, 0
        buyers: list[Pick] = []
        gifts: list[Pick] = []
        for pick in between(units, 0, used):
            got = self._got_until(place + pick.number, size) - self._got_until(place, size)
            buyers += [pick.of(pick.number - got)] if got < pick.number else []
            gifts += [pick.of(got)] if got else []
            place += pick.number
        return buyers, gifts

    def _got_until(self, place: int, size: int) -> int:
        return place // size * self.get + max(place % size - self.buy, 0)

    def _partial(self, pool: Pool, sets: int) -> int:
        """Units that an incomplete last set gets."""
        only_buy, only_get, both = count(pool.only_buy), count(pool.only_get), count(pool.both)
        buyers, gifts = (sets + 1) * self.buy, sets * self.get
        if buyers > only_buy + both:
            return 0
        left = only_get + both - max(buyers - only_buy, 0)
        return min(max(left - gifts, 0), self.get)

    def _incomplete(self, view: View, pool: Pool) -> Effect:
        stand = blocked(view, self.filters())
        if stand.blocked_by and self._would_do(view):
            return stand
        return Effect(lacks=self._next(pool, 0))

    def _would_do(self, view: View) -> bool:
        """Whether there would be a set if nobody else had used units."""
        wares = view.case.wares
        bought = set(view.lines(self.buy_of))
        got = bought if self.get_of is None else set(view.lines(self.get_of))
        numbers = [sum(wares[line].units for line in lines) for lines in (bought - got, got - bought, bought & got)]
        return self._sets(*numbers) > 0

    def _next(self, pool: Pool, sets: int) -> tuple[Lack, ...]:
        """What the next set still lacks: only when it is begun, and there may be another."""
        if self.max_sets is not None and sets >= self.max_sets:
            return ()
        if self.get_of is None or self.get_of == self.buy_of:
            rest = count(pool.both) - sets * (self.buy + self.get)
            least = self.buy + self.get if not sets else self.buy
            here = Lack("quantity", pieces(self.buy + self.get), pieces(rest), self.buy_of.label)
            return (here,) if not sets or rest >= least else ()
        bought = count(pool.only_buy) + count(pool.both) - sets * self.buy
        got = count(pool.only_get) + max(bought - self.buy if pool.both else 0, 0) - sets * self.get
        sides = ((self.buy, bought, self.buy_of), (self.get, got, self.get_of))
        begun = bought >= self.buy or not sets
        return tuple(
            Lack("quantity", pieces(need), pieces(max(have, 0)), goods.label)
            for need, have, goods in sides
            if begun and have < need
        )


def _without(units: Sequence[Pick], taken: Sequence[Pick]) -> list[Pick]:
    gone = {(pick.line, pick.run): pick.number for pick in taken}
    left = [pick.of(pick.number - gone.get((pick.line, pick.run), 0)) for pick in units]
    return [pick for pick in left if pick.number]
