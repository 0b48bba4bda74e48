"""Entries of the book: promotions made ready to be found and judged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from modules.kernel.names import PromotionId, Sku
from modules.pricing.engine.actions.base import Act, as_act
from modules.pricing.engine.actions.gift import GiftOf
from modules.pricing.engine.actions.items import ItemAmountOff, ItemPercentOff, Spread
from modules.pricing.engine.conditions.base import GOODS, PLACES, Anchors, Judge, as_judge
from modules.pricing.engine.conditions.channel import InChannel
from modules.pricing.engine.conditions.hours import InHours
from modules.pricing.engine.conditions.market import InMarket
from modules.pricing.engine.conditions.store import InStore
from modules.pricing.engine.conditions.subtotal import Subtotal
from modules.pricing.engine.conditions.tree import All, Any, Not
from modules.pricing.model.promotions import ALL_GOODS, Amounts, Condition, Phase, Promotion, Stack, Trigger

_OF_EVERYBODY: Final = (InMarket, InChannel, InStore, InHours)
"""Conditions that make a reduction no less public (L-2)."""


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A promotion made ready. `rank` sorts by priority, then id (O-1)."""

    promotion: Promotion
    id: PromotionId
    rank: tuple[int, str]
    condition: Judge | None
    acts: tuple[tuple[Phase, tuple[Act, ...]], ...]
    """In the order of phases; within one as the author wrote them."""
    groups: frozenset[Phase]
    """The groups of phases it acts in, each by its first phase: items and order are one, all others stand alone."""
    strict: tuple[Anchors, ...]
    """Places, memberships and codes, of each set of which one must be there."""
    personal: tuple[Anchors, ...]
    """Those of these sets that its place alone does not answer."""
    goods: Anchors
    """Goods of which one must be there for it to matter; empty: any may do."""
    bar: Amounts | None
    """What all goods together must cost at least, where that is asked."""
    is_fixed: bool
    """Whether its condition gives the same answer whatever other promotions do."""
    is_of_place: bool
    """Whether its condition asks for nothing but where it is asked: there it has one answer for all."""
    is_falling: bool
    """Whether its condition, once not met, stays so: what promotions take away can only fall short (O-7)."""
    is_exclusive: bool
    """Whether nothing else applies beside it in its groups of phases (O-8)."""
    is_consuming: bool
    """Whether it uses units up (O-5)."""
    asks: bool
    """Whether something is loaded before it is judged: its gifts, or what is left of its limits."""

    @property
    def is_article(self) -> bool:
        """Whether it reduces articles for everybody without any code (O-1)."""
        return self.acts[0][0] is Phase.ARTICLE

    @property
    def takes_code(self) -> bool:
        """Whether it applies only where one of its codes was entered."""
        return self.promotion.trigger is Trigger.CODE

    def gifts(self) -> Iterator[Sku]:
        """All that it may give."""
        for _, acts in self.acts:
            for act in acts:
                if isinstance(act, GiftOf):
                    yield from act.offered()


def entry_of(promotion: Promotion) -> Entry:
    """Makes a promotion with at least one action ready. Raises TypeError for a condition or action that nobody
    registered."""
    condition = as_judge(promotion.condition) if promotion.condition else None
    sets = tuple(condition.required()) if condition else ()
    acts = _acts(promotion)
    return Entry(
        promotion=promotion,
        id=promotion.id,
        rank=(-promotion.priority, promotion.id),
        condition=condition,
        acts=acts,
        groups=frozenset(Phase.ITEMS if phase is Phase.ORDER else phase for phase, _ in acts),
        strict=tuple(one for one in sets if not _is_of_goods(one)),
        personal=tuple(one for one in sets if not _is_of_goods(one) and any(kind not in PLACES for kind, _ in one)),
        goods=_goods(sets, acts),
        bar=_bar(condition),
        is_fixed=condition is None or not condition.reads_amounts(),
        is_of_place=condition is not None and _is_of_place(condition),
        is_falling=condition is None or not _may_rise(condition),
        is_exclusive=promotion.stack is Stack.EXCLUSIVE,
        is_consuming=any(act.IS_CONSUMING for _, members in acts for act in members),
        asks=promotion.limits.any or any(isinstance(act, GiftOf) for _, members in acts for act in members),
    )


def is_article_promotion(promotion: Promotion) -> bool:
    """Whether it reduces single articles for everybody: percent or amount off each unit, without any condition but
    place and time, and without limits (L-2). With a code it counts for the history, if that is no secret, but applies
    in a cart only where the code was entered."""
    if promotion.limits.any or (promotion.trigger is Trigger.CODE and not promotion.public):
        return False
    return _is_of_everybody(promotion.condition) and all(_is_article_act(as_act(act)) for act in promotion.actions)


def public_entry(entry: Entry) -> Entry:
    """The entry as the public price knows it: in the phase of articles, whether it takes a code or not."""
    acts = tuple(act for _, acts in entry.acts for act in acts)
    return replace(entry, acts=((Phase.ARTICLE, acts),), groups=frozenset({Phase.ARTICLE}))


def _acts(promotion: Promotion) -> tuple[tuple[Phase, tuple[Act, ...]], ...]:
    acts = [as_act(action) for action in promotion.actions]
    if promotion.trigger is Trigger.AUTOMATIC and is_article_promotion(promotion):
        return ((Phase.ARTICLE, tuple(acts)),)
    phases = sorted({act.PHASE for act in acts})
    return tuple((phase, tuple(act for act in acts if act.PHASE is phase)) for phase in phases)


def _is_article_act(act: Act) -> bool:
    if isinstance(act, ItemAmountOff):
        return act.max_units is None and act.spread is Spread.EACH_UNIT
    return isinstance(act, ItemPercentOff) and act.max_units is None


def _is_of_everybody(condition: Condition | None) -> bool:
    if condition is None or isinstance(condition, _OF_EVERYBODY):
        return True
    return isinstance(condition, All) and all(_is_of_everybody(part) for part in condition.conditions)


def _is_of_place(condition: Condition) -> bool:
    if isinstance(condition, (All, Any, Not)):
        return all(_is_of_place(part) for part in condition.parts())
    return isinstance(condition, (InMarket, InChannel, InStore))


def _is_of_goods(anchors: Anchors) -> bool:
    """Sets that mix goods with others, as `any` may, are not strict: what is there is asked again when it is judged."""
    return any(kind in GOODS for kind, _ in anchors)


def _goods(sets: tuple[Anchors, ...], acts: tuple[tuple[Phase, tuple[Act, ...]], ...]) -> Anchors:
    """Of what its conditions name anything may be there, so that what is missing beside it is hinted at; where they
    name nothing, something of what its actions name."""
    asked = [one for one in sets if one and all(kind in GOODS for kind, _ in one)]
    if asked:
        return frozenset().union(*asked)
    touched = [act.required() for _, members in acts for act in members]
    return frozenset().union(*touched) if all(touched) else frozenset()


def _may_rise(condition: Judge) -> bool:
    """Whether a threshold stands under a `not`."""
    if isinstance(condition, Not):
        return condition.reads_amounts()
    return any(_may_rise(as_judge(part)) for part in condition.parts())


def _bar(condition: Condition | None) -> Amounts | None:
    if isinstance(condition, All):
        return next((bar for part in condition.conditions if (bar := _bar(part))), None)
    return (
        condition.amount if isinstance(condition, Subtotal) and replace(condition.of, label="") == ALL_GOODS else None
    )
