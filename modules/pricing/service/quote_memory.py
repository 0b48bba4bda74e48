"""Quotes that were reckoned a moment ago, for who asks the very same: a cart's other devices, or a page read anew."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from modules.kernel.basket import Basket, PromotionOutcome, Quote
from modules.kernel.later import Later
from modules.kernel.stages import Stages, at_once
from modules.kernel.viewer import ANONYMOUS, Viewer
from modules.pricing.engine.answers import Goods
from modules.pricing.engine.quote import LONGEST, Rules, stages

_MOST: Final = 500
MANY: Final = 100
"""Lines above which a quote takes so long that it is reckoned in turns with what else waits, and never twice."""

_Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class _Told:
    question: _Key
    quote: Quote


class QuoteMemory:
    """Holds the newest quote of each cart and kind of viewer, of the last carts that were asked about.

    It never answers from what has changed: goods, rows, rules and viewer are compared, not trusted to be the same, and
    a quote is told again only before its `valid_until`. What it tells of promotions again is reckoned again where
    somebody looks: to keep at hand what nobody looked at the first time would be most of what all of this keeps alive.
    Nothing in it is reckoned under the rights of who asked first, nor keeps alive who that was and from where.
    """

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._told: OrderedDict[_Key, _Told] = OrderedDict()

    def stages(self, basket: Basket, goods: Goods, viewer: Viewer, rules: Rules) -> Stages[Quote]:
        """What `engine.quote.stages` comes to, reckoned only when there is something new to reckon."""
        if not basket.id:
            return (yield from stages(basket, goods, viewer, rules))
        key = _key(basket, viewer)
        question = (
            basket,
            goods.articles,
            goods.rows,
            goods.taxes,
            viewer.customer,
            viewer.channel,
            viewer.store,
            rules,
        )
        told = self._told.get(key)
        if told is None or not _holds(told.quote, viewer) or told.question != question:
            anybody = replace(viewer, principal=ANONYMOUS, address="")
            kept = found = yield from stages(basket, goods, anybody, rules)
            if len(basket.lines) <= MANY:
                kept = replace(found, promotions=Later(_promotions, basket, goods, anybody, rules))
            self._told[key] = _Told(question, kept)
            self._told.move_to_end(key)
            self._forget()
            return found
        self._told.move_to_end(key)
        return _at(told.quote, viewer)

    def _forget(self) -> None:
        while len(self._told) > self._most:
            self._told.popitem(last=False)


def _promotions(basket: Basket, goods: Goods, viewer: Viewer, rules: Rules) -> Sequence[PromotionOutcome]:
    return at_once(stages(basket, goods, viewer, rules)).promotions


def _key(basket: Basket, viewer: Viewer) -> _Key:
    customer, store = viewer.customer, viewer.store
    places = viewer.channel.id, store.id if store else None, viewer.currency, viewer.locale
    return basket.id, customer.id if customer else None, *places


def _holds(told: Quote, viewer: Viewer) -> bool:
    return told.at <= viewer.now < told.valid_until


def _at(told: Quote, viewer: Viewer) -> Quote:
    """The same a moment later: a day is a day from then."""
    if told.at == viewer.now:
        return told
    until = viewer.now + LONGEST if told.valid_until == told.at + LONGEST else told.valid_until
    return replace(told, at=viewer.now, valid_until=until)
