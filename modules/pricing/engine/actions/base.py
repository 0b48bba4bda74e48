"""What an action wants, and the tools they share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import ClassVar

from modules.kernel.names import PromotionId, Sku
from modules.kernel.quantity import Quantity
from modules.pricing.engine.case import Lack
from modules.pricing.engine.conditions.base import Anchors, anchors_of
from modules.pricing.engine.ledger import Pick
from modules.pricing.engine.view import View
from modules.pricing.model.promotions import Action, Filter


@dataclass(slots=True)
class Effect:
    """What an action would do as things stand; nothing is changed yet.

    `wished` is the discount before floors and caps; the shares may sum to less. `blocked_by` names the promotions that
    had the units this one needs (O-5).
    """

    lines: Sequence[int] = ()
    shares: Sequence[int] = ()
    """What is taken off each of the lines."""
    picks: Sequence[tuple[Pick, ...]] = ()
    """The units of each line that are meant; empty: the lines as a whole."""
    is_consuming: bool = False
    wished: int = 0
    freight: int = 0
    gifts: Sequence[tuple[Sku, Quantity]] = ()
    because: tuple[str, ...] = ()
    lacks: tuple[Lack, ...] = ()
    blocked_by: tuple[PromotionId, ...] = ()
    is_excluded: bool = False
    """Whether they are blocked by the exclusion group, not by being consumed."""
    is_out_of_stock: bool = False


NOTHING = Effect()


@dataclass(slots=True)
class Parts:
    """Lines as far as an action may touch them, and what that costs."""

    lines: Sequence[int]
    amounts: Sequence[int]
    picks: Sequence[tuple[Pick, ...]] = ()
    """The units of each line; empty: the lines as a whole."""

    @property
    def total(self) -> int:
        """What all of it costs."""
        return sum(self.amounts)

    def units(self, view: View) -> list[int]:
        """How many units of each line are cut."""
        if self.picks:
            return [count(pick for pick in picks if pick.is_cut) for picks in self.picks]
        return [view.case.wares[line].units for line in self.lines]


@dataclass(frozen=True, slots=True)
class Act(Action):
    """An action that can say what it would do."""

    IS_CONSUMING: ClassVar[bool] = False
    """Whether it uses units up (O-5)."""

    @abstractmethod
    def plan(self, view: View) -> Effect:
        """What it would do as things stand."""

    def filters(self) -> Sequence[Filter]:
        """The goods it may touch; none when it touches no goods."""
        return ()

    def required(self) -> Anchors:
        """At least one of these must be there for it to do anything or to be worth a hint; empty: nothing must."""
        sets = [anchors_of(goods) for goods in self.filters()]
        return frozenset().union(*sets) if all(sets) else frozenset()


def as_act(action: Action) -> Act:
    """A registered action as what it is. Raises TypeError for one that nobody registered."""
    if not isinstance(action, Act):
        raise TypeError(f"{type(action).__name__} is no registered action")
    return action


def parts(view: View, goods: Filter) -> Parts:
    """The lines that are meant, whole; with an exclusion group those units of them that it leaves free (O-5)."""
    if not view.promotion.exclusion_group:
        minor, lines = view.ledger.minor, view.lines(goods)
        return Parts(lines, [minor[line] for line in lines])
    return by_line(view.units(goods, is_consuming=False))


def by_line(picks: Iterable[Pick]) -> Parts:
    """Units put together by line, in the order of lines; only those that are cut count in the amount."""
    ordered = sorted(picks, key=attrgetter("line", "run"))
    groups = [tuple(members) for _, members in groupby(ordered, key=attrgetter("line"))]
    amounts = [worth(pick for pick in members if pick.is_cut) for members in groups]
    return Parts([members[0].line for members in groups], amounts, groups)


def worth(picks: Iterable[Pick]) -> int:
    """What these units cost together."""
    return sum(pick.number * pick.unit for pick in picks)


def count(picks: Iterable[Pick]) -> int:
    """How many they are."""
    return sum(pick.number for pick in picks)


def dearest(picks: Iterable[Pick]) -> list[Pick]:
    """The dearest first, equal ones in the order of lines."""
    return sorted(picks, key=lambda pick: (-pick.unit, pick.line, pick.run))


def cheapest(picks: Iterable[Pick]) -> list[Pick]:
    """The cheapest first; of equal ones those of the later lines, so that the dearest come from the earlier."""
    return dearest(picks)[::-1]


def first(picks: Iterable[Pick], units: int) -> list[Pick]:
    """So many units from the front."""
    return list(between(picks, 0, units))


def between(picks: Iterable[Pick], start: int, end: int) -> Iterator[Pick]:
    """The units that stand from `start` until `end` in this row."""
    place = 0
    for pick in picks:
        held = min(place + pick.number, end) - max(place, start)
        if held > 0:
            yield pick.of(held)
        place += pick.number
        if place >= end:
            return


def off_each(view: View, found: Parts, wishes: Sequence[int], is_consuming: bool = False) -> Effect:
    """So much off each line, as far as there is room above zero and above its floor (O-4, O-10)."""
    shares = view.within(found.lines, [min(pair) for pair in zip(wishes, found.amounts, strict=True)])
    return Effect(found.lines, shares, found.picks, is_consuming, sum(wishes))


def percent_of_each(view: View, found: Parts, percent: int, is_consuming: bool = False) -> Effect:
    """The percentage of each line, rounded there (O-3)."""
    return off_each(view, found, view.percent(found.amounts, percent), is_consuming)


def over_all(view: View, found: Parts, total: int, is_consuming: bool = False) -> Effect:
    """One amount over the lines by what they cost (G-7), capped at what is left of each (O-4, O-10)."""
    shares = view.split(total, found.lines, found.amounts)
    return Effect(found.lines, shares, found.picks, is_consuming, total)


def blocked(view: View, goods: Sequence[Filter]) -> Effect:
    """Nothing, because units of these goods are in other hands."""
    rivals = tuple(dict.fromkeys(one for each in goods for one in view.rivals(each)))
    users = tuple(dict.fromkeys(one for each in goods for one in view.users(each)))
    return Effect(blocked_by=rivals or users, is_excluded=bool(rivals))
