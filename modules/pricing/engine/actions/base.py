"""What an action wants, and the tools they share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import ClassVar, NamedTuple

from modules.kernel.money import MICROS
from modules.kernel.names import PromotionId, Sku
from modules.kernel.quantity import Quantity
from modules.pricing.engine.case import Lack
from modules.pricing.engine.conditions.base import Anchors, anchors_of
from modules.pricing.engine.ledger import Pick
from modules.pricing.engine.view import View
from modules.pricing.model.promotions import Action, Filter


class Cut(NamedTuple):
    """A discount on one line: on the picked units, or on the whole line without picks."""

    line: int
    minor: int
    picks: tuple[Pick, ...] = ()


@dataclass(slots=True)
class Effect:
    """What an action would do as things stand; nothing is changed yet.

    `wished` is the discount before floors and caps; the cuts may sum to less. `blocked_by` names the promotions that
    had the units this one needs (O-5).
    """

    cuts: Sequence[Cut] = ()
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


class Part(NamedTuple):
    """A line as far as an action may touch it."""

    line: int
    minor: int
    picks: tuple[Pick, ...] = ()
    """Empty: the whole line."""


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


def parts(view: View, goods: Filter) -> list[Part]:
    """The lines that are meant, whole; with an exclusion group those units of them that it leaves free (O-5)."""
    if not view.promotion.exclusion_group:
        minor = view.ledger.minor
        return [Part(line, minor[line]) for line in view.lines(goods)]
    return by_line(view.units(goods, is_consuming=False))


def by_line(picks: Iterable[Pick]) -> list[Part]:
    """Units put together by line, in the order of lines; only those that are cut count in the amount."""
    ordered = sorted(picks, key=lambda pick: (pick.line, pick.run))
    groups = ((line, tuple(members)) for line, members in groupby(ordered, key=lambda pick: pick.line))
    return [Part(line, worth(pick for pick in members if pick.is_cut), members) for line, members in groups]


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
            yield pick._replace(number=held)
        place += pick.number
        if place >= end:
            return


def percent_of_lines(view: View, found: Sequence[Part], percent: int) -> list[Cut]:
    """The percentage of each line, rounded there (O-3) and kept above its floor (O-10)."""
    return [
        Cut(part.line, min(view.round(part.minor * percent, MICROS), view.room(part.line)), part.picks)
        for part in found
    ]


def over_lines(view: View, found: Sequence[Part], total: int) -> Effect:
    """One amount over the lines by what they cost (G-7), capped at what is left of each (O-4, O-10)."""
    caps = [min(part.minor, view.room(part.line)) for part in found]
    shares = view.split(total, [part.minor for part in found], caps)
    cuts = [Cut(part.line, share, part.picks) for part, share in zip(found, shares, strict=True)]
    return Effect(cuts, wished=total)


def blocked(view: View, goods: Sequence[Filter]) -> Effect:
    """Nothing, because units of these goods are in other hands."""
    rivals = tuple(dict.fromkeys(one for each in goods for one in view.rivals(each)))
    users = tuple(dict.fromkeys(one for each in goods for one in view.users(each)))
    return Effect(blocked_by=rivals or users, is_excluded=bool(rivals))
